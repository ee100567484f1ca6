"""What is due at each door in a window: the ledger's promises and what other rooms bring, merged into one visit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from doorstep import protocol
from doorstep.command.models import Area, AreaDoor, Incident
from doorstep.promises.models import Promise
from doorstep.register.models import Person, masked
from doorstep.wiring.contributions import contributions

EARLY = ("kit:", "letter", "waste")  # may be done before its window opens, when the visit is made for it
VISITED = ("kit:", "letter", "contact", "test", "check", "waste")
Row = tuple[int, str, int, str, int, datetime, datetime, int]


@dataclass(frozen=True)
class Window:
    """From when to when a plan goes, and when goods of a kind are packed, where that is later than its start.

    `base` is the instant from which the planner counts, where that is earlier; `at_doors` says when the kit packed for a
    door stands at the staging place, by door and kind.
    """

    starts_at: datetime
    ends_at: datetime
    ready: Mapping[str, datetime] = field(default_factory=dict)
    base: datetime | None = None
    at_doors: Mapping[tuple[int, str], datetime] = field(default_factory=dict)

    def seconds(self, at: datetime) -> float:
        """Of the planner's count, never below its start."""
        return max(0.0, (at - (self.base or self.starts_at)).total_seconds())

    def ready_at(self, kind: str, door: int) -> datetime:
        """When goods of a kind can leave for a door."""
        start = self.base or self.starts_at
        return max(start, self.ready.get(kind, start), self.at_doors.get((door, kind), start))


@dataclass(frozen=True)
class Due:
    """One thing of a visit. A knock confirms it as `kind`; `promises` are those of the ledger that it keeps.

    `due_at` is the time by which the rules want it there; it cannot be done before `opens_at`. `title` is what another
    room calls it.
    """

    kind: str
    promises: tuple[int, ...]
    persons: int
    kg: float
    due_at: datetime
    priority: int
    opens_at: datetime | None = None
    deadlines: tuple[protocol.VisitDeadline, ...] = ()
    title: dict[str, str] = field(default_factory=dict)

    def as_item(self) -> dict[str, Any]:
        """As the stop keeps it."""
        item: dict[str, Any] = {
            "promise": self.promises[0] if self.promises else None,
            "promises": list(self.promises),
            "kind": self.kind,
            "persons": self.persons,
            "kg": round(self.kg, 1),
        }
        return {**item, "title": self.title} if self.title else item


@dataclass(frozen=True)
class DueAtDoors:
    """What is due by visit, and (door, kind) of what opens too late to be done in the same visit."""

    visits: dict[str, list[Due]]
    later: list[tuple[int, str]]


def due_at_doors(
    incident: Incident,
    areas: Sequence[Area],
    window: Window,
    *,
    without: Mapping[int, frozenset[int] | None] | None = None,
) -> DueAtDoors:
    """What is due at each door by the end of a window, by visit. A door with anything due gets all that is open there.

    A visit is a door (`"12"`), or one kind at a door that the protocol does not combine with others (`"12/test"`), or that
    is packed only after something else there is due (`"12/kit:living"`).
    What opens in the window after something else there is due is left to a later plan, and named.
    `without`: doors that are somebody's already (None), or promises at them that are. Two queries, two more for
    persons, and those of each room that brings something.
    """
    taken = without or {}
    promises = Promise.objects.filter(
        incident=incident,
        area__in=areas,
        state__in=[Promise.State.OPEN, Promise.State.BROKEN],
        door__isnull=False,
        subject_kind__in=["household", "person"],
        window_start__lte=window.ends_at,
    )
    rows = [
        row
        for row in promises.values_list(
            "pk", "kind", "door_id", "subject_kind", "subject_id", "due_at", "window_start", "priority"
        )
        if row[1].startswith(VISITED) and not _is_taken(row, taken)
    ]
    brought = _brought(incident, areas, window, taken)
    must = {door for _, _, door, *_, due_at, _, _ in rows if due_at <= window.ends_at} | set(brought)
    found: dict[str, list[Due]] = defaultdict(list)
    for door, line in _promised(incident, [row for row in rows if row[2] in must], window, areas):
        found[_visit(incident, door, line.kind)].append(line)
    for door, lines in brought.items():
        for line in lines:
            found[_visit(incident, door, line.kind)].append(line)
    found = _apart(found, window)
    later = []
    for visit, there in found.items():
        fits = [line for line in there if line.opens_at is None or _waits(there, line.opens_at)]
        later += [(door_of(visit), line.kind) for line in there if line not in fits]
        found[visit] = fits
    return DueAtDoors(dict(found), later)


def _apart(visits: Mapping[str, list[Due]], window: Window) -> dict[str, list[Due]]:
    """Nobody waits for a kit that is still being packed: where something else is due before it is there, it comes alone."""
    found: dict[str, list[Due]] = {}
    for visit, there in visits.items():
        door = door_of(visit)
        for line in there:
            ready = window.at_doors.get((door, line.kind))
            others = [other for other in there if (door, other.kind) not in window.at_doors]
            alone = ready is not None and not _waits(others, ready)
            found.setdefault(f"{door}/{line.kind}" if alone else visit, []).append(line)
    return found


def _waits(lines: Sequence[Due], opens: datetime) -> bool:
    """Whether everything at a door can wait until then."""
    return all(line.due_at >= opens for line in lines)


@dataclass(frozen=True)
class Short:
    """Doors whose goods of a kind are not there: named, and still owed."""

    door: int
    kind: str


def share_short(due: Mapping[str, list[Due]], short: Mapping[str, int]) -> tuple[dict[str, list[Due]], list[Short]]:
    """What is left of some visits when there are only so many of a kind: who comes first keeps it, then who is due first."""
    kept = {visit: list(lines) for visit, lines in due.items()}
    lost: list[Short] = []
    for kind, count in short.items():
        having = [(visit, line) for visit, lines in kept.items() for line in lines if line.kind == kind]
        having.sort(key=lambda pair: (-pair[1].priority, pair[1].due_at, door_of(pair[0])))
        for visit, line in having[max(0, count) :]:
            kept[visit].remove(line)
            lost.append(Short(door_of(visit), kind))
    return {visit: lines for visit, lines in kept.items() if lines}, lost


def tightest(lines: Sequence[Due], starts_at: datetime) -> datetime:
    """The first due time at a door that can still be met; where none can, the first of them."""
    instants = sorted(line.due_at for line in lines)
    return next((at for at in instants if at >= starts_at), instants[0])


def door_of(visit: str) -> int:
    """The door of a visit."""
    return int(visit.partition("/")[0])


def _visit(incident: Incident, door: int, kind: str) -> str:
    base = protocol.base_kind(kind)
    return f"{door}/{base}" if base in incident.protocol.visits.alone else str(door)


def _is_taken(row: Row, taken: Mapping[int, frozenset[int] | None]) -> bool:
    if row[2] not in taken:
        return False
    held = taken[row[2]]
    return held is None or row[0] in held


def _promised(
    incident: Incident, rows: Sequence[Row], window: Window, areas: Sequence[Area]
) -> Iterable[tuple[int, Due]]:
    """One line for each household or person and kind, whatever is open of it."""
    people = _people(areas)
    masks = _masks([row[4] for row in rows if row[3] == "person"])
    rules, tz = incident.protocol, incident.tz
    groups: dict[tuple[int, str, str, int], list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row[5], row[0])):
        groups[row[2], row[1], row[3], row[4]].append(row)
    several = _several(groups)
    for (door, kind, subject_kind, subject), lines in groups.items():
        kit = protocol.kit_of(rules, kind)
        of_person = subject_kind == "person"
        persons = 1 if of_person else people[subject]
        ready = window.ready_at(kind, door)
        # Of what is open of a kind, the first that can still be kept says when; a passed one does not hurry the others.
        tight = next((row for row in lines if row[5] >= window.starts_at), lines[-1])
        deadlines = protocol.visit_deadlines(rules, kind, tight[5], tz=tz, ready=ready)
        alone = not of_person or (door, kind) not in several
        yield (
            door,
            Due(
                kind if alone else f"{kind}:{subject}",
                tuple(row[0] for row in sorted(lines, key=lambda row: (row is not tight, row[5]))),
                persons,
                protocol.kit_weight_kg(kit, persons) if kit else 0.0,
                protocol.must_be_by(deadlines, window.starts_at),
                max(row[7] for row in lines),
                None if kind.startswith(EARLY) or tight[6] <= window.starts_at else tight[6],
                tuple(deadlines),
                {} if alone else {"zh": masks[subject], "en": masks[subject]},
            ),
        )


def _several(groups: Iterable[tuple[int, str, str, int]]) -> set[tuple[int, str]]:
    """Doors and kinds with more than one person: each is confirmed by itself."""
    seen: set[tuple[int, str]] = set()
    found: set[tuple[int, str]] = set()
    for door, kind, subject_kind, _ in groups:
        if subject_kind == "person":
            (found if (door, kind) in seen else seen).add((door, kind))
    return found


def _people(areas: Sequence[Area]) -> dict[int, int]:
    people: dict[int, int] = defaultdict(int)
    at_home = Person.objects.filter(household__door__area_doors__area__in=areas, present="home", active=True).distinct()
    for _, household in at_home.values_list("pk", "household_id"):
        people[household] += 1
    return people


def _masks(persons: Sequence[int]) -> dict[int, str]:
    return {pk: masked(name) for pk, name in Person.objects.filter(pk__in=set(persons)).values_list("pk", "name")}


def _brought(
    incident: Incident, areas: Sequence[Area], window: Window, taken: Mapping[int, frozenset[int] | None]
) -> dict[int, list[Due]]:
    """What other rooms want at these doors."""
    sources = list(contributions.visit_items)
    if not sources:
        return {}
    doors = set(AreaDoor.objects.filter(area__in=areas).values_list("door_id", flat=True)) - set(taken)
    found: dict[int, list[Due]] = defaultdict(list)
    for source in sources:
        for door, lines in source.items(incident, sorted(doors), window.starts_at, window.ends_at).items():
            for line in lines:
                when = (protocol.VisitDeadline("late", line.due_at),)
                found[door].append(
                    Due(line.confirms, (), 0, line.kg, line.due_at, line.priority, None, when, line.title)
                )
    return dict(found)
