"""The board's read models: hard and warm side by side, the elevation, a door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from doorstep.board.cupboards import FOOD_DAYS, lasts_by_door
from doorstep.command.areas.kept import is_large
from doorstep.command.models import Area, AreaDoor, Incident, JournalEntry, Member
from doorstep.command.posts.clocks import ResponseClock, response_clocks
from doorstep.command.rights import Rights
from doorstep.command.timeline import timeline
from doorstep.promises.models import Promise
from doorstep.promises.queries import KindRow, by_area_and_kind, states_by_door, together, with_look
from doorstep.promises.service import ServiceRow, service_by_area
from doorstep.promises.words import kind_title
from doorstep.register.models import Door, Household, Person, masked
from doorstep.rounds.coming import NextVisit, expected_by_door, next_visit
from doorstep.rounds.models import Visit
from doorstep.rounds.welfare import in_words
from doorstep.supplies.lasting import Lasting, food_lasts
from doorstep.supplies.models import Coverage
from doorstep.wiring.contributions import Watch, WatchRow, contributions
from doorstep.wiring.kept import fresh, keep, kept
from doorstep.wiring.texts import in_language


@dataclass(frozen=True)
class AreaCard:
    """One area on the board: what binds, and how many it binds."""

    area: Area
    zone_title: str
    doors: int
    persons: int


@dataclass(frozen=True)
class Situation:
    """Everything on the board. Containment and service are never shown one without the other (S1)."""

    areas: list[AreaCard]
    kinds: list[KindRow]
    watches: list[tuple[Watch, list[WatchRow]]]
    first_acts: list[ResponseClock]
    service: list[ServiceRow]
    journal: list[JournalEntry]
    counted_at: datetime | None = None

    @property
    def waiting(self) -> int:
        return sum(row.count for _, rows in self.watches for row in rows)

    @property
    def at_ease(self) -> list[Watch]:
        """The watches with nobody on them."""
        return [watch for watch, rows in self.watches if not rows]

    @property
    def alarms(self) -> list[tuple[Watch, list[WatchRow], int]]:
        """The watches with somebody on them, the gravest rows first, and how many they are."""
        return [
            (watch, sorted(rows, key=lambda row: (-row.level, row.since)), sum(row.count for row in rows))
            for watch, rows in self.watches
            if rows
        ]


@dataclass(frozen=True)
class Whole:
    """What the board counts, for every area and whoever reads it: each reader sees the part of their duty."""

    cards: list[AreaCard]
    kinds: dict[int, list[KindRow]]
    rows: dict[str, list[WatchRow]]
    first_acts: list[ResponseClock]
    service: list[ServiceRow]


def count_whole(incident: Incident, at: datetime) -> Whole:
    """Count everything on the board. A bounded number of queries."""
    cards = _cards(incident.areas.select_related("incident"))
    names = contributions.watches.names()
    rows = {name: contributions.watches.get(name).rows(incident, at) for name in names}
    kinds, service = by_area_and_kind(incident, at), service_by_area(incident, at, [card.area for card in cards])
    return Whole(cards, kinds, rows, response_clocks(incident, at), service)


def situation(incident: Incident, at: datetime, rights: Rights) -> Situation:
    """The board at an instant, within the member's areas; of a large incident as it was counted within the last minutes."""
    scope = rights.areas("see_board")
    found = kept("board", incident, lambda: count_whole(incident, at), large=lambda: is_large(incident))
    whole = found.value

    def sees(area: int) -> bool:
        return scope is None or area in scope

    watches = [
        (contributions.watches.get(name), _within(rows, scope))
        for name, rows in whole.rows.items()
        if name in contributions.watches.names()
    ]
    return Situation(
        [card for card in whole.cards if sees(card.area.pk)],
        together(row for area, rows in whole.kinds.items() if sees(area) for row in rows),
        watches,
        whole.first_acts,
        [row for row in whole.service if sees(row.area.pk)],
        list(timeline(incident, at)[:10]),
        found.at,
    )


def watches_of(
    incident: Incident, at: datetime, rights: Rights, number: int | None = None
) -> list[tuple[Watch, list[WatchRow]]]:
    """Every watch, or those of one number, with its rows in the member's areas."""
    scope = rights.areas("see_board")
    wanted = {name: contributions.watches.get(name) for name in contributions.watches.names()}
    wanted = {name: watch for name, watch in wanted.items() if number is None or watch.number == number}
    whole: Whole | None = fresh("board", incident)
    if whole is None and not is_large(incident):
        return [(watch, _within(watch.rows(incident, at), scope)) for watch in wanted.values()]
    if whole is None:
        whole = keep("board", incident, count_whole(incident, at)).value
    return [(watch, _within(whole.rows.get(name, []), scope)) for name, watch in wanted.items()]


@dataclass(frozen=True)
class PanelView:
    """What a room adds to the board, on the hard side or the warm one."""

    side: str
    template: str
    facts: dict[str, Any]


def panels(incident: Incident, at: datetime, member: Member | None) -> list[PanelView]:
    """The rooms' panels with their facts."""
    return [
        PanelView(panel.side, panel.template, panel.context(incident, at, member)) for panel in contributions.panels
    ]


def _within(rows: list[WatchRow], scope: frozenset[int] | None) -> list[WatchRow]:
    return [row for row in rows if scope is None or row.area_id is None or row.area_id in scope]


def _cards(areas: Any) -> list[AreaCard]:
    counted = areas.annotate(
        doors=Count("area_doors", distinct=True),
        persons=Count(
            "area_doors__door__households__persons",
            filter=Q(area_doors__door__households__persons__present="home"),
            distinct=True,
        ),
    )
    return [
        AreaCard(area, in_language(area.incident.protocol.zones[area.zone].title), area.doors, area.persons)
        for area in counted
    ]


def food(incident: Incident, at: datetime) -> Lasting:
    """How long the food in the stores lasts; of a large incident as it was counted within the last minutes."""
    return kept("food", incident, lambda: food_lasts(incident, at), large=lambda: is_large(incident)).value


@dataclass(frozen=True)
class Cell:
    """One door of an elevation. `look` is empty where nothing is owed."""

    pk: int
    number: str
    look: str
    expected_at: datetime | None = None
    days: float | None = None


@dataclass(frozen=True)
class StairColumn:
    """A stair as it stands: floors from the top down, each with its doors; None where no door is."""

    name: str
    floors: list[tuple[int, list[Cell | None]]]


@dataclass(frozen=True)
class BuildingFront:
    """A building as it stands, its stairs side by side."""

    name: str
    stairs: list[StairColumn]
    counts: dict[str, int]


def elevation(area: Area, kind: str, at: datetime) -> list[BuildingFront]:
    """Each building of an area, floor by stair by door, with the state of one kind of promise (or how long food lasts) and
    the next visit. Three queries.

    Doors stand above one another by the end of their number (501 above 401); a door that is not there leaves its place.
    """
    lasts = lasts_by_door(area, at) if kind == FOOD_DAYS else {}
    looks = {door: look for door, (look, _) in lasts.items()}
    if kind != FOOD_DAYS:
        looks = {door: state.look for door, state in states_by_door(area, kind, at).items()}
    coming = expected_by_door(area, at)
    columns = ("pk", "number", "floor", "stair__name", "stair__building_id", "stair__building__name")
    doors = Door.objects.filter(area_doors__area=area).values_list(*columns, "stair__building__floors")
    order = ("stair__building__compound_id", "stair__building__name", "stair__name", "-floor", "number")
    buildings: dict[int, dict[str, Any]] = {}
    for pk, number, floor, stair, building, name, floors in doors.order_by(*order):
        front = buildings.setdefault(building, {"name": name, "top": floors or 1, "stairs": {}, "counts": {}})
        look = looks.get(pk, "")
        places = front["stairs"].setdefault(stair, {})
        column = _column(number, floor, places)
        places[floor, column] = Cell(pk, number, look, coming.get(pk), lasts[pk][1] if pk in lasts else None)
        front["top"] = max(front["top"], floor)
        if look:
            front["counts"][look] = front["counts"].get(look, 0) + 1
    return [
        BuildingFront(
            front["name"],
            [_stair(name, places, front["top"]) for name, places in front["stairs"].items()],
            front["counts"],
        )
        for front in buildings.values()
    ]


def _column(number: str, on_floor: int, taken: dict[tuple[int, str], Cell]) -> str:
    """Where on its floor a door stands: what its number says after the floor; its whole number where that is taken."""
    floor = str(on_floor)
    column = number[len(floor) :] if number.startswith(floor) and len(number) > len(floor) else number
    return number if (on_floor, column) in taken else column


def _stair(name: str, places: dict[tuple[int, str], Cell], top: int) -> StairColumn:
    columns = sorted({column for _, column in places}, key=lambda text: (len(text), text))
    lowest = min(1, *(floor for floor, _ in places))
    if len(columns) > 3 * max(1, len(places) // max(1, top)):  # numbers that say nothing of a column: close the gaps
        floors = range(top, lowest - 1, -1)
        return StairColumn(name, [(f, [cell for (at, _), cell in places.items() if at == f]) for f in floors])
    return StairColumn(
        name, [(floor, [places.get((floor, column)) for column in columns]) for floor in range(top, lowest - 1, -1)]
    )


def kinds_of(area: Area) -> list[str]:
    """The kinds of promises that doors of this area are owed."""
    kinds = Promise.objects.filter(area=area, door__isnull=False).values_list("kind", flat=True).distinct()
    return [*sorted(kinds), FOOD_DAYS]


@dataclass(frozen=True)
class DoorPage:
    """A door: who is behind it, and what they are owed. Names are masked unless the member's duty needs them."""

    door: Door
    households: list[tuple[Household, list[tuple[str, Person, list[str]]]]]
    promises: list[Any]
    covered_until: datetime | None
    next_visit: NextVisit | None
    visits: list[tuple[Visit, list[str]]]
    answers: list[tuple[str, str, bool]]
    answered_at: datetime | None


def door_page(incident: Incident, pk: int, at: datetime, rights: Rights) -> DoorPage | None:
    """What may be shown of a door, or None where it is not in the member's areas."""
    door = Door.objects.select_related("stair__building__compound").filter(pk=pk).first()
    areas = set(AreaDoor.objects.filter(door_id=pk, area__incident=incident).values_list("area_id", flat=True))
    scope = rights.areas("see_board")
    if door is None or (scope is not None and not areas & scope):
        return None
    full = any(rights.sees_names(area) for area in areas) if areas else rights.sees_names()
    titles = incident.protocol.classes
    households = [
        (
            home,
            [
                (
                    person.name if full else masked(person.name),
                    person,
                    [in_language(titles[code]) for code in person.classes if code in titles],
                )
                for person in home.persons.filter(active=True).order_by("pk")
            ],
        )
        for home in door.households.filter(active=True)
    ]
    promises = with_look(Promise.objects.filter(door=door, incident=incident), at).exclude(state="waived")
    covers = Coverage.objects.filter(incident=incident, household__door=door, household__active=True).values_list(
        "covered_until", flat=True
    )
    visits = Visit.objects.filter(door=door, incident=incident, undone_at=None).select_related("member")
    spoken = visits.exclude(welfare={}).order_by("-occurred_at").first()
    return DoorPage(
        door,
        households,
        list(promises.order_by("due_at")[:60]),
        min(covers, default=None),
        next_visit(incident, door, at),
        [(v, [kind_title(incident, kind) for kind in v.handed]) for v in visits.order_by("-occurred_at")[:20]],
        in_words(incident, spoken.welfare) if spoken else [],
        spoken.occurred_at if spoken else None,
    )
