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


@dataclass(frozen=True)
class ShiftEnds:
    """Somebody is about to end a shift. A room in which they still answer for something raises UserError."""

    member_id: int
    incident_id: int
    at: datetime


@dataclass(frozen=True)
class MemberAway:
    """Somebody is not available any more (ill, in quarantine, away): what they answered for goes on in the same act."""

    member_id: int
    at: datetime
    by_id: int | None = None
