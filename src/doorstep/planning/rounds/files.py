"""Public benchmark files as PyVRP reads them, and routes by the file's own numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from doorstep.errors import UserError

Routes = list[list[int]]


def read_checked(path: Path) -> Any:
    """The file, or what is wrong with it."""
    try:
        return read(str(path))
    except (OSError, UnicodeDecodeError, ValueError, KeyError, IndexError, TypeError, RuntimeError) as error:
        raise UserError(
            f"{path.name} is no VRPLIB file: {error}",
            field=str(path),
            mend="See the format at CVRPLIB; TYPE, DIMENSION …",
        ) from error


@lru_cache(maxsize=1)
def read(path: str) -> Any:
    """The file, read once in each process."""
    import pyvrp

    windows = "TIME_WINDOW_SECTION" in Path(path).read_text("utf-8")
    return pyvrp.read(path, round_func="dimacs" if windows else "round")


def multi_trip(data: Any) -> bool:
    """Whether vehicles may reload."""
    return any(kind.reload_depots for kind in data.vehicle_types())


def named(result: Any) -> Routes:
    """Clients from 1 on, 0 where a vehicle reloads."""
    routes = []
    for route in result.best.routes():
        stops = [activity.idx + 1 if activity.is_client() else 0 for activity in route.schedule()]
        routes.append(stops[1:-1])
    return routes


def solution(data: Any, routes: Iterable[Iterable[int]]) -> Any:
    """PyVRP's solution of routes that name clients from 1 on, 0 for a reload."""
    import pyvrp

    depot, client = pyvrp.ActivityType.DEPOT, pyvrp.ActivityType.CLIENT
    return pyvrp.Solution(
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


def cost(data: Any, routes: Routes) -> tuple[int, bool]:
    """The distance of routes, and whether they hold; PyVRP's own count of the whole, however they were found."""
    found = solution(data, routes)
    return int(found.distance()), bool(found.is_feasible())


def unserved(data: Any, routes: Routes) -> list[int]:
    """Clients on no route."""
    served = {stop for route in routes for stop in route}
    return [client for client in range(1, data.num_clients + 1) if client not in served]


def radial(data: Any) -> int:
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
