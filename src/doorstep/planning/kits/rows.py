"""The columns and rows of one kit in a program: needs, what must be in, weight, kinds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from doorstep.planning.kits.problem import Food, HouseholdClass
from doorstep.planning.program import Program, highs

Array = Any  # of floats or whole numbers, one for each food of the problem


@dataclass(frozen=True)
class KitColumns:
    """The columns of one kit: of each food its first pack and its further packs, so that kinds are counted by first packs."""

    foods: Array
    first: Array
    more: Array

    def packs(self, values: Array, many: int) -> Array:
        found = np.zeros(many)
        found[self.foods] = values[self.first] + values[self.more]
        return found


def kit_columns(
    program: Program,
    foods: Sequence[Food],
    group: HouseholdClass,
    first: Array,
    more: Array,
    *,
    grave: float,
    households: float = 1.0,
    whole: bool = True,
    linked: bool = False,
) -> KitColumns:
    """Columns and rows of one class: needs, what must be in, weight, kinds; each shortfall at its cost.

    `first` (0 or 1) and `more` limit the first pack and the further packs of each food. `linked` forbids further packs
    without a first one: only the most kinds need it.
    """
    infinite = highs().kHighsInf
    kept = [int(f) for f in np.flatnonzero(first + more > 0)]
    kinds = group.kinds_least > 0 or group.kinds_most is not None
    ones = np.array([program.column(foods[f].cost * households, float(first[f]), whole) for f in kept], dtype=int)
    rest = np.array([program.column(foods[f].cost * households, float(more[f]), whole) for f in kept], dtype=int)

    def amounts(given: Iterable[float], scale: float) -> list[tuple[int, float]]:
        found = []
        for one, other, value in zip(ones, rest, given, strict=True):
            if value:
                found += [(int(one), value / scale), (int(other), value / scale)]
        return found

    for need in group.needs:
        given = [foods[f].nutrients.get(need.nutrient, 0.0) for f in kept]
        price = grave * need.grave * households
        if need.least > 0:
            program.row(1.0, infinite, [*amounts(given, need.least), (program.column(price, 1.0), 1.0)])
        if need.most is not None:
            scale = max(need.most, 1e-6)
            over = program.column(price, infinite)
            program.row(-infinite, need.most / scale, [*amounts(given, scale), (over, -1.0)])
    for name, packs in group.must.items():
        given = [1.0 if foods[f].id == name else 0.0 for f in kept]
        lack = program.column(grave * households, 1.0)
        program.row(float(packs), infinite, [*amounts(given, 1.0), (lack, float(packs))])
    if group.weight_limit_kg is not None:
        program.row(-infinite, group.weight_limit_kg, amounts([foods[f].weight_kg for f in kept], 1.0))
    if kinds and group.kinds_least:
        least = float(group.kinds_least)
        lack = program.column(grave * households, 1.0)
        program.row(least, infinite, [*((int(one), 1.0) for one in ones), (lack, least)])
    if linked and group.kinds_most is not None:
        program.row(-infinite, float(group.kinds_most), [(int(one), 1.0) for one in ones])
        for one, other, f in zip(ones, rest, kept, strict=True):
            if more[f] > 0:
                program.row(-infinite, 0.0, [(int(other), 1.0), (int(one), -float(more[f]))])
    return KitColumns(np.array(kept, dtype=int), ones, rest)
