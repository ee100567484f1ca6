"""Errands: instances that fit on a hand, the checker, properties, and a file of the travelling purchaser."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.errors import UserError
from doorstep.planning.errands import Courier, ErrandsProblem, Line, Site, check, plan_errands, solve_file

HOUR = 3600.0


def street(*places):
    """Travel times between the base at 0 and places along a street, in seconds."""
    points = [0.0, *places]
    return [[abs(a - b) for b in points] for a in points]


def planned(problem, iterations=3, seed=1):
    plan = plan_errands(problem, iterations=iterations, seconds=20, seed=seed)
    assert check(problem, plan) == []
    return plan


def test_one_site_that_has_everything_beats_two_that_are_nearer():
    sites = (
        Site("near", {"insulin": 2}, queue_s=900),
        Site("next", {"strips": 2}, queue_s=900),
        Site("far", {"insulin": 2, "strips": 2}, queue_s=900),
    )
    lines = (Line("1", ("insulin",)), Line("2", ("strips",)))
    plan = planned(ErrandsProblem(sites, lines, (Courier("a"),), street(100, 120, 300)))
    assert [[stop.site for stop in route.stops] for route in plan.routes] == [["far"]]
    assert plan.courier_s == 900 + 600
    assert plan.gap == pytest.approx(0, abs=1e-6)


def test_a_stock_that_couriers_share_is_never_promised_twice():
    sites = (Site("a", {"x": 3}), Site("b", {"x": 1}))
    lines = tuple(Line(str(number), ("x",)) for number in range(5))
    plan = planned(ErrandsProblem(sites, lines, (Courier("1"), Courier("2")), street(60, 90)))
    assert [row.why for row in plan.unserved] == ["stock"]
    assert plan.lower_bound <= plan.objective


def test_a_drug_that_nobody_has_comes_back_as_a_named_shortage():
    lines = (Line("1", ("x",)), Line("2", ("nowhere",)))
    plan = planned(ErrandsProblem((Site("a", {"x": 1}),), lines, (Courier("1"),), street(60)))
    assert [(row.line, row.why) for row in plan.unserved] == [("2", "no_source")]
    nobody = ErrandsProblem((Site("a", {}),), (Line("2", ("nowhere",)),), (Courier("1"),), street(60))
    assert planned(nobody).routes == ()


def test_what_is_cold_or_urgent_is_back_in_time_or_says_that_it_cannot_be():
    sites = (Site("a", {"insulin": 9, "x": 9}, queue_s=600), Site("b", {"x": 9, "y": 9}, queue_s=1800))
    lines = (Line("cold", ("insulin",), cold_s=1500), Line("1", ("y",)))
    problem = ErrandsProblem(sites, lines, (Courier("1"),), street(600, 700))
    (route,) = planned(problem).routes
    assert [stop.site for stop in route.stops] == ["b", "a"]
    late = replace(problem, lines=(Line("now", ("insulin",), due_s=1000.0),))
    assert [row.why for row in planned(late).unserved] == ["time"]


def test_opening_hours_make_a_later_start_and_not_a_wait():
    site = Site("a", {"x": 1}, queue_s=300, opens_s=2 * HOUR, closes_s=3 * HOUR)
    plan = planned(ErrandsProblem((site,), (Line("1", ("x",)),), (Courier("1"),), street(600)))
    assert plan.routes[0].starts_s == 2 * HOUR - 600
    assert plan.courier_s == 1500


def test_what_may_stand_in_is_taken_only_where_the_wanted_drug_is_not_to_be_had():
    sites = (Site("a", {"brand": 1, "generic": 5}),)
    lines = (Line("1", ("brand", "generic")), Line("2", ("brand",)))
    plan = planned(ErrandsProblem(sites, lines, (Courier("1"),), street(60)))
    got = {one.line: one.drug for stop in plan.routes[0].stops for one in stop.collected}
    assert got == {"1": "generic", "2": "brand"}


def test_urgent_lines_go_on_their_own_way_where_one_would_be_too_long():
    sites = (Site("a", {"x": 1}, queue_s=600), Site("b", {"y": 1}, queue_s=7000))
    lines = (Line("1", ("x",), due_s=2000.0), Line("2", ("y",)))
    plan = planned(ErrandsProblem(sites, lines, (Courier("1"), Courier("2")), street(600, 650)))
    assert len(plan.routes) == 2
    assert plan.unserved == ()


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_every_plan_holds_and_its_bound_is_below_it(data):
    draw = data.draw
    many = draw(st.integers(1, 5))
    drugs = ("a", "b", "c")
    sites = tuple(
        Site(
            f"s{n}",
            {drug: draw(st.integers(0, 3)) for drug in drugs},
            queue_s=draw(st.sampled_from([0.0, 300.0, 1200.0])),
            closes_s=draw(st.sampled_from([math.inf, 4000.0])),
        )
        for n in range(many)
    )
    lines = tuple(
        Line(
            str(n),
            tuple(draw(st.lists(st.sampled_from(drugs), min_size=1, max_size=2, unique=True))),
            draw(st.integers(1, 3)),
            draw(st.sampled_from([math.inf, 5000.0, 2000.0])),
            draw(st.sampled_from([math.inf, 900.0])),
            draw(st.sampled_from([None, frozenset({"s0"})])),
            draw(st.booleans()),
        )
        for n in range(draw(st.integers(1, 6)))
    )
    team = tuple(
        Courier(str(n), 0.0, draw(st.sampled_from([math.inf, 6000.0]))) for n in range(draw(st.integers(1, 2)))
    )
    travel = street(*(draw(st.floats(1, 900)) for _ in range(many)))
    problem = ErrandsProblem(sites, lines, team, travel, 1e5)
    plan = plan_errands(problem, iterations=1, seconds=5)
    assert check(problem, plan) == []


def test_the_same_seed_gives_the_same_plan():
    sites = tuple(Site(f"s{n}", {"xyz"[n % 3]: 2, "xyz"[n % 2]: 1}, queue_s=100.0 * n) for n in range(6))
    lines = tuple(Line(str(n), ("xyz"[n % 3],)) for n in range(5))
    problem = ErrandsProblem(sites, lines, (Courier("1"), Courier("2")), street(50, 400, 250, 90, 700, 30))
    assert planned(problem, seed=3).routes == planned(problem, seed=3).routes


def test_a_problem_with_an_impossible_figure_is_refused_with_its_place():
    with pytest.raises(UserError, match="not 2 by 2"):
        ErrandsProblem((Site("a", {}),), (), (), [[0.0]])
    with pytest.raises(UserError, match="below nothing"):
        ErrandsProblem((Site("a", {}, queue_s=-1),), (), (), street(60))


TPP = """NAME :
TYPE : TPP
DIMENSION : 3
NODE_COORD_SECTION :
1 0 0
2 3 4
3 6 8
DEMAND_SECTION :
2
1 2
2 1
OFFER_SECTION :
1 0
2 2  1 5 1  2 9 3
3 2  1 1 2  2 1 1
EOF
"""


def test_a_file_of_the_travelling_purchaser_gives_the_cheapest_tour_and_purchases(tmp_path):
    file = tmp_path / "small.tpp"
    file.write_text(TPP)
    answer = solve_file(file, seconds=5)
    assert answer["feasible"]
    assert answer["cost"] == pytest.approx(20 + 2 + 1)
    assert answer["lower_bound"] == pytest.approx(23)
    assert answer["routes"] == [["3"]]


def test_a_file_with_a_wrong_row_names_it(tmp_path):
    file = tmp_path / "broken.tpp"
    file.write_text(TPP.replace("2 2  1 5 1  2 9 3", "2 2  1 five 1"))
    with pytest.raises(UserError, match="line 14"):
        solve_file(file, seconds=1)
