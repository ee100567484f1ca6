"""All classes at once with parts of packs: what stock is worth, the least shortfall, and which purchase mends it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from doorstep.planning.kits.pricing import most_packs
from doorstep.planning.kits.problem import KitsProblem
from doorstep.planning.kits.rows import Array, kit_columns
from doorstep.planning.program import Program, highs


@dataclass(frozen=True)
class Relaxed:
    """The linear program's answer: its value (a bound), the worth of a pack in stock, packs by class and food, purchases."""

    value: float
    worth: Array
    packs: Array
    bought: Array


def relax(problem: KitsProblem, *, buy: bool = False) -> Relaxed:
    """Kits in parts of packs, and of kinds. With `buy`, packs beyond the stock may be had at their cost.

    Two columns a class and food, one row a need and a stock: 200 classes of 80 foods take about a second.
    """
    foods, classes = problem.foods, problem.classes
    program = Program()
    kits = []
    for group in classes:
        caps = most_packs(problem, group, buy=buy)
        first, more = np.minimum(caps, 1.0), np.maximum(caps - 1.0, 0.0)
        many = float(group.households)
        grave = problem.shortfall_cost
        kits.append(kit_columns(program, foods, group, first, more, grave=grave, households=many, whole=False))
    infinite = highs().kHighsInf
    bought = [program.column(food.cost, infinite if buy and food.stock is not None else 0.0) for food in foods]
    entries: list[list[tuple[int, float]]] = [[] for _ in foods]
    for group, kit in zip(classes, kits, strict=True):
        for food, one, other in zip(kit.foods, kit.first, kit.more, strict=True):
            entries[food] += [(int(one), float(group.households)), (int(other), float(group.households))]
    stocked = [f for f, food in enumerate(foods) if food.stock is not None]
    rows = len(program.low)
    for f in stocked:
        program.row(-infinite, float(foods[f].stock or 0), [*entries[f], (bought[f], -1.0)])
    model = program.model()
    model.run()
    solution = model.getSolution()
    values = np.array(solution.col_value)
    worth = np.zeros(len(foods))
    worth[stocked] = np.maximum(0.0, -np.array(solution.row_dual[rows:]))
    parts = np.array([kit.packs(values, len(foods)) for kit in kits]).reshape(len(classes), len(foods))
    return Relaxed(float(model.getInfo().objective_function_value), worth, parts, values[bought])
