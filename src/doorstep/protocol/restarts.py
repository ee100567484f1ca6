"""Which event starts which clock again, and for whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from doorstep.protocol.schema import Protocol, Restart


@dataclass(frozen=True)
class Whereabouts:
    """To whom or what a clock belongs, or where an event happened: ids, empty where unknown."""

    person: str = ""
    household: str = ""
    building: str = ""
    area: str = ""


@dataclass(frozen=True)
class ClockEvent:
    """Something that may start a clock again. `transferred_at` is when the person left; `flags` may excuse it."""

    kind: str
    at: datetime
    where: Whereabouts
    transferred_at: datetime | None = None
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RunningClock:
    """Since when a clock runs, and the rule and event that started it again (None: it was never started again).

    `waits_for_transfer` is true while somebody whose transfer starts it has not left: the clock has not begun.
    """

    since: datetime
    by: Restart | None = None
    event: ClockEvent | None = None
    waits_for_transfer: bool = False


def restarted_clock(
    protocol: Protocol,
    clock: Literal["lifting", "pathway"],
    *,
    key: str,
    started: datetime,
    whose: Whereabouts,
    events: Iterable[ClockEvent],
) -> RunningClock:
    """A clock after everything that happened. `key` is the zone class (lifting) or the pathway.

    The order of the events does not matter, and saying one twice changes nothing: the latest start wins. An event whose
    rule counts from the transfer, of somebody who has not left, holds the clock back (F24: longer means longer care, too).
    """
    found = RunningClock(started)
    for event in events:
        for rule in protocol.restart_rules:
            if rule.clock != clock or not _applies(rule, key, whose, event):
                continue
            waits = rule.starts == "transfer" and event.transferred_at is None
            since = event.at if waits or rule.starts == "event" else event.transferred_at or event.at
            if (waits, since) > (found.waits_for_transfer, found.since):
                found = RunningClock(since, rule, event, waits)
    return found


def _applies(rule: Restart, key: str, whose: Whereabouts, event: ClockEvent) -> bool:
    if rule.event != event.kind or (rule.only and key not in rule.only):
        return False
    if any(excuse.code in event.flags for excuse in rule.unless):
        return False
    place: str = getattr(whose, rule.reach)
    return bool(place) and place == getattr(event.where, rule.reach)
