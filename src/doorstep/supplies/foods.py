"""Goods as the planner of kits sees them, and what a day's food is made of. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from doorstep.planning.kits import Food, Need
from doorstep.supplies import catalogue

NO_STOVE = "needs_cooking"


class Packed(Protocol):
    """Goods in a pack, such as an item of the store."""

    code: str
    group: str
    unit: str
    per_pack: float
    pack_weight_g: float
    edible_share: float
    nutrients: Any
    contains: Any
    needs_cooking: bool
    price_cents: int | None


def food_of(item: Packed, *, stock: int | None = None, most: int = 12) -> Food:
    """Whole packs of some goods: what is in one pack, its weight with wrapping, its price in yuan.

    Goods without a price cost one yuan, so that they are not thought to be free.
    """
    grams = item.per_pack * item.edible_share if item.unit != "piece" else 0.0
    amounts = {code: amount * grams / 100 for code, amount in item.nutrients.items()}
    for code, line in catalogue.persons().plate.lines.items():
        if item.group in line.groups:
            amounts[code] = grams
    return Food(
        item.code,
        1.0 if item.price_cents is None else item.price_cents / 100,
        item.pack_weight_g / 1000,
        amounts,
        frozenset(item.contains) | ({NO_STOVE} if item.needs_cooking else frozenset()),
        stock,
        most,
        item.group,
    )


def plate_needs(kcal: Sequence[float], days: float, bans: Iterable[str]) -> tuple[Need, ...]:
    """Grams of each line of a day's food for persons who need so much energy, but for lines that the bans leave empty."""
    data = catalogue.persons()
    times = sum(kcal) / data.plate.of_kcal * days
    missing = _left_out(frozenset(bans))
    found = []
    for code, line in data.plate.lines.items():
        if code in missing or not times:
            continue
        instead = data.plate_instead.get(code)
        more = instead.times if instead and set(instead.without) & missing else 1.0
        found.append(Need(code, round(line.least * times, 3), round(line.most * more * times, 3), 1.0))
    return tuple(found)


def _left_out(bans: frozenset[str]) -> set[str]:
    """The lines for which the starter goods have nothing that may be had."""
    found: dict[str, list[frozenset[str]]] = {}
    for goods in catalogue.goods().values():
        tags = frozenset(goods.contains) | ({NO_STOVE} if goods.cook else frozenset())
        found.setdefault(goods.group, []).append(tags)
    lines = catalogue.persons().plate.lines
    return {
        code
        for code, line in lines.items()
        if all(tags & bans for group in line.groups for tags in found.get(group, []))
    }
