"""The same doors for every engine: a compound drawn from census figures, written as plain numbers."""

from __future__ import annotations

from typing import Any

from doorstep.exercise.make import draw_district

Instance = dict[str, Any]

# The first delivery of cn-covid-2021-09: food, epidemic goods and washing goods, as kg a household + kg a person.
KITS = {"first": (1.2, 2.95), "food": (0.3, 2.4)}
SERVICE_S = 90
# What one climb may take: two bags of the protocol, or the whole trolley (no limit on the stairs).
CARRYING = {"bags": 16.0, "trolley": 120.0}


def make_instance(households: int, seed: int, *, carrying: str = "bags", kit: str = "first") -> Instance:
    """Doors where somebody is at home, with what they are brought. Each compound has a gate; floor 1 is the ground."""
    fixed, each = KITS[kit]
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
    return {
        "households": households,
        "seed": seed,
        "carrying": carrying,
        "kit": kit,
        "climb_kg": CARRYING[carrying],
        "trolley_kg": 120.0,
        "walk_m_per_s": 1.1,
        "gates": gates,
        "stairs": stairs,
        "doors": doors,
    }
