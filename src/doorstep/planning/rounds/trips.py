"""Files whose vehicles reload. One search often stays with a poor sharing-out of trips over vehicles, so there are several.

Measured on 100 clients: what a search finds in seven seconds of a core it hardly betters in thirty, while other seeds end
up to a hundredth lower. So seconds go to several searches, and the last part to the best of them.
"""

from __future__ import annotations

import time
from concurrent.futures import Executor
from dataclasses import dataclass

from doorstep.planning.rounds.files import Routes, cost, named, read, solution
from doorstep.planning.rounds.search import TRIPS, solve

SETTLED_S = 7.0  # of a core, until a search of a hundred clients has settled; by the square of the clients
ON = 0.25  # of the seconds, for searching on from the best
WORTH_A_START = 0.5  # of the last search's seconds that must be left for another


@dataclass(frozen=True)
class _Job:
    path: str
    routes: tuple[tuple[int, ...], ...]
    until: float
    seed: int


def route_trips(path: str, *, until: float, seed: int, pool: Executor | None, workers: int) -> Routes:
    """Routes of a file with reloads, searched until an instant of the monotonic clock."""
    began = time.monotonic()
    middle = began + (1 - ON) * (until - began)
    jobs = [_Job(path, (), middle, seed + 1000 * number) for number in range(workers)]
    best = _best(path, list(pool.map(_starts, jobs) if pool else map(_starts, jobs)))
    start = tuple(tuple(route) for route in best)
    jobs = [_Job(path, start, until, seed + 500 + number) for number in range(workers)]
    return _best(path, [best, *(pool.map(_on, jobs) if pool else map(_on, jobs))])


def _starts(job: _Job) -> Routes:
    """Searches from nothing, one after the other, until the instant; the best of them."""
    data, seed = read(job.path), job.seed
    settled = SETTLED_S * (data.num_clients / 100) ** 2
    best: Routes | None = None
    while True:
        began = time.monotonic()
        found = named(solve(data, TRIPS, until=job.until, seed=seed, core_s=settled))
        best = found if best is None else _best(job.path, [best, found])
        ended, seed = time.monotonic(), seed + 1
        if job.until - ended < WORTH_A_START * (ended - began):
            return best


def _on(job: _Job) -> Routes:
    data = read(job.path)
    return named(solve(data, TRIPS, until=job.until, seed=job.seed, start=solution(data, job.routes)))


def _best(path: str, answers: list[Routes]) -> Routes:
    def rank(routes: Routes) -> tuple[bool, int]:
        length, holds = cost(read(path), routes)
        return not holds, length

    return min(answers, key=rank)
