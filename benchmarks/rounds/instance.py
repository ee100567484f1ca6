"""The same doors for every engine: a compound drawn from census figures, written as plain numbers."""

from __future__ import annotations

import math
import random
from typing import Any

from doorstep.exercise.make import draw_district

Instance = dict[str, Any]

# The first delivery of cn-covid-2021-09: food, epidemic goods and washing goods, as kg a household + kg a person.
KITS = {"first": (1.2, 2.95), "food": (0.3, 2.4)}
SERVICE_S = 90
# What one climb may take: two bags of the protocol, or the whole trolley (no limit on the stairs).
CARRYING = {"bags": 16.0, "trolley": 120.0}


def make_instance(
    households: int, seed: int, *, carrying: str = "bags", kit: str = "first", shape: str = "census"
) -> Instance:
    """Doors where somebody is at home, with what they are brought. Each compound has a gate; floor 1 is the ground.

    `census`: what `doorstep exercise make` draws; `rows`: equal walk-ups in rows before one gate, kits of 4 to 14 kg.
    """
    gates, stairs, doors = _rows(households, seed) if shape == "rows" else _census(households, seed, *KITS[kit])
    return {
        "households": households,
        "seed": seed,
        "shape": shape,
        "carrying": carrying,
        "kit": kit,
        "climb_kg": CARRYING[carrying],
        "trolley_kg": 120.0,
        "walk_m_per_s": 1.1,
        "gates": gates,
        "stairs": stairs,
        "doors": doors,
    }


def _rows(households: int, seed: int) -> tuple[list[Any], list[Any], list[Any]]:
    """Six floors, three stairs a building, two doors a landing; buildings every 60 m by 40 m, the gate before the middle."""
    chance = random.Random(f"rows/{seed}/{households}")
    buildings = math.ceil(households / 36)
    wide = max(1, round(math.sqrt(buildings * 40 / 60)))
    stairs, doors = [], []
    for building in range(buildings):
        for stair in range(3):
            name = f"{building}/{stair}"
            x = (building % wide - (wide - 1) / 2) * 60 + (stair - 1) * 15
            walk = {"up": 14.0, "down": 9.0, "wait": 0.0, "lift": False}
            stairs.append({"id": name, "gate": 0, "x": x, "y": 30.0 + building // wide * 40, **walk})
            doors += [
                {"id": f"{name}/{room}", "stair": name, "floor": room // 2 + 1, "service": SERVICE_S, "kg": _kg(chance)}
                for room in range(12)
            ]
    doors = doors[:households]
    used = {door["stair"] for door in doors}
    return [[0.0, 0.0]], [stair for stair in stairs if stair["id"] in used], doors


def _kg(chance: random.Random) -> float:
    return round(chance.uniform(4, 14), 1)


def _census(households: int, seed: int, fixed: float, each: float) -> tuple[list[Any], list[Any], list[Any]]:
    gates, stairs, doors = [], [], []
    for number, compound in enumerate(draw_district(households, seed).compounds):
        gates.append([compound.east_m, compound.north_m])
        for one in compound.stairs:
            stairs.append(
                {
                    "id": f"{number}/{one.building}/{one.stair}",
                    "gate": number,
                    "x": round(compound.east_m + one.x_m, 1),
                    "y": round(compound.north_m + one.y_m, 1),
                    "up": 3.0 if one.lift else 14.0,
                    "down": 3.0 if one.lift else 9.0,
                    "wait": 40.0 if one.lift else 0.0,
                    "lift": one.lift,
                }
            )
        for home in compound.households:
            persons = sum(one.present == "在家" for one in home.persons)
            if persons:
                stair = f"{number}/{home.building}/{home.stair}"
                doors.append(
                    {
                        "id": f"{stair}/{home.room}",
                        "stair": stair,
                        "floor": home.floor,
                        "kg": round(fixed + each * persons, 2),
                        "service": SERVICE_S,
                    }
                )
    return gates, stairs, doors
