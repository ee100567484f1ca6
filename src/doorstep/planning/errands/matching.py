"""Lines matched to the stock of open sites: a small integer program, nearly always whole by itself."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from doorstep.planning.program import Program, highs

if TYPE_CHECKING:
    from doorstep.planning.errands.buying import Buying

Served = dict[int, list[tuple[int, str, int]]]


def matched(buying: Buying, sites: list[int], usable: Any) -> tuple[Served, dict[int, int]]:
    """Each line's packs as (site, drug, packs), and what lines lack; the wanted drug before one that stands in for it."""
    problem, program = buying.problem, Program()
    columns: list[tuple[int, int, str, int]] = []
    stock: dict[tuple[int, str], list[tuple[int, float]]] = defaultdict(list)
    lacks: dict[int, int] = {}
    group_of = buying.group_of
    for number, line in enumerate(problem.lines):
        entries = []
        for column, place in enumerate(sites):
            site = problem.sites[place]
            if (line.sites is not None and site.id not in line.sites) or (
                usable is not None and not usable[group_of[number], column]
            ):
                continue
            for rank, drug in enumerate(line.drugs):
                held = site.stock.get(drug, 0)
                if held < (line.packs if line.whole else 1):
                    continue
                each = line.packs if line.whole else 1
                cost = site.prices.get(drug, 0.0) * each + rank * 1e-3
                at = program.column(cost, 1.0 if line.whole else float(min(held, line.packs)), True)
                columns.append((number, place, drug, each))
                entries.append((at, float(each)))
                stock[place, drug].append((at, float(each)))
        grave = problem.unserved_cost * line.grave
        lack = program.column(grave, 1.0 if line.whole else float(line.packs), line.whole)
        if not line.whole:
            program.cost[lack] = grave / line.packs
        columns.append((number, -1, "", line.packs if line.whole else 1))
        lacks[lack] = number
        entries.append((lack, float(line.packs) if line.whole else 1.0))
        program.row(float(line.packs), float(line.packs), entries)
    for (place, drug), users in stock.items():
        program.row(-highs().kHighsInf, float(problem.sites[place].stock[drug]), users)
    model = program.model()
    model.setOptionValue("presolve", "on")
    model.run()
    values = np.round(np.array(model.getSolution().col_value)).astype(int)
    served: Served = defaultdict(list)
    missing: dict[int, int] = {}
    for at, (number, place, drug, each) in enumerate(columns):
        if values[at] < 1:
            continue
        if place < 0:
            missing[number] = int(values[at]) * each
        else:
            served[number].append((place, drug, int(values[at]) * each))
    return served, missing
