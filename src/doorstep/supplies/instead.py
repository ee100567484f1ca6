"""What may stand in for goods that are short: goods of the same sort that are there, and that no diet forbids more of."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from doorstep.command.models import Incident
from doorstep.protocol import KitRule
from doorstep.supplies import catalogue
from doorstep.supplies.designing import free_stock
from doorstep.supplies.models import Item
from doorstep.supplies.needs import Home
from doorstep.wiring.texts import in_language

MOST = 3


@dataclass(frozen=True)
class Instead:
    """An item that may be given instead: packs for all that is missing, and free packs."""

    item: Item
    packs: int
    free: int

    @property
    def enough(self) -> bool:
        return self.free >= self.packs


def instead_of(incident: Incident, short: Iterable[tuple[Item, int]], at: datetime) -> dict[int, list[Instead]]:
    """For each item that is short by so many packs, at most three others, those that reach at first. Two queries.

    One of the same group and unit, kept and cooked alike, that contains nothing that the short one does not: whoever
    may have the one may have the other. Above the minimum only, so that nothing else becomes short by it.
    """
    wanted = list(short)
    groups = {item.group for item, _packs in wanted if item.group}
    if not groups:
        return {}
    free = free_stock(incident, at)
    others = list(Item.objects.filter(active=True, group__in=groups, pk__in=free).order_by("code"))
    missing = {item.pk for item, _packs in wanted}
    found: dict[int, list[Instead]] = {}
    for item, packs in wanted:
        fits = [
            Instead(one, _packs(item, packs, one), free[one.pk] - one.least_packs)
            for one in others
            if one.pk not in missing and free[one.pk] > one.least_packs and _alike(item, one)
        ]
        if fits:
            found[item.pk] = sorted(fits, key=lambda one: (not one.enough, one.packs))[:MOST]
    return found


def said_for(kit: KitRule | None, home: Home) -> list[str]:
    """What the protocol has a kit hold instead for the diets and illnesses of a household, in the language of the page."""
    if kit is None:
        return []
    diets = {catalogue.named(word, catalogue.tags().diets) for word in home.diets}
    conditions = catalogue.persons().conditions
    diets |= {conditions[name].diet for eater in home.eaters for name in eater.conditions if name in conditions}
    return [in_language(text) for diet, text in kit.substitutes.items() if diet in diets]


def _alike(item: Item, other: Item) -> bool:
    same = (item.group, item.unit, item.keep) == (other.group, other.unit, other.keep)
    return same and set(other.contains) <= set(item.contains) and (item.needs_cooking or not other.needs_cooking)


def _packs(item: Item, packs: int, other: Item) -> int:
    """As much of the edible part as is missing."""
    amount = packs * item.per_pack * item.edible_share
    return max(1, math.ceil(amount / (other.per_pack * other.edible_share) - 1e-9))
