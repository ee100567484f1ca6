"""The forms of the plan: a period, a meeting, one line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from doorstep.command.forms.fields import LocalForm, LocalInstant, some_lines
from doorstep.command.models import Incident, Meeting, Member, Period, PlanLine, Team
from doorstep.command.plan.acts import Decided
from doorstep.command.plan.workstreams import stream_choices
from doorstep.command.queries import workers

HOURS = timedelta(hours=12)


class PeriodForm(LocalForm):
    """From when until when, and what it is to reach."""

    starts_at = LocalInstant(label=_("Begins"))
    ends_at = LocalInstant(label=_("Ends"))
    objectives = some_lines(5, label=_("What it is to reach, one a line"), required=False)
    safety = some_lines(2, label=_("Safety of those who work"), required=False)

    def __init__(self, incident: Incident, period: Period | None, data: Any = None) -> None:
        last = incident.periods.order_by("-number").first()
        starts = last.ends_at if last else incident.trigger_at
        first: dict[str, Any] = {"starts_at": starts, "ends_at": starts + HOURS}
        if period is not None:
            first = {name: getattr(period, name) for name in ("starts_at", "ends_at", "objectives", "safety")}
        elif last is not None:
            first |= {"objectives": last.objectives, "safety": last.safety}
        super().__init__(incident.tz, data, initial=first)


class MeetingForm(LocalForm):
    """Who meets when, about what."""

    title = forms.CharField(label=_("What it is about"), max_length=160)
    starts_at = LocalInstant(label=_("When"))
    place = forms.CharField(label=_("Where, or how to join"), max_length=160, required=False)
    chair = forms.ModelChoiceField(Member.objects.none(), label=_("Chair"), required=False)
    participants = forms.ModelMultipleChoiceField(
        Member.objects.none(), label=_("Who is there"), required=False, widget=forms.CheckboxSelectMultiple
    )
    others = some_lines(2, label=_("Others who are there, one a line"), required=False)
    agenda = some_lines(4, label=_("Agenda, one point a line"), required=False)
    asking = forms.CharField(widget=forms.HiddenInput, max_length=80)

    def __init__(self, incident: Incident, data: Any = None) -> None:
        super().__init__(incident.tz, data, initial={"asking": str(uuid4()), "starts_at": incident.now()})
        for name in ("chair", "participants"):
            self.fields[name].queryset = workers(incident).order_by("name")  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """What the act needs."""
        given = {name: self.cleaned_data[name] for name in self.fields if name != "asking"}
        return given | {"client_id": self.cleaned_data["asking"]}


class PlanLineForm(LocalForm):
    """What was decided, which line of work, who, until when, with what."""

    text = some_lines(2, label=_("What is decided"), max_length=2000)
    workstream = forms.ChoiceField(label=_("Line of work"))
    owner = forms.ModelChoiceField(
        Member.objects.none(), label=_("Who answers for it"), required=False, empty_label=_("nobody yet")
    )
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Team"), required=False, empty_label="—")
    due_at = LocalInstant(label=_("Due"), required=False)
    resource = forms.CharField(label=_("With what"), max_length=240, required=False)
    asking = forms.CharField(widget=forms.HiddenInput, max_length=60)

    def __init__(self, incident: Incident, line: PlanLine | None, data: Any = None, **first: Any) -> None:
        given: dict[str, Any] = {"asking": str(uuid4()), **first}
        if line is not None:
            names = ("text", "workstream", "owner", "team", "due_at", "resource")
            given = {name: getattr(line, name) for name in names} | {"asking": line.client_id}
        super().__init__(incident.tz, data, initial=given)
        self.fields["workstream"].choices = stream_choices(incident)  # type: ignore[attr-defined]
        people = Member.objects.filter(pk__in=workers(incident)) | Member.objects.filter(teams__incident=incident)
        self.fields["owner"].queryset = people.distinct().order_by("name")  # type: ignore[attr-defined]
        self.fields["team"].queryset = Team.objects.filter(incident=incident, ended_at=None)  # type: ignore[attr-defined]

    def decided(self, meeting: Meeting | None = None) -> Decided:
        """What the act needs."""
        facts = self.cleaned_data
        names = ("workstream", "text", "owner", "team", "due_at", "resource")
        chair = meeting.chair if meeting else None
        return Decided(facts["asking"], **{name: facts[name] for name in names}, decided_by=chair)
