"""Loads (what one trip takes) given to carriers in their shifts, with the instant at each door."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from doorstep.planning.rounds.byhand import by_hand
from doorstep.planning.rounds.climbs import climbs_of
from doorstep.planning.rounds.desks import Desk, Fact, Grounds, Index, Row, clock_load, fact_of, written
from doorstep.planning.rounds.plan import Climb, Late, Load, Rest, Trip, Unserved
from doorstep.planning.rounds.problem import DoorDemand

__all__ = ["Given", "Index", "clock_load", "give_out", "halves", "hasten", "made_of", "why"]

HASTENED = 4  # times that late doors are taken out of their trips
URGENT = 6  # doors of a trip that is sent because they would come late


@dataclass(frozen=True)
class Given:
    """What came of loads: trips in shifts, doors without, doors too late; the loads, some of them split; who goes where."""

    trips: list[Trip]
    unserved: list[Unserved]
    late: list[Late]
    loads: list[Load]
    cost_s: float
    missed: tuple[int, int]
    rests: list[Rest] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    @property
    def rank(self) -> tuple[int, int, float]:
        """Less is better: what is not served, then what is late, both weighed by priority; then the seconds."""
        return (*self.missed, self.cost_s)


def give_out(index: Index, loads: Sequence[Load]) -> Given:
    """Loads to carriers, by the least slack or by the highest priority first, waiting for goods not yet packed or not:
    whichever leaves less undone."""
    found = _give_out(index, loads, by_priority=False, waits=False)
    if found.missed == (0, 0):
        return found
    answers = [found]
    late_packed = len({door.release_s for door in index.problem.doors}) > 1
    ranked = len({door.priority for door in index.problem.doors}) > 1
    for by_priority, waits in ((True, False), (False, True), (True, True)):
        if (ranked or not by_priority) and (late_packed or not waits):
            answers.append(_give_out(index, loads, by_priority=by_priority, waits=waits))
    return min(answers, key=lambda given: given.rank)


def hasten(index: Index, given: Given) -> Given:
    """Doors that come too late get trips of their own, where that leaves less undone."""
    for _ in range(HASTENED):
        names = {late.door for late in given.late}
        if not names:
            break
        rest = [
            tuple(new for climb in load for new in _without(index, climb, names))
            for load in given.loads
            if any(not names.issuperset(climb.doors) for climb in load)
        ]
        urgent = sorted(
            (index.doors[name] for name in names), key=lambda door: (door.due_s or 0.0, door.stair, door.id)
        )
        found = give_out(index, [*rest, *_urgent(index, urgent)])
        if found.rank >= given.rank:
            break
        given = found
    return given


def _without(index: Index, climb: Climb, names: set[str]) -> list[Climb]:
    if names.isdisjoint(climb.doors):
        return [climb]
    return climbs_of(index.stairs[climb.stair], [index.doors[name] for name in climb.doors if name not in names])


def _urgent(index: Index, doors: Sequence[DoorDemand]) -> list[Load]:
    """A few doors a trip, in the order in which they are due; those of one stair together."""
    loads: list[Load] = []
    for place in range(0, len(doors), URGENT):
        loads += by_hand(index.problem, list(doors[place : place + URGENT]))
    return loads


class _Waiting:
    """Loads in the order in which they go out: clean stairs before infected ones, of those packed by now the most urgent."""

    def __init__(self, facts: Sequence[Fact], *, by_priority: bool, waits: bool) -> None:
        self.by_priority, self.waits = by_priority, waits
        self.numbers = count()
        self.packed: tuple[list[tuple[tuple[float, ...], int, Fact]], ...] = ([], [])
        self.unpacked: tuple[list[tuple[float, int, Fact]], ...] = ([], [])
        for fact in facts:
            self.add(fact)

    def add(self, fact: Fact) -> None:
        if self.waits or fact.release_s <= 0:
            heappush(self.packed[fact.last], (self._key(fact), next(self.numbers), fact))
        else:
            heappush(self.unpacked[fact.last], (fact.release_s, next(self.numbers), fact))

    def _key(self, fact: Fact) -> tuple[float, ...]:
        order = (-fact.priority, fact.slack) if self.by_priority else (fact.slack, -fact.priority)
        return (not fact.first, *order, fact.release_s, -fact.seconds)

    def pop(self, now: float) -> Fact | None:
        for packed, unpacked in zip(self.packed, self.unpacked, strict=True):
            while unpacked and (unpacked[0][0] <= now or not packed):
                _, number, fact = heappop(unpacked)
                heappush(packed, (self._key(fact), number, fact))
            if packed:
                return heappop(packed)[2]
        return None


def _give_out(index: Index, loads: Sequence[Load], *, by_priority: bool, waits: bool) -> Given:
    """Each load to whoever can start it soonest and has climbed least; loads of a `last` stair at the end.

    A load that fits no shift is halved, down to single doors; a door that fits none is named.
    """
    grounds = Grounds([index])
    rows = [Row(Desk(carrier, carrier.start_s), []) for carrier in index.problem.carriers]
    desks = [row.desk.again() for row in rows]
    waiting = _Waiting([fact_of(index, load) for load in loads], by_priority=by_priority, waits=waits)
    lost: list[tuple[Fact, str, str]] = []
    reload_s = index.problem.reload_s
    while fact := waiting.pop(min((desk.free_s + (reload_s if desk.trips else 0) for desk in desks), default=0.0)):
        place = _choose(grounds, desks, fact)
        if place is None and (parts := halves(grounds, desks, fact)):
            for part in parts:
                waiting.add(fact_of(index, part))
        elif place is None:
            lost.append((fact, *why(grounds, desks, fact)))
        else:
            desks[place].take(grounds, fact)
            rows[place].facts.append(fact)
    return made_of(grounds, rows, lost)


def made_of(grounds: Grounds, rows: list[Row], lost: Sequence[tuple[Fact, str, str]]) -> Given:
    """Rows of carriers and loads without one, written out."""
    trips, rests, late = written(grounds, rows)
    doors = {name: door for index in grounds.indexes for name, door in index.doors.items()}
    unserved = [Unserved(name, reason, mend) for fact, reason, mend in lost for name, _, _ in fact.stops]
    facts = [fact for row in rows for fact in row.facts] + [fact for fact, _, _ in lost]
    behind = sum(1 + doors[one.door].priority for one in late)
    return Given(
        trips=trips,
        unserved=unserved,
        late=late,
        loads=[fact.load for fact in facts],
        cost_s=sum(fact.seconds for fact in facts),
        missed=(sum(fact.worth for fact, _, _ in lost), behind),
        rests=rests,
        rows=rows,
    )


def halves(grounds: Grounds, desks: Sequence[Desk], fact: Fact) -> list[Load]:
    """The load in two, where some shift has time to walk there at all."""
    index = grounds.indexes[fact.site]
    stair = index.stairs[fact.load[0].stair]
    walk = 2 * index.problem.walk_s(index.gates[fact.gate], (stair.x_m, stair.y_m))
    if all(desk.carrier.end_s - max(desk.free_s, fact.release_s) < walk for desk in desks):
        return []
    if len(fact.load) > 1:
        middle = len(fact.load) // 2
        return [fact.load[:middle], fact.load[middle:]]
    climb = fact.load[0]
    if len(climb.doors) < 2:
        return []
    doors, middle = [index.doors[name] for name in climb.doors], len(climb.doors) // 2
    return [tuple(climbs_of(stair, doors[:middle])), tuple(climbs_of(stair, doors[middle:]))]


def _choose(grounds: Grounds, desks: Sequence[Desk], fact: Fact) -> int | None:
    able = []
    for place, desk in enumerate(desks):
        depart = desk.can(grounds, fact)
        if depart is not None:
            able.append((depart // 600, desk.climbed, depart, desk.carrier.id, place))
    return min(able)[-1] if able else None


def why(grounds: Grounds, desks: Sequence[Desk], fact: Fact) -> tuple[str, str]:
    """The reason that nobody can take a load, and what would mend it."""
    if not desks:
        return "no_carrier", "add a carrier"
    minutes = math.ceil(fact.seconds / 60)
    if any(desk.depart_s(grounds, fact) + fact.seconds <= desk.carrier.end_s for desk in desks):
        return "over_budget", f"one more carrier for {minutes} minutes, or a longer limit of work"
    start = min(max(desk.carrier.start_s, fact.release_s) for desk in desks)
    return "no_time", f"one more carrier for {minutes} minutes from {round(start / 60)} minutes after the start"
