"""The best kit of one class at given prices: a small integer program (HiGHS)."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from doorstep.planning.kits.problem import HouseholdClass, KitsProblem

Array = Any  # of floats or whole numbers, one for each food of the problem


@cache
def highs() -> Any:
    """Imported when first needed: it takes a while."""
    import highspy

    return highspy


def empty_model() -> Any:
    """A silent model on one thread. The wrapper `highspy.Highs` would print a banner on stdout."""
    from highspy._core import _Highs

    model = _Highs()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("threads", 1)
    model.setOptionValue("presolve", "off")
    return model


class Pricer:
    """One class: its program is built once, and solved again whenever prices or caps change."""

    def __init__(self, problem: KitsProblem, group: HouseholdClass, *, whole: bool = True) -> None:
        self.group, self.grave = group, problem.shortfall_cost
        self.foods = problem.foods
        self.used = [n for n, food in enumerate(problem.foods) if not food.contains & group.bans]
        self.caps = np.array([self._cap(n) for n in self.used], dtype=float)
        self.model = empty_model()
        self.whole = whole
        self._facts()
        self._build()

    def _cap(self, number: int) -> int:
        food, group = self.foods[number], self.group
        cap = max(food.most, group.must.get(food.id, 0))
        if food.stock is not None:
            cap = min(cap, food.stock // group.households)
        if group.weight_limit_kg is not None and food.weight_kg > 0:
            cap = min(cap, int(group.weight_limit_kg / food.weight_kg + 1e-9))
        return max(cap, 0)

    def _build(self) -> None:
        group, many = self.group, len(self.used)
        infinite = highs().kHighsInf
        kinds = self.whole and (group.kinds_least > 0 or group.kinds_most is not None)
        costs, upper, whole = [0.0] * many, list(self.caps), [True] * many
        rows: list[tuple[float, float, dict[int, float]]] = []

        def column(cost: float, most: float, is_whole: bool = False) -> int:
            costs.append(cost)
            upper.append(most)
            whole.append(is_whole)
            return len(costs) - 1

        for need in group.needs:
            amounts = {
                place: self.foods[n].nutrients[need.nutrient]
                for place, n in enumerate(self.used)
                if self.foods[n].nutrients.get(need.nutrient)
            }
            if need.least > 0:
                short = column(self.grave * need.grave, 1.0)
                rows.append((1.0, infinite, {**{p: a / need.least for p, a in amounts.items()}, short: 1.0}))
            if need.most is not None:
                scale = max(need.most, 1e-6)
                over = column(self.grave * need.grave, infinite)
                rows.append((-infinite, need.most / scale, {**{p: a / scale for p, a in amounts.items()}, over: -1.0}))
        place_of = {self.foods[n].id: place for place, n in enumerate(self.used)}
        for name, packs in group.must.items():
            lack = column(self.grave, 1.0)
            row = {lack: float(packs)}
            if name in place_of:
                row[place_of[name]] = 1.0
            rows.append((float(packs), infinite, row))
        if group.weight_limit_kg is not None:
            weights = {p: self.foods[n].weight_kg for p, n in enumerate(self.used) if self.foods[n].weight_kg}
            rows.append((-infinite, group.weight_limit_kg, weights))
        if kinds:
            taken = [column(0.0, 1.0, True) for _ in range(many)]
            for place in range(many):
                rows.append((-infinite, 0.0, {place: 1.0, taken[place]: -float(max(self.caps[place], 1))}))
                rows.append((0.0, infinite, {place: 1.0, taken[place]: -1.0}))
            if group.kinds_most is not None:
                rows.append((-infinite, float(group.kinds_most), dict.fromkeys(taken, 1.0)))
            if group.kinds_least > 0:
                lack = column(self.grave, 1.0)
                least = float(group.kinds_least)
                rows.append((least, infinite, {**dict.fromkeys(taken, 1.0), lack: least}))
        self.costs = np.array(costs)
        model = self.model
        nothing_at, nothing = np.array([], dtype=np.int32), np.array([], dtype=float)
        for number, (cost, most) in enumerate(zip(costs, upper, strict=True)):
            model.addCol(cost, 0.0, most, 0, nothing_at, nothing)
            if whole[number] and self.whole:
                model.changeColIntegrality(number, highs().HighsVarType.kInteger)
        for low, high, row in rows:
            where = np.array(list(row), dtype=np.int32)
            model.addRow(low, high, len(row), where, np.array(list(row.values()), dtype=float))

    def best(
        self, prices: Array, *, gap: float, seconds: float, caps: Array | None = None, start: Array | None = None
    ) -> tuple[Array, float, float]:
        """Packs of each food, what they cost at these prices with their shortfalls, and what no kit can cost less than."""
        model, many = self.model, len(self.used)
        columns = np.arange(len(self.costs), dtype=np.int32)
        costs = self.costs.copy()
        costs[:many] = prices[self.used]
        model.changeColsCost(len(columns), columns, costs)
        limits = self.caps if caps is None else np.minimum(self.caps, np.maximum(caps[self.used], 0.0))
        model.changeColsBounds(many, columns[:many], np.zeros(many), limits)
        model.clearSolver()
        model.setOptionValue("mip_rel_gap", gap)
        model.setOptionValue("time_limit", max(seconds, 0.01))
        if start is not None:
            model.setSolution(many, columns[:many], np.minimum(start[self.used], limits).astype(float))
        model.run()
        info = model.getInfo()
        bound = max(float(info.mip_dual_bound), 0.0) if self.whole else float(info.objective_function_value)
        packs = np.zeros(len(self.foods))
        solution = model.getSolution()
        if not solution.value_valid:
            return packs, self.value(packs, prices), bound
        found = np.array(solution.col_value[:many])
        packs[self.used] = np.round(found) if self.whole else found
        return packs, self.value(packs, prices), bound

    def value(self, packs: Array, prices: Array) -> float:
        """What a kit costs at these prices, with what it lacks."""
        return float(packs @ prices) + self.grave * self.lack(packs)

    def lack(self, packs: Array) -> float:
        """How many needs a kit lacks, each weighed: 1 is a whole need."""
        given = self.amounts @ packs
        total = float(self.least_grave @ np.maximum(0.0, self.least - given))
        over = np.where(np.isfinite(self.most), np.maximum(0.0, given - self.most), 0.0)
        total += float(self.most_grave @ over)
        for place, many in self.must:
            total += max(0.0, many - (packs[place] if place is not None else 0.0)) / many
        if least := self.group.kinds_least:
            total += max(0, least - int(np.count_nonzero(packs > 0.5))) / least
        return total

    def _facts(self) -> None:
        """Needs and amounts as arrays, so that a kit is valued in microseconds."""
        needs = self.group.needs
        self.amounts = np.array([[f.nutrients.get(n.nutrient, 0.0) for f in self.foods] for n in needs]).reshape(
            len(needs), len(self.foods)
        )
        self.least = np.array([need.least for need in needs])
        self.most = np.array([np.inf if need.most is None else need.most for need in needs])
        self.least_grave = np.array([need.grave / need.least if need.least > 0 else 0.0 for need in needs])
        self.most_grave = np.array([0.0 if need.most is None else need.grave / max(need.most, 1e-6) for need in needs])
        place_of = {food.id: n for n, food in enumerate(self.foods)}
        self.must = [(place_of.get(name), many) for name, many in self.group.must.items()]
