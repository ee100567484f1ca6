"""Which goods are worth planning with: few enough that whole packs are found while somebody waits. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from doorstep.planning.kits import Food, Kit, KitsPlan, KitsProblem, plan_kits
from doorstep.planning.kits.relaxed import relax

USED = 1e-6
FIRST = 0.5  # part of the seconds for all classes with few goods; the rest is for classes that this leaves short


def narrowed(problem: KitsProblem) -> KitsProblem:
    """The problem with the goods of the best kits in parts of packs, and of the best kits if goods could be bought.

    Goods that some class must have stay. Of 144 goods about 16 are left; with all of them five seconds do not reach
    kits of whole packs for tens of classes.
    """
    keep = {code for group in problem.classes for code in group.must}
    limited = any(food.stock is not None for food in problem.foods)
    for found in (relax(problem), *([relax(problem, buy=True)] if limited else [])):
        keep |= {food.id for food, packs in zip(problem.foods, found.packs.T, strict=True) if packs.max() > USED}
    return replace(problem, foods=tuple(food for food in problem.foods if food.id in keep))


def planned(problem: KitsProblem, seconds: float) -> tuple[KitsPlan, dict[str, Kit]]:
    """The plan with few goods, and the best kit of each class: one that falls short is planned again with all goods.

    Again means with goods that can be had without end, so that nobody else's kit loses anything.
    """
    plan = plan_kits(narrowed(problem), seconds=seconds * FIRST)
    kits = {kit.household_class: kit for kit in plan.kits}
    short = {line.household_class for line in plan.shortfalls}
    endless = tuple(food for food in problem.foods if food.stock is None or food.stock == 0)
    classes = tuple(group for group in problem.classes if group.id in short and set(group.must) <= _ids(endless))
    if not classes or all(food.stock == 0 for food in endless):
        return plan, kits
    more = plan_kits(replace(problem, foods=endless, classes=classes), seconds=seconds * (1 - FIRST))
    before, after = _lacks(plan, problem), _lacks(more, problem)
    for kit in more.kits:
        key = kit.household_class
        if (after.get(key, 0.0), kit.cost) < (before.get(key, 0.0), kits[key].cost):
            kits[key] = kit
    return plan, kits


def _ids(foods: Iterable[Food]) -> set[str]:
    return {food.id for food in foods}


def _lacks(plan: KitsPlan, problem: KitsProblem) -> dict[str, float]:
    """How much each class's kit lacks, each need weighed as the planner weighs it."""
    grave = {(group.id, need.nutrient): need.grave for group in problem.classes for need in group.needs}
    found: dict[str, float] = {}
    for line in plan.shortfalls:
        key = line.household_class
        found[key] = found.get(key, 0.0) + line.share * grave.get((key, line.nutrient), 1.0)
    return found
