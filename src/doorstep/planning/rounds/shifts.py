"""Loads (what one trip takes) are costed, then given to carriers in their shifts, with the instant at each door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doorstep.planning.rounds.plan import Climb, Late, StopAt, Trip, Unserved
from doorstep.planning.rounds.problem import Carrier, RoundsProblem, Stair, climb_s

Load = tuple[Climb, ...]


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


def give_out(index: Index, loads: Sequence[Load]) -> tuple[list[Trip], list[Unserved], list[Late]]:
    """Give loads to carriers: the least slack first, then the highest priority; loads of a `last` stair at the end.

    Each goes to whoever can start it soonest and has climbed least. A load that fits no shift is named door by door.
    """
    desks = [_Desk(carrier, carrier.start_s) for carrier in index.problem.carriers]
    facts = []
    for load in loads:
        seconds, stops = clock_load(index, load)
        doors = [index.doors[name] for name, _, _ in stops]
        slack = min(
            (d.due_s - arrive for d, (_, arrive, _) in zip(doors, stops, strict=True) if d.due_s is not None),
            default=9e9,
        )
        release = max((door.release_s for door in doors), default=0.0)
        key = (
            any(d.last for d in doors),
            release > 0,
            slack // 900,
            -max((d.priority for d in doors), default=0),
            -seconds,
        )
        facts.append((key, load, seconds, stops, release))
    facts.sort(key=lambda fact: fact[0])
    trips: list[Trip] = []
    unserved: list[Unserved] = []
    late: list[Late] = []
    for _, load, seconds, stops, release in facts:
        gate = index.stairs[load[0].stair].gate
        climbed = sum(index.doors[name].weight_kg * abs(index.doors[name].floor - 1) for name, _, _ in stops)
        desk = _choose(index, desks, gate, seconds, climbed, release)
        if desk is None:
            reason, mend = _why(index, desks, seconds, climbed, release)
            unserved += [Unserved(name, reason, mend) for name, _, _ in stops]
            continue
        depart = desk.depart_s(index, gate, release)
        desk.trips += 1
        desk.gate = gate
        desk.free_s = depart + seconds
        desk.worked_s += seconds
        desk.climbed += climbed
        timed = tuple(StopAt(name, depart + arrive, depart + done) for name, arrive, done in stops)
        for stop in timed:
            due = index.doors[stop.door].due_s
            if due is not None and stop.arrive_s > due + 1e-6:
                late.append(Late(stop.door, due, stop.arrive_s))
        weight = sum(climb.load_kg for climb in load)
        trips.append(Trip(desk.carrier.id, desk.trips, depart, desk.free_s, weight, load, timed, gate))
    return trips, unserved, late


def _choose(
    index: Index, desks: list[_Desk], gate: str, seconds: float, climbed: float, release: float
) -> _Desk | None:
    able = []
    for desk in desks:
        depart = desk.depart_s(index, gate, release)
        carrier = desk.carrier
        if depart + seconds > carrier.end_s + 1e-6:
            continue
        if carrier.work_limit_s is not None and desk.worked_s + seconds > carrier.work_limit_s + 1e-6:
            continue
        if carrier.budget_kg_storeys is not None and desk.climbed + climbed > carrier.budget_kg_storeys + 1e-6:
            continue
        able.append((depart // 600, desk.climbed, depart, desk.carrier.id, desk))
    return min(able, key=lambda one: one[:4])[4] if able else None


def _why(index: Index, desks: list[_Desk], seconds: float, climbed: float, release: float) -> tuple[str, str]:
    if not desks:
        return "no_carrier", "add a carrier"
    in_time = [desk for desk in desks if max(desk.free_s, release) + seconds <= desk.carrier.end_s]
    minutes = round(seconds / 60)
    if in_time:
        return "over_budget", f"one more carrier for {minutes} minutes, or a longer limit of work"
    start = min(max(desk.carrier.start_s, release) for desk in desks)
    return "no_time", f"one more carrier for {minutes} minutes from {round(start / 60)} minutes after the start"
