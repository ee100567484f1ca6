"""What the command room tells the rooms above, in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class AreaChanged:
    """The places, state, zone class or review of an area changed: everything owed there follows."""

    area_id: int
    at: datetime


@dataclass(frozen=True)
class ClockMoved:
    """The clock of an exercise was moved by hand: what falls between `before` and `after` happens now."""

    incident_id: int
    before: datetime
    after: datetime
