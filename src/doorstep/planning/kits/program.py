"""A linear or integer program gathered row by row, and handed to HiGHS in one call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from doorstep.planning.kits.problem import Food, HouseholdClass

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


@dataclass
class Program:
    """Columns from 0 up to a limit at a cost, rows between two limits; the least cost is sought."""

    cost: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])
    places: list[int] = field(default_factory=list)
    amounts: list[float] = field(default_factory=list)

    def column(self, cost: float, most: float, whole: bool = False) -> int:
        self.cost.append(cost)
        self.upper.append(most)
        self.whole.append(whole)
        return len(self.cost) - 1

    def row(self, least: float, most: float, entries: Iterable[tuple[int, float]]) -> None:
        for place, amount in entries:
            self.places.append(place)
            self.amounts.append(amount)
        self.starts.append(len(self.places))
        self.low.append(least)
        self.high.append(most)

    def model(self) -> Any:
        """The program in HiGHS."""
        lp = highs().HighsLp()
        lp.num_col_, lp.num_row_ = len(self.cost), len(self.low)
        lp.col_cost_, lp.col_lower_ = np.array(self.cost), np.zeros(len(self.cost))
        lp.col_upper_ = np.array(self.upper)
        lp.row_lower_, lp.row_upper_ = np.array(self.low), np.array(self.high)
        matrix = lp.a_matrix_
        matrix.format_ = highs().MatrixFormat.kRowwise
        matrix.start_ = np.array(self.starts, dtype=np.int32)
        matrix.index_ = np.array(self.places, dtype=np.int32)
        matrix.value_ = np.array(self.amounts, dtype=float)
        matrix.num_col_, matrix.num_row_ = lp.num_col_, lp.num_row_
        if any(self.whole):
            kind = highs().HighsVarType
            lp.integrality_ = [kind.kInteger if whole else kind.kContinuous for whole in self.whole]
        model = empty_model()
        model.passModel(lp)
        return model


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
