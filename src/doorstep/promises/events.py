"""What the ledger tells the rooms above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class TimePassed:
    """The ledger of an incident was brought up to an instant: each minute, and when an exercise's clock is moved."""

    incident_id: int
    at: datetime


@dataclass(frozen=True)
class OwedChanged:
    """What an area owes was derived anew because the area changed: rooms that plan ahead follow in the same act (F24)."""

    incident_id: int
    area_id: int
    at: datetime
