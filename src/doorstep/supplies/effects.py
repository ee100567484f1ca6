"""What a kit gives to each person and day, what it lacks, and which goods would mend that. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from doorstep.planning.kits import Food
from doorstep.supplies import catalogue
from doorstep.supplies.needs import Home, band_of, class_of

NEAR = 1e-6
Figures = dict[str, Any]


def persons_of(home: Home) -> int:
    """How many share the figures: infants are fed by lines of their own."""
    bands = catalogue.persons().bands
    return sum(not bands[band_of(eater)].own for eater in home.eaters)


def figures_of(home: Home, days: float, packs: Mapping[str, int], foods: Mapping[str, Food]) -> Figures:
    """What one kit weighs and costs, each need per person and day beside what is given, and every shortfall.

    A shortfall names its need, what is missing of it in the whole kit (below nothing: too much), and its share.
    """
    group = class_of(home, days)
    people = max(persons_of(home), 1) * days
    needs: dict[str, Any] = {}
    short: list[dict[str, Any]] = []
    for need in group.needs:
        given = sum(many * foods[code].nutrients.get(need.nutrient, 0.0) for code, many in packs.items())
        most = None if need.most is None else round(need.most / people, 4)
        needs[need.nutrient] = {
            "given": round(given / people, 4),
            "least": round(need.least / people, 4),
            "most": most,
        }
        if given < need.least * (1 - NEAR):
            short.append(_short(need.nutrient, need.least - given, 1 - given / need.least))
        elif need.most is not None and given > need.most * (1 + NEAR):
            short.append(_short(need.nutrient, need.most - given, given / max(need.most, NEAR) - 1))
    for code, many in group.must.items():
        if packs.get(code, 0) < many:
            short.append(_short(code, many - packs.get(code, 0), 1 - packs.get(code, 0) / many))
    if len(packs) < group.kinds_least:
        short.append(_short("kinds", group.kinds_least - len(packs), 1 - len(packs) / group.kinds_least))
    return {
        "days": days,
        "persons": len(home.eaters),
        "weight_kg": round(sum(many * foods[code].weight_kg for code, many in packs.items()), 3),
        "cost": round(sum(many * foods[code].cost for code, many in packs.items()), 2),
        "needs": needs,
        "short": sorted(short, key=lambda line: -line["share"]),
        "banned": sorted(code for code in packs if foods[code].contains & group.bans),
    }


def mends(home: Home, short: Sequence[Mapping[str, Any]], foods: Mapping[str, Food], times: int) -> list[Figures]:
    """For each thing that is missing the packs, for so many households, of the goods that give most of it for the money.

    Goods that this household must not have are left out, as are those that are only paid for and have no figures.
    """
    bans = class_of(home, 1.0).bans
    found = []
    for line in short:
        need, missing = line["need"], line["missing"]
        if missing <= 0:
            continue
        if need in foods:
            found.append({"item": need, "packs": math.ceil(missing - NEAR) * times, "need": need})
            continue
        may = [food for food in foods.values() if food.nutrients.get(need) and not food.contains & bans]
        if may:
            best = max(may, key=lambda food: (food.nutrients[need] / max(food.cost, 0.01), food.id))
            packs = math.ceil(missing / best.nutrients[need] - NEAR) * times
            found.append({"item": best.id, "packs": packs, "need": need})
    return found


def _short(need: str, missing: float, share: float) -> dict[str, Any]:
    return {"need": need, "missing": round(float(missing), 4), "share": round(float(share), 4)}
