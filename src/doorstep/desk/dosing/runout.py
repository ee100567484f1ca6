"""When a medicine at home runs out, and how many packs last for so many days."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

from doorstep.desk.dosing.model import MG, Strength

COUNTED = (
    "tablet",
    "capsule",
    "sachet",
    "cartridge",
    "patch",
    "bottle",
    "piece",
    "",
)  # a dose in these is what is counted at home
DROPS_A_ML = 20.0


def counted_a_day(
    per_day: float | None, unit: str, strength: Strength | None = None, volume_ml: float | None = None
) -> float | None:
    """How many tablets, cartridges, bottles … go a day, for a dose in any unit; None where that cannot be worked out.

    `volume_ml` is what one of them holds (of an inhaler: its puffs). 10 units a night of 300 u:3 ml is 1/30 of a cartridge.
    """
    if per_day is None or per_day <= 0:
        return None
    if unit in COUNTED:
        return per_day
    if unit == "puff":
        return per_day / volume_ml if volume_ml else None
    if unit == "ml":
        return per_day / volume_ml if volume_ml else None
    if unit == "drop":
        return per_day / (volume_ml * DROPS_A_ML) if volume_ml else None
    content = _content(strength, unit, volume_ml)
    return per_day * MG.get(unit, 1.0) / content if content else None


def run_out_at(stock: float | None, a_day: float | None, counted_at: datetime | None) -> datetime | None:
    """When it ends: so many were there at an instant, so many go a day (S90). None where one of them is not known."""
    if stock is None or counted_at is None or not a_day:
        return None
    return counted_at + timedelta(days=min(stock / a_day, 3650))


def packs_for(days: float, a_day: float | None, count: float | None, stock: float = 0) -> int:
    """Whole packs that last for so many days beside what is at home; at least one."""
    if not a_day or not count:
        return 1
    return max(1, ceil((days * a_day - stock) / count - 1e-9))


def _content(strength: Strength | None, unit: str, volume_ml: float | None) -> float | None:
    """How much of a mass (mg) or of units is in one tablet, cartridge, bottle."""
    if strength is None:
        return None
    amount = strength.mg if unit in MG else strength.amount if strength.unit == unit else None
    if amount is None:
        return None
    if strength.per and volume_ml:
        return amount * volume_ml / strength.per
    return amount
