"""The work cut into parts small enough to be searched at once: stairs at first, then trips that are neighbours."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from doorstep.planning.rounds.plan import Climb, Load
from doorstep.planning.rounds.problem import DoorDemand, RoundsProblem, Stair, climb_capacity_kg

MOST = 350
Grain = Literal["climb", "door"]


@dataclass(frozen=True)
class Part:
    """Loads of one gate to be made cheaper together, with the doors and stairs that they visit. `nodes` is its size."""

    problem: RoundsProblem
    loads: tuple[Load, ...]
    nodes: int


def is_whole(problem: RoundsProblem, stair: Stair) -> bool:
    """Whether one climb may take all that the trolley holds: then a trip climbs this stair once, to its highest door."""
    return climb_capacity_kg(problem, stair) >= problem.trolley_kg


def nodes_of(problem: RoundsProblem, stair: Stair, climb: Climb, grain: Grain) -> int:
    """How many stops a climb is to the search."""
    return len(climb.doors) if grain == "door" and is_whole(problem, stair) else 1


def first_parts(problem: RoundsProblem, climbs: dict[str, list[Climb]], grain: Grain) -> list[Part]:
    """Parts of neighbouring stairs, each with loads that fill the trolley with one climb after the other."""
    stairs = [stair for stair in problem.stairs if climbs.get(stair.id)]
    points = [(stair.x_m, stair.y_m) for stair in stairs]
    sizes = [sum(nodes_of(problem, stair, climb, grain) for climb in climbs[stair.id]) for stair in stairs]
    known, found = _Known(problem), []
    for places in split(points, sizes):
        loads = fill(problem, [climb for place in places for climb in climbs[stairs[place].id]])
        found.append(known.part(loads, sum(sizes[place] for place in places)))
    return found


def neighbours(problem: RoundsProblem, loads: Sequence[Load], grain: Grain, *, turn: float) -> list[Part]:
    """Parts of trips whose stairs are near one another; each `turn` cuts elsewhere, so that no seam stays."""
    known = _Known(problem)
    points, sizes = [], []
    for load in loads:
        places = [known.stairs[climb.stair] for climb in load]
        points.append((sum(s.x_m for s in places) / len(places), sum(s.y_m for s in places) / len(places)))
        sizes.append(sum(nodes_of(problem, known.stairs[climb.stair], climb, grain) for climb in load))
    groups = split(points, sizes, turn=turn)
    return [known.part([loads[p] for p in places], sum(sizes[p] for p in places)) for places in groups]


class _Known:
    """Doors and stairs by name, so that a part costs no more than its size."""

    def __init__(self, problem: RoundsProblem) -> None:
        self.bare = replace(problem, doors=(), stairs=(), carriers=())
        self.doors = {door.id: door for door in problem.doors}
        self.stairs = {stair.id: stair for stair in problem.stairs}

    def part(self, loads: Sequence[Load], nodes: int) -> Part:
        doors = tuple(self.doors[name] for load in loads for climb in load for name in climb.doors)
        stairs = tuple(self.stairs[key] for key in dict.fromkeys(climb.stair for load in loads for climb in load))
        return Part(replace(self.bare, doors=doors, stairs=stairs), tuple(loads), nodes)


def fill(problem: RoundsProblem, climbs: Sequence[Climb]) -> list[Load]:
    """Climbs one after the other; a new trip when the next does not fit."""
    loads: list[list[Climb]] = []
    room = 0.0
    for climb in climbs:
        if not loads or climb.load_kg > room + 1e-9:
            loads.append([])
            room = problem.trolley_kg
        loads[-1].append(climb)
        room -= climb.load_kg
    return [tuple(load) for load in loads]


def split(
    points: Sequence[tuple[float, float]], sizes: Sequence[int], *, turn: float = 0.0, most: int = MOST
) -> list[list[int]]:
    """Halve along the longer side, seen at an angle of `turn`, until each group has at most `most`."""
    across, along = (math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))
    seen = [(x * across[0] + y * across[1], x * along[0] + y * along[1]) for x, y in points]

    def halve(places: list[int]) -> list[list[int]]:
        total = sum(sizes[place] for place in places)
        if total <= most or len(places) == 1:
            return [places]
        spans = [max(seen[p][axis] for p in places) - min(seen[p][axis] for p in places) for axis in (0, 1)]
        axis = 0 if spans[0] >= spans[1] else 1
        places = sorted(places, key=lambda place: (seen[place][axis], seen[place][1 - axis], place))
        # as many equal parts as are needed, the cut between whole numbers of them
        pieces = math.ceil(total / most)
        goal, count = total * (pieces // 2) / pieces, 0
        for middle, place in enumerate(places[:-1], start=1):
            count += sizes[place]
            if count >= goal:
                return halve(places[:middle]) + halve(places[middle:])
        return halve(places[:-1]) + halve(places[-1:])

    return halve(list(range(len(points)))) if points else []


def by_stair(doors: Sequence[DoorDemand]) -> dict[str, list[DoorDemand]]:
    """Doors by their stair, in their order."""
    found: dict[str, list[DoorDemand]] = defaultdict(list)
    for door in doors:
        found[door.stair].append(door)
    return dict(found)
