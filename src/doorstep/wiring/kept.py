"""What is dear to count for a large incident is counted once a minute by the job runner, and read by everybody.

A small incident is always counted as it is asked. What is kept says when it was counted, and is never older than STALE.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.core.cache import caches
from django.utils import timezone
from django.utils.translation import get_language

T = TypeVar("T")
STALE = timedelta(minutes=3)


@dataclass(frozen=True)
class Kept(Generic[T]):
    """A value and when it was counted; `at` is None where it was counted just now for this reader."""

    value: T
    at: datetime | None = None


def kept(name: str, incident: Any, count: Callable[[], T], *, large: Callable[[], bool]) -> Kept[T]:
    """What is kept of a large incident, counted now where nothing fresh is; a small one is always counted now.

    A clock of an exercise that was moved by hand makes what was kept before of no use.
    """
    found = _found(name, incident)
    if found is not None:
        return found
    return keep(name, incident, count()) if large() else Kept(count())


def fresh(name: str, incident: Any) -> Any:
    """The kept value where a fresh one is, else None."""
    found = _found(name, incident)
    return found.value if found is not None else None


def _found(name: str, incident: Any) -> Kept[Any] | None:
    found: Kept[Any] | None = caches["kept"].get(_key(name, incident))
    return found if found is not None and found.at is not None and timezone.now() - found.at < STALE else None


def keep(name: str, incident: Any, value: T) -> Kept[T]:
    """Keep what was counted now for the others, in the language that is spoken here."""
    made = Kept(value, timezone.now())
    caches["kept"].set(_key(name, incident), made, timeout=STALE.total_seconds())
    return made


def _key(name: str, incident: Any) -> str:
    clock = f"{incident.clock_anchor_real.timestamp():.0f}-{incident.clock_anchor_incident.timestamp():.0f}"
    return f"{name}-{incident.pk}-{clock}-{get_language()}"
