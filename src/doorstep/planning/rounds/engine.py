"""One part searched by PyVRP, from the loads that it has. A node is a climb, or a door where a climb takes the trolley."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from doorstep.planning.rounds.climbs import climbs_of
from doorstep.planning.rounds.parts import Grain, Part, is_whole
from doorstep.planning.rounds.plan import Climb, Load
from doorstep.planning.rounds.problem import DoorDemand, RoundsProblem, Stair
from doorstep.planning.rounds.search import STAIRS, solve
from doorstep.planning.rounds.shifts import Index, clock_load

SCALE = 10
GRAMS = 1000
Landing = tuple[str, int]


@dataclass(frozen=True)
class Node:
    """What is visited at once: a whole climb from the foot of a stair, or one door at its landing."""

    landing: Landing
    kg: float
    climb: Climb | None
    door: DoorDemand | None


def improve(
    part: Part, *, grain: Grain, iterations: int, seconds: float, until: float, seed: int
) -> tuple[list[Load], bool]:
    """Cheaper loads for the same doors, or the same loads; and whether all iterations were used.

    `grain` says into what the climbs of whole-trolley stairs are taken apart. Ends after `seconds`, and at the instant `until`
    of the monotonic clock at the latest.
    """
    until = min(until, time.monotonic() + seconds)
    start, problem = list(part.loads), part.problem
    if time.monotonic() >= until:
        return start, False
    stairs = {stair.id: stair for stair in problem.stairs}
    index = Index(problem)
    nodes: list[Node] = []
    routes: list[list[int]] = []
    for load in start:
        routes.append([])
        for climb in load:
            apart = climb.ways == 1 and is_whole(problem, stairs[climb.stair])
            for node in _nodes(index, climb, grain if apart else "climb"):
                routes[-1].append(len(nodes))
                nodes.append(node)
    landings = sorted({node.landing for node in nodes})
    matrix = np.rint(landing_matrix(problem, landings, stairs) * SCALE).astype(np.int64)
    place = {landing: number for number, landing in enumerate(landings, start=1)}
    found, done = _search(
        matrix,
        [place[node.landing] for node in nodes],
        [node.kg for node in nodes],
        problem.trolley_kg,
        routes,
        iterations,
        until,
        seed,
    )
    loads = [_load(stairs, [nodes[number] for number in route]) for route in found]
    before, after = (sum(clock_load(index, load)[0] for load in some) for some in (start, loads))
    return (loads, done) if loads and after < before - 1e-6 else (start, done)


def _nodes(index: Index, climb: Climb, grain: Grain) -> list[Node]:
    if grain == "climb":
        return [Node((climb.stair, 1), climb.load_kg, climb, None)]
    doors = [index.doors[name] for name in climb.doors]
    return [Node((door.stair, door.floor), door.weight_kg, None, door) for door in doors]


def _load(stairs: dict[str, Stair], nodes: Sequence[Node]) -> Load:
    """The climbs of a route: doors of one stair become one climb, wherever they stand in it."""
    found: dict[str, list[Climb]] = {}
    loose: dict[str, list[DoorDemand]] = {}
    for node in nodes:
        found.setdefault(node.landing[0], [])
        if node.climb is not None:
            found[node.landing[0]].append(node.climb)
        elif node.door is not None:
            loose.setdefault(node.landing[0], []).append(node.door)
    return tuple(
        climb for stair, whole in found.items() for climb in [*whole, *climbs_of(stairs[stair], loose.get(stair, []))]
    )


def landing_matrix(problem: RoundsProblem, landings: Sequence[Landing], stairs: dict[str, Stair]) -> Any:
    """Seconds between landings: down one stair, across, up the other; within one stair only the storeys between."""
    gate_x, gate_y = problem.gate_at(problem.stairs[0].gate)
    homes = [stairs[key] for key, _ in landings]
    x = np.array([gate_x, *(home.x_m for home in homes)])
    y = np.array([gate_y, *(home.y_m for home in homes)])
    number = {key: index for index, key in enumerate(sorted(stairs))}
    which = np.array([-1, *(number[key] for key, _ in landings)])
    storey = np.array([0.0, *(abs(floor - 1) for _, floor in landings)])
    up = np.array([0.0, *(home.lift_s_per_storey if home.lift else home.up_s_per_storey for home in homes)])
    down = np.array([0.0, *(home.lift_s_per_storey if home.lift else home.down_s_per_storey for home in homes)])
    waits = [
        home.lift_wait_s if home.lift and floor != 1 else 0.0 for home, (_, floor) in zip(homes, landings, strict=True)
    ]
    wait = np.array([0.0, *waits])
    walk = np.hypot(x[:, None] - x[None], y[:, None] - y[None]) * problem.detour / problem.walk_m_per_s
    apart = walk + (down * storey)[:, None] + (up * storey + wait)[None]
    rise = storey[None] - storey[:, None]
    within = np.where(rise > 0, rise * up[None], -rise * down[None])
    return np.where(which[:, None] == which[None], within, apart)


def _search(
    matrix: Any,
    places: list[int],
    weights: list[float],
    capacity_kg: float,
    start: list[list[int]],
    iterations: int,
    until: float,
    seed: int,
) -> tuple[list[list[int]], bool]:
    import pyvrp

    capacity = int(capacity_kg * GRAMS + 1e-6)
    loads = [min(capacity, math.ceil(weight * GRAMS - 1e-6)) for weight in weights]
    data = pyvrp.ProblemData(
        [pyvrp.Location(0, number) for number in range(len(matrix))],
        [pyvrp.Client(place, delivery=[load]) for place, load in zip(places, loads, strict=True)],
        [pyvrp.Depot(0)],
        [pyvrp.VehicleType(len(places), [capacity])],
        [matrix],
        [matrix],
    )
    if time.monotonic() >= until:
        return [], False
    result = solve(data, STAIRS, until=until, seed=seed, iterations=iterations, start=pyvrp.Solution(data, start))
    done = result.num_iterations >= iterations
    if not result.is_feasible():
        return [], done
    return [[act.idx for act in found.schedule() if act.is_client()] for found in result.best.routes()], done
