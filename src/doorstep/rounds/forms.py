"""The form for a plan, and the lines of helpers in it."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.command.models import Area, Incident, Member
from doorstep.errors import UserError
from doorstep.rounds.demand import CarrierLine

HELPER = re.compile(r"^(?P<name>.+?)(?:[\s,，]+(?P<start>\d{1,2}[:：]\d{2})\s*[-–~至]\s*(?P<end>\d{1,2}[:：]\d{2}))?$")


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
        self.fields["carriers"].choices = [(key, str(member)) for key, member in self.members.items()]  # type: ignore[attr-defined]

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
        found = [CarrierLine(member.pk, member.name, starts, ends) for member in members]
        for text in self.cleaned_data["helpers"].splitlines():
            if text.strip():
                found.append(helper_line(text.strip(), starts, ends, self.incident))
        return found


def helper_line(text: str, starts: datetime, ends: datetime, incident: Incident) -> CarrierLine:
    """`Name` or `Name 08:00-12:00`, in the incident's local time, on the first day on which it fits the window."""
    match = HELPER.match(text)
    assert match is not None  # the pattern takes any text of at least one letter
    if not match["start"]:
        return CarrierLine(None, text[:80], starts, ends)
    day = starts.astimezone(incident.tz).date()
    begin, end = (_instant(match[name], day, incident) for name in ("start", "end"))
    if end <= begin:
        end += timedelta(days=1)
    if end <= starts:
        begin, end = begin + timedelta(days=1), end + timedelta(days=1)
    begin, end = max(begin, starts), min(end, ends)
    if end <= begin:
        raise UserError(
            gettext("%(line)s lies outside the window.") % {"line": text},
            field="helpers",
            mend=gettext("Check the hours."),
        )
    return CarrierLine(None, match["name"][:80], begin, end)


def _instant(text: str, day: Any, incident: Incident) -> datetime:
    hour, minute = (int(part) for part in re.split("[:：]", text))
    if hour > 23 or minute > 59:
        raise UserError(
            gettext("%(text)s is no time of day.") % {"text": text}, field="helpers", mend=gettext("Write 08:00-12:00.")
        )
    return datetime.combine(day, time(hour, minute), incident.tz)
