"""The rules of a visit: deadlines, what leaves first, which rules a plan breaks, answers at the door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep import protocol as rules

COVID = rules.find("cn-covid-2021-09")
TZ = ZoneInfo("Asia/Shanghai")
SIX = datetime(2021, 12, 7, 22, 0, tzinfo=UTC)  # 06:00 local
MIDNIGHT = SIX + timedelta(hours=18)


def test_hot_food_is_due_so_many_hours_after_it_is_packed():
    found = rules.visit_deadlines(COVID, "kit:breakfast", SIX + timedelta(hours=9), tz=TZ, ready=SIX)
    assert [(line.code, line.at) for line in found] == [
        ("late", SIX + timedelta(hours=9)),
        ("hot_late", SIX + timedelta(hours=2)),
    ]
    assert rules.must_be_by(found, SIX) == SIX + timedelta(hours=2)


def test_a_households_tube_is_due_before_noon_of_its_day():
    found = rules.visit_deadlines(COVID, "test:12", MIDNIGHT, tz=TZ)
    assert ("hour_late", SIX + timedelta(hours=6)) in [(line.code, line.at) for line in found]


def test_a_deadline_that_has_passed_hurries_nobody_who_can_meet_the_next():
    found = rules.visit_deadlines(COVID, "test", MIDNIGHT, tz=TZ)
    assert rules.must_be_by(found, SIX + timedelta(hours=8)) == MIDNIGHT
    assert rules.must_be_by(found, MIDNIGHT + timedelta(hours=1)) == SIX + timedelta(hours=6)


@pytest.mark.parametrize(("kind", "hours", "leaves"), [("kit:breakfast", 8, True), ("kit:living", 8, False)])
def test_what_would_spoil_in_the_window_leaves_first(kind, hours, leaves):
    assert rules.leaves_first(COVID, kind, ready=SIX, ends=SIX + timedelta(hours=hours)) is leaves


def visit(key, minutes, *kinds, carrier="a", infected=False, skills=(), deadlines=()):
    when = SIX + timedelta(minutes=minutes)
    return rules.PlannedVisit(key, carrier, when, kinds, tuple(deadlines), infected, frozenset(skills))


def test_an_infected_stair_before_a_clean_one_of_the_same_carrier_is_a_conflict():
    stops = [visit("1", 10, infected=True), visit("2", 20), visit("3", 5, carrier="b"), visit("4", 30, infected=True)]
    assert rules.rules_broken(COVID, stops) == {"1": ("infected_first",)}


def test_a_test_needs_a_carrier_who_can_sample():
    stops = [visit("1", 10, "test:3"), visit("2", 20, "test", skills=["sampling"]), visit("3", 30, "letter")]
    assert rules.rules_broken(COVID, stops) == {"1": ("no_skill",)}


def test_each_rule_that_comes_too_late_is_named():
    when = [rules.VisitDeadline("late", SIX), rules.VisitDeadline("hot_late", SIX + timedelta(hours=1))]
    assert rules.rules_broken(COVID, [visit("1", 30, deadlines=when)]) == {"1": ("late",)}
    assert rules.rules_broken(COVID, [visit("1", 90, deadlines=when)]) == {"1": ("late", "hot_late")}


def test_refuse_is_collected_once_in_each_cycle_and_more_days_add_more():
    home = rules.HouseholdFacts("1", (rules.PersonFacts("1"),))

    def waste(hours):
        until = SIX + timedelta(hours=hours)
        lines = rules.owed_to_household(COVID, "sealed", home, bound_from=SIX, until=until, tz=TZ)
        return [(line.sequence, line.window_start, line.due) for line in lines if line.kind == "waste"]

    assert waste(15) == []
    assert waste(17) == [(0, SIX + timedelta(hours=16), SIX + timedelta(hours=24))]
    assert [number for number, *_ in waste(72)] == [0, 1, 2]
    assert waste(72)[:1] == waste(17)


QUESTIONS = {question.code: question for question in COVID.welfare}


@given(st.lists(st.sampled_from(sorted(QUESTIONS["who"].answers)), min_size=1, unique=True))
def test_several_answers_fit_a_question_that_takes_many_and_no_other(codes):
    answer = "+".join(codes)
    assert rules.answers_fit(QUESTIONS["who"], answer)
    assert rules.said(answer) == codes
    assert not rules.answers_fit(QUESTIONS["fever"], "none+some")


@pytest.mark.parametrize("answer", ["", "+", "ill+", "ill+ill", "dragon", "ill++pet", "some"])
def test_an_answer_that_is_none_does_not_fit(answer):
    assert not rules.answers_fit(QUESTIONS["who"], answer)


def test_each_door_question_is_asked_in_every_epidemic():
    asked = {"well", "fever", "food", "medicine", "who", "worry"}
    assert all(
        asked <= {question.code for question in rules.find(code).welfare}
        for code in rules.shipped_ids()
        if "covid" in code
    )
