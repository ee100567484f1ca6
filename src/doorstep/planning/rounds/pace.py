"""When the rest of a round will be reached, from what has been done of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

NOTHING = timedelta(0)


@dataclass(frozen=True)
class Planned:
    """A stop in the order of its round: when the plan arrives, and when somebody knocked there."""

    arrives_at: datetime
    trip: int = 1
    done_at: datetime | None = None


@dataclass(frozen=True)
class Rest:
    """A planned rest of a carrier."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Pace:
    """How far the last stops speak for the next ones.

    `stops` are looked at, at least `least` of them; no round is taken to be more than `fastest` to `slowest` times
    the plan's time a stop.
    """

    stops: int = 5
    least: int = 3
    fastest: float = 0.75
    slowest: float = 1.6


def expected(
    stops: Sequence[Planned], starts_at: datetime, at: datetime, *, rests: Sequence[Rest] = (), pace: Pace | None = None
) -> list[datetime]:
    """The instant at which each stop will be reached; that of the knock where there was one.

    Counted on from the last knock (from the start where there was none) in the order of the plan: the way and the
    work between two stops at the pace of the last ones, reloads and rests as long as planned. What is still open lies
    never before `at`: a round that has not begun, or of which nothing is heard, runs late with all that follows.
    """
    legs = _legs(stops, starts_at, rests)
    speed = _speed(stops, legs, pace or Pace())
    done = [stop.done_at for stop in stops if stop.done_at is not None]
    cursor = max(done, default=starts_at)
    found = []
    for stop, leg in zip(stops, legs, strict=True):
        if stop.done_at is not None:
            found.append(stop.done_at)
            continue
        cursor = max(at, cursor + (leg.work if leg.reloads else leg.work * speed) + leg.rest)
        found.append(cursor)
    return found


@dataclass(frozen=True)
class _Leg:
    """What lies between a stop and the one before it in the plan."""

    work: timedelta
    rest: timedelta
    reloads: bool


def _legs(stops: Sequence[Planned], starts_at: datetime, rests: Sequence[Rest]) -> list[_Leg]:
    legs, before, trip = [], starts_at, stops[0].trip if stops else 1
    for stop in stops:
        span = max(NOTHING, stop.arrives_at - before)
        resting = sum(
            (rest.ends_at - rest.starts_at for rest in rests if before <= rest.starts_at < stop.arrives_at), NOTHING
        )
        resting = min(span, max(NOTHING, resting))
        legs.append(_Leg(span - resting, resting, stop.trip != trip))
        before, trip = max(before, stop.arrives_at), stop.trip
    return legs


def _speed(stops: Sequence[Planned], legs: Sequence[_Leg], pace: Pace) -> float:
    """Time taken over time planned, for the last stops done one after the other; 1 where too few are."""
    pairs = [
        (stop.done_at - before.done_at, leg.work)
        for before, stop, leg in zip(stops, stops[1:], legs[1:], strict=False)
        if before.done_at and stop.done_at and stop.done_at >= before.done_at and not leg.reloads and not leg.rest
    ][-pace.stops :]
    planned = sum((work for _, work in pairs), NOTHING)
    if len(pairs) < pace.least or not planned:
        return 1.0
    taken = sum((took for took, _ in pairs), NOTHING)
    return min(pace.slowest, max(pace.fastest, taken / planned))
