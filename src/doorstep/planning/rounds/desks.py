"""One carrier's shift: when the next trip can leave the gate, when a rest is due, and which limits forbid a trip."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from doorstep.planning.rounds.plan import Late, Load, Rest, StopAt, Trip
from doorstep.planning.rounds.problem import Carrier, RoundsProblem, Stair, climb_s, kg_storeys

EPS = 1e-6
SLACK_STEP_S = 900  # dues within a quarter of an hour of each other are alike
Place = tuple[int, str]
"""A compound by its number, and a gate of it."""


class Index:
    """A problem by id, made once."""

    def __init__(self, problem: RoundsProblem, site: int = 0) -> None:
        self.problem = problem
        self.site = site
        self.stairs = {stair.id: stair for stair in problem.stairs}
        self.doors = {door.id: door for door in problem.doors}
        self.gates = {gate: problem.gate_at(gate) for gate in {stair.gate for stair in problem.stairs}}


class Grounds:
    """The compounds of a plan, and the way between their gates: `transfer_s` from one compound to another."""

    def __init__(self, indexes: Sequence[Index], transfer_s: float = 0.0) -> None:
        self.indexes = list(indexes)
        self.transfer_s = transfer_s

    def way_s(self, here: Place | None, there: Place) -> float:
        """From the last gate to the next departure: the way and the reload. The first trip stands ready."""
        if here is None:
            return 0.0
        index = self.indexes[there[0]]
        if here == there:
            return index.problem.reload_s
        if here[0] != there[0]:
            return self.transfer_s + index.problem.reload_s
        return index.problem.walk_s(index.problem.gate_at(here[1]), index.gates[there[1]]) + index.problem.reload_s


def clock_load(index: Index, load: Load) -> tuple[float, list[tuple[str, float, float]]]:
    """Seconds of a trip and (door, arrival, done) of each stop, counted from its departure at the gate."""
    problem, now, stops = index.problem, 0.0, []
    gate = here = index.gates[index.stairs[load[0].stair].gate]
    for climb in load:
        stair = index.stairs[climb.stair]
        there = (stair.x_m, stair.y_m)
        now += problem.walk_s(here, there)
        here, storeys = there, abs(climb.top_floor - 1)
        whole = climb_s(stair, climb.top_floor)
        up = whole * _share_up(stair)
        passed = now + (up if storeys else 0.0)
        floor = climb.top_floor
        for name in climb.doors:
            door = index.doors[name]
            if storeys:
                passed += (whole - up) * abs(floor - door.floor) / storeys
            floor = door.floor
            stops.append((name, passed, passed + door.service_s))
            passed += door.service_s
        service = sum(index.doors[name].service_s for name in climb.doors)
        now += whole * climb.ways + service
    return now + problem.walk_s(here, gate), stops


def _share_up(stair: Stair) -> float:
    if stair.lift:
        return 0.5
    return stair.up_s_per_storey / (stair.up_s_per_storey + stair.down_s_per_storey)


@dataclass(frozen=True)
class Fact:
    """A load with what decides about it. `dues`: (arrival in the trip, due, 1 + priority) of doors that have a due."""

    site: int
    gate: str
    load: Load
    seconds: float
    stops: list[tuple[str, float, float]]
    release_s: float
    climbed: float
    last: bool
    first: bool
    slack: float
    priority: int
    worth: int
    dues: tuple[tuple[float, float, int], ...]

    @property
    def place(self) -> Place:
        """The gate that it leaves."""
        return (self.site, self.gate)

    @property
    def order(self) -> tuple[float, ...]:
        """Less goes out sooner."""
        return (self.last, not self.first, self.slack, -self.priority, -self.seconds)


def fact_of(index: Index, load: Load) -> Fact:
    """Cost, times and limits of a load."""
    seconds, stops = clock_load(index, load)
    doors = [index.doors[name] for name, _, _ in stops]
    dues = tuple(
        (stop[1], door.due_s, 1 + door.priority)
        for door, stop in zip(doors, stops, strict=True)
        if door.due_s is not None
    )
    return Fact(
        site=index.site,
        gate=index.stairs[load[0].stair].gate,
        load=load,
        seconds=seconds,
        stops=stops,
        release_s=max((door.release_s for door in doors), default=0.0),
        climbed=sum(kg_storeys(index.stairs[door.stair], door) for door in doors),
        last=any(door.last for door in doors),
        first=any(door.first for door in doors),
        slack=min((due - arrive for arrive, due, _ in dues), default=9e9) // SLACK_STEP_S,
        priority=max((door.priority for door in doors), default=0),
        worth=sum(1 + door.priority for door in doors),
        dues=dues,
    )


@dataclass
class Desk:
    """Where a carrier stands in its shift. `suit_since_s`: in a suit since then; `waiting_s`: when it last left with goods
    that can wait; `infected`: it has been on an infected stair; `from_s`: nothing is decided before that instant."""

    carrier: Carrier
    free_s: float
    place: Place | None = None
    worked_s: float = 0.0
    climbed: float = 0.0
    suit_since_s: float | None = None
    infected: bool = False
    waiting_s: float = -math.inf
    trips: int = 0
    from_s: float = 0.0
    rests: list[Rest] = field(default_factory=list)

    def again(self) -> Desk:
        """A copy to go on with."""
        return replace(self, rests=[])

    @property
    def rest_from_s(self) -> float:
        """When a rest before the next trip would begin."""
        return max(self.free_s, self.from_s)

    def depart_s(self, grounds: Grounds, fact: Fact) -> float:
        """When it could leave with this load, a rest before it included where the suit needs one."""
        return self._next(grounds, fact)[0]

    def _next(self, grounds: Grounds, fact: Fact) -> tuple[float, float | None, bool]:
        """(departure, in a suit since, whether it rests before)."""
        way = grounds.way_s(self.place, fact.place)
        depart = max(self.free_s + way, fact.release_s, self.from_s)
        limit, since = self.carrier.ppe_limit_s, self.suit_since_s
        if limit is None:
            return depart, None, False
        if since is None:
            return depart, depart - way, False
        if depart + fact.seconds - since <= limit + EPS and depart - way - self.rest_from_s < self.carrier.rest_s:
            return depart, since, False
        depart = max(self.rest_from_s + self.carrier.rest_s + way, fact.release_s)
        return depart, depart - way, True

    def can(self, grounds: Grounds, fact: Fact) -> float | None:
        """The departure, or None where a limit forbids this load."""
        carrier = self.carrier
        if self.infected and not fact.last:
            return None
        if fact.first and not fact.last and self.waiting_s >= fact.release_s:
            return None
        if carrier.work_limit_s is not None and self.worked_s + fact.seconds > carrier.work_limit_s + EPS:
            return None
        if carrier.budget_kg_storeys is not None and self.climbed + fact.climbed > carrier.budget_kg_storeys + EPS:
            return None
        depart, since, _ = self._next(grounds, fact)
        back = depart + fact.seconds
        if back > carrier.end_s + EPS:
            return None
        if since is not None and carrier.ppe_limit_s is not None and back - since > carrier.ppe_limit_s + EPS:
            return None
        return depart

    def take(self, grounds: Grounds, fact: Fact) -> float:
        """Go on this trip; its departure."""
        depart, since, rests = self._next(grounds, fact)
        if rests:
            self.rests.append(Rest(self.carrier.id, self.rest_from_s, self.rest_from_s + self.carrier.rest_s))
        self.suit_since_s = since
        self.free_s = depart + fact.seconds
        self.place = fact.place
        self.worked_s += fact.seconds
        self.climbed += fact.climbed
        self.infected |= fact.last
        if not fact.first:
            self.waiting_s = depart
        self.trips += 1
        return depart


@dataclass
class Row:
    """A carrier from where it stands now, and its trips in their order."""

    desk: Desk
    facts: list[Fact]

    @property
    def climbed(self) -> float:
        """kg x storeys of the whole shift."""
        return self.desk.climbed + sum(fact.climbed for fact in self.facts)


def overdue(fact: Fact, depart: float) -> int:
    """Doors of a trip that are reached too late, each counted 1 + its priority."""
    return sum(worth for arrive, due, worth in fact.dues if depart + arrive > due + EPS)


def run(grounds: Grounds, desk: Desk, facts: Iterable[Fact]) -> tuple[int, float] | None:
    """(what is late, when it is over) of trips in this order, or None where a limit forbids one."""
    now, late = desk.again(), 0
    for fact in facts:
        if now.can(grounds, fact) is None:
            return None
        depart = now.take(grounds, fact)
        if fact.dues:
            late += overdue(fact, depart)
    return late, now.free_s


def written(grounds: Grounds, rows: Iterable[Row]) -> tuple[list[Trip], list[Rest], list[Late]]:
    """The trips with the instant at each door, the rests between them, and the doors that are late."""
    trips: list[Trip] = []
    rests: list[Rest] = []
    late: list[Late] = []
    for row in rows:
        desk = row.desk.again()
        for fact in row.facts:
            depart = desk.take(grounds, fact)
            stops = tuple(StopAt(name, depart + arrive, depart + done) for name, arrive, done in fact.stops)
            weight = sum(climb.load_kg for climb in fact.load)
            trips.append(Trip(desk.carrier.id, desk.trips, depart, desk.free_s, weight, fact.load, stops, fact.gate))
            for stop in stops:
                due = grounds.indexes[fact.site].doors[stop.door].due_s
                if due is not None and stop.arrive_s > due + EPS:
                    late.append(Late(stop.door, due, stop.arrive_s))
        rests += desk.rests
    return trips, rests, late
