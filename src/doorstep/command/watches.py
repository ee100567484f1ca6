"""Command's part of the watch list: tasks (5), sealed areas (10), reviews and liftings (13)."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from django.db.models import Min
from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.command.areas.measures import lines_of, title_of
from doorstep.command.areas.sealing import lacks_of
from doorstep.command.lifting import lifting_of
from doorstep.command.models import Area, AreaDoor, Incident, Restriction, Task
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
    """Invariant 10: an area in force without letter, supply owner who accepted, number, exits check, review, end condition
    or responsible body; a measure of its zone class that is late or missing."""
    rows = []
    every = incident.protocol.review.exit_check_hours
    areas = _in_force(incident)
    with_doors = set(AreaDoor.objects.filter(area__in=areas).order_by().values_list("area_id", flat=True).distinct())
    measures = defaultdict(list)
    for one in Restriction.objects.filter(area__in=areas).order_by("started_at", "pk"):
        measures[one.area_id].append(one)
    for area in areas:
        page = reverse("command:area", args=[area.pk])
        since = area.effective_at or at
        found = [(lack.mend, since, f"{page}{_place(lack.field)}", 3) for lack in lacks_of(area, area.pk in with_doors)]
        binding = incident.protocol.zones[area.zone].binding
        if binding and every and area.exits_checked_at and area.exits_checked_at + timedelta(hours=every) < at:
            old = area.exits_checked_at + timedelta(hours=every)
            found.append((_("Have the fire exits and gates checked again."), old, f"{page}#measures", 3))
        if binding and area.owner_id is None:
            found.append((_("No body answers for this area: name one."), since, f"{page}#id_owner", 3))
        for line in lines_of(area, measures[area.pk], at):
            if line.look in ("late", "missing"):
                text = _("late: %(measure)s") if line.look == "late" else _("missing: %(measure)s")
                due = line.restriction.due_at if line.restriction and line.restriction.due_at else since
                found.append((text % {"measure": line.title}, due, f"{page}#measures", 2))
        who = area.decided_by.name if area.decided_by else _("commander")
        rows += [
            WatchRow(what, when, who, _("do it on the area's page"), area.name, url, level, area.pk)
            for what, when, url, level in found
        ]
    return rows


def _place(field: str) -> str:
    """Where on the page of an area something that is missing is mended."""
    return "#supply" if field == "supply_accepted" else f"#id_{field}"


def reviews_and_liftings(incident: Incident, at: datetime) -> list[WatchRow]:
    """Invariant 13: a restriction past its review or past its longest time; an area that may be lifted and is not (the
    kindest alert)."""
    rows = []
    areas = _in_force(incident)
    open_ones = Restriction.objects.filter(area__in=areas, ended_at=None, started_at__lte=at)
    past = open_ones.filter(max_until__lt=at).values_list("area_id").annotate(Min("max_until")).order_by()
    ended = dict(past)
    early = (
        open_ones.filter(review_at__lt=at).select_related("area__incident", "area__decided_by").order_by("review_at")
    )
    for area in areas:
        who = area.decided_by.name if area.decided_by else _("commander")
        url = reverse("command:area", args=[area.pk])
        if area.review_at and area.review_at < at:
            text, since = _("the review is overdue"), area.review_at
            rows.append(WatchRow(text, since, who, _("review it, or lift it"), area.name, url, 2, area.pk))
        if area.pk in ended:
            text = _("it holds longer than one decision may")
            rows.append(WatchRow(text, ended[area.pk], who, _("decide anew, or lift it"), area.name, url, 3, area.pk))
        status = lifting_of(area, at)
        if status.met:
            text, since = _("every lifting condition is met"), status.earliest or at
            rows.append(WatchRow(text, since, who, _("lift the area"), area.name, f"{url}#lifting", 3, area.pk))
    overdue = {area.pk for area in areas if area.review_at and area.review_at < at}
    for one in early:
        if one.area_id not in overdue:
            text = _("the review of a measure is overdue: %(measure)s") % {"measure": title_of(one)}
            page = f"{reverse('command:area', args=[one.area_id])}#measures"
            who = one.area.decided_by.name if one.area.decided_by else _("commander")
            rows.append(
                WatchRow(text, one.review_at, who, _("review it, or end it"), one.area.name, page, 2, one.area_id)
            )
    return rows


def _in_force(incident: Incident) -> list[Area]:
    areas = incident.areas.filter(state=Area.State.IN_FORCE)
    return list(areas.select_related("decided_by", "incident"))
