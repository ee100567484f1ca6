"""Who stands where, and when: cover of a post, clashes of one person's duties, rest between them (S70)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal


@dataclass(frozen=True)
class Duty:
    """One person's time at one post; `key` is whatever the caller knows it by."""

    start: datetime
    end: datetime
    post: int
    key: int = 0


@dataclass(frozen=True)
class Clash:
    """Two duties of one person that do not go together. `rest` is the time between them, 0 where they overlap."""

    kind: Literal["two_posts", "rest"]
    one: Duty
    other: Duty
    rest: timedelta


def clash(one: Duty, other: Duty, rest_hours: float) -> Clash | None:
    """What is wrong between two duties of the same person: at two posts at once, or rest under the limit."""
    first, second = sorted((one, other), key=lambda duty: (duty.start, duty.end))
    if second.start < first.end:
        return Clash("two_posts", first, second, timedelta(0))
    rest = second.start - first.end
    return Clash("rest", first, second, rest) if rest < timedelta(hours=rest_hours) else None


def clashes(duties: Sequence[Duty], rest_hours: float) -> list[Clash]:
    """Every pair of one person's duties that does not go together, in order of time."""
    ordered = sorted(duties, key=lambda duty: (duty.start, duty.end))
    found = []
    for number, one in enumerate(ordered):
        for other in ordered[number + 1 :]:
            if other.start - one.end >= timedelta(hours=rest_hours):
                break
            if (wrong := clash(one, other, rest_hours)) is not None:
                found.append(wrong)
    return found


@dataclass(frozen=True)
class Cover:
    """How few persons stand at a post at any time of a window, and since when it is so few."""

    persons: int
    since: datetime


def cover(spans: Iterable[tuple[datetime, datetime]], start: datetime, end: datetime) -> Cover:
    """The least number of persons present between `start` and `end`; `since` is the first time it is that low."""
    inside = [(max(begin, start), min(stop, end)) for begin, stop in spans if begin < end and stop > start]
    edges = sorted({start, end, *(edge for span in inside for edge in span)})
    parts = [Cover(sum(begin <= edge < stop for begin, stop in inside), edge) for edge, _ in pairwise(edges)]
    return min(parts, key=lambda part: (part.persons, part.since), default=Cover(0, start))
