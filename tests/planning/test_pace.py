"""When the rest of a round is reached, on rounds that one can check by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from doorstep.planning.rounds.pace import Pace, Planned, Rest, expected

START = datetime(2021, 12, 8, 1, 0, tzinfo=UTC)


def minute(m: float) -> datetime:
    return START + timedelta(minutes=m)


def a_round(*done: float | None, every: int = 5, trips: tuple[int, ...] = ()) -> list[Planned]:
    """Stops planned `every` minutes; those done at the given minutes."""
    return [
        Planned(minute((n + 1) * every), trips[n] if trips else 1, None if d is None else minute(d))
        for n, d in enumerate(done)
    ]


def minutes(found: list[datetime]) -> list[float]:
    return [(when - START).total_seconds() / 60 for when in found]


def test_a_round_in_time_keeps_its_times():
    assert minutes(expected(a_round(5, 10, None, None), START, minute(11))) == [5, 10, 15, 20]


def test_a_carrier_who_is_late_is_late_at_every_door_after():
    assert minutes(expected(a_round(17, None, None), START, minute(17))) == [17, 22, 27]


def test_a_carrier_ahead_comes_earlier():
    assert minutes(expected(a_round(2, None, None), START, minute(2))) == [2, 7, 12]


def test_the_pace_of_the_last_stops_is_the_pace_of_the_next():
    found = expected(a_round(5, 13, 21, 29, None, None), START, minute(29), pace=Pace(least=3, slowest=2))
    assert minutes(found)[-2:] == [37, 45]


def test_one_long_talk_is_no_pace():
    found = expected(a_round(5, 40, None), START, minute(40))
    assert minutes(found)[-1] == 45


def test_nobody_is_taken_to_be_slower_than_the_limit():
    found = expected(a_round(5, 35, 65, 95, None), START, minute(95), pace=Pace(least=3, slowest=1.6))
    assert minutes(found)[-1] == 95 + 5 * 1.6


def test_a_reload_takes_as_long_as_planned_whatever_the_pace():
    stops = a_round(5, 13, 21, 29, None, None, trips=(1, 1, 1, 1, 2, 2))
    assert minutes(expected(stops, START, minute(29), pace=Pace(least=3, slowest=2)))[-2:] == [34, 42]


def test_a_rest_is_kept_by_a_round_that_runs_late():
    stops = [Planned(minute(5), 1, minute(25)), Planned(minute(40)), Planned(minute(45))]
    found = expected(stops, START, minute(25), rests=[Rest(minute(10), minute(30))])
    assert minutes(found) == [25, 60, 65]
    slow = [*a_round(5, 13, 21, 29), Planned(minute(55)), Planned(minute(60))]
    found = expected(slow, START, minute(29), rests=[Rest(minute(22), minute(52))], pace=Pace(least=3, slowest=2))
    assert minutes(found)[-2:] == [29 + 5 * 1.6 + 30, 29 + 16 + 30]


def test_a_round_that_has_not_begun_runs_late():
    assert minutes(expected(a_round(None, None), START, minute(30))) == [30, 35]
    assert minutes(expected(a_round(None, None), START, minute(-60))) == [5, 10]


def test_a_carrier_gone_quiet_runs_late():
    assert minutes(expected(a_round(5, None, None), START, minute(50))) == [5, 50, 55]


def test_a_door_left_out_on_the_way_is_still_to_come():
    assert minutes(expected(a_round(5, None, 12, None), START, minute(12))) == [5, 17, 12, 22]


@given(
    st.lists(st.tuples(st.integers(0, 30), st.none() | st.integers(0, 400)), min_size=1, max_size=12),
    st.integers(0, 500),
)
def test_open_doors_come_in_order_and_never_in_the_past(lines, now):
    arrives, stops = 0, []
    for gap, done in lines:
        arrives += gap
        stops.append(Planned(minute(arrives), 1, None if done is None or done > now else minute(done)))
    found = expected(stops, START, minute(now))
    coming = [when for stop, when in zip(stops, found, strict=True) if stop.done_at is None]
    assert coming == sorted(coming)
    assert all(when >= minute(now) for when in coming)
    assert [when for stop, when in zip(stops, found, strict=True) if stop.done_at] == [
        s.done_at for s in stops if s.done_at
    ]
