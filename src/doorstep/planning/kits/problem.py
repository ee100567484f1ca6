"""What kits may be made of, and what each class of household needs of them. All amounts are of one whole kit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from doorstep.errors import UserError


@dataclass(frozen=True)
class Food:
    """Goods in whole packs: `nutrients` of one pack's edible part; `stock` packs there are (None: as many as wanted).

    `contains` are tags that a class may not have. `most` packs of it at most in one kit.
    """

    id: str
    cost: float
    weight_kg: float
    nutrients: Mapping[str, float]
    contains: frozenset[str] = frozenset()
    stock: int | None = None
    most: int = 12
    group: str = ""


@dataclass(frozen=True)
class Need:
    """Of one nutrient at least and at most so much in a kit, for all persons and days. `grave` weighs a shortfall."""

    nutrient: str
    least: float = 0.0
    most: float | None = None
    grave: float = 1.0


@dataclass(frozen=True)
class HouseholdClass:
    """Households that get the same kit: how many, what they need and must not have, how much may be carried, which goods
    they get in any case (`must`: food → packs), and between how many kinds of goods."""

    id: str
    households: int
    needs: tuple[Need, ...]
    bans: frozenset[str] = frozenset()
    weight_limit_kg: float | None = None
    kinds_least: int = 0
    kinds_most: int | None = None
    must: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class KitsProblem:
    """Foods with a shared stock, and classes of households.

    `shortfall_cost` is what the lack of one whole need costs a household, beside the price of goods: high enough that a
    need is met wherever it can be.
    """

    foods: tuple[Food, ...]
    classes: tuple[HouseholdClass, ...]
    shortfall_cost: float = 1e4

    def __post_init__(self) -> None:
        known: set[str] = set()
        for food in self.foods:
            where = f"foods[{food.id}]"
            if food.id in known:
                raise UserError(f"Food {food.id} stands twice.", field=where, mend="Merge the two lines.")
            known.add(food.id)
            numbers = (food.cost, food.weight_kg, *food.nutrients.values())
            if not all(math.isfinite(value) and value >= 0 for value in numbers):
                raise UserError(f"Food {food.id} has an impossible figure.", field=where, mend="Give numbers from 0.")
        if len({group.id for group in self.classes}) != len(self.classes):
            raise UserError("A class of households stands twice.", field="classes", mend="Merge the two.")
        for group in self.classes:
            where = f"classes[{group.id}]"
            if group.households < 1:
                raise UserError(f"Class {group.id} has no household.", field=where, mend="Leave it out.")
            if group.kinds_most is not None and group.kinds_most < group.kinds_least:
                raise UserError(f"Class {group.id} wants more kinds than it may have.", field=where, mend="Check both.")
            for name in group.must:
                if name not in known:
                    raise UserError(f"{name} of class {group.id} is no food here.", field=where, mend="Add the food.")

    def allowed(self, group: HouseholdClass) -> list[Food]:
        """What this class may have."""
        return [food for food in self.foods if not food.contains & group.bans]
