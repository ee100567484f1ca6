"""The benchmark's judge and its engines on a handful of doors; no time is measured."""

from __future__ import annotations

import pytest

from benchmarks.rounds.checker import least, score
from benchmarks.rounds.cutting import climbs
from benchmarks.rounds.engines import by_hand, compounds, run
from benchmarks.rounds.instance import make_instance
from benchmarks.rounds.people import people
from benchmarks.rounds.public import count, read
from doorstep.planning.rounds import check, plan_rounds, replan_rounds
from doorstep.planning.rounds.check import holds


@pytest.fixture
def small():
    """One door on the sixth floor 110 m from the gate, one on the ground beside it."""
    stair = {"id": "A", "gate": 0, "x": 110.0, "y": 0.0, "up": 14.0, "down": 9.0, "wait": 0.0, "lift": False}
    doors = [
        {"id": "A601", "stair": "A", "floor": 6, "kg": 10.0, "service": 90},
        {"id": "A101", "stair": "A", "floor": 1, "kg": 10.0, "service": 90},
    ]
    facts = {"climb_kg": 16.0, "trolley_kg": 120.0, "walk_m_per_s": 1.1, "gates": [[0.0, 0.0]], "gate": [0.0, 0.0]}
    return {**facts, "stairs": [stair], "doors": doors}


def test_the_judge_counts_the_way_the_stairs_and_the_service(small):
    found = score(small, [[["A", ["A601"], 1], ["A", ["A101"], 1]]])
    assert (found["walk_s"], found["climb_s"], found["service_s"]) == (pytest.approx(200), 5 * 23, 180)
    assert found["violations"] == {}
    assert least(small) == pytest.approx(found["cost_s"])


def test_the_judge_names_what_is_wrong(small):
    assert score(small, [])["violations"] == {"door not served": 2}
    assert score(small, [[["A", ["A601", "A101"], 1]]])["violations"] == {"climb over its load": 1}
    assert score(small, [[["A", ["A601"], 1]], [["A", ["A601"], 1], ["A", ["A101"], 1]]])["violations"] == {
        "door served twice": 1
    }


def test_climbs_for_other_engines_are_cut_as_well_as_can_be():
    stair = {"id": "A", "lift": False}
    doors = [
        {"id": str(n), "floor": floor, "kg": kg}
        for n, (floor, kg) in enumerate([(6, 9.0), (6, 7.0), (5, 9.0), (5, 7.0)])
    ]
    found = climbs({"climb_kg": 16.0, "trolley_kg": 120.0}, stair, doors)
    assert sorted(tuple(sorted(names)) for _, names, _ in found) == [("0", "1"), ("2", "3")]


@pytest.mark.parametrize("carrying", ["bags", "trolley"])
def test_every_door_is_served_by_the_rule_and_by_the_planner(carrying):
    instance = make_instance(10, 1, carrying=carrying)
    hand = score(instance, by_hand(compounds(instance)[0], 1, 1))
    own = run("doorstep", instance, 0.5, 1)
    found = score(instance, own["trips"])
    assert hand["violations"] == found["violations"] == {}
    assert least(instance) - 1e-6 <= found["cost_s"] <= hand["cost_s"]
    assert own["own_cost_s"] == pytest.approx(found["cost_s"])


MULTI = """NAME: three
TYPE: MTVRPTWR
EDGE_WEIGHT_TYPE: EUC_2D
DIMENSION: 4
VEHICLES: 1
CAPACITY: 10
SERVICE_TIME: 1
NODE_COORD_SECTION
1 0 0
2 10 0
3 0 10
4 0 20
DEMAND_SECTION
1 0
2 10
3 5
4 5
TIME_WINDOW_SECTION
1 0 200
2 0 200
3 0 200
4 0 200
RELEASE_TIME_SECTION
1 0
2 0
3 30
4 60
VEHICLES_RELOAD_DEPOT_SECTION
1 1
DEPOT_SECTION
1
-1
EOF
"""


def test_a_reload_waits_for_what_is_packed_late(tmp_path):
    from doorstep.planning.rounds import solve_file

    path = tmp_path / "three.vrp"
    path.write_text(MULTI)
    facts = read(path)
    assert count(facts, [[1, 0, 2, 3]]) == (600, [])
    facts["TIME_WINDOW"][4][1] = 75
    assert count(facts, [[1, 0, 2, 3]])[1] == ["late at 3"]
    answer = solve_file(path, seconds=0.5, seed=1)
    assert count(read(path), answer["routes"]) == (answer["cost"], [])
    assert answer["cost"] == 600


def test_rounds_as_people_work_them_hold_with_every_rule_at_once():
    problem = people(100, 4, 1)
    plan = plan_rounds(problem, iterations=60, workers=1)
    assert {door.first for door in problem.doors} == {door.last for door in problem.doors} == {True, False}
    assert plan.unserved == plan.late == ()
    assert check(problem, plan) == []
    after = replan_rounds(problem, plan, at_s=3600.0, gone_carriers=["00"])
    assert holds(problem, after, broken_off=["00"]) == []
