"""What can be asked of command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet

from doorstep.command.areas.kept import kept_loads
from doorstep.command.areas.loads import Load
from doorstep.command.drawing import PlaceLine, chosen, code_of
from doorstep.command.journal_queries import journal_of as journal_of
from doorstep.command.models import Area, AreaDoor, Incident, Member, Task
from doorstep.command.rights import Rights
from doorstep.wiring.texts import in_language


def bound_doors(incident: Incident) -> dict[int, int]:
    """Door → the area in force that rules it: the strictest zone class, then the newest. Two queries."""
    zones = incident.protocol.zones
    areas = Area.objects.filter(incident=incident, state=Area.State.IN_FORCE)
    ranks = {area.pk: (zones[area.zone].tone, area.pk) for area in areas}
    found: dict[int, int] = {}
    for door, area in AreaDoor.objects.filter(area_id__in=ranks).values_list("door_id", "area_id"):
        if door not in found or ranks[area] > ranks[found[door]]:
            found[door] = area
    return found


def bound_area_of(incident: Incident, door_id: int) -> Area | None:
    """The area in force that rules one door, with its supply team and leader: `bound_doors` for one door. One query."""
    zones = incident.protocol.zones
    areas = Area.objects.filter(incident=incident, state=Area.State.IN_FORCE, area_doors__door_id=door_id)
    found = areas.select_related("supply_team__leader")
    return max(found, key=lambda area: (zones[area.zone].tone, area.pk), default=None)


@dataclass(frozen=True)
class IncidentLine:
    """An incident in the list: its rules in words, how many of its areas bind."""

    incident: Incident
    protocol_title: str
    issuer: str
    areas: int
    in_force: int


def incident_lines(incidents: QuerySet[Incident]) -> list[IncidentLine]:
    """Incidents with their counts of areas. One query."""
    counted = incidents.annotate(
        n_areas=Count("areas", distinct=True),
        n_force=Count("areas", filter=Q(areas__state=Area.State.IN_FORCE), distinct=True),
    )
    lines = []
    for incident in counted:
        rules = incident.protocol
        title, issuer = in_language(rules.title), in_language(rules.issuer)
        lines.append(IncidentLine(incident, title, issuer, incident.n_areas, incident.n_force))
    return lines


def names_of(incident: Incident) -> Callable[[], dict[int, str]]:
    """The names of an incident's areas, asked for only when they are needed."""
    return lambda: dict(incident.areas.values_list("pk", "name"))


@dataclass(frozen=True)
class AreaLine:
    """An area in the list: its zone in words and what it binds."""

    area: Area
    zone_title: str
    load: Load


def area_lines(incident: Incident, rights: Rights) -> list[AreaLine]:
    """The areas of an incident within the member's scope, proposals side by side with what is in force."""
    scope = rights.areas("see_board")
    areas = incident.areas.select_related("incident")
    if scope is not None:
        areas = areas.filter(pk__in=scope)
    zones = incident.protocol.zones
    found = list(areas)
    loads = kept_loads(incident, found)
    return [AreaLine(area, in_language(zones[area.zone].title), loads[area.pk]) for area in found]


AREA_HEADINGS = (
    "area",
    "zone",
    "state",
    "in force since",
    "review due",
    "doors",
    "households",
    "persons at home",
    "away",
    "vulnerable",
    "kits in a first delivery",
    "kg",
    "contacts a day",
    "kits a day",
    "kg a day",
    "climbs a day",
    "tubes a round",
    "gates",
    "people a shift",
    "institutions",
    "shops",
)


def area_rows(lines: list[AreaLine]) -> list[list[Any]]:
    """The comparison as a table."""
    return [
        [
            line.area.name,
            line.zone_title,
            line.area.get_state_display(),
            line.area.effective_at,
            line.area.review_at,
            line.load.doors,
            line.load.households,
            line.load.persons,
            line.load.away,
            ", ".join(f"{title} {count}" for title, count in line.load.vulnerable),
            line.load.kits,
            round(line.load.kg, 1),
            round(line.load.contacts_a_day, 1),
            round(line.load.kits_a_day, 1),
            round(line.load.kg_a_day, 1),
            round(line.load.climbs_a_day, 1),
            line.load.tubes,
            line.load.gates,
            line.load.people_a_shift,
            line.load.institutions,
            line.load.shops,
        ]
        for line in lines
    ]


def place_lines(area: Area) -> list[PlaceLine]:
    """The includes and excepts of an area in words."""
    return chosen(code_of(place) for place in area.places.order_by("pk"))


def tasks_of(incident: Incident, rights: Rights, member: Member | None, show: str, at: datetime) -> QuerySet[Task]:
    """Tasks by a filter: `mine`, `unowned`, `late`, `done` or all that are open; the most urgent first."""
    tasks = Task.objects.filter(incident=incident).select_related("owner", "team", "area", "door__stair__building")
    scope = rights.areas("work_tasks")
    if scope is not None:
        tasks = tasks.filter(Q(area__isnull=True) | Q(area_id__in=scope) | Q(owner=member))
    if show == "done":
        return tasks.exclude(state=Task.State.OPEN).order_by("-done_at")
    tasks = tasks.filter(state=Task.State.OPEN)
    narrow = {
        "mine": Q(owner=member) if member else Q(pk=None),
        "unowned": Q(owner=None),
        "late": Q(due_at__lt=at),
    }
    return tasks.filter(narrow.get(show, Q())).order_by("-urgency", "due_at", "pk")


TASK_HEADINGS = ("task", "area", "door", "owner", "urgency", "opened", "due", "state", "done", "result")


def task_rows(tasks: QuerySet[Task], tz: ZoneInfo) -> list[list[Any]]:
    """Tasks as a table, in local time."""

    def local(instant: datetime | None) -> datetime | None:
        return instant.astimezone(tz) if instant else None

    return [
        [
            str(task),
            task.area.name if task.area else "",
            f"{task.door.stair.building.name} {task.door.stair.name}-{task.door.number}" if task.door else "",
            task.owner.name if task.owner else "",
            task.urgency,
            local(task.opened_at),
            local(task.due_at),
            task.get_state_display(),
            local(task.done_at),
            task.result,
        ]
        for task in tasks
    ]


def workers(incident: Incident) -> QuerySet[Member]:
    """Members with any duty in this incident: those who may own a task."""
    return Member.objects.filter(
        Q(grants__incident=incident) | Q(grants__incident=None, grants__isnull=False)
    ).distinct()
