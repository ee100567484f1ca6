"""The crew's forms: a post, a person for a shift, a roster to propose."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils import formats
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.command.models import Area, Incident, Member, Team
from doorstep.crew.gates import defaults
from doorstep.crew.models import Post, Shift
from doorstep.crew.queries import Window


class PostForm(forms.Form):
    """A post beside those that come with a sealed area."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("Where it is, as people say it."))
    kind = forms.ChoiceField(label=_("Kind"), choices=Post.Kind.choices)
    area = forms.ChoiceField(label=_("Area"), required=False)
    persons_needed = forms.IntegerField(label=_("Persons in each shift"), min_value=1, max_value=50)

    def __init__(self, areas: Sequence[Area], everywhere: bool, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_id = {str(area.pk): area for area in areas}
        none = [("", gettext("no single area"))] if everywhere else []
        self.fields["area"].choices = [*none, *((key, area.name) for key, area in self.by_id.items())]  # type: ignore[attr-defined]
        self.fields["area"].required = not everywhere

    def chosen_area(self) -> Area | None:
        return self.by_id.get(self.cleaned_data["area"])


class NeedForm(forms.Form):
    """How many persons a post needs."""

    persons_needed = forms.IntegerField(label=_("Persons in each shift"), min_value=1, max_value=50)


class MemberForm(forms.Form):
    """Somebody for a shift, and why where a rule of the roster is set aside."""

    member = forms.ChoiceField(label=_("Who"))
    because = forms.CharField(
        label=_("Reason (only where a rule is set aside)"),
        required=False,
        max_length=500,
        help_text=_("Somebody on two posts, or without the full rest, is put there only with a reason."),
    )

    def __init__(self, members: Sequence[Member], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = {str(member.pk): member for member in members}
        self.fields["member"].choices = [(key, _named(member)) for key, member in self.members.items()]  # type: ignore[attr-defined]

    def chosen(self) -> Member:
        return self.members[self.cleaned_data["member"]]


class AssignForm(MemberForm):
    """Somebody for one of the next shifts of a post."""

    window = forms.ChoiceField(label=_("Shift"))
    field_order = ["window", "member", "because"]

    def __init__(self, windows: Sequence[Window], incident: Incident, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.windows = {str(int(window[0].timestamp())): window for window in windows}
        self.fields["window"].choices = [(key, window_label(w, incident)) for key, w in self.windows.items()]  # type: ignore[attr-defined]

    def chosen_window(self) -> Window:
        return self.windows[self.cleaned_data["window"]]


class SwapForm(forms.Form):
    """Another planned shift, to exchange its member with this one's."""

    other = forms.ChoiceField(label=_("Swap with"))
    because = forms.CharField(label=_("Reason (only where a rule is set aside)"), required=False, max_length=500)

    def __init__(self, shifts: Sequence[Shift], incident: Incident, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shifts = {str(shift.pk): shift for shift in shifts}
        self.fields["other"].choices = [  # type: ignore[attr-defined]
            (key, f"{window_label((s.starts_at, s.ends_at), incident)} · {s.post.name} · {s.member.name}")
            for key, s in self.shifts.items()
        ]

    def chosen(self) -> Shift:
        return self.shifts[self.cleaned_data["other"]]


class HandOverForm(forms.Form):
    """The note without which no shift ends (S70)."""

    note = forms.CharField(
        label=_("What must the next shift know?"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Who came and went, what is waiting, what is broken. “Nothing special” is an answer, too."),
    )


class FillForm(forms.Form):
    """How far to fill, and with whom."""

    hours = forms.TypedChoiceField(label=_("The next"), coerce=int)
    who = forms.ChoiceField(label=_("With"), required=False)

    def __init__(self, teams: Sequence[Team], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.teams = {str(team.pk): team for team in teams}
        lengths = [(h, gettext("%(hours)d hours") % {"hours": h}) for h in defaults()["fill_hours"]]
        self.fields["hours"].choices = lengths  # type: ignore[attr-defined]
        duty = ("", gettext("everybody with the gate duty"))
        self.fields["who"].choices = [duty, *((key, team.name) for key, team in self.teams.items())]  # type: ignore[attr-defined]

    def team(self) -> Team | None:
        return self.teams.get(self.cleaned_data["who"])


class BecauseForm(forms.Form):
    """Why a roster must be stored although equipment for it is short."""

    because = forms.CharField(label=_("Why it must be so"), max_length=240)


def window_label(window: Window, incident: Incident) -> str:
    """A window in the incident's time, with its day."""
    start, end = (each.astimezone(incident.tz) for each in window)
    return f"{formats.date_format(start, gettext('M j, H:i'))}–{end:%H:%M}"


def local(at: datetime, incident: Incident) -> datetime:
    return at.astimezone(incident.tz)


def _named(member: Member) -> str:
    return f"{member.name} · {member.organisation.name}" if member.organisation else member.name
