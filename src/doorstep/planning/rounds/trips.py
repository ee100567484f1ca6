"""Files whose vehicles reload: several short searches, then whole vehicles chosen anew among all that the searches passed.

One search easily stays in a poor sharing-out of trips over vehicles; the routes of several, mixed by a set-partitioning
program, seldom do. The best of it is searched on.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np

from doorstep.planning.rounds.files import Routes, cost, named, read, solution
from doorstep.planning.rounds.search import TRIPS, solve

STARTS = 3  # short searches of each worker
SHARES = (0.45, 0.06, 0.4, 0.09)  # of the seconds: short searches, choosing, searching on, choosing again
MOST_COLUMNS = 4_000
Column = tuple[int, tuple[int, ...]]
"""The distance of a vehicle, and its clients from 1 on with 0 for a reload."""


@dataclass(frozen=True)
class _Job:
    path: str
    routes: tuple[tuple[int, ...], ...]
    until: float
    seed: int


class _Seen:
    """Vehicles that hold, of every solution that a search went on from. (PyVRP's interface of callbacks.)"""

    def __init__(self) -> None:
        self.columns: dict[tuple[int, ...], Column] = {}
        self.last: Any = None

    def on_start(self, ils: Any) -> None:
        """Nothing is kept."""

    def on_end(self, result: Any) -> None:
        """The best is kept."""
        self._keep(result.best)

    def on_restart(self, best: Any) -> None:
        """Nothing is kept."""

    def on_best(self, best: Any) -> None:
        """The best is kept."""
        self._keep(best)

    def on_iteration(self, current: Any, candidate: Any, best: Any, cost_evaluator: Any) -> None:
        """A solution is kept once, when the search takes it."""
        if current is not self.last:
            self.last = current
            self._keep(current)

    def _keep(self, solution: Any) -> None:
        for route in solution.routes():
            if route.is_feasible():
                load = route.delivery()
                key = (route.distance(), route.duration(), route.num_clients(), route.num_trips(), *load)
                if key not in self.columns:
                    stops = tuple(stop.idx + 1 if stop.is_client() else 0 for stop in route.schedule())[1:-1]
                    self.columns[key] = (route.distance(), stops)


def route_trips(path: str, *, until: float, seed: int, pool: Executor | None, workers: int) -> Routes:
    """Routes of a file with reloads, searched until an instant of the monotonic clock."""
    data, began = read(path), time.monotonic()
    ends = [began + (until - began) * sum(SHARES[: number + 1]) for number in range(len(SHARES))]
    jobs = [
        _Job(path, (), began + (ends[0] - began) * (number // workers + 1) / STARTS, seed + 1000 * number)
        for number in range(STARTS * workers)
    ]
    columns: dict[frozenset[int], Column] = {}
    found = []
    for routes, seen in pool.map(_one, jobs) if pool else map(_one, jobs):
        found.append(routes)
        _merge(columns, seen)
    best = _best(data, found)
    best = _chosen(data, best, columns, ends[1])
    start = tuple(tuple(route) for route in best)
    jobs = [_Job(path, start, ends[2], seed + 500 + number) for number in range(workers)]
    for routes, seen in pool.map(_one, jobs) if pool else map(_one, jobs):
        best = _best(data, [best, routes])
        _merge(columns, seen)
    return _chosen(data, best, columns, ends[3])


def _one(job: _Job) -> tuple[Routes, list[Column]]:
    data, seen = read(job.path), _Seen()
    start = solution(data, job.routes) if job.routes else None
    result = solve(data, TRIPS, until=job.until, seed=job.seed, start=start, watch=seen)
    return named(result), sorted(seen.columns.values())


def _best(data: Any, answers: Iterable[Routes]) -> Routes:
    def rank(routes: Routes) -> tuple[bool, int]:
        length, holds = cost(data, routes)
        return not holds, length

    return min(answers, key=rank)


def _merge(columns: dict[frozenset[int], Column], seen: Iterable[Column]) -> None:
    """Of vehicles that visit the same clients the shortest."""
    for column in seen:
        key = frozenset(column[1])
        if key not in columns or column < columns[key]:
            columns[key] = column


def _chosen(data: Any, best: Routes, columns: dict[frozenset[int], Column], until: float) -> Routes:
    """Better routes than `best` out of the vehicles seen, if there are any and they are found in time."""
    if not cost(data, best)[1]:
        return best
    _merge(columns, [(cost(data, [route])[0], tuple(route)) for route in best])
    every = sorted(columns.values())
    known = {columns[frozenset(route)] for route in best}
    found = _partition(data.num_clients, data.num_vehicles, every, [column in known for column in every], until)
    return _best(data, [best, [list(stops) for _, stops in found]]) if found else best


def _partition(
    clients: int, vehicles: int, columns: Sequence[Column], known: Sequence[bool], until: float
) -> list[Column]:
    """Vehicles that visit every client once at least distance: first the linear program, then what of it may still pay."""
    linear = _model(clients, vehicles, columns, until)
    linear.run()
    answer = linear.getSolution()
    if len(answer.col_dual) != len(columns) or time.monotonic() >= until:
        return []
    worth = (
        np.array([length for length, _ in columns])[np.array(known)].sum() - linear.getInfo().objective_function_value
    )
    order = sorted(range(len(columns)), key=lambda place: (not known[place], answer.col_dual[place], place))
    kept = [place for place in order if known[place] or answer.col_dual[place] < worth][:MOST_COLUMNS]
    whole = _model(clients, vehicles, [columns[place] for place in kept], until)
    import highspy

    start = highspy.HighsSolution()
    start.col_value = [float(known[place]) for place in kept]
    for place in range(len(kept)):
        whole.changeColIntegrality(place, highspy.HighsVarType.kInteger)
    whole.setSolution(start)
    whole.run()
    values = whole.getSolution().col_value
    return [columns[place] for place, value in zip(kept, values, strict=True) if value > 0.5] if len(values) else []


def _model(clients: int, vehicles: int, columns: Sequence[Column], until: float) -> Any:
    """A row for each client, one for the vehicles. The wrapper `highspy.Highs` would print a banner on stdout."""
    from highspy._core import _Highs

    model = _Highs()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("time_limit", max(0.05, until - time.monotonic()))
    nothing = np.array([], dtype=np.int32)
    for _ in range(clients):
        model.addRow(1.0, 1.0, 0, nothing, np.array([], dtype=float))
    model.addRow(0.0, float(vehicles), 0, nothing, np.array([], dtype=float))
    for length, stops in columns:
        rows = np.array([*sorted({stop - 1 for stop in stops if stop}), clients], dtype=np.int32)
        model.addCol(float(length), 0.0, 1.0, len(rows), rows, np.ones(len(rows)))
    return model
