"""How PyVRP is asked to search, for each kind of problem."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Steps:
    """How far a search looks: near stops of a stop, stops that one shake touches at most, solutions compared back."""

    neighbours: int = 50
    shake: int = 25
    history: int = 300


# Many climbs stand at one place: a stop must see beyond its own stair. Files have one stop a place: less is faster.
STAIRS = Steps(history=100)
FILES = Steps(neighbours=20, shake=10)
TRIPS = Steps(neighbours=20, shake=10, history=100)


def solve(
    data: Any,
    steps: Steps,
    *,
    until: float,
    seed: int,
    iterations: int | None = None,
    start: Any = None,
    watch: Any = None,
) -> Any:
    """PyVRP's result; ends at `until` of the monotonic clock, or after so many iterations."""
    import pyvrp
    from pyvrp.search import NeighbourhoodParams, PerturbationParams
    from pyvrp.stop import MaxIterations, MaxRuntime, MultipleCriteria

    params = pyvrp.SolveParams(
        ils=pyvrp.IteratedLocalSearchParams(history_length=steps.history, callbacks=watch),
        neighbourhood=NeighbourhoodParams(num_neighbours=steps.neighbours),
        perturbation=PerturbationParams(1, steps.shake),
    )
    stops: list[Any] = [MaxRuntime(max(0.01, until - time.monotonic()))]
    if iterations is not None:
        stops.append(MaxIterations(iterations))
    stop = MultipleCriteria(stops)
    return pyvrp.solve(data, stop, seed=seed, collect_stats=False, display=False, params=params, initial_solution=start)
