"""A lower bound on the seconds of any plan: climbing, walking and service add up, each bounded by itself."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping

from doorstep.planning.rounds.problem import DoorDemand, RoundsProblem, Stair, climb_capacity_kg

SLACK = 1e-9


def lower_bound_s(
    problem: RoundsProblem, doors: list[DoorDemand], climbing: Mapping[str, float] | None = None
) -> float:
    """No plan that serves `doors` costs less. `climbing` holds bounds of stairs that are known to be higher."""
    stairs = {stair.id: stair for stair in problem.stairs}
    known = climbing or {}
    by_stair: dict[str, list[DoorDemand]] = defaultdict(list)
    for door in doors:
        by_stair[door.stair].append(door)
    total = sum(known[key] if key in known else stair_bound_s(problem, stairs[key], by_stair[key]) for key in by_stair)
    return total + walk_bound_s(problem, stairs, by_stair) + sum(door.service_s for door in doors)


def stair_bound_s(problem: RoundsProblem, stair: Stair, doors: list[DoorDemand]) -> float:
    """The least seconds on one stair, above the ground and below it."""
    above, below = [d for d in doors if d.floor > 1], [d for d in doors if d.floor < 1]
    return side_bound_s(problem, stair, above) + side_bound_s(problem, stair, below)


def side_bound_s(problem: RoundsProblem, stair: Stair, doors: list[DoorDemand]) -> float:
    """For each storey, the least number of climbs that must pass it, times the seconds of that storey, both ways."""
    capacity = climb_capacity_kg(problem, stair)
    storeys = [abs(door.floor - 1) for door in doors]
    total = 0.0
    for storey in range(1, max(storeys, default=0) + 1):
        load = sum(d.weight_kg for d, s in zip(doors, storeys, strict=True) if s >= storey)
        passes = max(1, math.ceil(load / capacity - SLACK))
        if stair.lift:
            total += passes * 2 * stair.lift_s_per_storey + (passes * stair.lift_wait_s if storey == 1 else 0)
        else:
            total += passes * (stair.up_s_per_storey + stair.down_s_per_storey)
    return total


def walk_bound_s(problem: RoundsProblem, stairs: dict[str, Stair], by_stair: dict[str, list[DoorDemand]]) -> float:
    """Rings around each gate: each ring is crossed twice by at least ceil(load beyond it / trolley) trips.

    The rounded radial bound of capacitated routing (Haimovich and Rinnooy Kan 1985, with the ceiling taken ring by ring).
    """
    rings: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for key, found in by_stair.items():
        stair = stairs[key]
        away = problem.walk_s(problem.gate_at(stair.gate), (stair.x_m, stair.y_m))
        rings[stair.gate].append((away, sum(door.weight_kg for door in found)))
    total = 0.0
    for reach in rings.values():
        reach.sort(reverse=True)
        load = 0.0
        for index, (distance, weight) in enumerate(reach):
            load += weight
            inner = reach[index + 1][0] if index + 1 < len(reach) else 0.0
            total += 2 * (distance - inner) * max(1, math.ceil(load / problem.trolley_kg - SLACK))
    return total
