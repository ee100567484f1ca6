"""The command's figures: areas in force, what binds there, tasks by workstream."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from doorstep.command.models import Area, Restriction, Task
from doorstep.wiring.figures import Figure, FigureRows
from doorstep.wiring.texts import in_language


def areas_in_force(incident: Any, at: datetime) -> QuerySet[Area]:
    """The areas that are in force just before `at`."""
    begun = Area.objects.filter(incident=incident, effective_at__lt=at).exclude(state=Area.State.PROPOSED)
    return begun.filter(Q(lifted_at=None) | Q(lifted_at__gte=at))


def figures(incident: Any, start: datetime, end: datetime) -> list[Figure]:
    """Areas, measures and tasks. Three queries."""
    areas = list(areas_in_force(incident, end))
    zones = incident.protocol.zones
    note = " · ".join(f"{area.name} ({in_language(zones[area.zone].title)})" for area in areas[:6])
    measures = _measures(incident, end).count()
    tasks = _tasks(incident, start, end).aggregate(
        all=Count("pk"),
        done=Count("pk", filter=Q(state="done", done_at__lt=end)),
        unowned=Count("pk", filter=Q(state="open", owner=None, team=None)),
    )
    return [
        Figure("areas", _("Areas in force"), len(areas), pgettext("unit", "areas"), side="hard", note=note),
        Figure("measures", _("Measures in force"), measures, pgettext("unit", "measures"), side="hard"),
        Figure(
            "tasks",
            _("Tasks done"),
            tasks["done"],
            pgettext("unit", "tasks"),
            of=tasks["all"],
            unknown=tasks["unowned"],
            note=_("unknown: open, and nobody owns them") if tasks["unowned"] else "",
            public=False,
        ),
    ]


def _measures(incident: Any, at: datetime) -> QuerySet[Restriction]:
    begun = Restriction.objects.filter(area__in=areas_in_force(incident, at), started_at__lt=at)
    return begun.filter(Q(ended_at=None) | Q(ended_at__gte=at))


def _tasks(incident: Any, start: datetime, end: datetime) -> QuerySet[Task]:
    """Tasks that were open at some time of the period."""
    return Task.objects.filter(incident=incident, opened_at__lt=end).filter(Q(done_at=None) | Q(done_at__gte=start))


def rows(incident: Any, code: str, start: datetime, end: datetime) -> FigureRows:
    """The areas, the measures or the tasks one by one. Tasks are told by workstream and times, not by their words."""

    def told(value: datetime | None) -> str:
        return formats.date_format(value.astimezone(incident.tz), _("M j, H:i")) if value else ""

    if code == "areas":
        heads = [_("area"), _("zone"), _("from"), _("review"), _("doors")]
        areas = areas_in_force(incident, end).annotate(doors=Count("area_doors"))
        zones = incident.protocol.zones
        return FigureRows(
            heads,
            [
                [
                    area.name,
                    in_language(zones[area.zone].title),
                    told(area.effective_at),
                    told(area.review_at),
                    area.doors,
                ]
                for area in areas
            ],
        )
    if code == "measures":
        heads = [_("area"), _("measure"), _("from"), _("review")]
        found = _measures(incident, end).select_related("area").order_by("area_id", "started_at", "pk")
        return FigureRows(
            heads, [[line.area.name, line.measure, told(line.started_at), told(line.review_at)] for line in found]
        )
    heads = [_("task"), _("workstream"), _("area"), _("opened"), _("due"), _("done")]
    tasks = _tasks(incident, start, end).select_related("area").order_by("opened_at", "pk")
    return FigureRows(
        heads,
        [
            [
                f"#{task.pk}",
                task.workstream or task.kind,
                task.area.name if task.area else "",
                told(task.opened_at),
                told(task.due_at),
                told(task.done_at),
            ]
            for task in tasks
        ],
    )
