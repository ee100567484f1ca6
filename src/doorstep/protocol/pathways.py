"""Pathways, lifting, reviews and shifts: dates by local days and the file's day-one rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from doorstep.protocol.clock import local_day, local_midnight
from doorstep.protocol.schema import Condition, Measure, Protocol, Text


@dataclass(frozen=True)
class StageDates:
    """A stage with its local days; it ends at the local midnight after `last_day`."""

    stage: str
    title: Text
    first_day: date
    last_day: date
    ends: datetime
    test_days: tuple[date, ...]
    release: str


def stages(protocol: Protocol, pathway_key: str, *, from_: datetime, tz: ZoneInfo) -> list[StageDates]:
    """The stages of a pathway begun at `from_`. The hour never matters, only the local day and `day_one`."""
    first = local_day(from_, tz) + timedelta(days=1 if protocol.day_one == "next_day" else 0)
    found = []
    for stage in protocol.pathways[pathway_key]:
        last = first + timedelta(days=stage.days - 1)
        tests = tuple(first + timedelta(days=number - 1) for number in stage.tests)
        ends = local_midnight(last + timedelta(days=1), tz)
        found.append(StageDates(stage.stage, stage.title, first, last, ends, tests, stage.release))
        first = last + timedelta(days=1)
    return found


def measures_of(protocol: Protocol, zone_key: str) -> tuple[Measure, ...]:
    """The measures that a zone class brings."""
    return protocol.zones[zone_key].measures


@dataclass(frozen=True)
class LiftingFacts:
    """What is known for lifting. None is unknown, and unknown is never met."""

    clock_from: datetime | None = None
    last_exposure: datetime | None = None
    last_negative_round: datetime | None = None
    declared: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ConditionState:
    """One condition: met or not, what is missing in plain words, and when it can be met at the earliest."""

    code: str
    met: bool
    missing: Text
    earliest: datetime | None


@dataclass(frozen=True)
class LiftingStatus:
    """Whether an area may be lifted. `met` only when every condition is."""

    conditions: tuple[ConditionState, ...]
    met: bool
    earliest: datetime | None
    next_zone: str | None


def lifting_status(protocol: Protocol, zone_key: str, facts: LiftingFacts, at: datetime, tz: ZoneInfo) -> LiftingStatus:
    """Which lifting conditions of a zone class are met at `at`. A zone class without a rule is never met."""
    rule = protocol.lifting.get(zone_key)
    if rule is None:
        return LiftingStatus((), False, None, None)
    states = tuple(_state(condition, facts, at, tz) for condition in rule.all)
    days = [state.earliest for state in states]
    earliest = max((day for day in days if day), default=None) if all(days) else None
    return LiftingStatus(states, bool(states) and all(state.met for state in states), earliest, rule.then)


def _state(condition: Condition, facts: LiftingFacts, at: datetime, tz: ZoneInfo) -> ConditionState:
    if condition.declared is not None:
        met = condition.declared in facts.declared
        missing = {"zh": f"尚未宣布：{condition.declared}", "en": f"not declared yet: {condition.declared}"}
        return ConditionState("declared", met, {} if met else missing, at if met else None)
    if condition.round_negative_within_hours is not None:
        hours = condition.round_negative_within_hours
        done = facts.last_negative_round
        met = done is not None and at - timedelta(hours=hours) <= done <= at
        missing = {"zh": f"最近 {hours} 小时内全员检测阴性", "en": f"a full negative round within the last {hours} h"}
        return ConditionState("round_negative", met, {} if met else missing, at if met else None)
    days = condition.no_new_case_days or condition.last_contact_exposure_days or 0
    code = "no_new_case" if condition.no_new_case_days else "last_contact"
    start = facts.clock_from if code == "no_new_case" else facts.last_exposure
    if start is None:
        unknown = {"zh": "起算时间未知", "en": "the start of its clock is not known"}
        return ConditionState(code, False, unknown, None)
    earliest = local_midnight(local_day(start, tz) + timedelta(days=days + 1), tz)
    left = {"zh": f"须满 {days} 天", "en": f"{days} full days must have passed"}
    return ConditionState(code, at >= earliest, {} if at >= earliest else left, earliest)


@dataclass(frozen=True)
class ReviewDue:
    """When a restriction must be reviewed, and until when it holds at most without a new decision."""

    due: datetime
    max_until: datetime


def restriction_review(protocol: Protocol, *, started: datetime, last_reviewed: datetime | None = None) -> ReviewDue:
    """The next review counts from the last one; the longest duration from the start (F31)."""
    rule = protocol.review
    return ReviewDue(
        (last_reviewed or started) + timedelta(hours=rule.restriction_hours), started + timedelta(days=rule.max_days)
    )


def shift_windows(
    protocol: Protocol, *, start: datetime, until: datetime, tz: ZoneInfo
) -> list[tuple[datetime, datetime]]:
    """Shifts that overlap [start, until), each `hours` long from the file's first hour of the local day."""
    length = timedelta(hours=protocol.shifts.hours)
    begins = local_midnight(local_day(start, tz) - timedelta(days=1), tz) + timedelta(hours=protocol.shifts.first_hour)
    found = []
    while begins < until:
        if begins + length > start:
            found.append((begins, begins + length))
        begins += length
    return found
