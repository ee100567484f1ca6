"""Kits planned: what stock is worth (linear program), the best kit of each class at that worth, then whole kits that fit.

Lagrangian relaxation of the shared stock with columns (Dantzig and Wolfe 1960); the bound is that of the relaxation.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

from doorstep.planning.kits.merging import merged, spread
from doorstep.planning.kits.plan import Kit, KitsPlan, Purchase, Shortfall
from doorstep.planning.kits.pricing import Pricer
from doorstep.planning.kits.problem import HouseholdClass, KitsProblem
from doorstep.planning.kits.relaxed import relax
from doorstep.planning.kits.rows import Array
from doorstep.planning.kits.search import Search


def plan_kits(
    problem: KitsProblem,
    *,
    iterations: int = 12,
    seconds: float = 10.0,
    seed: int = 1,
    most_types: int | None = None,
    workers: int = 2,
    progress: Callable[[float, str], None] | None = None,
) -> KitsPlan:
    """Whole packs for each class from the shared stock at the least cost, needs first; every shortfall is named.

    `iterations` are rounds of prices and of mending; `seconds` cuts them short. `most_types` lets classes that are alike
    share a kit, until there are no more kinds of kits than that.
    """
    began = time.monotonic()
    asked = problem if most_types is None else merged(problem, most_types)
    search = Search(asked, began, seconds, workers, seed, progress)
    search.run(iterations)
    packs = spread(problem, asked, search.best)
    return _plan(problem, packs, search, most_types is not None, time.monotonic() - began, seed, iterations)


def _plan(
    problem: KitsProblem, packs: Array, search: Search, shared: bool, seconds: float, seed: int, iterations: int
) -> KitsPlan:
    kits, shortfalls = [], []
    pricers = {group.id: Pricer(problem, group) for group in problem.classes}
    cost = objective = 0.0
    for group, row in zip(problem.classes, packs, strict=True):
        lines = [(food, int(many)) for food, many in zip(problem.foods, row, strict=True) if many > 0]
        nutrients = {
            need.nutrient: sum(many * food.nutrients.get(need.nutrient, 0.0) for food, many in lines)
            for need in group.needs
        }
        price = sum(many * food.cost for food, many in lines)
        weight = sum(many * food.weight_kg for food, many in lines)
        named = tuple((food.id, many) for food, many in lines)
        kits.append(Kit(group.id, named, price, weight, nutrients, len(lines)))
        cost += price * group.households
        lack = pricers[group.id].lack(row)
        objective += (price + problem.shortfall_cost * lack) * group.households
        shortfalls += _short(group, nutrients, dict(named))
    bound = relax(problem).value if shared else search.bound
    bound = min(bound, objective)
    purchases = _purchases(problem, shortfalls) if shortfalls else ()
    return KitsPlan(
        kits=tuple(kits),
        shortfalls=tuple(shortfalls),
        purchases=purchases,
        cost=cost,
        objective=objective,
        lower_bound=bound,
        gap=(objective - bound) / bound if bound > 0 else 0.0,
        seconds=seconds,
        seed=seed,
        iterations=iterations,
        complete=search.complete,
        types=len({kit.packs for kit in kits}),
    )


def _short(group: HouseholdClass, nutrients: dict[str, float], packs: dict[str, int]) -> list[Shortfall]:
    found = []
    for need in group.needs:
        given = nutrients[need.nutrient]
        missing = need.least - given
        if need.least > 0 and missing > 1e-6 * need.least:
            found.append((need.nutrient, missing, missing / need.least))
        elif need.most is not None and given > need.most * (1 + 1e-6):
            found.append((need.nutrient, need.most - given, (given - need.most) / max(need.most, 1e-6)))
    for name, many in group.must.items():
        if packs.get(name, 0) < many:
            found.append((name, float(many - packs.get(name, 0)), 1 - packs.get(name, 0) / many))
    least = group.kinds_least
    if len(packs) < least:
        found.append(("kinds", float(least - len(packs)), 1 - len(packs) / least))
    return [Shortfall(group.id, *line, group.households) for line in found]


def _purchases(problem: KitsProblem, shortfalls: Sequence[Shortfall]) -> tuple[Purchase, ...]:
    """What the linear program would buy beyond the stock, each with the graver shortfall that it mends."""
    bought = relax(problem, buy=True).bought
    groups = {group.id: group for group in problem.classes}
    found = []
    for food, packs in zip(problem.foods, bought, strict=True):
        many = math.ceil(packs - 1e-6)
        if many < 1:
            continue
        mended = [
            (line.share * line.households, line)
            for line in shortfalls
            if (food.nutrients.get(line.nutrient) or line.nutrient == food.id)
            and not food.contains & groups[line.household_class].bans
        ]
        if mended:
            line = max(mended, key=lambda pair: pair[0])[1]
            found.append(Purchase(food.id, many, line.nutrient, line.household_class))
    return tuple(sorted(found, key=lambda one: -one.packs))
