"""Rounds planned: the by-hand rule first, then the search, never worse than by hand; then the climbing is shared evenly."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from doorstep.planning.rounds.bound import lower_bound_s
from doorstep.planning.rounds.byhand import by_hand
from doorstep.planning.rounds.desks import Grounds, Index
from doorstep.planning.rounds.fair import share_evenly
from doorstep.planning.rounds.plan import RoundsPlan, Unserved
from doorstep.planning.rounds.problem import DoorDemand, RoundsProblem
from doorstep.planning.rounds.routing import route
from doorstep.planning.rounds.shifts import Given, give_out, hasten

SEARCH = 0.95  # of the seconds; the rest is for giving out and the bound


def plan_rounds(
    problem: RoundsProblem,
    *,
    iterations: int = 3_000,
    seconds: float = 10.0,
    seed: int = 1,
    workers: int | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> RoundsPlan:
    """Climbs, trips, carriers and the instant at each door; every door is served once or named in `unserved`.

    `iterations` are shared out over the blocks; `seconds` only cuts the search short (then `complete` is False).
    Same problem, seed and iterations give the same plan on any number of workers.
    """
    began = time.monotonic()
    index = Index(problem)
    doors, heavy = _liftable(problem)
    hand = give_out(index, by_hand(problem, doors))
    best, method, complete = hand, "by_hand", True
    climbing: dict[str, float] = {}
    if doors and seconds > 0.2:
        left = max(0.1, (seconds - (time.monotonic() - began)) * SEARCH)
        found = route(
            problem, doors, iterations=iterations, seconds=left, seed=seed, workers=workers, progress=progress
        )
        complete, climbing = found.complete, found.climbing
        served = sum(len(climb.doors) for load in found.loads for climb in load)
        given = give_out(index, found.loads)
        if served == len(doors) and given.rank < hand.rank:
            best, method = given, "search"
    elif doors:
        complete = False
    best, extra = share_evenly(Grounds([index]), hasten(index, best), until=began + seconds)
    plan = _made(index, best, heavy, doors, hand, climbing) | {"fair_extra_s": extra}
    return RoundsPlan(
        **plan, seconds=time.monotonic() - began, seed=seed, iterations=iterations, complete=complete, method=method
    )


def plan_by_hand(problem: RoundsProblem) -> RoundsPlan:
    """The plan of the by-hand rule, in milliseconds."""
    began = time.monotonic()
    doors, heavy = _liftable(problem)
    index = Index(problem)
    hand = give_out(index, by_hand(problem, doors))
    plan = _made(index, hand, heavy, doors, hand, {})
    return RoundsPlan(**plan, seconds=time.monotonic() - began, seed=0, iterations=0, complete=True, method="by_hand")


def _liftable(problem: RoundsProblem) -> tuple[list[DoorDemand], list[Unserved]]:
    doors, heavy = [], []
    for door in problem.doors:
        if door.weight_kg > problem.trolley_kg + 1e-9:
            heavy.append(Unserved(door.id, "too_heavy", f"split it into parts of at most {problem.trolley_kg:g} kg"))
        else:
            doors.append(door)
    return doors, heavy


def _made(
    index: Index,
    given: Given,
    heavy: list[Unserved],
    doors: list[DoorDemand],
    hand: Given,
    climbing: dict[str, float],
) -> dict[str, Any]:
    bound = lower_bound_s(index.problem, doors, climbing)
    return {
        "trips": tuple(given.trips),
        "unserved": (*heavy, *given.unserved),
        "late": tuple(given.late),
        "rests": tuple(given.rests),
        "cost_s": given.cost_s,
        "by_hand_cost_s": hand.cost_s,
        "by_hand_missed": hand.missed,
        "lower_bound_s": bound,
        "gap": (given.cost_s - bound) / bound if bound > 0 else 0.0,
    }
