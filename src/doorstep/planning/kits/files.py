"""Diet files: a table of foods (amounts of nutrients for each unit of money, or each pack) and a table of daily needs."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import Any

from doorstep.errors import UserError
from doorstep.planning.kits.problem import Food, HouseholdClass, KitsProblem, Need
from doorstep.planning.kits.relaxed import relax

DAYS = 365
WORDS = ("commodity", "food", "name", "unit", "group", "source")


def solve_file(foods: Path, needs: Path, *, per: str = "dollar") -> dict[str, Any]:
    """The cheapest diet in parts of packs, as Stigler asked (1945): amounts are for one unit of money.

    With `per` = "pack" a food's price stands in a column `price` and its amounts are of a pack. Columns that are no
    nutrient of the needs are left out. Costs are of a year. Proven by the linear program, so bound and cost are one.
    """
    began = time.monotonic()
    wanted = [
        Need(line["nutrient"].strip(), _number(needs, row, line, "daily_minimum"))
        for row, line in _rows(needs, ("nutrient", "daily_minimum"))
    ]
    table = []
    for row, line in _rows(foods, ()):
        name = next((line[word].strip() for word in WORDS[:3] if line.get(word)), "")
        if not name:
            raise UserError(f"{foods.name}, row {row}: the food has no name.", field="commodity", mend="Name it.")
        amounts = {need.nutrient: _number(foods, row, line, need.nutrient) for need in wanted}
        cost = 1.0 if per == "dollar" else _number(foods, row, line, "price")
        table.append(Food(name, cost, 0.0, amounts, most=10**9))
    group = HouseholdClass("person", 1, tuple(wanted))
    problem = KitsProblem(tuple(table), (group,), shortfall_cost=1e6)
    found = relax(problem)
    cost = DAYS * sum(food.cost * packs for food, packs in zip(table, found.packs[0], strict=True))
    short = [
        need.nutrient
        for need in wanted
        if sum(f.nutrients[need.nutrient] * float(p) for f, p in zip(table, found.packs[0], strict=True))
        < need.least * (1 - 1e-7)
    ]
    return {
        "cost": round(float(cost), 6),
        "lower_bound": round(DAYS * found.value, 6),
        "gap": 0.0 if not short else None,
        "feasible": not short,
        "seconds": round(time.monotonic() - began, 3),
        "unserved": short,
        "foods": {
            food.id: round(float(DAYS * packs * food.cost), 4)
            for food, packs in zip(table, found.packs[0], strict=True)
            if packs > 1e-9
        },
    }


def _rows(path: Path, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            rows = list(enumerate(reader, start=2))
            names = reader.fieldnames or []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path.name} cannot be read: {error}", field=str(path), mend="Give a CSV file.") from error
    for name in columns:
        if name not in names:
            raise UserError(f"{path.name} has no column {name}.", field=name, mend="Add it to the first row.")
    return rows


def _number(path: Path, row: int, line: dict[str, str], column: str) -> float:
    text = (line.get(column) or "").strip()
    try:
        value = float(text or 0)
    except ValueError:
        value = -1.0
    if column not in line or value < 0:
        raise UserError(
            f"{path.name}, row {row}, {column}: {text!r} is no amount.", field=column, mend="Write a number from 0."
        )
    return value
