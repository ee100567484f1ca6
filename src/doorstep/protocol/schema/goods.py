"""Goods: kits, water, hygiene, what a vehicle carries, what a carrier carries, shelter indoors."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from doorstep.protocol.schema.base import Named, Part, Text


class KitItem(Part):
    """One line of a kit: how many, for each household, person or infant."""

    name: Text
    quantity: float = Field(gt=0)
    per: Literal["household", "person", "infant"]
    unit: Text


class KitRule(Part):
    """A kit: for whom, how often, how soon after sealing (h), for how many days it lasts, what it weighs (kg).

    `best_within_hours`: at the door so soon after it is packed, or it is spoilt or cold.
    `from_day` and `until_day` bound it to days since the area was bound: a ration that grows later is two kits.
    """

    code: str
    title: Text
    zones: tuple[str, ...]
    every_days: float | None = Field(default=None, gt=0)
    first_within_hours: float = Field(gt=0)
    covers_days: float = Field(ge=0)
    kg_per_household: float = Field(ge=0)
    kg_per_person: float = Field(ge=0)
    perishable: bool = False
    hot: bool = False
    best_within_hours: float | None = Field(default=None, gt=0)
    food: bool = True
    lead_hours: float = Field(gt=0)
    from_day: float = Field(default=0, ge=0)
    until_day: float | None = Field(default=None, gt=0)
    items: tuple[KitItem, ...] = ()
    substitutes: dict[str, Text] = Field(default_factory=dict)


class WaterStep(Part):
    """Litres for a person and day from a day on."""

    from_day: float = Field(ge=0)
    litres_per_person: float = Field(gt=0)


class Vehicle(Named):
    """What brings goods where there is no road, and what it may carry at once."""

    max_kg: float = Field(gt=0)


class Infants(Part):
    """Lines of their own for children under an age, each day."""

    below_months: int = Field(gt=0)
    formula_ml_per_kg: float | None = Field(default=None, gt=0)
    nappies: float | None = Field(default=None, gt=0)


class Supply(Part):
    """Kits, the margin before the cupboard is empty (hours), floors for a person and day."""

    margin_hours: float = Field(default=0, ge=0)
    kcal_floor: int | None = Field(default=None, ge=1)
    water: tuple[WaterStep, ...] = ()
    water_containers: int | None = Field(default=None, ge=1)
    hygiene: tuple[KitItem, ...] = ()
    infants: Infants | None = None
    vehicles: tuple[Vehicle, ...] = ()
    kits: tuple[KitRule, ...] = ()


class Carrying(Part):
    """What a carrier can do: kg a climb and on the trolley, seconds a storey up and down, walking speed, seconds a door.

    `budget_kg_storeys`: the most that one carrier climbs in a plan, kilograms times storeys.
    """

    climb_load_kg: float = Field(gt=0)
    trolley_kg: float = Field(gt=0)
    up_s_per_storey: float = Field(gt=0)
    down_s_per_storey: float = Field(gt=0)
    walk_m_per_s: float = Field(gt=0)
    door_s: float = Field(ge=0)
    budget_kg_storeys: float | None = Field(default=None, gt=0)


class Shelter(Part):
    """Staying indoors against what is in the air: room for each, how long a tight building holds, pets, lifts, the end."""

    space_m2_per_person: float = Field(gt=0)
    tight_minutes: float = Field(gt=0)
    kept_out_percent: float = Field(gt=0, le=100)
    max_hours: float = Field(gt=0)
    inform_every_minutes: float = Field(gt=0)
    pets_inside: bool
    lifts: Literal["off", "on"]
    afterwards: Text
