"""What the register tells the rooms above, in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class RecordRead:
    """Somebody opened a household's record with names and conditions: the journal keeps who and when."""

    household_id: int
    label: str
    incident_id: int | None
    member_id: int | None
    at: datetime


@dataclass(frozen=True)
class RegisterChanged:
    """An import done or undone, a household or person edited or moved. `act` and `data` go into the journal."""

    act: str
    label: str
    occurred_at: datetime
    by_id: int | None = None
    door_ids: tuple[int, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PlacesChanged:
    """Compounds, buildings, stairs, doors or gates were corrected, moved or drawn. `doors_moved` changed their stair."""

    act: str
    label: str
    occurred_at: datetime
    compound_id: int
    by_id: int | None = None
    doors_moved: tuple[int, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
