"""How the doors of one stair are cut into climbs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from doorstep.planning.rounds.plan import Climb
from doorstep.planning.rounds.problem import DoorDemand, RoundsProblem, Stair, climb_capacity_kg


def pack_climbs(problem: RoundsProblem, stair: Stair, doors: Iterable[DoorDemand]) -> list[Climb]:
    """Cut doors into climbs, the highest first: each climb takes the highest door left, then what still fits below.

    For equal loads this is exact: the k-th climb can reach no lower than the door that k-1 full climbs leave over.
    For unequal loads its cost is held against the bound of `bound.stair_bound_s`. A basement is a climb of its own.
    """
    limit = climb_capacity_kg(problem, stair) + 1e-9
    climbs = []
    for waiting in _sides(doors):
        heavy = [door for door in waiting if door.weight_kg > limit]
        climbs += [climb for door in heavy for climb in heavy_climb(problem, stair, door)]
        left = sorted((door for door in waiting if door.weight_kg <= limit), key=_highest_first)
        while left:
            load, taken, later = 0.0, [], []
            for door in left:
                if load + door.weight_kg <= limit:
                    taken.append(door)
                    load += door.weight_kg
                else:
                    later.append(door)
            climbs += climbs_of(stair, taken)
            left = later
    return climbs


def climbs_of(stair: Stair, doors: Iterable[DoorDemand]) -> list[Climb]:
    """One climb that visits these doors from the top down, and one more for those below the ground."""
    found = []
    for side in _sides(doors):
        ordered = sorted(side, key=lambda door: (-abs(door.floor - 1), door.id))
        if ordered:
            load = sum(door.weight_kg for door in ordered)
            found.append(Climb(stair.id, tuple(door.id for door in ordered), load, ordered[0].floor))
    return found


def heavy_climb(problem: RoundsProblem, stair: Stair, door: DoorDemand) -> list[Climb]:
    """A door whose goods take several ways up."""
    ways = math.ceil(door.weight_kg / climb_capacity_kg(problem, stair) - 1e-9)
    return [replace(climb, ways=ways) for climb in climbs_of(stair, [door])]


def _highest_first(door: DoorDemand) -> tuple[int, float, str]:
    return (-abs(door.floor - 1), -door.weight_kg, door.id)


def _sides(doors: Iterable[DoorDemand]) -> tuple[list[DoorDemand], list[DoorDemand]]:
    above: list[DoorDemand] = []
    below: list[DoorDemand] = []
    for door in doors:
        (above if door.floor >= 1 else below).append(door)
    return above, below
