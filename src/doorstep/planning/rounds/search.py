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


class _CoreTime:
    """Stops after seconds of a core, however many others share it."""

    def __init__(self, seconds: float) -> None:
        self.until = time.process_time() + seconds

    def __call__(self, best_cost: float) -> bool:
        return time.process_time() >= self.until


def solve(
    data: Any,
    steps: Steps,
    *,
    until: float,
    seed: int,
    iterations: int | None = None,
    core_s: float | None = None,
    start: Any = None,
) -> Any:
    """PyVRP's result; ends at `until` of the monotonic clock, or after so many iterations or seconds of a core."""
    import pyvrp
    from pyvrp.search import NeighbourhoodParams, PerturbationParams
    from pyvrp.stop import MaxIterations, MaxRuntime, MultipleCriteria

    params = pyvrp.SolveParams(
        ils=pyvrp.IteratedLocalSearchParams(history_length=steps.history),
        neighbourhood=NeighbourhoodParams(num_neighbours=steps.neighbours),
        perturbation=PerturbationParams(1, steps.shake),
    )
    stops: list[Any] = [MaxRuntime(max(0.01, until - time.monotonic()))]
    if iterations is not None:
        stops.append(MaxIterations(iterations))
    if core_s is not None:
        stops.append(_CoreTime(core_s))
    stop = MultipleCriteria(stops)
    return pyvrp.solve(data, stop, seed=seed, collect_stats=False, display=False, params=params, initial_solution=start)
