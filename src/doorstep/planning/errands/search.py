"""Which sites to open, who goes there in which order: annealing over open sites and the ways through them."""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from doorstep.planning.errands.buying import Buying
from doorstep.planning.errands.problem import ErrandsProblem
from doorstep.planning.errands.times import Ran, Times

Array = Any
BLOCK = 200  # moves between two looks at the clock
HOT, COLD = 0.03, 0.0004  # temperatures as parts of the cost at hand
NEAR_PLACES = 4  # places in the ways that are tried for a new stop


@dataclass
class State:
    """Ways by courier (places from 1), how each runs, and what they cost with what cannot be had."""

    routes: list[list[int]]
    ran: list[Ran]
    way: float
    price: float
    lack: float
    late: float

    def copy(self) -> State:
        return State([list(route) for route in self.routes], list(self.ran), self.way, self.price, self.lack, self.late)


class Search:
    """Annealing in rounds, each from the best so far: a site in, out, exchanged; a stop moved; a way turned."""

    def __init__(self, problem: ErrandsProblem, seed: int, until: float) -> None:
        self.problem, self.until = problem, until
        self.times, self.buying = Times(problem), Buying(problem)
        self.random = random.Random(seed)
        self.sites = range(1, len(problem.sites) + 1)
        self.useful = [site for site in self.sites if self.buying.packs[:, site - 1].any()]
        self.weights = [1.0] * len(self.useful)
        self.penalty = problem.unserved_cost
        self.soft = self.penalty
        timeless = self.times.plain and not self.buying.timed
        self.one = len(problem.couriers) == 1 and timeless and math.isinf(problem.couriers[0].ends_s)
        self.refuted: dict[frozenset[int], float] = {}  # open sites that give less than was estimated, by how much

    @property
    def over(self) -> bool:
        return time.monotonic() >= self.until

    def value(self, state: State, soft: bool = False) -> float:
        return state.way + state.price + (self.soft if soft else self.penalty) * state.lack

    def prefer(self, likely: Array) -> None:
        """How likely each site is open in a good plan (from a relaxation): those are tried more often."""
        self.weights = [0.05 + float(likely[site - 1]) for site in self.useful]

    def start(self) -> State:
        """Every useful site that helps, the most helpful for its way first."""
        state = self._state([[] for _ in self.problem.couriers])
        while True:
            best, gain = None, -1e-9
            inside = {place for route in state.routes for place in route}
            for site in self.useful:
                if site not in inside and (trial := self._with(state, site)) is not None:
                    change = self.value(trial) - self.value(state)
                    if change < gain and trial.late <= 0:
                        best, gain = trial, change
            if best is None or self.over:
                return state
            state = best

    def proven(self, state: State) -> State:
        """The plan with what really lacks, line by line; what was estimated too well is remembered."""
        sites, usable = self.open(state)
        _, missing = self.buying.assigned(sites, usable)
        lines = self.problem.lines
        lack = sum(lines[n].grave * packs / lines[n].packs for n, packs in missing.items())
        if lack > state.lack + 1e-9:
            key = frozenset(sites.tolist())
            self.refuted[key] = self.refuted.get(key, 0.0) + lack - state.lack
            state = State(state.routes, state.ran, state.way, state.price, lack, state.late)
        return state

    def through(self, sites: list[int]) -> State:
        """The ways through just these sites, each put where it lengthens the ways least, the farthest first."""
        state = self._state([[] for _ in self.problem.couriers])
        for site in sorted(sites, key=lambda place: -self.times.travel[0][place]):
            state = self._with(state, site) or state
        return state

    def without(self, state: State, site: int) -> State:
        """The plan with one stop less."""
        return self._without(state, site)

    def improve(self, best: State, blocks: int, number: int) -> State:
        """A round of annealing from the best plan so far; of three rounds each is cooler than the one before."""
        return self._anneal(best, HOT / (1 + number % 3) ** 2, blocks)

    def _anneal(self, best: State, hot: float, blocks: int) -> State:
        now, now_value = best, self.value(best, soft=True)
        best_value = self.value(best)
        scale = max(best.way + best.price, 1e-9)
        self.soft = min(self.penalty, max(self.soft, scale * 0.02))
        for block in range(blocks):
            if self.over:
                break
            heat = scale * hot * (COLD / hot) ** (block / max(blocks - 1, 1))
            lacking = 0
            for _ in range(BLOCK):
                trial = self._moved(now)
                if trial is None:
                    continue
                value = self.value(trial, soft=True)
                if value <= now_value or self.random.random() < math.exp((now_value - value) / heat):
                    now, now_value = trial, value
                    if now.late <= 0 and self.value(now) < best_value - 1e-9:
                        best, best_value = now, self.value(now)
                lacking += now.lack > best.lack + 1e-12 or now.late > 0
            self.soft = self._paced(lacking / BLOCK, scale)
            now_value = self.value(now, soft=True)
        return best

    def _paced(self, lacking: float, scale: float) -> float:
        """The price of what cannot be had, so that plans with and without gaps take turns."""
        return min(
            self.penalty, max(self.soft * (1.3 if lacking > 0.4 else 0.85 if lacking < 0.1 else 1.0), scale * 0.005)
        )

    def _moved(self, state: State) -> State | None:
        pick = self.random.random()
        inside = [place for route in state.routes for place in route]
        if not inside or pick < 0.22:
            return self._added(state, inside)
        if pick < 0.42:
            return self._without(state, self.random.choice(inside))
        if pick < 0.72:
            fewer = self._without(state, self.random.choice(inside))
            return self._added(fewer, inside)
        if pick < 0.88 or len(inside) < 3:
            place = self.random.choice(inside)
            return self._with(self._without(state, place, count=False), place, shuffled=True)
        return self.turned(state)

    def _added(self, state: State, inside: list[int]) -> State | None:
        closed = set(self.useful).difference(inside)
        if not closed:
            return None
        for _ in range(6):
            site = self.random.choices(self.useful, self.weights)[0]
            if site in closed:
                return self._with(state, site)
        return self._with(state, self.random.choice(sorted(closed)))

    def _with(self, state: State, site: int, shuffled: bool = False) -> State | None:
        """The plan with one more stop, at the best of the places that lengthen a way least."""
        travel, places = self.times.travel, []
        empty = False
        for number, route in enumerate(state.routes):
            if not route:
                if empty and self._alike(number, state):
                    continue
                empty = True
            stops = [0, *route, 0]
            for at in range(len(route) + 1):
                before, after = stops[at], stops[at + 1]
                more = travel[before][site] + travel[site][after] - travel[before][after]
                places.append((more, number, at))
        if self.one:
            _, number, at = min(places)
            return self._placed(state, number, at, site)
        places.sort()
        if shuffled and self.random.random() < 0.3:
            _, number, at = self.random.choice(places[: 3 * NEAR_PLACES])
            return self._placed(state, number, at, site)
        tried = [self._placed(state, number, at, site) for _, number, at in places[:NEAR_PLACES]]
        empties = [(number, at) for _, number, at in places[NEAR_PLACES:] if not state.routes[number]]
        tried += [self._placed(state, number, at, site) for number, at in empties[:1]]
        return min(tried, key=lambda trial: self.value(trial, soft=True))

    def _alike(self, number: int, state: State) -> bool:
        """Whether an empty way before this one belongs to a courier with the same shift."""
        mine = self.problem.couriers[number]
        return any(
            not state.routes[other]
            and (self.problem.couriers[other].starts_s, self.problem.couriers[other].ends_s)
            == (mine.starts_s, mine.ends_s)
            for other in range(number)
        )

    def _placed(self, state: State, number: int, at: int, site: int) -> State:
        route = state.routes[number]
        return self._changed(state, {number: [*route[:at], site, *route[at:]]})

    def again(self, state: State, site: int) -> State | None:
        """The plan with a stop that was taken out, where it now fits best."""
        return self._with(state, site, shuffled=True)

    def _without(self, state: State, site: int, count: bool = True) -> State:
        for number, route in enumerate(state.routes):
            if site in route:
                return self._changed(state, {number: [place for place in route if place != site]}, count=count)
        return state

    def turned(self, state: State) -> State | None:
        """A part of a way reversed, or the tails of two ways exchanged."""
        filled = [number for number, route in enumerate(state.routes) if len(route) > 1]
        if not filled:
            return None
        number = self.random.choice(filled)
        route = state.routes[number]
        others = [other for other, way in enumerate(state.routes) if way and other != number]
        if others and self.random.random() < 0.4:
            other = self.random.choice(others)
            i, j = self.random.randint(0, len(route)), self.random.randint(0, len(state.routes[other]))
            mine, theirs = route[:i] + state.routes[other][j:], state.routes[other][:j] + route[i:]
            return self._changed(state, {number: mine, other: theirs})
        i, j = sorted(self.random.sample(range(len(route) + 1), 2))
        return self._changed(state, {number: route[:i] + route[i:j][::-1] + route[j:]})

    def _changed(self, state: State, ways: dict[int, list[int]], count: bool = True) -> State:
        new = State(list(state.routes), list(state.ran), 0.0, state.price, state.lack, 0.0)
        for number, route in ways.items():
            new.routes[number] = route
            new.ran[number] = self._run(route, number)
        self._sum(new, count)
        return new

    def _state(self, routes: list[list[int]]) -> State:
        new = State(routes, [self._run(route, number) for number, route in enumerate(routes)], 0.0, 0.0, 0.0, 0.0)
        self._sum(new, True)
        return new

    def _run(self, route: list[int], number: int) -> Ran:
        if self.one:
            return Ran(0.0, self.times.length(route), 0.0)
        return self.times.run(route, self.problem.couriers[number])

    def _sum(self, state: State, count: bool) -> None:
        state.way = sum(ran.cost for ran in state.ran)
        state.late = sum(ran.late_s for ran in state.ran)
        if count:
            sites, usable = self.open(state)
            state.price, state.lack = self.buying.estimate(sites, usable)
            if self.refuted:
                state.lack += self.refuted.get(frozenset(sites.tolist()), 0.0)

    def open(self, state: State) -> tuple[Array, Array | None]:
        """The open sites by their places from 0, and what is of use there."""
        sites = np.array([place - 1 for route in state.routes for place in route], dtype=int)
        if not self.buying.timed:
            return sites, None
        ends = np.array([ran.ends_s for route, ran in zip(state.routes, state.ran, strict=True) for _ in route])
        leaves = np.array([at for route, ran in zip(state.routes, state.ran, strict=True) for at in ran.leaves])
        return sites, self.buying.usable(sites, ends, leaves)
