"""What supplies bring to a household's own page: until when its food lasts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from doorstep.supplies.models import Coverage
from doorstep.wiring.homes import AtHome


def covered(home: AtHome) -> dict[str, Any] | None:
    """Until when the household is provided for, from confirmed deliveries and who is at home."""
    if home.area is None:
        return None
    cover = Coverage.objects.filter(household=home.household, incident=home.incident).first()
    until = cover.covered_until if cover else None
    return {
        "until": until,
        "persons": cover.persons if cover else 0,
        "ended": bool(until and until <= home.at),
        "soon": bool(until and home.at < until <= home.at + timedelta(hours=24)),
    }
