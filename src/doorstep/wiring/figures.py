"""Figures of a report: each is counted from what was recorded and opens to the rows behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One number with its time. `value` None = unknown; `of` is out of how many, `unknown` how many nobody has told of.

    Unknown counts as not reached: it is never part of `value`. `public` figures hold no hint of a single household.
    """

    code: str
    title: Any
    value: float | None
    unit: str = ""
    of: float | None = None
    unknown: int = 0
    side: str = "both"  # "hard" | "warm" | "both"
    note: str = ""
    public: bool = True


@dataclass(frozen=True)
class FigureRows:
    """What a figure was counted from: places, times and proofs; no name and no phone of a resident."""

    heads: list[str] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)


@dataclass(frozen=True)
class FigureSource:
    """A room's figures of a period: `figures(incident, start, end)` and `rows(incident, code, start, end)`.

    Both answer in a known number of queries; `start` and `end` are aware instants, `end` is not part of the period.
    """

    code: str
    title: Any
    figures: Callable[[Any, datetime, datetime], list[Figure]]
    rows: Callable[[Any, str, datetime, datetime], FigureRows]
