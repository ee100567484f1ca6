"""Which goods are worth planning with: few enough that whole packs are found while somebody waits. Pure."""

from __future__ import annotations

from dataclasses import replace

from doorstep.planning.kits import KitsProblem
from doorstep.planning.kits.relaxed import relax

USED = 1e-6


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
