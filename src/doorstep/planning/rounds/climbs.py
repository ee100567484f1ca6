"""How the doors of one stair are cut into climbs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from doorstep.planning.rounds.bound import side_bound_s
from doorstep.planning.rounds.patterns import cut_by_columns
from doorstep.planning.rounds.plan import Climb
from doorstep.planning.rounds.problem import DoorDemand, RoundsProblem, Stair, climb_capacity_kg, climb_s

GRAMS = 1000


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


def cut_stair(problem: RoundsProblem, stair: Stair, doors: Iterable[DoorDemand]) -> tuple[list[Climb], float]:
    """Climbs of a stair with a bound on the seconds of any. A ground-floor door costs no climb and stands by itself."""
    limit, climbs, bound = climb_capacity_kg(problem, stair), list[Climb](), 0.0
    for side in _sides(doors):
        heavy = [climb for door in side if door.weight_kg > limit + 1e-9 for climb in heavy_climb(problem, stair, door)]
        rest = [door for door in side if door.floor != 1 and door.weight_kg <= limit + 1e-9]
        ground = [door for door in side if door.floor == 1 and door.weight_kg <= limit + 1e-9]
        climbs += heavy
        least = sum(climb.ways * climb_s(stair, climb.top_floor) for climb in heavy)
        if rest:
            found, lowest = _cut_side(problem, stair, rest)
            climbs += found
            least += lowest
        climbs += [climb for door in ground for climb in climbs_of(stair, [door])]
        bound += max(least, side_bound_s(problem, stair, side))
    return climbs, bound


def _cut_side(problem: RoundsProblem, stair: Stair, doors: list[DoorDemand]) -> tuple[list[Climb], float]:
    known, bound = pack_climbs(problem, stair, doors), side_bound_s(problem, stair, doors)
    if any(abs(door.weight_kg * GRAMS - round(door.weight_kg * GRAMS)) > 1e-6 for door in doors):
        return known, bound  # columns count whole grams
    place = {door.id: number for number, door in enumerate(doors)}
    storeys = [abs(door.floor - 1) for door in doors]
    found = cut_by_columns(
        storeys,
        [round(door.weight_kg * GRAMS) for door in doors],
        int(climb_capacity_kg(problem, stair) * GRAMS + 1e-6),
        [climb_s(stair, storey + 1) for storey in range(max(storeys) + 1)],
        [[place[name] for name in climb.doors] for climb in known],
        bound,
    )
    return [climb for group in found.groups for climb in climbs_of(stair, [doors[n] for n in group])], found.bound


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
