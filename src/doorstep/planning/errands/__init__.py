"""Errands: which pharmacy or department for each medicine line, who goes, in what order."""

from doorstep.planning.errands.check import check
from doorstep.planning.errands.files import read_tpp, solve_file
from doorstep.planning.errands.plan import Collected, ErrandsPlan, Route, Stop, Unserved
from doorstep.planning.errands.planner import plan_errands
from doorstep.planning.errands.problem import Courier, ErrandsProblem, Line, Site

__all__ = [
    "Collected",
    "Courier",
    "ErrandsPlan",
    "ErrandsProblem",
    "Line",
    "Route",
    "Site",
    "Stop",
    "Unserved",
    "check",
    "plan_errands",
    "read_tpp",
    "solve_file",
]
