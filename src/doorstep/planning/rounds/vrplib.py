"""Public benchmark files of the field: CVRP, VRPTW and multi-trip with release dates, by PyVRP's reader."""

from __future__ import annotations

import math
import os
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from doorstep.planning.rounds.files import Routes, cost, multi_trip, named, radial, read, read_checked, unserved
from doorstep.planning.rounds.parts import split
from doorstep.planning.rounds.search import FILES, Steps, solve
from doorstep.planning.rounds.trips import route_trips

WHOLE = 600  # stops up to which a file is searched at once
FIRST, AGAIN = 250, 500  # stops of a part: in the first phase, and of neighbouring routes later
PHASES = (0.25, 0.15, 0.15, 0.15, 0.15, 0.15)
POOL_FROM_S = 3.0


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
    data = read_checked(path)
    workers = workers or os.cpu_count() or 1
    until = began + seconds - min(0.5, 0.03 * seconds)
    if seconds < POOL_FROM_S or workers == 1:
        routes = _search(data, path, until, seed, None, 1)
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            routes = _search(data, path, until, seed, pool, workers)
    length, feasible = cost(data, routes)
    bound = radial(data)
    return {
        "cost": length if feasible else None,
        "lower_bound": bound,
        "gap": (length - bound) / bound if feasible and bound > 0 else None,
        "feasible": feasible,
        "seconds": round(time.monotonic() - began, 2),
        "seed": seed,
        "unserved": [] if feasible else unserved(data, routes),
        "routes": routes,
    }


def _search(data: Any, path: Path, until: float, seed: int, pool: Executor | None, workers: int) -> Routes:
    simple = data.num_depots == 1 and data.num_vehicle_types == 1 and not data.num_groups and not data.num_shipments
    if data.num_clients > WHOLE and simple and not multi_trip(data):
        routes = _in_parts(data, path, until, seed, pool, workers)
        if cost(data, routes)[1]:
            return routes
    if multi_trip(data) and data.num_vehicle_types == 1:
        return route_trips(str(path), until=until, seed=seed, pool=pool, workers=workers)
    jobs = [_Job(str(path), (), (), until, seed + 1000 * number, wide=number % 2 == 0) for number in range(workers)]
    answers = list(pool.map(_whole, jobs)) if pool else [_whole(jobs[0])]
    return min(answers, key=lambda routes: (not cost(data, routes)[1], cost(data, routes)[0]))


def _whole(job: _Job) -> Routes:
    data = read(job.path)
    steps = Steps() if job.wide else FILES
    return named(solve(data, steps, until=job.until, seed=job.seed))


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

    whole = read(job.path)
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
    return [[job.clients[stop - 1] + 1 for stop in route] for route in named(result)]
