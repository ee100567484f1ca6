"""What holds for every hour, day, time zone and household."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from doorstep import protocol as rules

ZONES = [
    "Asia/Shanghai",
    "Europe/Rome",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Pacific/Apia",
    "UTC",
]
CODES = rules.shipped_ids()
PATHS = [(code, key) for code in CODES for key in rules.shipped(code).pathways]
CLASSES = ["severe", "pregnant", "alone_elder", "oxygen", "chronic", "infant"]

START = datetime(2021, 1, 1, tzinfo=UTC)
instants = st.integers(0, 2 * 365 * 86_400).map(lambda seconds: START + timedelta(seconds=seconds))
zones = st.sampled_from(ZONES).map(ZoneInfo)
hours = st.integers(0, 24 * 30)


@st.composite
def households(draw):
    people = draw(st.lists(st.sets(st.sampled_from(CLASSES)), min_size=1, max_size=5))
    present = draw(
        st.lists(st.sampled_from(["home", "quarantine", "hospital"]), min_size=len(people), max_size=len(people))
    )
    return rules.HouseholdFacts(
        "7", tuple(rules.PersonFacts(str(n), None, frozenset(c), present[n]) for n, c in enumerate(people))
    )


def identities(lines):
    return [(line.kind, line.subject_kind, line.subject_id, line.sequence) for line in lines]


@given(households(), instants, hours, hours, st.sampled_from(CODES), zones)
def test_a_household_is_owed_the_same_and_more_when_the_horizon_moves(household, bound, soon, later, code, tz):
    found = rules.shipped(code)
    for zone in found.zones:
        short, long = (
            rules.owed_to_household(found, zone, household, bound_from=bound, until=bound + timedelta(hours=h), tz=tz)
            for h in (soon, soon + later)
        )
        assert set(short) <= set(long)
        assert len(set(identities(long))) == len(long)
        assert all(line.window_start <= line.due and line.at_risk_from <= line.due for line in long)


@given(st.sampled_from(PATHS), instants, hours, hours, st.integers(0, 48), zones)
def test_a_person_is_owed_the_same_and_more_when_the_horizon_moves(path, began, soon, later, before, tz):
    code, key = path
    found, person = rules.shipped(code), rules.PersonFacts("1", pathway=key, pathway_from=began)
    bound = began + timedelta(hours=before)
    short, long, again = (
        rules.owed_to_person(found, person, bound_from=bound, until=bound + timedelta(hours=h), tz=tz)
        for h in (soon, soon + later, soon + later)
    )
    assert set(short) <= set(long)
    assert long == again
    assert len(set(identities(long))) == len(long)
    assert all(line.window_start < line.due and line.window_start <= line.at_risk_from for line in long)


@given(st.sampled_from(PATHS), instants, st.integers(1, 10), zones)
def test_a_clock_that_starts_again_keeps_the_days_that_stay_owed(path, began, days, tz):
    code, key = path
    found, until = rules.shipped(code), began + timedelta(days=90)
    first, restarted = (
        rules.owed_to_person(
            found, rules.PersonFacts("1", pathway=key, pathway_from=start), bound_from=began, until=until, tz=tz
        )
        for start in (began, began + timedelta(days=days))
    )
    last = [max((line.due for line in lines), default=began) for lines in (first, restarted)]
    assert last[0] <= last[1]
    if len(found.pathways[key].stages) == 1:
        checks = [{line.sequence: line for line in lines if line.kind == "check"} for lines in (first, restarted)]
        assert all(checks[0][number] == checks[1][number] for number in checks[0].keys() & checks[1].keys())


@given(st.sampled_from(PATHS), st.dates(date(2021, 1, 1), date(2022, 12, 1)), zones, st.data())
def test_the_day_counts_and_the_hour_never_across_summer_time(path, day, tz, data):
    code, key = path
    found = rules.shipped(code)
    start = rules.local_midnight(day, tz)
    length = (rules.local_midnight(day + timedelta(days=1), tz) - start).total_seconds()
    inside = start + timedelta(seconds=data.draw(st.floats(0, max(0.0, length - 1))))
    dated = rules.stages(found, key, from_=inside, tz=tz)
    if rules.local_day(inside, tz) == day:
        assert dated == rules.stages(found, key, from_=start, tz=tz)
    total = sum(stage.days for stage in found.pathways[key].stages)
    assert (dated[-1].last_day - dated[0].first_day).days == total - 1
    for stage, following in zip(dated, dated[1:], strict=False):
        assert stage.ends == following.begins
    for stage in dated:
        assert rules.local_day(stage.begins, tz) == stage.first_day
        assert all(stage.first_day <= test <= stage.last_day for test in (*stage.test_days, *stage.antigen_days))


@given(instants, st.integers(0, 30 * 24), zones)
def test_an_early_exit_only_takes_away(began, left, tz):
    found = rules.shipped("measles-contacts")
    at = began + timedelta(hours=left)
    facts = {"pathway": "susceptible_contact", "pathway_from": began}
    until = began + timedelta(days=40)
    whole = rules.owed_to_person(found, rules.PersonFacts("1", **facts), bound_from=began, until=until, tz=tz)
    early = rules.owed_to_person(
        found,
        rules.PersonFacts("1", **facts, left_by="immunity_shown", left_at=at),
        bound_from=began,
        until=until,
        tz=tz,
    )
    assert set(early) <= set(whole)
    assert {line for line in whole if line.due <= at} <= set(early)
    assert all(line.window_start < at for line in early)


@given(instants, st.integers(1, 20), st.integers(1, 20), st.sampled_from(CODES))
def test_a_longer_restriction_owes_everything_of_a_shorter_one(bound, days, more, code):
    found = rules.shipped(code)
    for zone in found.zones:
        short, long = (
            rules.owed_to_area(found, zone, "9", bound_from=bound, review_at=None, until=bound + timedelta(days=d))
            for d in (days, days + more)
        )
        assert set(short) <= set(long)


@given(st.integers(1, 500), st.floats(0, 20), st.floats(0.1, 10), st.floats(0.1, 10))
def test_needs_of_two_windows_add_up(persons, start, first, second):
    flood = rules.shipped("flood-isolated")
    one, two, both = (
        rules.supply_needs(flood, "isolated", persons=persons, households=persons, from_day=begin, days=days)
        for begin, days in ((start, first), (start + first, second), (start, first + second))
    )
    assert abs(one.water_litres + two.water_litres - both.water_litres) < 1e-6 * both.water_litres + 1e-6
    assert both.kg >= max(one.kg, two.kg)
