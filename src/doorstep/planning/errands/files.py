"""TPPLIB files: the travelling purchaser problem, capacitated or not (Riera-Ledesma and Salazar-González)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from doorstep.errors import UserError
from doorstep.planning.errands.check import check
from doorstep.planning.errands.planner import plan_errands
from doorstep.planning.errands.problem import Courier, ErrandsProblem, Line, Site

SECTIONS = ("NODE_COORD_SECTION", "DEMAND_SECTION", "OFFER_SECTION")
DEAR = 1e6  # a product that is not bought


def solve_file(path: Path, *, seconds: float, seed: int = 1) -> dict[str, Any]:
    """One purchaser from the first market and back; distances are cut to whole units, as the published values need."""
    problem = read_tpp(path)
    plan = plan_errands(problem, iterations=10_000, seconds=seconds, seed=seed)
    wrong = check(problem, plan)
    return {
        "cost": round(plan.cost, 6),
        "lower_bound": round(plan.lower_bound, 3),
        "gap": plan.gap,
        "feasible": not wrong and not plan.unserved,
        "seconds": round(plan.seconds, 2),
        "seed": seed,
        "routes": [[stop.site for stop in route.stops] for route in plan.routes],
        "unserved": [row.line for row in plan.unserved],
    }


def read_tpp(path: Path) -> ErrandsProblem:
    """The problem of a file; a line that cannot be read is named with its number."""
    points: dict[str, tuple[float, float]] = {}
    demand: dict[str, int] = {}
    offers: dict[str, dict[str, tuple[float, int]]] = {}
    for row, section, words in _rows(path):
        try:
            if section == "NODE_COORD_SECTION":
                points[words[0]] = float(words[1]), float(words[2])
            elif section == "DEMAND_SECTION" and len(words) > 1:
                demand[words[0]] = int(words[1])
            elif section == "OFFER_SECTION":
                many = int(words[1])
                parts = words[2 : 2 + 3 * many]
                offers[words[0]] = {
                    parts[at]: (float(parts[at + 1]), int(parts[at + 2])) for at in range(0, 3 * many, 3)
                }
        except (ValueError, IndexError) as error:
            raise UserError(
                f"{path.name}, line {row}: this cannot be read as a row of {section}.",
                field=section,
                mend="Check the numbers of this line.",
            ) from error
    if len(points) < 2 or not demand or not offers:
        raise UserError(
            f"{path.name} is no TPPLIB file.", field="file", mend="It needs coordinates, demands and offers."
        )
    names = list(points)
    travel = [[float(int(math.dist(points[one], points[other]))) for other in names] for one in names]
    sites = tuple(
        Site(
            name,
            {product: stock for product, (_, stock) in offers.get(name, {}).items()},
            prices={product: price for product, (price, _) in offers.get(name, {}).items()},
        )
        for name in names[1:]
    )
    lines = tuple(Line(product, (product,), packs, whole=False) for product, packs in demand.items() if packs > 0)
    return ErrandsProblem(sites, lines, (Courier("purchaser"),), travel, DEAR)


def _rows(path: Path) -> Iterator[tuple[int, str, list[str]]]:
    section = ""
    for number, text in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        line = text.strip()
        head = line.split(":")[0].strip()
        if head in SECTIONS:
            section = head
        elif section and line and line != "EOF":
            yield number, section, line.split()
