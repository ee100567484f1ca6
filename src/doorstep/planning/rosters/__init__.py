"""Rosters: who stands at which post in which shift."""

from doorstep.planning.rosters.byhand import plan_by_hand
from doorstep.planning.rosters.problem import Busy, Place, Placed, RostersPlan, RostersProblem, Unfilled, Worker

__all__ = ["Busy", "Place", "Placed", "RostersPlan", "RostersProblem", "Unfilled", "Worker", "plan_by_hand"]
