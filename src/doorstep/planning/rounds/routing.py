"""The walk between stairs by PyVRP, block by block. One node is a climb; where one climb may take the whole trolley,
one node is a door and the stairs are part of the distances."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Any

import numpy as np

from doorstep.planning.rounds.byhand import waves
from doorstep.planning.rounds.climbs import climbs_of, pack_climbs
from doorstep.planning.rounds.plan import Climb
from doorstep.planning.rounds.problem import DoorDemand, RoundsProblem, Stair, climb_capacity_kg
from doorstep.planning.rounds.shifts import Load

BLOCK = 350
SCALE = 10
GRAMS = 1000


@dataclass(frozen=True)
class Block:
    """A part of the problem small enough to be solved at once."""

    problem: RoundsProblem
    nodes: int


def route(
    problem: RoundsProblem,
    doors: list[DoorDemand],
    *,
    iterations: int,
    seconds: float,
    seed: int,
    workers: int | None,
    progress: Callable[[float, str], None] | None,
) -> tuple[list[Load], bool]:
    """Loads for all doors, and whether every block used its whole budget of iterations within the time."""
    blocks: list[Block] = []
    for wave in waves(problem, doors):
        blocks += cut(problem, wave)
    deadline = time.monotonic() + seconds
    workers = min(workers or os.cpu_count() or 1, len(blocks))
    total = sum(block.nodes for block in blocks)
    shares = [max(100, round(iterations * block.nodes / total)) for block in blocks]
    results: list[tuple[list[Load], bool]] = [([], True)] * len(blocks)
    if workers <= 1:
        for number, block in enumerate(blocks):
            left = deadline - time.monotonic()
            rest = sum(other.nodes for other in blocks[number:])
            results[number] = solve_block(block.problem, shares[number], left * block.nodes / rest, seed)
            if progress:
                progress((number + 1) / len(blocks), "planning")
        return _joined(results)
    each = [seconds * 0.9 * workers * block.nodes / total for block in blocks]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = {
            pool.submit(solve_block, block.problem, share, limit, seed): number
            for number, (block, share, limit) in enumerate(zip(blocks, shares, each, strict=True))
        }
        for count, job in enumerate(as_completed(jobs), start=1):
            results[jobs[job]] = job.result()
            if progress:
                progress(count / len(blocks), "planning")
    return _joined(results)


def _joined(results: Sequence[tuple[list[Load], bool]]) -> tuple[list[Load], bool]:
    return [load for loads, _ in results for load in loads], all(done for _, done in results)


def cut(problem: RoundsProblem, doors: list[DoorDemand]) -> list[Block]:
    """Halve the stairs along their longer side until each part has at most BLOCK nodes."""
    stairs = {stair.id: stair for stair in problem.stairs}
    by_stair: dict[str, list[DoorDemand]] = defaultdict(list)
    for door in doors:
        by_stair[door.stair].append(door)
    sizes = {key: _nodes(problem, stairs[key], found) for key, found in by_stair.items()}

    def halve(keys: list[str]) -> list[list[str]]:
        if sum(sizes[key] for key in keys) <= BLOCK or len(keys) == 1:
            return [keys]
        xs, ys = ([stairs[key].x_m for key in keys], [stairs[key].y_m for key in keys])
        wide = max(xs) - min(xs) >= max(ys) - min(ys)
        keys = sorted(keys, key=lambda key: (stairs[key].x_m if wide else stairs[key].y_m, key))
        half, count = sum(sizes[key] for key in keys) / 2, 0
        for middle, key in enumerate(keys[:-1], start=1):
            count += sizes[key]
            if count >= half:
                return halve(keys[:middle]) + halve(keys[middle:])
        return halve(keys[:-1]) + halve(keys[-1:])

    return [
        Block(
            replace(
                problem,
                doors=tuple(door for key in keys for door in by_stair[key]),
                stairs=tuple(stairs[key] for key in keys),
                carriers=(),
            ),
            sum(sizes[key] for key in keys),
        )
        for keys in halve(sorted(by_stair))
    ]


def _by_door(problem: RoundsProblem) -> bool:
    return problem.climb_load_kg >= problem.trolley_kg


def _nodes(problem: RoundsProblem, stair: Stair, doors: list[DoorDemand]) -> int:
    if _by_door(problem):
        return len(doors)
    load = sum(door.weight_kg for door in doors)
    return max(1, int(load / climb_capacity_kg(problem, stair)) + 1)


def solve_block(problem: RoundsProblem, iterations: int, seconds: float, seed: int) -> tuple[list[Load], bool]:
    """The trips of one block by PyVRP, on climbs or on doors."""
    if _by_door(problem):
        return _solve_doors(problem, iterations, seconds, seed)
    by_stair: dict[str, list[DoorDemand]] = defaultdict(list)
    for door in problem.doors:
        by_stair[door.stair].append(door)
    climbs: list[Climb] = []
    places: list[int] = []
    for number, stair in enumerate(problem.stairs, start=1):
        found = pack_climbs(problem, stair, by_stair[stair.id])
        climbs += found
        places += [number] * len(found)
    points = np.array([problem.gate_at(problem.stairs[0].gate), *((stair.x_m, stair.y_m) for stair in problem.stairs)])
    matrix = np.rint(np.hypot(*(points[:, None] - points[None]).T) * problem.detour / problem.walk_m_per_s * SCALE)
    routes, done = _vrp(
        matrix.astype(np.int64), places, [c.load_kg for c in climbs], problem.trolley_kg, iterations, seconds, seed
    )
    return [tuple(climbs[node] for node in visited) for visited in routes], done


def _solve_doors(problem: RoundsProblem, iterations: int, seconds: float, seed: int) -> tuple[list[Load], bool]:
    stairs = {stair.id: stair for stair in problem.stairs}
    floors = sorted({(door.stair, door.floor) for door in problem.doors})
    place = {landing: number for number, landing in enumerate(floors, start=1)}
    matrix = np.rint(_landing_matrix(problem, floors, stairs) * SCALE).astype(np.int64)
    doors = list(problem.doors)
    places = [place[door.stair, door.floor] for door in doors]
    routes, done = _vrp(
        matrix, places, [door.weight_kg for door in doors], problem.trolley_kg, iterations, seconds, seed
    )
    loads = []
    for visited in routes:
        order: dict[str, list[DoorDemand]] = {}
        for node in visited:
            order.setdefault(doors[node].stair, []).append(doors[node])
        loads.append(tuple(climb for key, found in order.items() for climb in climbs_of(stairs[key], found)))
    return loads, done


def _landing_matrix(problem: RoundsProblem, floors: list[tuple[str, int]], stairs: dict[str, Stair]) -> Any:
    """Seconds between landings: down one stair, across, up the other; within one stair only the storeys between."""
    gate_x, gate_y = problem.gate_at(problem.stairs[0].gate)
    x = np.array([gate_x, *(stairs[key].x_m for key, _ in floors)])
    y = np.array([gate_y, *(stairs[key].y_m for key, _ in floors)])
    number = {key: index for index, key in enumerate(sorted(stairs))}
    which = np.array([-1, *(number[key] for key, _ in floors)])
    storey = np.array([0.0, *(abs(floor - 1) for _, floor in floors)])

    def rate(name: str, lift: str) -> Any:
        return np.array([0.0, *(getattr(stairs[k], lift if stairs[k].lift else name) for k, _ in floors)])

    up, down = rate("up_s_per_storey", "lift_s_per_storey"), rate("down_s_per_storey", "lift_s_per_storey")
    wait = np.array([0.0, *(stairs[k].lift_wait_s if stairs[k].lift and f != 1 else 0.0 for k, f in floors)])
    walk = np.hypot(x[:, None] - x[None], y[:, None] - y[None]) * problem.detour / problem.walk_m_per_s
    apart = walk + (down * storey)[:, None] + (up * storey + wait)[None]
    rise = storey[None] - storey[:, None]
    within = np.where(rise > 0, rise * up[None], -rise * down[None])
    return np.where(which[:, None] == which[None], within, apart)


def _vrp(
    matrix: Any, places: list[int], weights: list[float], capacity_kg: float, iterations: int, seconds: float, seed: int
) -> tuple[list[list[int]], bool]:
    import pyvrp
    from pyvrp.stop import MaxIterations, MaxRuntime, MultipleCriteria

    end = time.monotonic() + max(seconds, 0.0)
    capacity = int(capacity_kg * GRAMS)
    loads = [min(capacity, round(weight * GRAMS)) for weight in weights]
    data = pyvrp.ProblemData(
        [pyvrp.Location(0, number) for number in range(len(matrix))],
        [pyvrp.Client(place, delivery=[load]) for place, load in zip(places, loads, strict=True)],
        [pyvrp.Depot(0)],
        [pyvrp.VehicleType(len(places), [capacity])],
        [matrix],
        [matrix],
    )
    stop = MultipleCriteria([MaxIterations(iterations), MaxRuntime(max(end - time.monotonic(), 0.05))])
    result = pyvrp.solve(data, stop, seed=seed, collect_stats=False, display=False)
    if not result.is_feasible():
        return [], False
    routes = [[a.idx for a in found.schedule() if a.is_client()] for found in result.best.routes()]
    return routes, result.num_iterations >= iterations
