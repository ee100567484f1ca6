"""All classes at once with parts of packs: what stock is worth, the least shortfall, and which purchase mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from doorstep.planning.kits.pricing import Array, empty_model, highs
from doorstep.planning.kits.problem import KitsProblem


@dataclass(frozen=True)
class Relaxed:
    """The linear program's answer: its value (a bound), the worth of a pack in stock, packs by class and food, purchases."""

    value: float
    worth: Array
    packs: Array
    bought: Array


def relax(problem: KitsProblem, *, buy: bool = False) -> Relaxed:
    """Kits in parts of packs, and of kinds. With `buy`, packs beyond the stock may be had at their cost.

    One column a class and food, one row a need and a stock: 200 classes of 80 foods take about a second.
    """
    foods, classes = problem.foods, problem.classes
    model, infinite = empty_model(), highs().kHighsInf
    cost: list[float] = []
    upper: list[float] = []
    row_of: list[int] = []
    column_of: list[int] = []
    amount: list[float] = []
    low: list[float] = []
    high: list[float] = []

    def column(price: float, most: float) -> int:
        cost.append(price)
        upper.append(most)
        return len(cost) - 1

    def row(least: float, most: float, entries: list[tuple[int, float]]) -> None:
        for number, value in entries:
            row_of.append(len(low))
            column_of.append(number)
            amount.append(value)
        low.append(least)
        high.append(most)

    place: dict[tuple[int, int], int] = {}
    for c, group in enumerate(classes):
        for f, food in enumerate(foods):
            if not food.contains & group.bans:
                most = float(max(food.most, group.must.get(food.id, 0)))
                place[c, f] = column(food.cost * group.households, most)
    bought = [column(food.cost, infinite if buy and food.stock is not None else 0.0) for food in foods]
    stocked = [f for f, food in enumerate(foods) if food.stock is not None]
    for f in stocked:
        entries = [(place[c, f], float(group.households)) for c, group in enumerate(classes) if (c, f) in place]
        row(-infinite, float(foods[f].stock or 0), [*entries, (bought[f], -1.0)])
    for c, group in enumerate(classes):
        many, grave = group.households, problem.shortfall_cost
        mine = [(f, place[c, f]) for f in range(len(foods)) if (c, f) in place]
        for need in group.needs:
            has = [(p, foods[f].nutrients[need.nutrient]) for f, p in mine if foods[f].nutrients.get(need.nutrient)]
            if need.least > 0:
                short = column(grave * need.grave * many, 1.0)
                row(1.0, infinite, [*((p, a / need.least) for p, a in has), (short, 1.0)])
            if need.most is not None:
                scale = max(need.most, 1e-6)
                over = column(grave * need.grave * many, infinite)
                row(-infinite, need.most / scale, [*((p, a / scale) for p, a in has), (over, -1.0)])
        for name, packs in group.must.items():
            lack = column(grave * many, 1.0)
            has = [(p, 1.0) for f, p in mine if foods[f].id == name]
            row(float(packs), infinite, [*has, (lack, float(packs))])
        if group.weight_limit_kg is not None:
            row(-infinite, group.weight_limit_kg, [(p, foods[f].weight_kg) for f, p in mine])
        if group.kinds_least or group.kinds_most is not None:
            taken = [(p, column(0.0, 1.0)) for _, p in mine]
            for p, kind in taken:
                row(-infinite, 0.0, [(p, 1.0), (kind, -max(upper[p], 1.0))])
                row(0.0, infinite, [(p, 1.0), (kind, -1.0)])
            kinds = [(kind, 1.0) for _, kind in taken]
            if group.kinds_most is not None:
                row(-infinite, float(group.kinds_most), kinds)
            if group.kinds_least:
                lack = column(grave * many, 1.0)
                row(float(group.kinds_least), infinite, [*kinds, (lack, float(group.kinds_least))])
    _load(model, cost, upper, low, high, row_of, column_of, amount)
    model.run()
    solution = model.getSolution()
    values = np.array(solution.col_value)
    worth = np.zeros(len(foods))
    worth[stocked] = np.maximum(0.0, -np.array(solution.row_dual[: len(stocked)]))
    parts = np.zeros((len(classes), len(foods)))
    for (c, f), number in place.items():
        parts[c, f] = values[number]
    return Relaxed(float(model.getInfo().objective_function_value), worth, parts, values[bought])


def _load(
    model: Any,
    cost: list[float],
    upper: list[float],
    low: list[float],
    high: list[float],
    row_of: list[int],
    column_of: list[int],
    amount: list[float],
) -> None:
    """The whole program in one call, by rows."""
    lp = highs().HighsLp()
    lp.num_col_, lp.num_row_ = len(cost), len(low)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = np.array(cost), np.zeros(len(cost)), np.array(upper)
    lp.row_lower_, lp.row_upper_ = np.array(low), np.array(high)
    starts = np.zeros(len(low) + 1, dtype=np.int32)
    np.add.at(starts, np.array(row_of, dtype=np.int64) + 1, 1)
    matrix = lp.a_matrix_
    matrix.format_ = highs().MatrixFormat.kRowwise
    matrix.start_ = np.cumsum(starts, dtype=np.int32)
    matrix.index_ = np.array(column_of, dtype=np.int32)
    matrix.value_ = np.array(amount, dtype=float)
    matrix.num_col_, matrix.num_row_ = lp.num_col_, lp.num_row_
    model.passModel(lp)
