"""The board for machines: the situation, the watch list, elevations, doors, the timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from ninja import Schema

from doorstep.board import queries
from doorstep.command.models import Area, JournalEntry
from doorstep.command.timeline import timeline as happened
from doorstep.promises.words import kind_title
from doorstep.wiring.api import Key, Line, Paged, PageNumber, Room, incident_of, paged
from doorstep.wiring.contributions import Watch, WatchRow

room = Room(tags=["board"])


class WatchRowOut(Schema):
    """Who or what waits: since when, who must act, what comes next. `level` 3 = at once."""

    subject: str
    what: str
    since: datetime
    due: datetime | None
    who_acts: str
    next_step: str
    level: int
    area: int | None
    door: int | None


class WatchOut(Schema):
    """One invariant with the rows that break it."""

    number: int
    code: str
    title: str
    rows: list[WatchRowOut]


class AreaCardOut(Schema):
    """An area and how many it binds."""

    id: int
    name: str
    zone: str
    state: str
    doors: int
    persons: int


class BoardKindOut(Schema):
    """How the promises of one kind stand: open, at risk, broken, kept."""

    kind: str
    title: str
    counts: dict[str, int]


class FirstActOut(Schema):
    """From the trigger to a first act, in hours; `real_h` is null while it has not happened."""

    title: str
    target_h: float
    real_h: float | None
    look: str


class ServiceOut(Schema):
    """What the households of one area have had until now."""

    area: int
    households: int
    due: int
    in_time: int
    late: int
    broken: int
    share: float | None


class SituationOut(Schema):
    """Containment and service side by side, at one instant."""

    at: datetime
    waiting: int
    areas: list[AreaCardOut]
    kinds: list[BoardKindOut]
    watches: list[WatchOut]
    first_acts: list[FirstActOut]
    service: list[ServiceOut]


class CellOut(Schema):
    """A door of an elevation; `look` is empty where nothing is owed."""

    door: int
    number: str
    floor: int
    look: str


class FrontStairOut(Schema):
    """A stair with its doors from the top down."""

    name: str
    doors: list[CellOut]


class FrontOut(Schema):
    """A building as it stands."""

    name: str
    counts: dict[str, int]
    stairs: list[FrontStairOut]


class ElevationOut(Schema):
    """The buildings of an area, coloured by one kind of promise."""

    area: int
    kind: str
    kinds: list[str]
    at: datetime
    buildings: list[FrontOut]


class EntryOut(Schema):
    """Something that happened."""

    occurred_at: datetime
    recorded_at: datetime
    act: str
    subject: str
    by: str


class DoorPersonOut(Schema):
    """A person behind a door; the name is masked unless the member's duty needs it."""

    id: int
    name: str
    classes: list[str]
    present: str


class DoorPromiseOut(Schema):
    """Something owed at a door."""

    id: int
    kind: str
    title: str
    look: str
    window_start: datetime
    due_at: datetime
    planned_at: datetime | None
    kept_at: datetime | None


class DoorVisitOut(Schema):
    """A knock at a door."""

    id: int
    occurred_at: datetime
    outcome: str
    handed: list[str]


class DoorOut(Schema):
    """A door: who is behind it, what they are owed, when food ends and somebody comes."""

    id: int
    label: str
    floor: int
    covered_until: datetime | None
    next_visit: datetime | None
    persons: list[DoorPersonOut]
    promises: list[DoorPromiseOut]
    visits: list[DoorVisitOut]


def _row(row: WatchRow) -> WatchRowOut:
    return WatchRowOut(
        subject=row.subject,
        what=row.what,
        since=row.since,
        due=row.due,
        who_acts=row.who_acts,
        next_step=row.next_step,
        level=row.level,
        area=row.area_id,
        door=row.door_id,
    )


def _watch(pair: tuple[Watch, list[WatchRow]]) -> WatchOut:
    watch, rows = pair
    return WatchOut(number=watch.number, code=watch.code, title=str(watch.title), rows=[_row(row) for row in rows])


def _entry(entry: JournalEntry) -> EntryOut:
    return EntryOut(
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        act=entry.act,
        subject=entry.subject_label,
        by=entry.by_label,
    )


@room.reads("/situation", SituationOut, act="see_board")
def situation(request: Any) -> SituationOut:
    """The board at this instant, within the member's areas."""
    incident = incident_of(request)
    at = incident.now()
    found = queries.situation(incident, at, request.rights)
    return SituationOut(
        at=at,
        waiting=found.waiting,
        areas=[
            AreaCardOut(
                id=card.area.pk,
                name=card.area.name,
                zone=card.area.zone,
                state=card.area.state,
                doors=card.doors,
                persons=card.persons,
            )
            for card in found.areas
        ],
        kinds=[
            BoardKindOut(kind=row.kind, title=kind_title(incident, row.kind), counts=row.counts) for row in found.kinds
        ],
        watches=[_watch(pair) for pair in found.watches],
        first_acts=[
            FirstActOut(title=act.title, target_h=act.target_h, real_h=act.real_h, look=act.look)
            for act in found.first_acts
        ],
        service=[
            ServiceOut(
                area=row.area.pk,
                households=row.households,
                due=row.due,
                in_time=row.in_time,
                late=row.late,
                broken=row.broken,
                share=row.share,
            )
            for row in found.service
        ],
    )


@room.reads("/watch", list[WatchOut], act="see_board")
def watch_list(request: Any) -> list[WatchOut]:
    """Every invariant with the rows that break it now."""
    incident = incident_of(request)
    return [_watch(pair) for pair in queries.watches_of(incident, incident.now(), request.rights)]


@room.reads("/watch/{number}", list[WatchOut], act="see_board")
def one_watch(request: Any, number: Key) -> list[WatchOut]:
    """One invariant: each room that watches over it by itself."""
    incident = incident_of(request)
    found = queries.watches_of(incident, incident.now(), request.rights, number)
    if not found:
        raise Http404
    return [_watch(pair) for pair in found]


@room.reads("/areas/{pk}/elevation", ElevationOut, act="see_board")
def elevation(request: Any, pk: Key, kind: Line = "") -> ElevationOut:
    """Each building of an area, stair by stair and door by door, with the state of one kind of promise."""
    incident = incident_of(request)
    area = get_object_or_404(Area, pk=pk, incident=incident)
    request.rights.require("see_board", area)
    at, kinds = incident.now(), queries.kinds_of(area)
    chosen = kind or next((k for k in kinds if k.startswith("kit:")), kinds[0] if kinds else "")
    fronts = [
        FrontOut(
            name=front.name,
            counts=front.counts,
            stairs=[
                FrontStairOut(
                    name=stair.name,
                    doors=[
                        CellOut(door=cell.pk, number=cell.number, floor=floor, look=cell.look)
                        for floor, cells in stair.floors
                        for cell in cells
                        if cell
                    ],
                )
                for stair in front.stairs
            ],
        )
        for front in queries.elevation(area, chosen, at)
    ]
    return ElevationOut(area=area.pk, kind=chosen, kinds=kinds, at=at, buildings=fronts)


@room.reads("/doors/{pk}", DoorOut, act="see_board")
def door(request: Any, pk: Key) -> DoorOut:
    """One door: its people, its promises, its visits."""
    incident = incident_of(request)
    page = queries.door_page(incident, pk, incident.now(), request.rights)
    if page is None:
        raise Http404
    stair = page.door.stair
    return DoorOut(
        id=page.door.pk,
        label=f"{stair.building.name}-{stair.name}-{page.door.number}",
        floor=page.door.floor,
        covered_until=page.covered_until,
        next_visit=page.next_visit.expected_at if page.next_visit else None,
        persons=[
            DoorPersonOut(id=person.pk, name=name, classes=person.classes, present=person.present)
            for _, people in page.households
            for name, person, _ in people
        ],
        promises=[
            DoorPromiseOut(
                id=promise.pk,
                kind=promise.kind,
                title=kind_title(incident, promise.kind),
                look=promise.look,
                window_start=promise.window_start,
                due_at=promise.due_at,
                planned_at=promise.planned_at,
                kept_at=promise.kept_at,
            )
            for promise in page.promises
        ],
        visits=[
            DoorVisitOut(id=visit.pk, occurred_at=visit.occurred_at, outcome=visit.outcome, handed=visit.handed)
            for visit, _ in page.visits
        ],
    )


@room.reads("/timeline", Paged[EntryOut], act="see_board")
def timeline(request: Any, page: PageNumber = 1) -> dict[str, Any]:
    """What happened until now, newest first."""
    incident = incident_of(request)
    return paged(request, happened(incident, incident.now()), _entry)
