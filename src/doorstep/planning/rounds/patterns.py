"""The climbs of one stair by columns: a bound that no way of cutting beats, and climbs that usually meet it.

A pattern is a set of doors that one climb can serve; it costs the way to its highest door. The linear program over all
patterns (Gilmore and Gomory 1961, with a knapsack for each highest floor) gives the bound, its columns the climbs.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

GRAMS = 1000
MOST_UNITS = 20_000
ROUNDS = 60
NODES = 40
TIGHT = 1e-7
# Where the simple bound is this near, or a climb takes so many doors, columns gain nothing for their seconds.
CLOSE = 1.005
MOST_IN_ONE = 12


@dataclass(frozen=True)
class Cut:
    """Groups of doors (by their place in the input), one a climb, and a bound on the cost of any grouping."""

    groups: tuple[tuple[int, ...], ...]
    cost: float
    bound: float


def cut_by_columns(
    storeys: Sequence[int],
    grams: Sequence[int],
    capacity: int,
    cost_of: Sequence[float],
    known: Sequence[Sequence[int]],
    bound: float,
) -> Cut:
    """Better groups than `known`, where there are any. `cost_of[s]` is a climb to storey `s`, rising with `s`.

    Each door must fit one climb. Deterministic: limits count rounds and nodes, not seconds.
    """
    known_cost = sum(cost_of[max(storeys[door] for door in group)] for group in known)
    best = Cut(tuple(tuple(group) for group in known), known_cost, bound)
    if known_cost <= bound * CLOSE + TIGHT or capacity > MOST_IN_ONE * min(grams):
        return best
    shape, doors = _shape(storeys, grams, capacity)
    columns, found = _columns(
        shape, tuple(cost_of[: max(storeys) + 1]), tuple(_pattern(shape, doors, g) for g in known)
    )
    step = _step(cost_of[: max(storeys) + 1])
    found = math.ceil((found - 1e-6) / step) * step if step else found
    bound = max(bound, min(found, known_cost))
    if known_cost <= bound + TIGHT or not columns:
        return Cut(best.groups, known_cost, bound)
    chosen = _whole(shape, cost_of, columns)
    groups = _groups(shape, doors, chosen) if chosen else best.groups
    cost = sum(cost_of[max(storeys[door] for door in group)] for group in groups)
    return Cut(groups, cost, bound) if cost < known_cost - TIGHT else Cut(best.groups, known_cost, bound)


@dataclass(frozen=True)
class _Shape:
    """Doors alike (same storey, same weight) as one row: (storey, units, how many), the lowest first."""

    rows: tuple[tuple[int, int, int], ...]
    capacity: int


def _shape(
    storeys: Sequence[int], grams: Sequence[int], capacity: int
) -> tuple[_Shape, dict[tuple[int, int], list[int]]]:
    unit = math.gcd(*grams) or 1
    alike: dict[tuple[int, int], list[int]] = defaultdict(list)
    for door, (storey, weight) in enumerate(zip(storeys, grams, strict=True)):
        alike[storey, weight // unit].append(door)
    rows = tuple((storey, weight, len(alike[storey, weight])) for storey, weight in sorted(alike))
    return _Shape(rows, capacity // unit), dict(alike)


def _pattern(shape: _Shape, doors: dict[tuple[int, int], list[int]], group: Sequence[int]) -> tuple[int, ...]:
    row_of = {door: (storey, weight) for (storey, weight), found in doors.items() for door in found}
    names = [row_of[door] for door in group]
    return tuple(names.count((storey, weight)) for storey, weight, _ in shape.rows)


def _step(costs: Sequence[float]) -> float:
    """What every sum of climbs is a multiple of, where the way up is the same for each storey."""
    first = costs[1] if len(costs) > 1 else 0.0
    return first if first and all(abs(cost - first * storey) < 1e-9 for storey, cost in enumerate(costs)) else 0.0


@cache
def _highs() -> Any:
    import highspy

    return highspy


def _model(shape: _Shape) -> Any:
    """An empty model with a row for each kind of door. The wrapper `highspy.Highs` would print a banner on stdout."""
    from highspy._core import _Highs

    model = _Highs()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("threads", 1)
    nothing = np.array([], dtype=np.int32)
    for _, _, count in shape.rows:
        model.addRow(float(count), _highs().kHighsInf, 0, nothing, np.array([], dtype=float))
    return model


def _add(model: Any, shape: _Shape, costs: Sequence[float], pattern: tuple[int, ...]) -> None:
    used = [row for row, many in enumerate(pattern) if many]
    cost = costs[max(shape.rows[row][0] for row in used)]
    many = np.array([float(pattern[row]) for row in used])
    model.addCol(cost, 0.0, _highs().kHighsInf, len(used), np.array(used, dtype=np.int32), many)


def _columns(
    shape: _Shape, costs: tuple[float, ...], known: tuple[tuple[int, ...], ...]
) -> tuple[tuple[tuple[int, ...], ...], float]:
    """The columns of the linear program and its value, or what is proven of it when the rounds run out."""
    if shape.capacity > MOST_UNITS:
        return (), 0.0
    model = _model(shape)
    columns: dict[tuple[int, ...], None] = {}

    def add(pattern: tuple[int, ...]) -> bool:
        if pattern in columns:
            return False
        columns[pattern] = None
        _add(model, shape, costs, pattern)
        return True

    for pattern in known:
        add(pattern)
    bound = 0.0
    for _ in range(ROUNDS):
        model.run()
        duals = np.maximum(np.array(model.getSolution().row_dual), 0.0)
        ratio, new = 1.0, False
        for value, storey, pattern in _best_patterns(shape, duals):
            if value > costs[storey] + 1e-9:
                ratio = min(ratio, costs[storey] / value)
                new |= value > costs[storey] + 1e-7 and add(pattern)
        worth = ratio * sum(dual * count for dual, (_, _, count) in zip(duals, shape.rows, strict=True))
        bound = max(bound, float(worth))
        if not new:
            break
    return tuple(columns), bound


def _best_patterns(shape: _Shape, duals: Any) -> list[tuple[float, int, tuple[int, ...]]]:
    """For each highest storey the pattern of most value: a knapsack to which the storeys are added from the lowest up."""
    size = shape.capacity + 1
    value = np.zeros(size)
    taken: list[tuple[int, Any]] = []
    found = []
    for row, (storey, units, count) in enumerate(shape.rows):
        if duals[row] > 1e-12 and units <= shape.capacity:
            for _ in range(min(count, shape.capacity // units if units else count)):
                with_it = value[: size - units] + duals[row]
                better = with_it > value[units:] + 1e-12
                value[units:] = np.where(better, with_it, value[units:])
                taken.append((row, better))
        if row + 1 == len(shape.rows) or shape.rows[row + 1][0] != storey:
            pattern, left = [0] * len(shape.rows), shape.capacity
            for one, better in reversed(taken):
                units_of = shape.rows[one][1]
                if left >= units_of and better[left - units_of]:
                    pattern[one] += 1
                    left -= units_of
            if any(pattern):
                top = max(shape.rows[one][0] for one, many in enumerate(pattern) if many)
                found.append((float(value[shape.capacity]), top, tuple(pattern)))
    return found


def _whole(shape: _Shape, cost_of: Sequence[float], columns: tuple[tuple[int, ...], ...]) -> list[tuple[int, ...]]:
    """Whole numbers of the columns that cover every door at least cost."""
    model = _model(shape)
    model.setOptionValue("mip_max_nodes", NODES)
    for place, pattern in enumerate(columns):
        _add(model, shape, cost_of, pattern)
        model.changeColIntegrality(place, _highs().HighsVarType.kInteger)
    model.run()
    values = model.getSolution().col_value
    if len(values) != len(columns):
        return []
    chosen = [pattern for pattern, many in zip(columns, values, strict=True) for _ in range(round(many))]
    covered = [sum(pattern[row] for pattern in chosen) for row in range(len(shape.rows))]
    return chosen if all(c >= row[2] for c, row in zip(covered, shape.rows, strict=True)) else []


def _groups(
    shape: _Shape, doors: dict[tuple[int, int], list[int]], chosen: list[tuple[int, ...]]
) -> tuple[tuple[int, ...], ...]:
    """The doors of each chosen pattern; a door covered twice stays with the climb that goes highest anyway."""
    left = {row: list(found) for row, found in doors.items()}
    tops = [max(shape.rows[row][0] for row, many in enumerate(pattern) if many) for pattern in chosen]
    groups = []
    for place in sorted(range(len(chosen)), key=lambda place: (-tops[place], place)):
        group = []
        for (storey, units, _), many in zip(shape.rows, chosen[place], strict=True):
            group += [left[storey, units].pop() for _ in range(min(many, len(left[storey, units])))]
        if group:
            groups.append(tuple(sorted(group)))
    return tuple(groups)
