"""The form for a plan, and the lines of helpers in it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.command.models import Area, Incident, Member
from doorstep.errors import UserError
from doorstep.rounds.demand import CarrierLine
from doorstep.wiring.texts import in_language

HELPER = re.compile(r"^(?P<name>.+?)(?:[\s,，]+(?P<start>\d{1,2}[:：]\d{2})\s*[-–~至]\s*(?P<end>\d{1,2}[:：]\d{2}))?$")


LIMIT = re.compile(r"^(?P<name>.+?)[\s,，:：]+(?P<kg>\d{2,6})\s*(?:kg|公斤|千克)?(?:\s*[x×*]\s*(?:storeys?|层))?$")


class PlanForm(forms.Form):
    """Areas, a window and carriers."""

    areas = forms.MultipleChoiceField(label=_("Areas"), widget=forms.CheckboxSelectMultiple)
    starts = forms.DateTimeField(
        label=_("From"), widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    hours = forms.FloatField(
        label=_("Hours"),
        min_value=0.5,
        max_value=72,
        help_text=_("Everything that falls due within these hours is planned."),
    )
    carriers = forms.MultipleChoiceField(label=_("Carriers"), widget=forms.CheckboxSelectMultiple, required=False)
    helpers = forms.CharField(
        label=_("Helpers without an account"),
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("One name a line; hours after the name where they differ, such as: Lin Xi 08:00-12:00."),
    )

    shifts = forms.CharField(
        label=_("Shorter shifts of these carriers"),
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Name and hours, one a line, such as: Lin Xi 08:00-12:00."),
    )
    climbing = forms.CharField(
        label=_("Who climbs less"),
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Name and at most how many kg × storeys, one a line, such as: Lin Xi 800. Else %(kg)s."),
    )
    because = forms.CharField(
        label=_("Reason (only where equipment is short)"),
        required=False,
        max_length=240,
        help_text=_("Carriers whom the stock cannot equip are planned only with a reason."),
    )

    def __init__(self, incident: Incident, areas: list[Area], members: list[Member], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.incident, self.members = incident, {str(member.pk): member for member in members}
        self.by_id = {str(area.pk): area for area in areas}
        self.fields["areas"].choices = [(key, area.name) for key, area in self.by_id.items()]  # type: ignore[attr-defined]
        self.fields["carriers"].choices = [(key, _who(member)) for key, member in self.members.items()]  # type: ignore[attr-defined]
        budget = incident.protocol.carrying.budget_kg_storeys
        self.fields["climbing"].help_text %= {"kg": f"{budget:g}" if budget else "—"}
        for kit in incident.protocol.supply.kits:
            title = in_language(kit.title)
            self.fields[f"ready_{kit.code}"] = forms.DateTimeField(
                label=gettext("Packed at: %(kit)s") % {"kit": title},
                required=False,
                widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
                help_text=gettext("Only where it is later than the beginning; nobody leaves without it."),
            )

    @property
    def asked(self) -> list[forms.BoundField]:
        """What every plan needs."""
        return [self[name] for name in self.fields if not self._is_more(name)]

    @property
    def more(self) -> list[forms.BoundField]:
        """What only some need."""
        return [self[name] for name in self.fields if self._is_more(name)]

    @property
    def more_is_wrong(self) -> bool:
        return any(field.errors for field in self.more)

    @staticmethod
    def _is_more(name: str) -> bool:
        return name in ("shifts", "climbing") or name.startswith("ready_")

    def clean_starts(self) -> datetime:
        """The instant meant is a local one of the incident."""
        given: datetime = self.cleaned_data["starts"]
        return given.replace(tzinfo=self.incident.tz)

    def window(self) -> tuple[datetime, datetime]:
        starts = self.cleaned_data["starts"]
        return starts, starts + timedelta(hours=self.cleaned_data["hours"])

    def chosen_areas(self) -> list[Area]:
        return [self.by_id[key] for key in self.cleaned_data["areas"]]

    def lines(self) -> list[CarrierLine]:
        """Who carries and when. Raises UserError for a helper's hours that cannot be."""
        starts, ends = self.window()
        members = [self.members[key] for key in self.cleaned_data["carriers"]]
        found = [CarrierLine(m.pk, m.name, starts, ends, skills=tuple(m.skills)) for m in members]
        for text in self.cleaned_data["helpers"].splitlines():
            if text.strip():
                found.append(helper_line(text.strip(), starts, ends, self.incident))
        return self._limited(self._shortened(found))

    def ready(self) -> dict[str, datetime]:
        """When the kits are packed, by kind, for those that are named."""
        kits = self.incident.protocol.supply.kits
        given = {f"kit:{kit.code}": self.cleaned_data.get(f"ready_{kit.code}") for kit in kits}
        return {kind: instant.replace(tzinfo=self.incident.tz) for kind, instant in given.items() if instant}

    def _shortened(self, lines: list[CarrierLine]) -> list[CarrierLine]:
        starts, ends = self.window()
        own = {}
        for text in filter(None, (text.strip() for text in self.cleaned_data["shifts"].splitlines())):
            line = helper_line(text, starts, ends, self.incident, field="shifts")
            _is_among(line.name, lines, "shifts")
            own[line.name] = line
        return [
            replace(line, starts_at=own[line.name].starts_at, ends_at=own[line.name].ends_at)
            if line.name in own
            else line
            for line in lines
        ]

    def _limited(self, lines: list[CarrierLine]) -> list[CarrierLine]:
        own = {}
        for text in filter(None, (text.strip() for text in self.cleaned_data["climbing"].splitlines())):
            match = LIMIT.match(text)
            if match is None:
                raise UserError(
                    gettext("%(line)s names no limit.") % {"line": text},
                    field="climbing",
                    mend=gettext("Write name and number, such as: Lin Xi 800."),
                )
            _is_among(match["name"], lines, "climbing")
            own[match["name"]] = float(match["kg"])
        return [replace(line, budget_kg_storeys=own.get(line.name)) for line in lines]


def _who(member: Member) -> str:
    """A carrier with the organisation that lends them and what they have learnt."""
    home = str(member.organisation) if member.organisation else ""
    return " · ".join(filter(None, [member.name, home, ", ".join(member.skills)]))


def _is_among(name: str, lines: list[CarrierLine], field: str) -> None:
    if name not in {line.name for line in lines}:
        raise UserError(
            gettext("%(name)s is not among the carriers.") % {"name": name},
            field=field,
            mend=gettext("Tick the carrier above, or write the name as it stands there."),
        )


def helper_line(
    text: str, starts: datetime, ends: datetime, incident: Incident, *, field: str = "helpers"
) -> CarrierLine:
    """`Name` or `Name 08:00-12:00`, in the incident's local time, on the first day on which it fits the window."""
    match = HELPER.match(text)
    assert match is not None  # the pattern takes any text of at least one letter
    if not match["start"]:
        return CarrierLine(None, text[:80], starts, ends)
    day = starts.astimezone(incident.tz).date()
    begin, end = (_instant(match[name], day, incident, field) for name in ("start", "end"))
    if end <= begin:
        end += timedelta(days=1)
    if end <= starts:
        begin, end = begin + timedelta(days=1), end + timedelta(days=1)
    begin, end = max(begin, starts), min(end, ends)
    if end <= begin:
        raise UserError(
            gettext("%(line)s lies outside the window.") % {"line": text},
            field=field,
            mend=gettext("Check the hours."),
        )
    return CarrierLine(None, match["name"][:80], begin, end)


def _instant(text: str, day: Any, incident: Incident, field: str) -> datetime:
    hour, minute = (int(part) for part in re.split("[:：]", text))
    if hour > 23 or minute > 59:
        raise UserError(
            gettext("%(text)s is no time of day.") % {"text": text}, field=field, mend=gettext("Write 08:00-12:00.")
        )
    return datetime.combine(day, time(hour, minute), incident.tz)
