"""Pathways, reviews and shifts: dates by local days and the file's day-one rule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from doorstep.errors import UserError
from doorstep.protocol.clock import local_day, local_midnight
from doorstep.protocol.schema import Measure, Named, Pathway, Protocol, Text


@dataclass(frozen=True)
class StageDates:
    """A stage with its local days, from the local midnight of `first_day` to the one after `last_day`.

    With `ended_by` it ends at the instant at which the person left the pathway early.
    """

    stage: str
    title: Text
    place: str
    first_day: date
    last_day: date
    begins: datetime
    ends: datetime
    test_days: tuple[date, ...]
    antigen_days: tuple[date, ...]
    checks_per_day: int
    release: Named | None
    ended_by: Named | None = None


@dataclass(frozen=True)
class DueTest:
    """One test of a person: on which local day, of which kind, in which stage."""

    day: date
    kind: str  # a code of sampling.samples; "antigen" for antigen tests; "" where the file names none
    stage: str


def stages(
    protocol: Protocol,
    pathway_key: str,
    *,
    from_: datetime,
    tz: ZoneInfo,
    left_by: str = "",
    left_at: datetime | None = None,
) -> list[StageDates]:
    """The stages of a pathway begun at `from_`. The hour never matters, only the local day and `day_one`.

    `left_by` is a code of the pathway's early exits, such as immunity shown, at the instant `left_at`: the stage that runs
    then ends there and later ones fall away. Raises UserError for an exit that the pathway has not.
    """
    path = protocol.pathways[pathway_key]
    found = _dated(protocol, path, from_, tz)
    if not left_by or left_at is None:
        return found
    by = next((way for way in path.early_exit if way.code == left_by), None)
    if by is None:
        known = ", ".join(way.code for way in path.early_exit) or "none"
        raise UserError(f"This pathway has no early exit {left_by!r}.", field="left_by", mend=f"There are {known}.")
    day = local_day(left_at - timedelta(microseconds=1), tz)
    kept = [stage for stage in found if stage.begins < left_at]
    return [
        stage
        if stage.ends <= left_at
        else replace(
            stage,
            last_day=day,
            ends=left_at,
            test_days=tuple(one for one in stage.test_days if one <= day),
            antigen_days=tuple(one for one in stage.antigen_days if one <= day),
            ended_by=by,
        )
        for stage in kept
    ]


def tests_due(protocol: Protocol, pathway_key: str, dated: list[StageDates]) -> list[DueTest]:
    """The tests of dated stages, in order of their days."""
    kinds = {stage.stage: stage.sample for stage in protocol.pathways[pathway_key].stages}
    found = [DueTest(day, kinds[stage.stage], stage.stage) for stage in dated for day in stage.test_days]
    found += [DueTest(day, "antigen", stage.stage) for stage in dated for day in stage.antigen_days]
    return sorted(found, key=lambda test: (test.day, test.kind))


@dataclass(frozen=True)
class Deadline:
    """Until when a means of protection after exposure may be given."""

    code: str
    title: Text
    until: datetime


def prophylaxis_deadlines(protocol: Protocol, pathway_key: str, *, exposed_at: datetime) -> list[Deadline]:
    """What protects after an exposure, the earliest deadline first; counted in hours from the exposure itself."""
    means = protocol.pathways[pathway_key].prophylaxis
    found = [Deadline(one.code, one.title, exposed_at + timedelta(hours=one.within_hours)) for one in means]
    return sorted(found, key=lambda deadline: deadline.until)


def measures_of(protocol: Protocol, zone_key: str) -> tuple[Measure, ...]:
    """The measures that a zone class brings."""
    return protocol.zones[zone_key].measures


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


def _dated(protocol: Protocol, path: Pathway, from_: datetime, tz: ZoneInfo) -> list[StageDates]:
    next_day = (path.day_one or protocol.day_one) == "next_day"
    first = local_day(from_, tz) + timedelta(days=1 if next_day else 0)
    checks = protocol.monitoring.times_per_day if protocol.monitoring else 0
    found = []
    for stage in path.stages:
        last = first + timedelta(days=stage.days - 1)
        found.append(
            StageDates(
                stage.stage,
                stage.title,
                stage.place,
                first,
                last,
                local_midnight(first, tz),
                local_midnight(last + timedelta(days=1), tz),
                tuple(first + timedelta(days=number - 1) for number in stage.tests),
                tuple(first + timedelta(days=number - 1) for number in stage.antigen_tests),
                checks if stage.checks_per_day is None else stage.checks_per_day,
                stage.release,
            )
        )
        first = last + timedelta(days=1)
    return found
