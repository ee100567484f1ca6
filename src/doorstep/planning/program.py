"""A linear or integer program gathered row by row, and handed to HiGHS in one call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np


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
