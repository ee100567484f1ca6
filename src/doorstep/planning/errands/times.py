"""When a courier comes where: one way through some sites, as late a start as costs nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from doorstep.planning.errands.problem import Courier, ErrandsProblem

LATE = 50.0  # a second too late counts as so many, so that a search finds its way back


@dataclass(frozen=True)
class Ran:
    """A way as it runs. `late_s` sums what is beyond closing times and the shift; `leaves` is by stop."""

    starts_s: float
    ends_s: float
    late_s: float
    arrives: tuple[float, ...] = ()
    leaves: tuple[float, ...] = ()

    @property
    def cost(self) -> float:
        return self.ends_s - self.starts_s + LATE * self.late_s


class Times:
    """Travel and hours as plain lists: place 0 is the base."""

    def __init__(self, problem: ErrandsProblem) -> None:
        self.travel = [list(map(float, row)) for row in problem.travel_s]
        self.queue = [0.0, *(site.queue_s for site in problem.sites)]
        self.opens = [0.0, *(site.opens_s for site in problem.sites)]
        self.last = [math.inf, *(site.closes_s - site.queue_s for site in problem.sites)]
        self.plain = all(value <= 0 for value in self.opens) and all(math.isinf(value) for value in self.last)

    def length(self, route: Sequence[int]) -> float:
        """Seconds on the way and in queues, without waiting."""
        total, place = 0.0, 0
        for here in route:
            total += self.travel[place][here] + self.queue[here]
            place = here
        return total + self.travel[place][0]

    def run(self, route: Sequence[int], courier: Courier) -> Ran:
        """The way from the courier's first instant on; a wait for opening becomes a later start where that is free.

        Forward slack as by Savelsbergh (1992).
        """
        if not route:
            return Ran(courier.starts_s, courier.starts_s, 0.0)
        time, place, waited, late = courier.starts_s, 0, 0.0, 0.0
        slack = math.inf
        for here in route:
            time += self.travel[place][here]
            wait = max(0.0, self.opens[here] - time)
            waited += wait
            time += wait
            late += max(0.0, time - self.last[here])
            slack = min(slack, waited + max(0.0, self.last[here] - time))
            time += self.queue[here]
            place = here
        ends = time + self.travel[place][0]
        late += max(0.0, ends - courier.ends_s)
        slack = min(slack, waited + max(0.0, courier.ends_s - ends))
        return self._timed(route, courier.starts_s + min(slack, waited), late)

    def _timed(self, route: Sequence[int], start: float, late: float) -> Ran:
        time, place = start, 0
        arrives, leaves = [], []
        for here in route:
            time += self.travel[place][here]
            arrives.append(time)
            time = max(time, self.opens[here]) + self.queue[here]
            leaves.append(time)
            place = here
        return Ran(start, time + self.travel[place][0], late, tuple(arrives), tuple(leaves))
