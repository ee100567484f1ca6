"""The one judge of all engines: counts a plan's seconds from the instance and names every rule that it breaks.

A plan is a list of trips; a trip is a list of climbs [stair, [doors], ways]. Every trip leaves its stairs' gate with
at most a trolley; every climb takes at most what may be carried up (`ways` times, for one door whose goods are more
than that), goes to its highest door and back; where there is a lift the trolley rides along. Shares no code with any engine.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

TOLERANCE_KG = 0.001


def score(instance: dict[str, Any], trips: list[list[list[Any]]]) -> dict[str, Any]:
    """Seconds walked, climbed and served, the number of trips, and violations by kind."""
    stairs = {one["id"]: one for one in instance["stairs"]}
    doors = {one["id"]: one for one in instance["doors"]}
    wrong: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    walked = climbed = served = 0.0
    for trip in trips:
        places = [tuple(instance["gates"][stairs[trip[0][0]]["gate"]])] if trip else []
        on_trolley = 0.0
        for stair_id, names, ways in trip:
            stair = stairs[stair_id]
            if stair["gate"] != stairs[trip[0][0]]["gate"]:
                wrong["another gate's stair"] += 1
            if any(doors[name]["stair"] != stair_id for name in names):
                wrong["a door of another stair"] += 1
            places.append((stair["x"], stair["y"]))
            seen.update(names)
            carried = sum(doors[name]["kg"] for name in names)
            on_trolley += carried
            most = instance["trolley_kg"] if stair["lift"] else instance["climb_kg"]
            if carried > most * ways + TOLERANCE_KG or (ways > 1 and len(names) > 1):
                wrong["climb over its load"] += 1
            highest = max(doors[name]["floor"] for name in names) - 1
            if highest:
                climbed += ways * (stair["wait"] + highest * (stair["up"] + stair["down"]))
            served += sum(doors[name]["service"] for name in names)
        if on_trolley > instance["trolley_kg"] + TOLERANCE_KG:
            wrong["trolley over its load"] += 1
        places += places[:1]
        walked += sum(math.dist(a, b) for a, b in zip(places, places[1:], strict=False)) / instance["walk_m_per_s"]
    wrong["door not served"] = sum(seen[name] == 0 for name in doors)
    wrong["door served twice"] = sum(count > 1 for count in seen.values())
    return {
        "cost_s": walked + climbed + served,
        "walk_s": walked,
        "climb_s": climbed,
        "service_s": served,
        "trips": len(trips),
        "violations": {kind: count for kind, count in wrong.items() if count},
    }


def least(instance: dict[str, Any]) -> float:
    """A bound of the checker's own, storey by storey and ring by ring: no plan costs less."""
    stairs = {one["id"]: one for one in instance["stairs"]}
    by_stair: dict[str, list[dict[str, Any]]] = {}
    for door in instance["doors"]:
        by_stair.setdefault(door["stair"], []).append(door)
    total = sum(door["service"] for door in instance["doors"])
    rings: dict[int, list[tuple[float, float]]] = {}
    for name, found in by_stair.items():
        stair = stairs[name]
        most = instance["trolley_kg"] if stair["lift"] else instance["climb_kg"]
        for storey in range(1, max(door["floor"] for door in found)):
            passes = math.ceil(sum(door["kg"] for door in found if door["floor"] > storey) / most - 1e-9)
            total += passes * (stair["up"] + stair["down"] + (stair["wait"] if storey == 1 else 0))
        away = math.dist(instance["gates"][stair["gate"]], (stair["x"], stair["y"])) / instance["walk_m_per_s"]
        rings.setdefault(stair["gate"], []).append((away, sum(door["kg"] for door in found)))
    for ring in rings.values():
        ring.sort(reverse=True)
        load = 0.0
        for (away, kg), (inner, _) in zip(ring, [*ring[1:], (0.0, 0.0)], strict=True):
            load += kg
            total += 2 * (away - inner) * math.ceil(load / instance["trolley_kg"] - 1e-9)
    return total
