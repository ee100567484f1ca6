"""What the ledger tells the rooms above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class TimePassed:
    """The ledger of an incident was brought up to an instant: each minute, and when an exercise's clock is moved."""

    incident_id: int
    at: datetime
