"""The rules read from files: dates, kits, contacts, lifting."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep import protocol as rules
from doorstep.errors import UserError

TZ = ZoneInfo("Asia/Shanghai")
SEALED = datetime(2021, 12, 7, 19, 0, tzinfo=UTC)


def a_household(*classes: str, persons: int = 2) -> rules.HouseholdFacts:
    people = (
        rules.PersonFacts("1", classes=frozenset(classes)),
        *(rules.PersonFacts(str(n + 2)) for n in range(persons - 1)),
    )
    return rules.HouseholdFacts("7", people)


@pytest.mark.parametrize("code", rules.shipped_ids())
def test_every_shipped_protocol_is_in_order_and_describes_itself_in_both_languages(code):
    found = rules.shipped(code)
    assert found.id == code
    assert found.title["zh"] in rules.describe(found, "zh")
    assert found.title["en"] in rules.describe(found, "en")


def test_all_eight_protocols_are_shipped():
    assert len(rules.shipped_ids()) == 8


@given(st.integers(1, 200), st.integers(0, 200), st.sampled_from(rules.shipped_ids()))
def test_a_longer_horizon_only_adds_lines(hours, more, code):
    found = rules.shipped(code)
    for zone in found.zones:
        short, long = (
            rules.owed_to_household(
                found, zone, a_household("severe"), bound_from=SEALED, until=SEALED + timedelta(hours=h), tz=TZ
            )
            for h in (hours, hours + more)
        )
        assert set(short) <= set(long)
        identities = [(line.kind, line.subject_id, line.sequence) for line in long]
        assert len(identities) == len(set(identities))


def test_the_founding_household_is_owed_a_kit_every_two_days_and_a_daily_contact_when_severely_ill():
    found = rules.shipped("cn-covid-2021-09")
    lines = rules.owed_to_household(
        found, "sealed", a_household("severe"), bound_from=SEALED, until=SEALED + timedelta(days=4), tz=TZ
    )
    living = [line.due for line in lines if line.kind == "kit:living"]
    assert living[0] == SEALED + timedelta(hours=12)
    assert {later - earlier for earlier, later in zip(living, living[1:], strict=False)} == {timedelta(days=2)}
    assert sum(line.kind == "contact" for line in lines) == 4


def test_nobody_at_home_is_owed_nothing():
    away = rules.HouseholdFacts("7", (rules.PersonFacts("1", present="quarantine"),))
    assert (
        rules.owed_to_household(
            rules.shipped("cn-covid-2021-09"),
            "sealed",
            away,
            bound_from=SEALED,
            until=SEALED + timedelta(days=9),
            tz=TZ,
        )
        == []
    )


def test_heat_binds_nobody_and_owes_only_contacts():
    found = rules.shipped("heat")
    lines = rules.owed_to_household(
        found, "watch", a_household("alone_elder"), bound_from=SEALED, until=SEALED + timedelta(days=2), tz=TZ
    )
    assert {line.kind for line in lines} == {"contact"}
    assert not found.zones["watch"].binding


@given(st.integers(0, 23), st.integers(0, 59), st.sampled_from(["Asia/Shanghai", "Europe/Rome"]))
def test_dates_never_depend_on_the_hour(hour, minute, zone):
    tz = ZoneInfo(zone)
    start = datetime(2022, 3, 20, hour, minute, tzinfo=tz)
    path = rules.stages(rules.shipped("cn-covid-2021-09"), "close_contact", from_=start, tz=tz)
    assert path[0].first_day == date(2022, 3, 21)
    assert path[0].last_day == date(2022, 4, 3)
    assert path[1].last_day == date(2022, 4, 10)
    assert path[0].ends.astimezone(tz).hour == 0


def test_unknown_lifting_facts_are_never_met_and_known_ones_are_on_the_fifteenth_day():
    found = rules.shipped("cn-covid-2021-09")
    assert not rules.lifting_status(found, "sealed", rules.LiftingFacts(), SEALED, TZ).met
    at = SEALED + timedelta(days=15)
    facts = rules.LiftingFacts(
        clock_from=SEALED,
        last_exposure=SEALED,
        last_negative_round=at - timedelta(hours=20),
        declared=frozenset({"last_contact_negative"}),
    )
    status = rules.lifting_status(found, "sealed", facts, at, TZ)
    assert status.met
    assert status.next_zone == "transition"


def test_six_hour_shifts_cover_the_window_without_a_gap():
    windows = rules.shift_windows(
        rules.shipped("cn-covid-2021-09"), start=SEALED, until=SEALED + timedelta(days=2), tz=TZ
    )
    assert windows[0][0] <= SEALED
    assert windows[-1][1] >= SEALED + timedelta(days=2)
    assert all(one[1] == two[0] for one, two in zip(windows, windows[1:], strict=False))


def test_a_second_miss_sends_somebody_at_once():
    found = rules.shipped("cn-covid-2021-09")
    assert rules.follow_up_due(found, ["alone_elder"], SEALED, 2).step == "now"
    frail, other = (rules.follow_up_due(found, c, SEALED, 1).due for c in (["alone_elder"], []))
    assert frail < other


def test_covered_until_needs_somebody_at_home():
    assert rules.covered_until(SEALED, 6, 3) == SEALED + timedelta(days=2)
    with pytest.raises(ValueError, match="at least one"):
        rules.covered_until(SEALED, 6, 0)


def test_a_wrong_file_names_the_key_and_the_mend(tmp_path):
    text = (rules.files.FOLDER / "heat.yaml").read_text("utf-8")
    wrong = tmp_path / "mine.yaml"
    wrong.write_text(text.replace("shifts: {hours", "shiftz: {hours"), "utf-8")
    problems = {problem.key: problem for problem in rules.check(wrong)}
    assert "shifts" in problems["shiftz"].mend
    assert "missing" in problems["shifts"].message
    with pytest.raises(UserError, match=r"mine\.yaml"):
        rules.load(wrong)
    with pytest.raises(UserError, match="cn-covid-2021-08"):
        rules.shipped("cn-covid-2021-08")


def test_an_exercise_clock_steps_and_runs():
    clock = rules.IncidentClock("exercise", SEALED, SEALED, 0.0)
    later = SEALED + timedelta(hours=1)
    assert clock.now(later) == SEALED
    assert clock.stepped(later, timedelta(hours=6)).now(later) == SEALED + timedelta(hours=6)
    assert clock.accelerated(later, 60).now(later + timedelta(minutes=1)) == SEALED + timedelta(hours=1)
