"""The search: climbs of each stair, then trips in parts side by side, then neighbouring trips anew while budget remains."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Any

from doorstep.planning.rounds.byhand import waves
from doorstep.planning.rounds.climbs import cut_stair, pack_climbs
from doorstep.planning.rounds.engine import improve
from doorstep.planning.rounds.parts import Grain, Part, by_stair, first_parts, is_whole, neighbours
from doorstep.planning.rounds.plan import Climb, Load
from doorstep.planning.rounds.problem import DoorDemand, RoundsProblem, Stair

Progress = Callable[[float, str], None]
# Shares of the budget: trips of climbs in parts of stairs, then trips and single doors in parts of neighbouring trips.
SHARES: tuple[tuple[Grain, float], ...] = (("climb", 0.4), ("door", 0.2), ("door", 0.2), ("door", 0.2))
SHARES_OF_ONE_PART: tuple[tuple[Grain, float], ...] = (("climb", 0.4), ("door", 0.6))
COLUMNS_S_PER_DOOR = 0.002
CHUNK = 12
TOGETHER, TOGETHER_S = 400, 3.0  # doors and seconds from which a process for each core is worth its start


@dataclass(frozen=True)
class Found:
    """Loads for all doors, a bound on the climbing of each stair, and whether the whole budget of iterations was used."""

    loads: list[Load]
    climbing: dict[str, float]
    complete: bool


def route(
    problem: RoundsProblem,
    doors: list[DoorDemand],
    *,
    iterations: int,
    seconds: float,
    seed: int,
    workers: int | None,
    progress: Progress | None,
) -> Found:
    """Search within `iterations` shared out over the parts; `seconds` cuts it short.

    What is done depends on the problem, the seed and the iterations, never on the number of workers.
    """
    began = time.monotonic()
    groups = waves(problem, doors)
    columns = seconds >= COLUMNS_S_PER_DOOR * len(doors)
    if workers is None:
        workers = (os.cpu_count() or 1) if len(doors) >= TOGETHER and seconds >= TOGETHER_S else 1
    with _workers(workers) as team:
        climbs, climbing = _cut(problem, groups, team, columns=columns)
        parts = [
            part
            for wave, cut in zip(groups, climbs, strict=True)
            for part in first_parts(_only(problem, wave), cut, SHARES[0][0])
        ]
        phases = _phases(problem, groups, parts)
        complete = True
        for number, (grain, share) in enumerate(phases):
            if number:
                parts = [
                    one
                    for wave, loads in _by_wave(problem, groups, parts)
                    for one in neighbours(_only(problem, wave), loads, grain, turn=number * math.pi / 5)
                ]
            phase = _Phase(
                grain=grain,
                iterations=round(iterations * share),
                until=began + seconds * sum(part for _, part in phases[: number + 1]),
                seed=seed + 1000 * number,
            )
            parts, done = _improved(parts, phase, team, _told(progress, number, len(phases)))
            complete &= done
    return Found([load for part in parts for load in part.loads], climbing, complete)


def _only(problem: RoundsProblem, doors: Sequence[DoorDemand]) -> RoundsProblem:
    names = {door.stair for door in doors}
    stairs = tuple(stair for stair in problem.stairs if stair.id in names)
    return replace(problem, doors=tuple(doors), stairs=stairs, carriers=())


def _phases(
    problem: RoundsProblem, groups: Sequence[Sequence[DoorDemand]], parts: Sequence[Part]
) -> tuple[tuple[Grain, float], ...]:
    if len(parts) > len(groups):
        return SHARES
    return SHARES_OF_ONE_PART if any(is_whole(problem, stair) for stair in problem.stairs) else (("climb", 1.0),)


def _by_wave(
    problem: RoundsProblem, groups: Sequence[list[DoorDemand]], parts: Sequence[Part]
) -> Iterator[tuple[list[DoorDemand], list[Load]]]:
    wave_of = {door.id: number for number, wave in enumerate(groups) for door in wave}
    loads: list[list[Load]] = [[] for _ in groups]
    for part in parts:
        for load in part.loads:
            loads[wave_of[load[0].doors[0]]].append(load)
    yield from zip(groups, loads, strict=True)


@dataclass(frozen=True)
class _Phase:
    grain: Grain
    iterations: int
    until: float
    seed: int


@dataclass(frozen=True)
class _Team:
    pool: Executor | None
    size: int

    def map(self, work: Callable[..., Any], jobs: Sequence[tuple[Any, ...]], done: Callable[[int], None]) -> list[Any]:
        """Results in the order of the jobs, whoever does them."""
        if self.pool is None:
            results = []
            for count, job in enumerate(jobs, start=1):
                results.append(work(*job))
                done(count)
            return results
        waiting = {self.pool.submit(work, *job): number for number, job in enumerate(jobs)}
        answers: list[Any] = [None] * len(jobs)
        for count, one in enumerate(as_completed(waiting), start=1):
            answers[waiting[one]] = one.result()
            done(count)
        return answers


@contextmanager
def _workers(size: int) -> Iterator[_Team]:
    if size <= 1:
        yield _Team(None, 1)
        return
    with ProcessPoolExecutor(size, mp_context=get_context("spawn")) as pool:
        yield _Team(pool, size)


def _told(progress: Progress | None, number: int, phases: int) -> Callable[[float], None]:
    def tell(part: float) -> None:
        if progress:
            progress((number + part) / phases, "planning")

    return tell


def _improved(
    parts: Sequence[Part], phase: _Phase, team: _Team, tell: Callable[[float], None]
) -> tuple[list[Part], bool]:
    """Each part once, the largest first; its share of iterations and of seconds goes by its size."""
    total = sum(part.nodes for part in parts)
    order = sorted(range(len(parts)), key=lambda number: (-parts[number].nodes, number))
    left = max(0.0, phase.until - time.monotonic())
    seconds = left * min(team.size, len(parts))
    jobs = [
        (
            parts[number],
            phase.grain,
            max(50, round(phase.iterations * parts[number].nodes / total)),
            seconds * parts[number].nodes / total,
            phase.until,
            phase.seed + number,
        )
        for number in order
    ]
    answers = team.map(_improve, jobs, lambda count: tell(count / len(parts)))
    found = dict(zip(order, answers, strict=True))
    return (
        [replace(part, loads=tuple(found[number][0])) for number, part in enumerate(parts)],
        all(done for _, done in answers),
    )


def _improve(
    part: Part, grain: Grain, iterations: int, seconds: float, until: float, seed: int
) -> tuple[list[Load], bool]:
    return improve(part, grain=grain, iterations=iterations, seconds=seconds, until=until, seed=seed)


def _cut(
    problem: RoundsProblem, groups: Sequence[list[DoorDemand]], team: _Team, *, columns: bool
) -> tuple[list[dict[str, list[Climb]]], dict[str, float]]:
    """Climbs of each stair in each wave, and the bound of each stair over all of its doors."""
    stairs = {stair.id: stair for stair in problem.stairs}
    waves_of = [by_stair(wave) for wave in groups]
    if not columns:
        return [{key: pack_climbs(problem, stairs[key], d) for key, d in wave.items()} for wave in waves_of], {}
    asked = [(number, key) for number, wave in enumerate(waves_of) for key in wave]
    work = [(stairs[key], waves_of[number][key]) for number, key in asked]
    bare = replace(problem, doors=(), stairs=(), carriers=())
    jobs = [(bare, work[place : place + CHUNK]) for place in range(0, len(work), CHUNK)]
    answers = [one for chunk in team.map(_cut_stairs, jobs, lambda _: None) for one in chunk]
    climbs: list[dict[str, list[Climb]]] = [{} for _ in groups]
    bounds: dict[str, list[float]] = {}
    for (number, key), (found, bound) in zip(asked, answers, strict=True):
        climbs[number][key] = found
        bounds.setdefault(key, []).append(bound)
    return climbs, {key: values[0] for key, values in bounds.items() if len(values) == 1}


def _cut_stairs(
    problem: RoundsProblem, stairs: Sequence[tuple[Stair, list[DoorDemand]]]
) -> list[tuple[list[Climb], float]]:
    return [cut_stair(problem, stair, doors) for stair, doors in stairs]
