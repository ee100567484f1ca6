"""Whether a plan holds. Shares no code with the planner: it counts everything again from the problem."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence

from doorstep.planning.rounds.plan import Climb, RoundsPlan, Trip
from doorstep.planning.rounds.problem import Carrier, RoundsProblem

EPS = 1e-3
FAIR_COST = 0.03  # the most that sharing the climbing evenly may cost


def check(problem: RoundsProblem, plan: RoundsPlan) -> list[str]:
    """Every way in which the plan breaks the problem; empty when it holds."""
    doors = {door.id: door for door in problem.doors}
    wrong = holds(problem, plan)
    light = [lost.door for lost in plan.unserved if doors[lost.door].weight_kg <= problem.trolley_kg]
    late = {lost.door for lost in plan.late}
    missed = (sum(1 + doors[name].priority for name in light), sum(1 + doors[name].priority for name in late))
    unfair = plan.cost_s - plan.fair_extra_s
    if (*missed, unfair) > (*plan.by_hand_missed, plan.by_hand_cost_s + EPS):
        wrong.append("the plan is worse than by hand")
    if plan.fair_extra_s > FAIR_COST * unfair + EPS:
        wrong.append(f"sharing the climbing costs {plan.fair_extra_s:.0f} s")
    if plan.lower_bound_s > plan.cost_s + EPS:
        wrong.append("the bound is above the cost")
    return wrong


def holds(problem: RoundsProblem, plan: RoundsPlan, *, broken_off: Collection[str] = ()) -> list[str]:
    """Every rule that the trips and rests break. Carriers in `broken_off` did not bring their last trip to its end."""
    facts = _Facts(problem)
    named = Counter(stop.door for trip in plan.trips for stop in trip.stops)
    named.update(lost.door for lost in plan.unserved)
    wrong = [f"door {door} is named {named[door]} times" for door in facts.doors if named[door] != 1]
    wrong += [f"door {door} is not of this problem" for door in named if door not in facts.doors]
    by_carrier: dict[str, list[Trip]] = defaultdict(list)
    counted = 0.0
    for trip in plan.trips:
        by_carrier[trip.carrier].append(trip)
        counted += trip.return_s - trip.depart_s
        wrong += facts.trip(trip, ends=trip.carrier not in broken_off)
    if counted > plan.cost_s + EPS:
        wrong.append(f"the trips take {counted:.0f} s, not {plan.cost_s:.0f}")
    late = {lost.door for lost in plan.late}
    for trip in plan.trips:
        for stop in trip.stops:
            due = facts.doors[stop.door].due_s
            if due is not None and stop.arrive_s > due + EPS and stop.door not in late:
                wrong.append(f"door {stop.door} is late and not named")
    for rest in plan.rests:
        by_carrier[rest.carrier] += []
    for name, trips in by_carrier.items():
        trips.sort(key=lambda one: one.depart_s)
        rests = sorted((rest.start_s, rest.end_s) for rest in plan.rests if rest.carrier == name)
        wrong += facts.shift(name, trips, rests)
    return wrong


def spread(problem: RoundsProblem, plan: RoundsPlan) -> float:
    """How unevenly kg x storeys are shared: the worst (most - least) / mean among carriers of equal shift."""
    facts = _Facts(problem)
    climbed = {carrier.id: 0.0 for carrier in problem.carriers}
    for trip in plan.trips:
        climbed[trip.carrier] += sum(facts.kg_storeys(stop.door) for stop in trip.stops)
    alike: dict[tuple[float | None, ...], list[float]] = defaultdict(list)
    for one in problem.carriers:
        limits = (one.work_limit_s, one.budget_kg_storeys, one.ppe_limit_s, one.rest_s if one.ppe_limit_s else None)
        alike[one.start_s, one.end_s, *limits].append(climbed[one.id])
    return max(((max(g) - min(g)) / (sum(g) / len(g)) for g in alike.values() if sum(g) > 0), default=0.0)


class _Facts:
    def __init__(self, problem: RoundsProblem) -> None:
        self.problem = problem
        self.doors = {door.id: door for door in problem.doors}
        self.stairs = {stair.id: stair for stair in problem.stairs}
        self.carriers: dict[str, Carrier] = {carrier.id: carrier for carrier in problem.carriers}
        self.gates = {"": (problem.gate_x_m, problem.gate_y_m)}
        self.gates |= {gate.id: (gate.x_m, gate.y_m) for gate in problem.gates}

    def kg_storeys(self, name: str) -> float:
        door = self.doors[name]
        return 0.0 if self.stairs[door.stair].lift else door.weight_kg * abs(door.floor - 1)

    def walk_s(self, a: tuple[float, float], b: tuple[float, float]) -> float:
        return math.hypot(b[0] - a[0], b[1] - a[1]) * self.problem.detour / self.problem.walk_m_per_s

    def trip(self, trip: Trip, *, ends: bool) -> Iterator[str]:
        """One trip by itself: loads, stairs, seconds, goods packed before it leaves."""
        doors, name = self.doors, f"trip {trip.carrier}/{trip.number}"
        visited = [door for climb in trip.climbs for door in climb.doors]
        if visited != [stop.door for stop in trip.stops]:
            yield f"{name}: climbs and stops differ"
        if sum(doors[door].weight_kg for door in visited) > self.problem.trolley_kg + EPS:
            yield f"{name}: the trolley is over its load"
        gate = self.gates[trip.gate]
        seconds, here = 0.0, gate
        arrivals = {stop.door: stop.arrive_s for stop in trip.stops}
        for climb in trip.climbs:
            stair = self.stairs[climb.stair]
            seconds += self.walk_s(here, (stair.x_m, stair.y_m))
            here = (stair.x_m, stair.y_m)
            seconds += self.climbing(climb)
            yield from self.climb(climb, trip.gate)
            for door in climb.doors:
                if arrivals[door] > trip.depart_s + seconds + sum(doors[d].service_s for d in climb.doors) + EPS:
                    yield f"door {door}: arrival after the climb has ended"
            seconds += sum(doors[door].service_s for door in climb.doors)
        seconds += self.walk_s(here, gate)
        if ends and seconds > trip.return_s - trip.depart_s + EPS:
            yield f"{name} takes {seconds:.0f} s, not {trip.return_s - trip.depart_s:.0f}"
        for stop in trip.stops:
            if doors[stop.door].release_s > trip.depart_s + EPS:
                yield f"door {stop.door}: its goods are not packed when the trip leaves"

    def climb(self, climb: Climb, gate: str) -> Iterator[str]:
        stair = self.stairs[climb.stair]
        limit = self.problem.trolley_kg if stair.lift else min(self.problem.climb_load_kg, self.problem.trolley_kg)
        carried = sum(self.doors[door].weight_kg for door in climb.doors)
        if carried > limit * climb.ways + EPS or (climb.ways > 1 and len(climb.doors) > 1):
            yield f"a climb of {climb.stair} is over its load"
        if stair.gate != gate:
            yield f"stair {climb.stair} is not of gate {gate}"
        if any(self.doors[door].stair != climb.stair for door in climb.doors):
            yield f"a climb of {climb.stair} visits another stair"

    def climbing(self, climb: Climb) -> float:
        stair, seconds = self.stairs[climb.stair], 0.0
        floors = [self.doors[door].floor - 1 for door in climb.doors]
        for storeys in (max([0, *floors]), max([0, *(-floor for floor in floors)])):
            if storeys and stair.lift:
                seconds += stair.lift_wait_s + 2 * storeys * stair.lift_s_per_storey
            else:
                seconds += storeys * (stair.up_s_per_storey + stair.down_s_per_storey)
        return seconds * climb.ways

    def shift(self, name: str, trips: Sequence[Trip], rests: Sequence[tuple[float, float]]) -> Iterator[str]:
        """One carrier's trips and rests: one after the other, within its limits, clean stairs before infected ones."""
        carrier = self.carriers[name]
        yield from self.times(carrier, trips)
        worked = sum(trip.return_s - trip.depart_s for trip in trips)
        if carrier.work_limit_s is not None and worked > carrier.work_limit_s + EPS:
            yield f"{name} works over the limit"
        climbed = sum(self.kg_storeys(stop.door) for trip in trips for stop in trip.stops)
        if carrier.budget_kg_storeys is not None and climbed > carrier.budget_kg_storeys + EPS:
            yield f"{name} climbs over the budget"
        infected = False
        for trip in trips:
            for door in (self.doors[stop.door] for stop in trip.stops):
                if infected and not door.last:
                    yield f"{name} goes to {door.id} after an infected stair"
                infected |= door.last
        yield from self.hot(name, trips)
        yield from self.suit(carrier, trips, rests)

    def times(self, carrier: Carrier, trips: Sequence[Trip]) -> Iterator[str]:
        at: tuple[float, float] | None = None
        came = carrier.start_s
        for trip in trips:
            way = 0.0 if at is None else self.walk_s(at, self.gates[trip.gate]) + self.problem.reload_s
            if trip.depart_s < came + way - EPS or trip.return_s > carrier.end_s + EPS:
                yield f"{carrier.id}: a trip outside the shift, or before the last one is back and reloaded"
            at, came = self.gates[trip.gate], trip.return_s

    def hot(self, name: str, trips: Sequence[Trip]) -> Iterator[str]:
        """Goods that can wait never leave before hot goods that stood packed."""
        left = -math.inf
        for trip in trips:
            doors = [self.doors[stop.door] for stop in trip.stops]
            hot = [door for door in doors if door.first and not door.last]
            if hot and left >= max(door.release_s for door in hot):
                yield f"{name} takes hot goods after goods that could wait"
            if not any(door.first for door in doors):
                left = max(left, trip.depart_s)

    def suit(self, carrier: Carrier, trips: Sequence[Trip], rests: Sequence[tuple[float, float]]) -> Iterator[str]:
        """Time in a suit runs from the reload before a departure to the return, until a rest."""
        for start, end in rests:
            if end - start < carrier.rest_s - EPS:
                yield f"{carrier.id} rests for {end - start:.0f} s only"
        if carrier.ppe_limit_s is None:
            return
        since: float | None = None
        before: Trip | None = None
        for trip in trips:
            between = [] if before is None else [rest for rest in rests if rest[0] >= before.return_s - EPS]
            between = [rest for rest in between if rest[0] < trip.depart_s]
            dressed = trip.depart_s
            if before is not None:
                way = self.walk_s(self.gates[before.gate], self.gates[trip.gate])
                dressed -= self.problem.reload_s + way
            if between and between[-1][1] > dressed + EPS:
                yield f"{carrier.id} leaves before its rest is over"
            if since is None or between:
                since = dressed
            if trip.return_s - since > carrier.ppe_limit_s + EPS:
                yield f"{carrier.id} is in a suit for {trip.return_s - since:.0f} s without a rest"
            before = trip
        for start, end in rests:
            if any(start < trip.return_s - EPS and end > trip.depart_s + EPS for trip in trips):
                yield f"{carrier.id} rests during a trip"
