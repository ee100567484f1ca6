"""The by-hand rule: stair by stair in their order along the path, fill the trolley, go back, fill it again."""

from __future__ import annotations

from collections import defaultdict

from doorstep.planning.rounds.climbs import climbs_of, heavy_climb
from doorstep.planning.rounds.plan import Climb, Load
from doorstep.planning.rounds.problem import DoorDemand, RoundsProblem, climb_capacity_kg


def by_hand(problem: RoundsProblem, doors: list[DoorDemand]) -> list[Load]:
    """What volunteers do with a paper list: the stairs one after another by nearness, doors from the top down.

    Late goods and stairs that go last are rounds of their own. Takes milliseconds, and always gives a plan.
    """
    return [load for wave in waves(problem, doors) for load in _wave(problem, wave)]


def waves(problem: RoundsProblem, doors: list[DoorDemand]) -> list[list[DoorDemand]]:
    """Doors that may share a trip: of one gate, packed by the same time, those that go first or last among themselves."""
    gate = {stair.id: stair.gate for stair in problem.stairs}
    found: dict[tuple[bool, float, bool, str], list[DoorDemand]] = defaultdict(list)
    for door in doors:
        found[door.last, door.release_s, not door.first, gate[door.stair]].append(door)
    return [wave for _, wave in sorted(found.items())]


def _wave(problem: RoundsProblem, doors: list[DoorDemand]) -> list[Load]:
    stairs = {stair.id: stair for stair in problem.stairs}
    by_stair: dict[str, list[DoorDemand]] = defaultdict(list)
    for door in doors:
        by_stair[door.stair].append(door)
    loads: list[Load] = []
    climbs: list[Climb] = []
    on_trolley = 0.0
    for key in _along_the_path(problem, list(by_stair)):
        stair, load = stairs[key], 0.0
        taken: list[DoorDemand] = []
        for door in sorted(by_stair[key], key=lambda d: (-abs(d.floor - 1), -d.floor, d.id)):
            heavy = door.weight_kg > climb_capacity_kg(problem, stair) + 1e-9
            full_trolley = on_trolley + door.weight_kg > problem.trolley_kg + 1e-9
            if taken and (full_trolley or heavy or load + door.weight_kg > climb_capacity_kg(problem, stair) + 1e-9):
                climbs += climbs_of(stair, taken)
                taken, load = [], 0.0
            if full_trolley:
                loads.append(tuple(climbs))
                climbs, on_trolley = [], 0.0
            on_trolley += door.weight_kg
            if heavy:
                climbs += heavy_climb(problem, stair, door)
                continue
            taken.append(door)
            load += door.weight_kg
        climbs += climbs_of(stair, taken)
    return [*loads, tuple(climbs)] if climbs else loads


def _along_the_path(problem: RoundsProblem, keys: list[str]) -> list[str]:
    """Nearest next, from the gate on; over 2,000 stairs by bands, so that it stays quick."""
    places = {stair.id: (stair.x_m, stair.y_m) for stair in problem.stairs}
    if len(keys) > 2_000:
        return sorted(keys, key=lambda key: (round(places[key][1] / 40), places[key][0], key))
    here = problem.gate_at(next(stair.gate for stair in problem.stairs if stair.id == keys[0]))
    order, left = [], sorted(keys)
    while left:
        nearest = min(left, key=lambda key: problem.walk_s(here, places[key]))
        left.remove(nearest)
        order.append(nearest)
        here = places[nearest]
    return order
