"""Kits for classes of households: whole packs that meet their needs from a shared stock."""

from doorstep.planning.kits.check import check
from doorstep.planning.kits.files import solve_file
from doorstep.planning.kits.plan import Kit, KitsPlan, Purchase, Shortfall
from doorstep.planning.kits.planner import plan_kits
from doorstep.planning.kits.problem import Food, HouseholdClass, KitsProblem, Need

__all__ = [
    "Food",
    "HouseholdClass",
    "Kit",
    "KitsPlan",
    "KitsProblem",
    "Need",
    "Purchase",
    "Shortfall",
    "check",
    "plan_kits",
    "solve_file",
]
