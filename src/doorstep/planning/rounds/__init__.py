"""Delivery rounds: climbs per stair, trips per carrier, the instant at each door."""

from doorstep.planning.rounds.again import replan_rounds, replan_sites
from doorstep.planning.rounds.check import check
from doorstep.planning.rounds.plan import Climb, Late, Moved, Rest, RoundsPlan, StopAt, Trip, Unserved
from doorstep.planning.rounds.planner import plan_by_hand, plan_rounds
from doorstep.planning.rounds.problem import Carrier, DoorDemand, Gate, RoundsProblem, Stair
from doorstep.planning.rounds.sites import plan_sites
from doorstep.planning.rounds.told import Told, as_told
from doorstep.planning.rounds.vrplib import solve_file

__all__ = [
    "Carrier",
    "Climb",
    "DoorDemand",
    "Gate",
    "Late",
    "Moved",
    "Rest",
    "RoundsPlan",
    "RoundsProblem",
    "Stair",
    "StopAt",
    "Told",
    "Trip",
    "Unserved",
    "as_told",
    "check",
    "plan_by_hand",
    "plan_rounds",
    "plan_sites",
    "replan_rounds",
    "replan_sites",
    "solve_file",
]
