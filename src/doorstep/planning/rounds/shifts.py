"""Loads (what one trip takes) are costed, then given to carriers in their shifts, with the instant at each door."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import count

from doorstep.planning.rounds.byhand import by_hand
from doorstep.planning.rounds.climbs import climbs_of
from doorstep.planning.rounds.plan import Climb, Late, Load, StopAt, Trip, Unserved
from doorstep.planning.rounds.problem import Carrier, DoorDemand, RoundsProblem, Stair, climb_s

HASTENED = 4  # times that late doors are taken out of their trips
URGENT = 6  # doors of a trip that is sent because they would come late


class Index:
    """A problem by id, made once."""

    def __init__(self, problem: RoundsProblem) -> None:
        self.problem = problem
        self.stairs = {stair.id: stair for stair in problem.stairs}
        self.doors = {door.id: door for door in problem.doors}
        self.gates = {gate: problem.gate_at(gate) for gate in {stair.gate for stair in problem.stairs}}


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


@dataclass
class _Desk:
    carrier: Carrier
    free_s: float
    worked_s: float = 0.0
    climbed: float = 0.0
    trips: int = 0
    gate: str = ""

    def depart_s(self, index: Index, gate: str, release_s: float) -> float:
        """When it can leave a gate with new goods: after reloading, and the walk there from the last gate."""
        if not self.trips:
            return max(self.free_s, release_s)
        walk = index.problem.walk_s(index.gates[self.gate], index.gates[gate])
        return max(self.free_s + walk + index.problem.reload_s, release_s)


@dataclass(frozen=True)
class Given:
    """What came of loads: trips in shifts, doors without, doors too late; and the loads themselves, some of them split."""

    trips: list[Trip]
    unserved: list[Unserved]
    late: list[Late]
    loads: list[Load]
    cost_s: float
    missed: tuple[int, int]

    @property
    def rank(self) -> tuple[int, int, float]:
        """Less is better: what is not served, then what is late, both weighed by priority; then the seconds."""
        return (*self.missed, self.cost_s)


def give_out(index: Index, loads: Sequence[Load]) -> Given:
    """Loads to carriers, by the least slack or by the highest priority first, whichever leaves less undone."""
    found = _give_out(index, loads, by_priority=False)
    if found.missed == (0, 0) or len({door.priority for door in index.problem.doors}) == 1:
        return found
    return min(found, _give_out(index, loads, by_priority=True), key=lambda given: given.rank)


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


def _give_out(index: Index, loads: Sequence[Load], *, by_priority: bool) -> Given:
    """Each load to whoever can start it soonest and has climbed least; loads of a `last` stair at the end.

    A load that fits no shift is halved, down to single doors; a door that fits none is named.
    """
    desks = [_Desk(carrier, carrier.start_s) for carrier in index.problem.carriers]
    facts = [_fact(index, load, by_priority) for load in loads]
    waiting = [(fact.key, number, fact) for number, fact in enumerate(facts)]
    heapify(waiting)
    numbers = count(len(waiting))
    trips: list[Trip] = []
    unserved: list[Unserved] = []
    late: list[Late] = []
    done: list[Load] = []
    cost, missed, overdue = 0.0, 0, 0
    while waiting:
        _, _, fact = heappop(waiting)
        desk = _choose(index, desks, fact)
        if desk is None and (parts := _halves(index, desks, fact)):
            for part in parts:
                half = _fact(index, part, by_priority)
                heappush(waiting, (half.key, next(numbers), half))
            continue
        cost += fact.seconds
        done.append(fact.load)
        if desk is None:
            reason, mend = _why(index, desks, fact)
            unserved += [Unserved(name, reason, mend) for name, _, _ in fact.stops]
            missed += sum(1 + index.doors[name].priority for name, _, _ in fact.stops)
            continue
        trip = _sent(index, desk, fact)
        trips.append(trip)
        for stop in trip.stops:
            door = index.doors[stop.door]
            if door.due_s is not None and stop.arrive_s > door.due_s + 1e-6:
                late.append(Late(stop.door, door.due_s, stop.arrive_s))
                overdue += 1 + door.priority
    return Given(trips, unserved, late, done, cost, (missed, overdue))


@dataclass(frozen=True)
class _Fact:
    """A load with what decides about it."""

    key: tuple[float, ...]
    load: Load
    gate: str
    seconds: float
    stops: list[tuple[str, float, float]]
    release_s: float
    climbed: float


def _fact(index: Index, load: Load, by_priority: bool) -> _Fact:
    seconds, stops = clock_load(index, load)
    doors = [index.doors[name] for name, _, _ in stops]
    timed = zip(doors, stops, strict=True)
    slack = min((door.due_s - stop[1] for door, stop in timed if door.due_s is not None), default=9e9) // 900
    release = max((door.release_s for door in doors), default=0.0)
    priority = -max((door.priority for door in doors), default=0)
    order = (priority, slack) if by_priority else (slack, priority)
    return _Fact(
        (any(door.last for door in doors), release > 0, *order, -seconds),
        load,
        index.stairs[load[0].stair].gate,
        seconds,
        stops,
        release,
        sum(door.weight_kg * abs(door.floor - 1) for door in doors),
    )


def _sent(index: Index, desk: _Desk, fact: _Fact) -> Trip:
    depart = desk.depart_s(index, fact.gate, fact.release_s)
    desk.trips += 1
    desk.gate = fact.gate
    desk.free_s = depart + fact.seconds
    desk.worked_s += fact.seconds
    desk.climbed += fact.climbed
    stops = tuple(StopAt(name, depart + arrive, depart + done) for name, arrive, done in fact.stops)
    weight = sum(climb.load_kg for climb in fact.load)
    return Trip(desk.carrier.id, desk.trips, depart, desk.free_s, weight, fact.load, stops, fact.gate)


def _halves(index: Index, desks: Sequence[_Desk], fact: _Fact) -> list[Load]:
    """The load in two, where some shift has time to walk there at all."""
    stair = index.stairs[fact.load[0].stair]
    walk = 2 * index.problem.walk_s(index.gates[fact.gate], (stair.x_m, stair.y_m))
    if all(desk.carrier.end_s - desk.depart_s(index, fact.gate, fact.release_s) < walk for desk in desks):
        return []
    if len(fact.load) > 1:
        middle = len(fact.load) // 2
        return [fact.load[:middle], fact.load[middle:]]
    climb = fact.load[0]
    if len(climb.doors) < 2:
        return []
    doors, middle = [index.doors[name] for name in climb.doors], len(climb.doors) // 2
    return [tuple(climbs_of(stair, doors[:middle])), tuple(climbs_of(stair, doors[middle:]))]


def _choose(index: Index, desks: list[_Desk], fact: _Fact) -> _Desk | None:
    able = []
    for desk in desks:
        depart = desk.depart_s(index, fact.gate, fact.release_s)
        carrier = desk.carrier
        if depart + fact.seconds > carrier.end_s + 1e-6:
            continue
        if carrier.work_limit_s is not None and desk.worked_s + fact.seconds > carrier.work_limit_s + 1e-6:
            continue
        if carrier.budget_kg_storeys is not None and desk.climbed + fact.climbed > carrier.budget_kg_storeys + 1e-6:
            continue
        able.append((depart // 600, desk.climbed, depart, desk.carrier.id, desk))
    return min(able, key=lambda one: one[:4])[4] if able else None


def _why(index: Index, desks: list[_Desk], fact: _Fact) -> tuple[str, str]:
    if not desks:
        return "no_carrier", "add a carrier"
    ready = [(desk.depart_s(index, fact.gate, fact.release_s), desk) for desk in desks]
    minutes = math.ceil(fact.seconds / 60)
    if any(depart + fact.seconds <= desk.carrier.end_s for depart, desk in ready):
        return "over_budget", f"one more carrier for {minutes} minutes, or a longer limit of work"
    start = min(max(desk.carrier.start_s, fact.release_s) for desk in desks)
    return "no_time", f"one more carrier for {minutes} minutes from {round(start / 60)} minutes after the start"
