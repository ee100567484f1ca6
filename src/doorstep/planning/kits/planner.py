"""Kits planned: what stock is worth (linear program), the best kit of each class at that worth, then whole kits that fit.

Lagrangian relaxation of the shared stock with columns (Dantzig and Wolfe 1960); the bound is that of the relaxation.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from doorstep.planning.kits.merging import merged, spread
from doorstep.planning.kits.plan import Kit, KitsPlan, Purchase, Shortfall
from doorstep.planning.kits.pricing import Array, Pricer, empty_model, highs
from doorstep.planning.kits.problem import HouseholdClass, KitsProblem
from doorstep.planning.kits.relaxed import Relaxed, relax

FIRST_GAP, LATER_GAP = 0.02, 0.003  # of one class's program: coarse while prices are rough, fine afterwards
ENOUGH = 1e-4  # a gap at which the search ends
FIRST, MENDED, LEAST_ROUND = (
    0.4,
    0.5,
    0.15,
)  # parts of the seconds: the first round, until the first mending ends, a round
SMOOTH = 0.4  # of the best known prices in the next ones (Wentges 1997)


def plan_kits(
    problem: KitsProblem,
    *,
    iterations: int = 12,
    seconds: float = 10.0,
    seed: int = 1,
    most_types: int | None = None,
    workers: int = 2,
    progress: Callable[[float, str], None] | None = None,
) -> KitsPlan:
    """Whole packs for each class from the shared stock at the least cost, needs first; every shortfall is named.

    `iterations` are rounds of prices and of mending; `seconds` cuts them short. `most_types` lets classes that are alike
    share a kit, until there are no more kinds of kits than that.
    """
    began = time.monotonic()
    asked = problem if most_types is None else merged(problem, most_types)
    search = _Search(asked, began, seconds, workers, progress)
    search.run(iterations)
    packs = spread(problem, asked, search.best)
    return _plan(problem, packs, search, most_types is not None, time.monotonic() - began, seed, iterations)


@dataclass
class _Search:
    problem: KitsProblem
    began: float
    seconds: float
    workers: int
    progress: Callable[[float, str], None] | None
    bound: float = 0.0
    complete: bool = True
    columns: list[dict[tuple[int, ...], float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.prices = np.array([food.cost for food in self.problem.foods])
        self.stock = np.array([math.inf if f.stock is None else f.stock for f in self.problem.foods])
        self.many = np.array([group.households for group in self.problem.classes], dtype=float)
        self.pricers = [Pricer(self.problem, group) for group in self.problem.classes]
        self.columns = [{} for _ in self.pricers]
        self.least = np.zeros(len(self.pricers))  # what each class's kit costs at least, at the prices of the bound
        self.best = np.zeros((len(self.pricers), len(self.prices)))
        self.best_value = self._value(self.best)

    @property
    def left(self) -> float:
        return self.seconds - (time.monotonic() - self.began)

    @property
    def gap(self) -> float:
        return (
            (self.best_value - self.bound) / self.bound if self.bound > 0 else (0.0 if self.best_value < 1e-9 else 1.0)
        )

    def run(self, iterations: int) -> None:
        self.relaxed: Relaxed = relax(self.problem)
        self.bound = max(0.0, self.relaxed.value * (1 - 1e-9))
        self._keep(self._rounded(self.relaxed.packs))
        worth = kept = self.relaxed.worth
        with ThreadPoolExecutor(self.workers) as team:
            _, kits = self._round(team, worth, FIRST_GAP, FIRST * self.left)
            if np.isfinite(self.stock).any():
                self._keep(self._fitted(kits, worth))
                self._mend(worth, iterations, until=MENDED * self.seconds)
                for number in range(iterations):
                    if self.left < LEAST_ROUND * self.seconds or self.gap <= ENOUGH:
                        break
                    duals = self._master()
                    worth = SMOOTH * kept + (1 - SMOOTH) * duals
                    better, kits = self._round(team, worth, LATER_GAP, self.left * 0.9)
                    kept = worth if better else kept
                    if self.left > 0.1 * self.seconds:
                        self._keep(self._fitted(kits, worth))
                    if self.progress:
                        self.progress((number + 1) / iterations, "prices")
            self._choose()
            self._mend(kept, iterations, until=self.seconds)
        self.complete = self.left > 0

    def _round(self, team: ThreadPoolExecutor, worth: Array, gap: float, seconds: float) -> tuple[bool, Array]:
        """A round of pricing: whether the bound rose, and the kits."""
        value, kits = self._priced(team, worth, gap, seconds)
        better = value > self.bound
        self.bound = max(self.bound, value)
        return better, kits

    def _priced(self, team: ThreadPoolExecutor, worth: Array, gap: float, seconds: float) -> tuple[float, Array]:
        """Each class's best kit at these prices; the bound that follows."""
        each = max(0.05, seconds * self.workers / len(self.pricers))
        prices = self.prices + worth
        jobs = [
            team.submit(pricer.best, prices, gap=gap, seconds=each, start=self._known(number, worth))
            for number, pricer in enumerate(self.pricers)
        ]
        answers = [job.result() for job in jobs]
        least = np.array([bound for _, _, bound in answers])
        bound = float(self.many @ least)
        held = np.where(np.isfinite(self.stock), self.stock, 0.0)
        for number, (packs, _, _) in enumerate(answers):
            self._column(number, packs)
        if bound - worth @ held > self.bound:
            self.least = least
        return float(bound - worth @ held), np.array([packs for packs, _, _ in answers])

    def _known(self, number: int, worth: Array) -> Array | None:
        """The best kit that is known of a class at these prices."""
        kits = self.columns[number]
        if not kits:
            return None
        return np.array(min(kits, key=lambda kit: kits[kit] + float(np.array(kit) @ worth)), dtype=float)

    def _column(self, number: int, packs: Array) -> None:
        key = tuple(int(value) for value in packs)
        if key not in self.columns[number]:
            self.columns[number][key] = self.pricers[number].value(np.array(key, dtype=float), self.prices)

    def _master(self) -> Array:
        """The worth of stock, by the linear program over the known kits."""
        model = self._columns_model(whole=False)
        model.run()
        duals = np.array(model.getSolution().row_dual)
        worth = np.zeros(len(self.prices))
        stocked = np.flatnonzero(np.isfinite(self.stock))
        worth[stocked] = np.maximum(0.0, -duals[len(self.pricers) :])
        return worth

    def _columns_model(self, *, whole: bool) -> Any:
        """One row a class (exactly one kit), one a stock; an empty kit keeps it solvable."""
        model, infinite = empty_model(), highs().kHighsInf
        nothing_at, nothing = np.array([], dtype=np.int32), np.array([], dtype=float)
        for _ in self.pricers:
            model.addRow(1.0, 1.0, 0, nothing_at, nothing)
        stocked = np.flatnonzero(np.isfinite(self.stock))
        for food in stocked:
            model.addRow(-infinite, float(self.stock[food]), 0, nothing_at, nothing)
        row_of = {int(food): len(self.pricers) + place for place, food in enumerate(stocked)}
        count = 0
        for number, kits in enumerate(self.columns):
            self._column(number, np.zeros(len(self.prices)))
            for kit, value in kits.items():
                used = [(row_of[f], n * self.many[number]) for f, n in enumerate(kit) if n and f in row_of]
                rows = np.array([number, *(row for row, _ in used)], dtype=np.int32)
                amounts = np.array([1.0, *(amount for _, amount in used)])
                model.addCol(value * self.many[number], 0.0, 1.0, len(rows), rows, amounts)
                if whole:
                    model.changeColIntegrality(count, highs().HighsVarType.kInteger)
                count += 1
        if not whole:  # packs beyond the stock at twice their worth: keeps the prices of a young master within reason
            for place, row in row_of.items():
                price = 2 * float(self.relaxed.worth[place] + self.prices[place]) + 1e-9
                model.addCol(price, 0.0, infinite, 1, np.array([row], dtype=np.int32), np.array([-1.0]))
        return model

    def _choose(self) -> None:
        """The best choice of one known kit for each class."""
        if self.left <= 0.1 or self.gap <= ENOUGH:
            return
        for number, packs in enumerate(self.best):
            self._column(number, packs)
        model = self._columns_model(whole=True)
        model.setOptionValue("time_limit", max(0.05, 0.3 * self.left))
        model.setOptionValue("mip_rel_gap", ENOUGH)
        model.run()
        solution = model.getSolution()
        if not solution.value_valid:
            return
        chosen, place = [], 0
        for kits in self.columns:
            values = solution.col_value[place : place + len(kits)]
            chosen.append(list(kits)[int(np.argmax(values))])
            place += len(kits)
        self._keep(np.array(chosen, dtype=float))

    def _fitted(self, kits: Array, worth: Array) -> Array:
        """Kits that fit the stock: those wanted most first; who finds too little gets the best kit of what is left."""
        left = self.stock.copy()
        found = np.zeros_like(kits)
        order = np.argsort([-pricer.value(np.zeros(len(worth)), self.prices) for pricer in self.pricers], kind="stable")
        again = []
        for number in order:
            need = kits[number] * self.many[number]
            if np.all(need <= left + 1e-9):
                found[number], left = kits[number], left - need
            else:
                again.append(number)
        for place, number in enumerate(again):
            caps = np.floor(left / self.many[number] + 1e-9)
            each = max(0.02, min(1.0, 0.3 * self.left / (len(again) - place)))
            packs, _, _ = self.pricers[number].best(
                self.prices + worth, gap=LATER_GAP, seconds=each, caps=caps, start=np.minimum(kits[number], caps)
            )
            packs = np.minimum(packs, np.maximum(caps, 0.0))
            found[number], left = packs, left - packs * self.many[number]
            self._column(number, packs)
        return found

    def _mend(self, worth: Array, rounds: int, *, until: float) -> None:
        """One class after another anew with what the others leave, the dearest first, until an instant of the search."""
        for number in range(rounds):
            before = self.best_value
            costs = [p.value(self.best[c], self.prices + worth) for c, p in enumerate(self.pricers)]
            regret = self.many * (np.array(costs) - self.least)
            for place in np.argsort(-regret, kind="stable"):
                if regret[place] <= ENOUGH * self.best_value / len(self.pricers):
                    break
                left = until - (time.monotonic() - self.began)
                if left <= 0.05 or self.gap <= ENOUGH:
                    return
                used = self.many @ self.best - self.many[place] * self.best[place]
                caps = np.floor((self.stock - used) / self.many[place] + 1e-9)
                bias = worth * (0.5 if number % 2 == 0 else 0.0)
                packs, _, _ = self.pricers[place].best(
                    self.prices + bias,
                    gap=FIRST_GAP / 2 if number == 0 else LATER_GAP,
                    seconds=min(2.0, left / 4),
                    caps=caps,
                    start=self.best[place],
                )
                trial = self.best.copy()
                trial[place] = packs
                self._column(int(place), packs)
                self._keep(trial)
            self._choose()
            if before - self.best_value <= ENOUGH * max(before, 1e-9) and number > 1:
                return

    def _rounded(self, parts: Array) -> Array:
        """Whole packs out of parts of packs, never more than there are: a plan in milliseconds."""
        left = self.stock.copy()
        found = np.zeros_like(parts)
        for number, pricer in enumerate(self.pricers):
            group = pricer.group
            wanted = np.ceil(parts[number] - 1e-6)
            most = np.full(len(wanted), -1.0)
            most[pricer.used] = pricer.caps
            wanted = np.minimum(wanted, np.maximum(most, 0.0))
            wanted = np.minimum(wanted, np.floor(left / self.many[number] + 1e-9))
            order = np.argsort(-parts[number], kind="stable")
            kinds = len(order) if group.kinds_most is None else group.kinds_most
            weight = 0.0
            for place in order:
                food = self.problem.foods[place]
                many = wanted[place]
                if group.weight_limit_kg is not None and food.weight_kg > 0:
                    many = min(many, math.floor((group.weight_limit_kg - weight) / food.weight_kg + 1e-9))
                if many < 1 or kinds < 1:
                    continue
                found[number, place] = many
                weight += many * food.weight_kg
                kinds -= 1
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


def _plan(
    problem: KitsProblem, packs: Array, search: _Search, shared: bool, seconds: float, seed: int, iterations: int
) -> KitsPlan:
    kits, shortfalls = [], []
    pricers = {group.id: Pricer(problem, group) for group in problem.classes}
    cost = objective = 0.0
    for group, row in zip(problem.classes, packs, strict=True):
        lines = [(food, int(many)) for food, many in zip(problem.foods, row, strict=True) if many > 0]
        nutrients = {
            need.nutrient: sum(many * food.nutrients.get(need.nutrient, 0.0) for food, many in lines)
            for need in group.needs
        }
        price = sum(many * food.cost for food, many in lines)
        weight = sum(many * food.weight_kg for food, many in lines)
        named = tuple((food.id, many) for food, many in lines)
        kits.append(Kit(group.id, named, price, weight, nutrients, len(lines)))
        cost += price * group.households
        lack = pricers[group.id].lack(row)
        objective += (price + problem.shortfall_cost * lack) * group.households
        shortfalls += _short(group, nutrients, dict(named))
    bound = relax(problem).value if shared else search.bound
    bound = min(bound, objective)
    purchases = _purchases(problem, shortfalls) if shortfalls else ()
    return KitsPlan(
        kits=tuple(kits),
        shortfalls=tuple(shortfalls),
        purchases=purchases,
        cost=cost,
        objective=objective,
        lower_bound=bound,
        gap=(objective - bound) / bound if bound > 0 else 0.0,
        seconds=seconds,
        seed=seed,
        iterations=iterations,
        complete=search.complete,
        types=len({kit.packs for kit in kits}),
    )


def _short(group: HouseholdClass, nutrients: dict[str, float], packs: dict[str, int]) -> list[Shortfall]:
    found = []
    for need in group.needs:
        given = nutrients[need.nutrient]
        missing = need.least - given
        if need.least > 0 and missing > 1e-6 * need.least:
            found.append((need.nutrient, missing, missing / need.least))
        elif need.most is not None and given > need.most * (1 + 1e-6):
            found.append((need.nutrient, need.most - given, (given - need.most) / max(need.most, 1e-6)))
    for name, many in group.must.items():
        if packs.get(name, 0) < many:
            found.append((name, float(many - packs.get(name, 0)), 1 - packs.get(name, 0) / many))
    least = group.kinds_least
    if len(packs) < least:
        found.append(("kinds", float(least - len(packs)), 1 - len(packs) / least))
    return [Shortfall(group.id, *line, group.households) for line in found]


def _purchases(problem: KitsProblem, shortfalls: Sequence[Shortfall]) -> tuple[Purchase, ...]:
    """What the linear program would buy beyond the stock, each with the graver shortfall that it mends."""
    bought = relax(problem, buy=True).bought
    groups = {group.id: group for group in problem.classes}
    found = []
    for food, packs in zip(problem.foods, bought, strict=True):
        many = math.ceil(packs - 1e-6)
        if many < 1:
            continue
        mended = [
            (line.share * line.households, line)
            for line in shortfalls
            if (food.nutrients.get(line.nutrient) or line.nutrient == food.id)
            and not food.contains & groups[line.household_class].bans
        ]
        if mended:
            line = max(mended, key=lambda pair: pair[0])[1]
            found.append(Purchase(food.id, many, line.nutrient, line.household_class))
    return tuple(sorted(found, key=lambda one: -one.packs))
