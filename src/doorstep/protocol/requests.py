"""Requests of residents: how urgent, due when, which place in the queue, who is told when nobody acts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import yaml

from doorstep.protocol.files import SHARED
from doorstep.protocol.owed import vulnerability_weight
from doorstep.protocol.schema import Level, Need, Outgoing, Protocol, Requests, RungTo


@cache
def _usual() -> Requests:
    """The block of the shared file, for a protocol that has none of its own."""
    return Requests.model_validate(yaml.safe_load((SHARED / "common.yaml").read_text("utf-8"))["requests"])


def request_rules(protocol: Protocol) -> Requests:
    """The protocol's rules for requests, else the usual ones."""
    return protocol.requests or _usual()


def outgoing_rules(protocol: Protocol) -> Outgoing:
    """The hours and limits of what goes out for a request: the protocol's, else the usual ones."""
    rules = request_rules(protocol).outgoing or _usual().outgoing
    if rules is None:
        raise LookupError("The shared file has no rules for what goes out.")
    return rules


def first_call_due(protocol: Protocol, level: str, since: datetime) -> datetime:
    """By when somebody calls a person who asked to talk."""
    hours = outgoing_rules(protocol).talks.call_hours
    return since + timedelta(hours=hours.get(level, hours["other"]))


def level_of(protocol: Protocol, code: str) -> Level:
    """A level by its code; one that the protocol does not know counts as its first below an emergency."""
    rules = request_rules(protocol)
    known = {level.code: level for level in rules.levels}
    return known.get(code) or next((one for one in rules.levels if one.code != rules.emergency), rules.levels[0])


def need_of(protocol: Protocol, code: str) -> Need | None:
    """A need by its code, or None."""
    return next((need for need in request_rules(protocol).needs if need.code == code), None)


def is_emergency(protocol: Protocol, level: str) -> bool:
    """Whether a level is that of danger to life."""
    return level == request_rules(protocol).emergency


def request_due(
    protocol: Protocol, *, level: str, need: str, said_at: datetime, needed_by: datetime | None = None
) -> datetime:
    """By when a request is done: the clock starts when it is said (S86). What is needed sooner is due sooner."""
    asked = need_of(protocol, need)
    hours = level_of(protocol, level).due_hours
    if asked is not None and asked.due_hours is not None and level == asked.level:
        hours = asked.due_hours
    due = said_at + timedelta(hours=hours)
    return min(due, max(needed_by, said_at)) if needed_by else due


def owned_by(protocol: Protocol, level: str, since: datetime) -> datetime:
    """When somebody must own what nobody has owned since then (F22)."""
    return since + timedelta(minutes=level_of(protocol, level).unowned_minutes)


def request_points(
    protocol: Protocol, *, level: str, classes: Iterable[str], said_at: datetime, due_at: datetime, at: datetime
) -> int:
    """A place in the queue, the greatest first: how urgent, how vulnerable, how long ago, how late."""
    rules = request_rules(protocol)
    waited = max(0.0, (at - said_at).total_seconds() / 3600)
    late = rules.late_points if due_at < at else 0
    points = level_of(protocol, level).points + vulnerability_weight(protocol, classes)
    return round(points + waited * rules.points_per_hour + late)


@dataclass(frozen=True)
class RungCalled:
    """A step of the ladder that is reached: its place from 0, whose duty it is, and since when."""

    number: int
    duty: str
    since: datetime


def rungs_called(protocol: Protocol, *, level: str, limit: datetime, at: datetime) -> list[RungCalled]:
    """The steps reached by now, counted from the limit that has passed."""
    rules = request_rules(protocol)
    ladder: tuple[RungTo, ...] = rules.emergency_ladder if is_emergency(protocol, level) else rules.ladder
    steps = [(number, rung, limit + timedelta(minutes=rung.after_minutes)) for number, rung in enumerate(ladder)]
    return [RungCalled(number, rung.code, since) for number, rung, since in steps if since <= at]
