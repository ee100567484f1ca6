"""What the register tells the rooms above, in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class RegisterChanged:
    """An import done or undone, a household or person edited or moved. `act` and `data` go into the journal."""

    act: str
    label: str
    occurred_at: datetime
    by_id: int | None = None
    door_ids: tuple[int, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
