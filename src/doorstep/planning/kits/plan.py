"""Kits for each class of household, what falls short and what would mend it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shortfall:
    """A need that a kit does not meet: `missing` of `least` (or above `most`: `missing` is negative), for each household."""

    household_class: str
    nutrient: str
    missing: float
    share: float
    households: int


@dataclass(frozen=True)
class Purchase:
    """Packs that would mend shortfalls, the best buy first."""

    food: str
    packs: int
    nutrient: str
    household_class: str


@dataclass(frozen=True)
class Kit:
    """Whole packs for one household of a class."""

    household_class: str
    packs: tuple[tuple[str, int], ...]
    cost: float
    weight_kg: float
    nutrients: dict[str, float]
    kinds: int


@dataclass(frozen=True)
class KitsPlan:
    """Costs are those of all households' kits. `objective` adds what shortfalls cost; the bound and the gap are of it.

    `complete` is False where the seconds cut the search short. `types` counts kits that differ.
    """

    kits: tuple[Kit, ...]
    shortfalls: tuple[Shortfall, ...]
    purchases: tuple[Purchase, ...]
    cost: float
    objective: float
    lower_bound: float
    gap: float
    seconds: float
    seed: int
    iterations: int
    complete: bool
    types: int
