"""The search for kits that share a stock: prices of the stock, the best kit of each class at them, a choice that fits."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from doorstep.planning.kits.columns import Columns
from doorstep.planning.kits.moves import descend
from doorstep.planning.kits.pricing import Pricer
from doorstep.planning.kits.problem import KitsProblem
from doorstep.planning.kits.relaxed import relax
from doorstep.planning.kits.rows import Array

ENOUGH = 1e-4  # a gap at which the search ends
GAP = 0.001  # of one class's program
SMOOTH = 0.5  # of the best known prices in the next ones (Wentges 1997)
SHAKES = 6  # of a known kit in each round of prices
SETTLING = 6  # rounds of prices between two proofs
TRIALS = 60  # of mending after each choice
CHOICES = 25  # kits of each class that a choice is made among
# Of the seconds that are left: what the first prices and their proof may take, then settling, choosing, mending, proving.
FIRST_SETTLE, FIRST_PROOF, SETTLE, CHOOSE, MEND, PROVE = 0.15, 0.3, 0.3, 0.15, 0.15, 0.85
BEGIN = 0.4  # of all seconds: the first kits
END = 0.02  # of all seconds: too little for anything more


class Search:
    """Lagrangian relaxation of the shared stock with columns; the bound is that of the relaxation."""

    def __init__(
        self,
        problem: KitsProblem,
        began: float,
        seconds: float,
        workers: int,
        seed: int,
        progress: Callable[[float, str], None] | None,
    ) -> None:
        self.problem, self.began, self.seconds, self.workers = problem, began, seconds, workers
        self.progress, self.random = progress, np.random.default_rng(seed)
        self.prices = np.array([food.cost for food in problem.foods])
        self.stock = np.array([math.inf if f.stock is None else f.stock for f in problem.foods])
        self.pricers = [Pricer(problem, group) for group in problem.classes]
        self.columns = Columns(self.pricers, self.prices, self.stock)
        self.many = self.columns.many
        self.bound = 0.0
        self.complete = True
        self.best = np.zeros((len(self.pricers), len(self.prices)))
        self.best_value = self._value(self.best)

    @property
    def left(self) -> float:
        return self.seconds - (time.monotonic() - self.began)

    @property
    def gap(self) -> float:
        if self.bound > 0:
            return (self.best_value - self.bound) / self.bound
        return 0.0 if self.best_value < 1e-9 else 1.0

    def run(self, iterations: int) -> None:
        relaxed = relax(self.problem)
        self.bound = max(0.0, relaxed.value * (1 - 1e-9))
        self._keep(self._rounded(relaxed.packs))
        worth = relaxed.worth
        for number in range(len(self.pricers)):
            if self.left > (1 - BEGIN) * self.seconds:
                self._improved(number, np.ceil(relaxed.packs[number] - 0.5), worth)
        with ThreadPoolExecutor(self.workers) as team:
            if not len(self.columns.stocked):
                iterations = 0
                self._alone(team, worth)
            if iterations:
                self._settled(worth, until=(1 - FIRST_SETTLE) * self.left, rounds=1)
                self._prove(team, worth, FIRST_PROOF * self.left)
            for number in range(iterations):
                if self.left <= END * self.seconds or self.gap <= ENOUGH:
                    break
                before = self.best_value, self.bound
                worth = self._settled(worth, until=(1 - SETTLE) * self.left)
                self._choose(worth, CHOOSE * self.left)
                self._mend(worth, (1 - MEND) * self.left)
                self._prove(team, worth, PROVE * self.left)
                if number and before == (self.best_value, self.bound):
                    break  # a whole round brought neither a better plan nor a better bound
                if self.progress:
                    self.progress((number + 1) / iterations, "prices")
        self._choose(worth, self.left)
        self.complete = self.left > 0

    def _alone(self, team: ThreadPoolExecutor, worth: Array) -> None:
        """Without a shared stock each class has its best kit, whatever the others have."""
        for number in range(len(self.pricers)):
            self._varied(number, worth)
        self._prove(team, worth, self.left)
        self._keep(np.array([self.columns.best(number, worth)[0] for number in range(len(self.pricers))]))

    def _improved(self, number: int, kit: Array, worth: Array) -> bool:
        pricer = self.pricers[number]
        return self.columns.add(number, descend(pricer, self.prices + worth, kit, pricer.caps))

    def _settled(self, worth: Array, *, until: float, rounds: int = SETTLING) -> Array:
        """Prices at which the known kits and changes of them bring nothing new."""
        centre = worth
        for _ in range(rounds):
            if rounds > 1:
                worth = SMOOTH * centre + (1 - SMOOTH) * self.columns.worth(centre)
            new = 0
            for number in range(len(self.pricers)):
                if self.left < until:
                    return worth
                new += self._varied(number, worth)
            centre = worth
            if not new:
                break
        return worth

    def _varied(self, number: int, worth: Array) -> int:
        """The best known kit of a class at these prices, shaken a few times and mended: how many new kits were found."""
        pricer, prices = self.pricers[number], self.prices + worth
        kit = self.columns.best(number, worth)[0]
        value, new = pricer.value(kit, prices), 0
        for shake in range(SHAKES):
            trial = descend(pricer, prices, self._shaken(kit, pricer.caps) if shake else kit, pricer.caps)
            costs = pricer.value(trial, prices)
            if costs <= value + 1e-9:
                new += self.columns.add(number, trial)
                kit, value = trial, costs
        return new

    def _shaken(self, kit: Array, caps: Array) -> Array:
        """Two to four kinds out, two packs of others in."""
        shaken = kit.copy()
        inside = np.flatnonzero(kit)
        if len(inside):
            shaken[
                self.random.choice(inside, size=min(len(inside), int(self.random.integers(2, 5))), replace=False)
            ] = 0.0
        room = np.flatnonzero(caps > shaken)
        if len(room):
            shaken[self.random.choice(room, size=min(len(room), 2), replace=False)] += 1.0
        return shaken

    def _prove(self, team: ThreadPoolExecutor, worth: Array, seconds: float) -> None:
        """Each class's best kit at these prices, nearly proven; the bound that follows."""
        prices, ends = self.prices + worth, time.monotonic() + seconds
        waiting = len(self.pricers)

        def job(number: int) -> tuple[Array, float, float]:
            nonlocal waiting
            each = 2 * self.workers * (ends - time.monotonic()) / max(waiting, 1)
            waiting -= 1
            start = self.columns.best(number, worth)[0]
            return self.pricers[number].best(prices, gap=GAP, seconds=min(each, ends - time.monotonic()), start=start)

        order = np.argsort(-self.many, kind="stable")
        answers = dict(zip(order, team.map(job, order), strict=True))
        for number, (packs, _, _) in answers.items():
            self.columns.add(int(number), packs)
        least = np.array([answers[number][2] for number in range(len(self.pricers))])
        held = np.where(np.isfinite(self.stock), self.stock, 0.0)
        self.bound = max(self.bound, float(self.many @ least - worth @ held))

    def _choose(self, worth: Array, seconds: float) -> None:
        """The best choice of one known kit for each class."""
        if self.left <= END * self.seconds or self.gap <= ENOUGH:
            return
        for number, kit in enumerate(self.best):
            self.columns.add(number, kit)
        numbers = list(range(len(self.pricers)))
        found = self.columns.choose(numbers, self.stock, worth, CHOICES, seconds=seconds, gap=ENOUGH, known=self.best)
        if found is not None:
            self._keep(found)

    def _mend(self, worth: Array, until: float) -> None:
        """Some classes at a time anew with what the others leave."""
        for _ in range(TRIALS):
            if self.left <= until or self.gap <= ENOUGH:
                return
            some = self.random.choice(len(self.pricers), size=min(len(self.pricers), 3), replace=False)
            trial = self.best.copy()
            trial[some] = 0.0
            for number in some:
                caps = np.floor((self.stock - self.many @ trial) / self.many[number] + 1e-9)
                caps = np.minimum(caps, self.pricers[number].caps)
                start = self.columns.best(int(number), worth * self.random.uniform(0.0, 1.5), 1, caps)[0]
                trial[number] = descend(self.pricers[number], self.prices + worth, start, caps)
                trial[number] = descend(self.pricers[number], self.prices, trial[number], caps)
                self.columns.add(int(number), trial[number])
            self._keep(trial)

    def _rounded(self, parts: Array) -> Array:
        """Whole packs out of parts of packs, never more than there are: a plan in milliseconds."""
        left = self.stock.copy()
        found = np.zeros_like(parts)
        order = np.argsort([-p.value(np.zeros(len(left)), self.prices) for p in self.pricers], kind="stable")
        for number in order:
            pricer = self.pricers[number]
            caps = np.minimum(np.floor(left / self.many[number] + 1e-9), pricer.caps)
            found[number] = descend(pricer, self.prices, np.ceil(parts[number] - 0.5), caps)
            left = left - found[number] * self.many[number]
        return found

    def _value(self, packs: Array) -> float:
        return float(
            sum(n * p.value(kit, self.prices) for n, p, kit in zip(self.many, self.pricers, packs, strict=True))
        )

    def _keep(self, packs: Array) -> None:
        if np.any(self.many @ packs > self.stock + 1e-6):
            return
        value = self._value(packs)
        if value < self.best_value - 1e-9:
            self.best, self.best_value = packs.copy(), value
