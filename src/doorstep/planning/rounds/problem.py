"""What has to be carried where, and by whom. Seconds count from the plan's start; floor 1 is the ground."""

from __future__ import annotations

import math
from dataclasses import dataclass

from doorstep.errors import UserError


@dataclass(frozen=True)
class Gate:
    """Where goods are loaded, in the same metres as the stairs."""

    id: str
    x_m: float
    y_m: float


@dataclass(frozen=True)
class Stair:
    """A stair at (x, y) metres, supplied from `gate` ("": the problem's one gate). With a lift the trolley rides along:
    a wait, then seconds a storey."""

    id: str
    x_m: float
    y_m: float
    lift: bool = False
    up_s_per_storey: float = 14.0
    down_s_per_storey: float = 9.0
    lift_wait_s: float = 40.0
    lift_s_per_storey: float = 3.0
    gate: str = ""


@dataclass(frozen=True)
class DoorDemand:
    """One visit. `release_s`: its goods are packed then; `due_s`: be there by then.

    `first`: hot or perishable, so it leaves before goods that can wait; `last`: infected, so it comes after all others
    and whoever goes there does not come back to clean stairs.
    """

    id: str
    stair: str
    floor: int
    weight_kg: float
    service_s: float = 90.0
    release_s: float = 0.0
    due_s: float | None = None
    priority: int = 0
    last: bool = False
    first: bool = False


@dataclass(frozen=True)
class Carrier:
    """One who carries, from `start_s` to `end_s`: at most `work_limit_s` of trips and `budget_kg_storeys` of climbing.

    After at most `ppe_limit_s` in a suit without a break there is a rest of `rest_s` at the gate.
    """

    id: str
    start_s: float
    end_s: float
    work_limit_s: float | None = None
    budget_kg_storeys: float | None = None
    ppe_limit_s: float | None = None
    rest_s: float = 1800.0


@dataclass(frozen=True)
class RoundsProblem:
    """Doors, stairs and carriers around a gate, or several. Trips leave a gate with a trolley; climbs leave the trolley."""

    doors: tuple[DoorDemand, ...]
    stairs: tuple[Stair, ...]
    carriers: tuple[Carrier, ...]
    gate_x_m: float = 0.0
    gate_y_m: float = 0.0
    climb_load_kg: float = 16.0
    trolley_kg: float = 120.0
    walk_m_per_s: float = 1.1
    detour: float = 1.0
    reload_s: float = 120.0
    gates: tuple[Gate, ...] = ()

    def __post_init__(self) -> None:
        known = {stair.id for stair in self.stairs}
        gates = {"", *(gate.id for gate in self.gates)}
        seen: set[str] = set()
        for name in ("climb_load_kg", "trolley_kg", "walk_m_per_s", "detour"):
            if not getattr(self, name) > 0:
                raise UserError(f"{name} must be above 0.", field=name, mend="Give a positive number.")
        for stair in self.stairs:
            if stair.gate not in gates:
                where = f"stairs[{stair.id}]"
                raise UserError(f"Gate {stair.gate} of stair {stair.id} is unknown.", field=where, mend="Add the gate.")
        for door in self.doors:
            where = f"doors[{door.id}]"
            if door.id in seen:
                raise UserError(f"Door {door.id} stands twice.", field=where, mend="Merge its demands into one visit.")
            seen.add(door.id)
            if door.stair not in known:
                raise UserError(f"Stair {door.stair} of door {door.id} is unknown.", field=where, mend="Add the stair.")
            numbers = (door.weight_kg, door.service_s, door.release_s, float(door.floor))
            if not all(math.isfinite(value) for value in numbers) or door.weight_kg < 0 or door.service_s < 0:
                raise UserError(f"Door {door.id} has an impossible weight or time.", field=where, mend="Check the kit.")
        for carrier in self.carriers:
            if carrier.end_s <= carrier.start_s:
                where = f"carriers[{carrier.id}]"
                raise UserError(
                    f"The shift of {carrier.id} ends before it starts.", field=where, mend="Check its times."
                )

    @property
    def load_limit_kg(self) -> float:
        """The most that one climb may take: no more than the trolley holds."""
        return min(self.climb_load_kg, self.trolley_kg)

    def walk_s(self, from_xy: tuple[float, float], to_xy: tuple[float, float]) -> float:
        """Seconds of walking between two points."""
        return math.dist(from_xy, to_xy) * self.detour / self.walk_m_per_s

    def gate_at(self, gate: str) -> tuple[float, float]:
        """Where a gate is; "" is the one of the problem."""
        if gate == "":
            return (self.gate_x_m, self.gate_y_m)
        return next((one.x_m, one.y_m) for one in self.gates if one.id == gate)


def kg_storeys(stair: Stair, door: DoorDemand) -> float:
    """What a body carries up for a door: its kg times the storeys. A lift carries by itself, and counts nothing."""
    return 0.0 if stair.lift else door.weight_kg * abs(door.floor - 1)


def climb_s(stair: Stair, top_floor: int) -> float:
    """Seconds up to `top_floor` and back; a basement counts as a storey."""
    storeys = abs(top_floor - 1)
    if storeys == 0:
        return 0.0
    if stair.lift:
        return stair.lift_wait_s + 2 * storeys * stair.lift_s_per_storey
    return storeys * (stair.up_s_per_storey + stair.down_s_per_storey)


def climb_capacity_kg(problem: RoundsProblem, stair: Stair) -> float:
    """What one climb of this stair may take: with a lift, the whole trolley."""
    return problem.trolley_kg if stair.lift else problem.load_limit_kg
