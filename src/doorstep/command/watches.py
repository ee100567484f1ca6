"""Command's part of the watch list: tasks (5), sealed areas (10), reviews and liftings (13)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.command.actions import seal_requirements
from doorstep.command.lifting import lifting_of
from doorstep.command.models import Area, Incident, Task
from doorstep.wiring.contributions import WatchRow


def tasks_waiting(incident: Incident, at: datetime) -> list[WatchRow]:
    """Invariant 5: an open task without a named owner, or past its due time."""
    rows = []
    tasks = Task.objects.filter(incident=incident, state=Task.State.OPEN, opened_at__lte=at)
    for task in tasks.select_related("owner", "team"):
        unowned, late = task.owner is None, task.due_at is not None and task.due_at < at
        if not unowned and not late:
            continue
        rows.append(
            WatchRow(
                what=_("nobody owns it") if unowned else _("past its due time"),
                since=task.opened_at if unowned or task.due_at is None else task.due_at,
                who_acts=task.owner.name if task.owner else task.team.name if task.team else _("commander"),
                next_step=_("name one person") if unowned else _("do it now or hand it over"),
                subject=str(task),
                url=reverse("command:task", args=[task.pk]),
                level=task.urgency,
                area_id=task.area_id,
                due=task.due_at,
            )
        )
    return rows


def areas_lacking(incident: Incident, at: datetime) -> list[WatchRow]:
    """Invariant 10: an area in force without letter, supply owner, number, exits check, review or end condition."""
    rows = []
    for area in _in_force(incident):
        who = area.decided_by.name if area.decided_by else _("commander")
        lacks = [lack.mend for lack in seal_requirements(area)]
        every = incident.protocol.review.exit_check_hours
        if every and area.exits_checked_at and area.exits_checked_at + timedelta(hours=every) < at:
            lacks.append(_("Have the fire exits and gates checked again."))
        rows += [
            WatchRow(
                what=mend,
                since=area.effective_at or at,
                who_acts=who,
                next_step=_("do it on the area's page"),
                subject=area.name,
                url=reverse("command:area", args=[area.pk]),
                level=3,
                area_id=area.pk,
            )
            for mend in lacks
        ]
    return rows


def reviews_and_liftings(incident: Incident, at: datetime) -> list[WatchRow]:
    """Invariant 13: a restriction past its review; an area that may be lifted and is not (the kindest alert)."""
    rows = []
    for area in _in_force(incident):
        who = area.decided_by.name if area.decided_by else _("commander")
        url = reverse("command:area", args=[area.pk])
        if area.review_at and area.review_at < at:
            text, since = _("the review is overdue"), area.review_at
            rows.append(WatchRow(text, since, who, _("review it, or lift it"), area.name, url, 2, area.pk))
        status = lifting_of(area, at)
        if status.met:
            text, since = _("every lifting condition is met"), status.earliest or at
            rows.append(WatchRow(text, since, who, _("lift the area"), area.name, url, 3, area.pk))
    return rows


def _in_force(incident: Incident) -> list[Area]:
    areas = incident.areas.filter(state=Area.State.IN_FORCE)
    return list(areas.select_related("decided_by", "incident"))
