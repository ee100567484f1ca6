"""Public benchmark files of the field: CVRP, VRPTW and multi-trip with release dates, by PyVRP's reader."""

from __future__ import annotations

import math
import os
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from doorstep.errors import UserError
from doorstep.planning.rounds.parts import split
from doorstep.planning.rounds.search import FILES, TRIPS, Steps, solve

WHOLE = 600  # stops up to which a file is searched at once
FIRST, AGAIN = 250, 500  # stops of a part: in the first phase, and of neighbouring routes later
PHASES = (0.25, 0.15, 0.15, 0.15, 0.15, 0.15)
POOL_FROM_S = 3.0
Routes = list[list[int]]


@dataclass(frozen=True)
class _Job:
    """Clients of a file to be routed until an instant, from these routes if there are any; `wide` looks further."""

    path: str
    clients: tuple[int, ...]
    routes: tuple[tuple[int, ...], ...]
    until: float
    seed: int
    wide: bool = False


def solve_file(path: Path, *, seconds: float, seed: int, workers: int | None = None) -> dict[str, Any]:
    """Solve one VRPLIB file. Costs follow the set's rounding: `dimacs` for time windows in tenths, integers else.

    Small files are searched whole from as many seeds as there are workers; large ones in parts of neighbouring routes.
    The bound is the rounded radial bound of the capacity rule; it holds for each kind, since windows only add cost. A
    route names its clients as the file does, less one; 0 is a reload at the depot.
    """
    began = time.monotonic()
    data = _read_checked(path)
    workers = workers or os.cpu_count() or 1
    until = began + seconds - min(0.5, 0.03 * seconds)
    if seconds < POOL_FROM_S or workers == 1:
        routes = _search(data, path, until, seed, None, 1)
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            routes = _search(data, path, until, seed, pool, workers)
    cost, feasible = _cost(data, routes)
    bound = _radial(data)
    return {
        "cost": cost if feasible else None,
        "lower_bound": bound,
        "gap": (cost - bound) / bound if feasible and bound > 0 else None,
        "feasible": feasible,
        "seconds": round(time.monotonic() - began, 2),
        "seed": seed,
        "unserved": [] if feasible else _unserved(data, routes),
        "routes": routes,
    }


def _read_checked(path: Path) -> Any:
    try:
        return _read(str(path))
    except (OSError, UnicodeDecodeError, ValueError, KeyError, IndexError, TypeError, RuntimeError) as error:
        raise UserError(
            f"{path.name} is no VRPLIB file: {error}",
            field=str(path),
            mend="See the format at CVRPLIB; TYPE, DIMENSION …",
        ) from error


@lru_cache(maxsize=1)
def _read(path: str) -> Any:
    import pyvrp

    windows = "TIME_WINDOW_SECTION" in Path(path).read_text("utf-8")
    return pyvrp.read(path, round_func="dimacs" if windows else "round")


def _multi_trip(data: Any) -> bool:
    return any(kind.reload_depots for kind in data.vehicle_types())


def _search(data: Any, path: Path, until: float, seed: int, pool: Executor | None, workers: int) -> Routes:
    simple = data.num_depots == 1 and data.num_vehicle_types == 1 and not data.num_groups and not data.num_shipments
    if data.num_clients > WHOLE and simple and not _multi_trip(data):
        routes = _in_parts(data, path, until, seed, pool, workers)
        if _cost(data, routes)[1]:
            return routes
    jobs = [_Job(str(path), (), (), until, seed + 1000 * number, wide=number % 2 == 0) for number in range(workers)]
    answers = list(pool.map(_whole, jobs)) if pool else [_whole(jobs[0])]
    return min(answers, key=lambda routes: (not _cost(data, routes)[1], _cost(data, routes)[0]))


def _whole(job: _Job) -> Routes:
    data = _read(job.path)
    steps = TRIPS if _multi_trip(data) else Steps() if job.wide else FILES
    return _named(solve(data, steps, until=job.until, seed=job.seed))


def _in_parts(data: Any, path: Path, until: float, seed: int, pool: Executor | None, workers: int) -> Routes:
    """Parts of neighbouring clients at first, then of neighbouring routes, cut elsewhere each time."""
    places = [data.location(client.location) for client in data.clients()]
    points = [(float(place.x), float(place.y)) for place in places]
    groups: list[tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]] = [
        (tuple(found), ()) for found in split(points, [1] * len(points), most=FIRST)
    ]
    began, routes = time.monotonic(), Routes()
    for number in range(len(PHASES)):
        end = began + (until - began) * sum(PHASES[: number + 1])
        if number:
            middles = [tuple(np.mean([points[client - 1] for client in route], axis=0)) for route in routes]
            cuts = split(middles, [len(route) for route in routes], turn=number * math.pi / 5, most=AGAIN)
            groups = [
                (tuple(c - 1 for n in cut for c in routes[n]), tuple(tuple(c - 1 for c in routes[n]) for n in cut))
                for cut in cuts
            ]
        left = end - time.monotonic()
        total = sum(len(clients) for clients, _ in groups)
        jobs = [
            (_Job(str(path), clients, known, end, seed + 1000 * number + place), left * workers * len(clients) / total)
            for place, (clients, known) in enumerate(groups)
        ]
        jobs.sort(key=lambda job: -len(job[0].clients))
        answers = list(pool.map(_part, *zip(*jobs, strict=True))) if pool else [_part(*job) for job in jobs]
        routes = [route for answer in answers for route in answer]
    return routes


def _part(job: _Job, seconds: float) -> Routes:
    import pyvrp

    whole = _read(job.path)
    clients = [whole.client(number) for number in job.clients]
    places = [whole.depot(0).location, *(client.location for client in clients)]
    square = np.ix_(places, places)
    data = pyvrp.ProblemData(
        [whole.location(place) for place in places],
        [
            pyvrp.Client(
                place,
                client.delivery,
                client.pickup,
                client.service_duration,
                client.tw_early,
                client.tw_late,
                client.release_time,
            )
            for place, client in enumerate(clients, start=1)
        ],
        [pyvrp.Depot(0)],
        whole.vehicle_types(),
        [whole.distance_matrix(0)[square]],
        [whole.duration_matrix(0)[square]],
    )
    number = {client: place for place, client in enumerate(job.clients)}
    known = [[number[client] for client in route] for route in job.routes]
    start = pyvrp.Solution(data, known) if known else None
    result = solve(data, FILES, until=min(job.until, time.monotonic() + seconds), seed=job.seed, start=start)
    if known and not result.is_feasible():
        return [[client + 1 for client in route] for route in job.routes]
    return [[job.clients[stop - 1] + 1 for stop in route] for route in _named(result)]


def _named(result: Any) -> Routes:
    """Clients from 1 on, 0 where a vehicle reloads."""
    routes = []
    for route in result.best.routes():
        stops = [activity.idx + 1 if activity.is_client() else 0 for activity in route.schedule()]
        routes.append(stops[1:-1])
    return routes


def _cost(data: Any, routes: Routes) -> tuple[int, bool]:
    """The distance of routes, and whether they hold; PyVRP's own count of the whole, however they were found."""
    import pyvrp

    depot, client = pyvrp.ActivityType.DEPOT, pyvrp.ActivityType.CLIENT
    found = pyvrp.Solution(
        data,
        [
            pyvrp.Route(
                data,
                [pyvrp.Activity(client, stop - 1) if stop else pyvrp.Activity(depot, 0) for stop in route],
                vehicle_type=0,
            )
            for route in routes
        ],
    )
    return int(found.distance()), bool(found.is_feasible())


def _unserved(data: Any, routes: Routes) -> list[int]:
    served = {stop for route in routes for stop in route}
    return [client for client in range(1, data.num_clients + 1) if client not in served]


def _radial(data: Any) -> int:
    """Rings around the depot: each is crossed out and back by at least ceil(load beyond / capacity) trips."""
    matrix = data.distance_matrix(0)
    depot = data.depot(0).location
    out, back = np.asarray(matrix[depot]), np.asarray(matrix[:, depot])
    capacity = max((kind.capacity[0] for kind in data.vehicle_types() if kind.capacity), default=0)
    clients = data.clients()
    reach = sorted(
        ((int(min(out[c.location], back[c.location])), c.delivery[0] if c.delivery else 0) for c in clients),
        reverse=True,
    )
    total, load = 0, 0
    for number, (distance, weight) in enumerate(reach):
        load += weight
        inner = reach[number + 1][0] if number + 1 < len(reach) else 0
        total += 2 * (distance - inner) * max(1, math.ceil(load / capacity) if capacity else 1)
    return total
