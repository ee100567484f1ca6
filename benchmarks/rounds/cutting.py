"""Climbs for engines that know none: the doors of one stair visit cut as well as can be, the same for all of them."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

EXACT_UP_TO = 11


def climbs(instance: dict[str, Any], stair: dict[str, Any], doors: list[dict[str, Any]]) -> list[list[Any]]:
    """[stair, doors, ways] of each climb: exact for few doors, else the highest first and what still fits below it."""
    most = instance["trolley_kg"] if stair["lift"] else instance["climb_kg"]
    cut = [
        [stair["id"], [door["id"]], math.ceil(door["kg"] / most - 1e-9)] for door in doors if door["kg"] > most + 1e-9
    ]
    rest = sorted((door for door in doors if door["kg"] <= most + 1e-9), key=lambda door: -door["floor"])
    if sum(door["kg"] for door in rest) <= most + 1e-9:
        groups = [rest] if rest else []
    else:
        groups = _exact(rest, most) if len(rest) <= EXACT_UP_TO else _greedy(rest, most)
    return cut + [[stair["id"], [door["id"] for door in group], 1] for group in groups]


def _greedy(doors: list[dict[str, Any]], most: float) -> list[list[dict[str, Any]]]:
    groups: list[list[dict[str, Any]]] = []
    for door in sorted(doors, key=lambda door: (-door["floor"], -door["kg"])):
        for group in groups:
            if sum(one["kg"] for one in group) + door["kg"] <= most + 1e-9:
                group.append(door)
                break
        else:
            groups.append([door])
    return groups


def _exact(doors: list[dict[str, Any]], most: float) -> list[list[dict[str, Any]]]:
    """Least sum of highest floors over all ways of cutting; the highest door left opens each climb."""

    @cache
    def best(left: int) -> tuple[float, int]:
        if not left:
            return 0.0, 0
        first = (left & -left).bit_length() - 1
        rest = left & ~(1 << first)
        found, part = (math.inf, 0), rest
        while True:
            taken = part | 1 << first
            if sum(doors[n]["kg"] for n in range(len(doors)) if taken >> n & 1) <= most + 1e-9:
                cost = doors[first]["floor"] - 1 + 0.001 + best(left & ~taken)[0]
                found = min(found, (cost, taken))
            if not part:
                return found
            part = (part - 1) & rest

    left, groups = (1 << len(doors)) - 1, []
    while left:
        taken = best(left)[1]
        groups.append([doors[n] for n in range(len(doors)) if taken >> n & 1])
        left &= ~taken
    return groups
