"""Command's figures of a report: first acts against their targets, posts and calls, and what was measured."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from doorstep.command.models import Call, CommandPost, Incident, Task
from doorstep.command.posts.clocks import response_clocks
from doorstep.command.posts.words import unit_word
from doorstep.wiring.figures import Figure, FigureRows
from doorstep.wiring.texts import in_language


def first_acts(incident: Incident, start: datetime, end: datetime) -> list[Figure]:
    """Hours from the trigger to each first act that had happened by the end; none while its clock runs."""
    return [
        Figure(clock.code, clock.title, _tenth(clock.real_h), _("h"), of=clock.target_h, side="both")
        for clock in response_clocks(incident, end)
    ]


def first_act_rows(incident: Incident, code: str, start: datetime, end: datetime) -> FigureRows:
    """The act behind one clock."""
    rows: list[list[Any]] = [
        [
            clock.title,
            incident.trigger_at.astimezone(incident.tz),
            _local(clock.first_at, incident),
            _tenth(clock.real_h),
        ]
        for clock in response_clocks(incident, end)
        if clock.code == code
    ]
    return FigureRows([_("First act"), _("Trigger"), _("First at"), _("Hours")], rows)


def measured(incident: Incident, start: datetime, end: datetime) -> list[Figure]:
    """What was measured in the period: a sum for each line of work and unit. Two queries."""
    titles = {work.code: in_language(work.titles) for work in incident.workstreams.all()}
    sums = _measured(incident, start, end).values_list("workstream", "unit").annotate(Sum("measured"), Count("pk"))
    return [
        Figure(f"{work}:{unit}", titles.get(work, work) or _("Tasks"), total, unit_word(unit), side="hard")
        for work, unit, total, _n in sums.order_by("workstream", "unit")
    ]


def measured_rows(incident: Incident, code: str, start: datetime, end: datetime) -> FigureRows:
    """The tasks behind one sum."""
    work, _sep, unit = code.partition(":")
    found = _measured(incident, start, end).filter(workstream=work, unit=unit)
    rows: list[list[Any]] = [
        [
            _local(task.done_at, incident),
            str(task),
            task.area.name if task.area else "",
            task.measured,
            unit_word(task.unit),
            task.result,
            task.owner.name if task.owner else "",
        ]
        for task in found.select_related("area", "owner").order_by("done_at", "pk")
    ]
    heads = [_("Done"), _("Task"), _("Area"), _("Measured"), _("Unit"), _("What came of it"), _("Who")]
    return FigureRows(heads, rows)


def staffing(incident: Incident, start: datetime, end: datetime) -> list[Figure]:
    """Required posts that are held, and people who were called in the period and have come. Two queries."""
    posts = CommandPost.objects.filter(incident=incident, opened_at__lt=end).aggregate(
        wanted=Count("pk", filter=Q(required=True)),
        held=Count("pk", filter=Q(required=True, holder__isnull=False, held_since__lt=end)),
    )
    calls = _calls(incident, start, end).aggregate(
        asked=Count("pk"),
        come=Count("pk", filter=Q(arrived_at__lt=end)),
        silent=Count("pk", filter=Q(answer__in=["", Call.Answer.SILENT])),
    )
    return [
        Figure("posts", _("Command posts held"), posts["held"], of=posts["wanted"], side="hard"),
        Figure("arrived", _("Called out and arrived"), calls["come"], of=calls["asked"], unknown=calls["silent"]),
    ]


def staffing_rows(incident: Incident, code: str, start: datetime, end: datetime) -> FigureRows:
    """Who holds which post, or who was called, answered and came when."""
    if code == "posts":
        posts = incident.command_posts.filter(opened_at__lt=end).select_related("holder", "deputy")
        rows: list[list[Any]] = [
            [
                str(post),
                post.holder.name if post.holder else "",
                post.deputy.name if post.deputy else "",
                _local(post.held_since, incident),
            ]
            for post in posts
        ]
        return FigureRows([_("Post"), _("Who"), _("Deputy"), _("Since")], rows)
    return FigureRows(
        [_("Call"), _("Who"), _("Asked"), _("Answer"), _("There"), _("Minutes from call to arrival")],
        [call_row(call, incident) for call in _calls(incident, start, end).select_related("callout")],
    )


def call_row(call: Call, incident: Incident) -> list[Any]:
    """One call as a line of a table."""
    minutes = (call.arrived_at - call.asked_at).total_seconds() / 60 if call.arrived_at and call.asked_at else None
    return [
        call.callout.title,
        call.name,
        _local(call.asked_at, incident),
        call.get_answer_display(),
        _local(call.arrived_at, incident),
        None if minutes is None else round(minutes),
    ]


def _calls(incident: Incident, start: datetime, end: datetime) -> Any:
    return Call.objects.filter(callout__incident=incident, asked_at__gte=start, asked_at__lt=end)


def _measured(incident: Incident, start: datetime, end: datetime) -> Any:
    done = Task.objects.filter(incident=incident, state=Task.State.DONE, measured__isnull=False)
    return done.filter(done_at__gte=start, done_at__lt=end)


def _local(when: datetime | None, incident: Incident) -> datetime | None:
    return when.astimezone(incident.tz) if when else None


def _tenth(hours: float | None) -> float | None:
    return None if hours is None else round(hours, 1)
