"""The best kit of one class at given prices: a small integer program (HiGHS), started from a kit mended by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from doorstep.planning.kits.moves import descend
from doorstep.planning.kits.problem import HouseholdClass, KitsProblem
from doorstep.planning.kits.rows import Array, KitColumns, kit_columns
from doorstep.planning.program import Program

SPARED = (  # of the solver's own searches: the kit that it starts from is as good, and they take half of its time
    "mip_heuristic_run_feasibility_jump",
    "mip_heuristic_run_rins",
    "mip_heuristic_run_rens",
    "mip_heuristic_run_root_reduced_cost",
    "mip_allow_cut_separation_at_nodes",
    "mip_detect_symmetry",
)
CLOSE = 1e-7  # beside a limit that follows from a linear program's value


def most_packs(problem: KitsProblem, group: HouseholdClass, *, buy: bool = False) -> Array:
    """How many packs of each food a kit of this class may hold; with `buy`, whatever the stock."""
    found = np.zeros(len(problem.foods))
    for number, food in enumerate(problem.foods):
        if food.contains & group.bans:
            continue
        cap = max(food.most, group.must.get(food.id, 0))
        if food.stock is not None and not buy:
            cap = min(cap, food.stock // group.households)
        if group.weight_limit_kg is not None and food.weight_kg > 0:
            cap = min(cap, int(group.weight_limit_kg / food.weight_kg + 1e-9))
        found[number] = max(cap, 0)
    return found


class Pricer:
    """One class: what a kit of it costs and lacks, and its best kit at any prices."""

    def __init__(self, problem: KitsProblem, group: HouseholdClass) -> None:
        self.group, self.grave, self.foods = group, problem.shortfall_cost, problem.foods
        self.caps = most_packs(problem, group)
        self.linked = False  # whether the most kinds ever bound
        self.linear: tuple[Any, KitColumns] | None = None
        self._facts()

    def best(
        self, prices: Array, *, gap: float, seconds: float, caps: Array | None = None, start: Array | None = None
    ) -> tuple[Array, float, float]:
        """Packs of each food, what they cost at these prices with their shortfalls, and what no kit can cost less than."""
        limits = self.caps if caps is None else np.clip(caps, 0.0, self.caps)
        kit = descend(self, prices, np.zeros(len(prices)) if start is None else start, limits)
        value = self.value(kit, prices)
        for linked in (False, True) if not self.linked else (True,):
            found, bound = self._solved(prices, limits, kit, value, gap, seconds, linked)
            most = self.group.kinds_most
            if most is None or np.count_nonzero(found) <= most:
                break
            self.linked = True
        worth = self.value(found, prices)
        return (found, worth, min(bound, worth)) if worth < value else (kit, value, min(bound, value))

    def _solved(
        self, prices: Array, limits: Array, kit: Array, value: float, gap: float, seconds: float, linked: bool
    ) -> tuple[Array, float]:
        """The integer program within what the linear one and a known kit leave open: packs, and its bound."""
        floor, first, more = self._left_open(prices, limits, value)
        if value - floor <= gap * abs(value):
            return kit, floor
        program = Program()
        columns = kit_columns(program, self.foods, self.group, first, more, grave=self.grave, linked=linked)
        model = program.model()
        self._price(model, columns, prices, len(program.cost))
        model.setOptionValue("mip_rel_gap", gap)
        model.setOptionValue("time_limit", max(seconds, 0.01))
        for name in SPARED:
            model.setOptionValue(name, False)
        ones = np.minimum(kit[columns.foods], 1.0)
        known = np.concatenate([ones, kit[columns.foods] - ones])
        places = np.concatenate([columns.first, columns.more]).astype(np.int32)
        model.setSolution(len(places), places, known)
        model.run()
        bound = max(float(model.getInfo().mip_dual_bound), floor)
        solution = model.getSolution()
        if not solution.value_valid:
            return kit, min(bound, value)
        return np.round(columns.packs(np.array(solution.col_value), len(prices))), min(bound, value)

    def _left_open(self, prices: Array, limits: Array, value: float) -> tuple[float, Array, Array]:
        """The linear program's value, and the first and further packs that a kit better than `value` may still hold.

        Reduced costs say so: a pack that costs more than the difference is in no better kit (Dantzig, Fulkerson and
        Johnson 1954).
        """
        if self.linear is None:
            program = Program()
            first, more = np.minimum(self.caps, 1.0), np.maximum(self.caps - 1.0, 0.0)
            columns = kit_columns(program, self.foods, self.group, first, more, grave=self.grave, whole=False)
            self.linear = program.model(), columns
        model, columns = self.linear
        self._price(model, columns, prices, model.getNumCol())
        first, more = np.minimum(limits, 1.0), np.maximum(limits - 1.0, 0.0)
        places = np.concatenate([columns.first, columns.more]).astype(np.int32)
        most = np.concatenate([first[columns.foods], more[columns.foods]])
        model.changeColsBounds(len(places), places, np.zeros(len(places)), most)
        model.run()
        floor = max(0.0, float(model.getInfo().objective_function_value))
        dear = np.array(model.getSolution().col_dual)
        room = max(value - floor, 0.0) * (1 + CLOSE) + CLOSE
        for limit, at in ((first, columns.first), (more, columns.more)):
            costs = np.maximum(dear[at], 1e-12)
            limit[columns.foods] = np.minimum(limit[columns.foods], np.floor(np.minimum(room / costs, 1e6) + CLOSE))
        return floor, first, more

    def _price(self, model: Any, columns: KitColumns, prices: Array, many: int) -> None:
        places = np.concatenate([columns.first, columns.more]).astype(np.int32)
        model.changeColsCost(len(places), places, np.tile(prices[columns.foods], 2))

    def value(self, packs: Array, prices: Array) -> float:
        """What a kit costs at these prices, with what it lacks."""
        return float(packs @ prices) + self.grave * self.lack(packs)

    def lack(self, packs: Array) -> float:
        """How many needs a kit lacks, each weighed: 1 is a whole need."""
        total = float(self.lacking(self.amounts @ packs)) + self.must_lack(packs)
        if least := self.group.kinds_least:
            total += max(0, least - int(np.count_nonzero(packs > 0.5))) / least
        return total

    def lacking(self, given: Array) -> Array:
        """Of nutrients alone; `given` may hold many kits, needs along the last axis."""
        short = np.maximum(0.0, self.least - given) @ self.least_grave
        return short + np.maximum(0.0, given - self.most) @ self.most_grave

    def must_lack(self, packs: Array) -> float:
        return sum(
            max(0.0, many - (float(packs[place]) if place is not None else 0.0)) / many for place, many in self.must
        )

    def _facts(self) -> None:
        """Needs and amounts as arrays, so that a kit is valued in microseconds."""
        needs, foods = self.group.needs, self.foods
        amounts = [[food.nutrients.get(need.nutrient, 0.0) for food in foods] for need in needs]
        self.amounts = np.array(amounts, dtype=float).reshape(len(needs), len(foods))
        self.weights = np.array([food.weight_kg for food in foods])
        self.least = np.array([need.least for need in needs])
        self.most = np.array([1e18 if need.most is None else need.most for need in needs])
        self.least_grave = np.array([need.grave / need.least if need.least > 0 else 0.0 for need in needs])
        self.most_grave = np.array([0.0 if need.most is None else need.grave / max(need.most, 1e-6) for need in needs])
        place_of = {food.id: n for n, food in enumerate(foods)}
        self.must = [(place_of.get(name), many) for name, many in self.group.must.items()]
