"""A plan: trips of carriers, climbs of stairs, arrival at each door; and what it could not do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Climb:
    """A way up a stair and back: the doors in the order of the visit, from the top down.

    A door whose goods are more than one climb may take is climbed to by itself, `ways` times.
    """

    stair: str
    doors: tuple[str, ...]
    load_kg: float
    top_floor: int
    ways: int = 1


Load = tuple[Climb, ...]
"""What one trip takes: climbs in order, all from one gate."""


@dataclass(frozen=True)
class StopAt:
    """When the carrier is at a door, in seconds from the plan's start."""

    door: str
    arrive_s: float
    done_s: float


@dataclass(frozen=True)
class Trip:
    """One way out from a gate and back, with its climbs in order."""

    carrier: str
    number: int
    depart_s: float
    return_s: float
    load_kg: float
    climbs: tuple[Climb, ...]
    stops: tuple[StopAt, ...]
    gate: str = ""


@dataclass(frozen=True)
class Rest:
    """A break out of the suit, at the gate."""

    carrier: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Unserved:
    """A door that no trip reaches: why (`too_heavy` | `no_carrier` | `no_time` | `over_budget`), and what would serve it."""

    door: str
    reason: str
    mend: str


@dataclass(frozen=True)
class Late:
    """A door that is reached after its due time."""

    door: str
    due_s: float
    arrive_s: float


@dataclass(frozen=True)
class Moved:
    """A stop that another carrier has after a new plan: `carrier_gone` | `left_over` | `changed` | `no_time` | `late` |
    `makes_room`. With one carrier twice, the stop only comes at another place in that carrier's order."""

    door: str
    from_carrier: str
    to_carrier: str
    why: str


@dataclass(frozen=True)
class RoundsPlan:
    """Costs are seconds of walking, climbing and service over all planned trips. `gap` = (cost - bound) / bound.

    `by_hand_missed`: what the by-hand plan leaves unserved and late, each door counted 1 + its priority.
    `fair_extra_s` is the part of the cost that pays for sharing the climbing evenly; without it the plan costs no more than
    by hand. `moved` names the stops that a new plan takes from their carrier. `complete` is False when the time limit cut the search short. The bound holds for serving every door that is
    not too heavy; it is quoted for the whole work, trips that fit no shift included in `cost_s`.
    """

    trips: tuple[Trip, ...]
    unserved: tuple[Unserved, ...]
    late: tuple[Late, ...]
    cost_s: float
    by_hand_cost_s: float
    lower_bound_s: float
    gap: float
    seconds: float
    seed: int
    iterations: int
    complete: bool
    method: str
    by_hand_missed: tuple[int, int] = (0, 0)
    rests: tuple[Rest, ...] = ()
    fair_extra_s: float = 0.0
    moved: tuple[Moved, ...] = ()
