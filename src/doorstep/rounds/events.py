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


@dataclass(frozen=True)
class WelfareAnswered:
    """What was said at a door: question → answer codes; `serious` are the questions that need somebody to act."""

    visit_id: int
    door_id: int
    answers: tuple[tuple[str, str], ...]
    serious: tuple[str, ...]
    at: datetime
