"""What the rounds room tells the rooms above, in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class VisitRecorded:
    """A knock was written down; its welfare answers are with the visit."""

    visit_id: int
    at: datetime


@dataclass(frozen=True)
class VisitUndone:
    """A knock was taken back."""

    visit_id: int
    at: datetime
