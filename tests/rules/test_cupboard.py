"""Until when food lasts: by hand, and in general."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from doorstep.protocol.cupboard import DAY_S, cause_of, food_until

DAY = DAY_S


def test_a_kit_for_two_days_lasts_two_persons_two_days():
    assert food_until([(0, 4)], [(0, 2)]) == 2 * DAY


def test_the_same_kit_lasts_a_family_of_six_less_than_a_day():
    assert food_until([(0, 4)], [(0, 6)]) == pytest.approx(DAY * 4 / 6)


def test_what_is_left_is_kept_when_the_next_kit_comes():
    assert food_until([(0, 4), (DAY, 4)], [(0, 2)]) == 4 * DAY


def test_nobody_eats_what_is_not_there():
    """Empty for a day, then a kit: it does not make up for the hungry day."""
    assert food_until([(0, 2), (2 * DAY, 2)], [(0, 2)]) == 3 * DAY


def test_a_son_who_comes_home_shortens_it():
    assert food_until([(0, 4)], [(0, 2), (DAY, 4)]) == DAY + DAY / 2


def test_the_first_count_holds_for_the_time_before():
    assert food_until([(0, 4)], [(DAY, 2)]) == 2 * DAY


def test_food_that_ended_tells_when():
    assert food_until([(0, 2)], [(0, 2), (5 * DAY, 3)]) == DAY


@pytest.mark.parametrize(("delivered", "at_home"), [([], [(0, 2)]), ([(0, 4)], []), ([(0, 4)], [(0, 2), (DAY, 0)])])
def test_without_a_delivery_or_without_anybody_there_is_no_end(delivered, at_home):
    assert food_until(delivered, at_home) is None


times = some.lists(some.integers(0, 20), max_size=6, unique=True).map(sorted)


@given(times, times.filter(bool), some.data())
def test_one_more_kit_never_ends_the_food_earlier(days, changes, data):
    delivered = [(day * DAY, data.draw(some.integers(1, 12))) for day in days]
    at_home = [(day * DAY, data.draw(some.integers(1, 6))) for day in changes]
    extra = (data.draw(some.integers(0, 20)) * DAY, data.draw(some.integers(1, 12)))
    before, after = food_until(delivered, at_home), food_until(sorted([*delivered, extra]), at_home)
    assert after is not None
    assert before is None or after >= before - 1e-6


@pytest.mark.parametrize(
    ("before", "after", "facts", "cause"),
    [
        (None, 5.0, {}, ""),
        (5.0, 9.0, {}, ""),
        (9 * DAY, 5 * DAY, {"undone": True}, "delivery_taken_back"),
        (9 * DAY, 5 * DAY, {"persons": 3}, "more_persons"),
        (9 * DAY, 5 * DAY, {}, "recount"),
    ],
)
def test_food_that_ends_earlier_has_a_cause(before, after, facts, cause):
    given_facts = {"persons": 2, "persons_before": 2, "undone": False} | facts
    assert cause_of(before, after, **given_facts) == cause
