"""What the ledger tells the rooms above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from doorstep.command.events import TimePassed

__all__ = ["OwedChanged", "TimePassed"]


@dataclass(frozen=True)
class OwedChanged:
    """What an area owes was derived anew because the area changed: rooms that plan ahead follow in the same act (F24)."""

    incident_id: int
    area_id: int
    at: datetime
