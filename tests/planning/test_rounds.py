"""The rounds planner on instances that fit on a hand, and its promises on any instance."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.errors import UserError
from doorstep.planning.rounds import (
    Carrier,
    DoorDemand,
    Gate,
    RoundsProblem,
    Stair,
    check,
    plan_by_hand,
    plan_rounds,
    solve_file,
)
from doorstep.planning.rounds.check import spread
from doorstep.planning.rounds.climbs import pack_climbs
from doorstep.planning.rounds.problem import climb_s

DAY = 8 * 3600.0


def problem(doors, *, stairs=None, carriers=None, **facts) -> RoundsProblem:
    stairs = stairs or (Stair("A", 50, 0), Stair("B", 80, 30))
    carriers = carriers if carriers is not None else (Carrier("江北", 0, DAY), Carrier("江南", 0, DAY))
    return RoundsProblem(tuple(doors), tuple(stairs), tuple(carriers), **facts)


def door(number: int, floor: int, kg: float = 6.0, stair: str = "A", **facts) -> DoorDemand:
    return DoorDemand(f"{stair}{number}", stair, floor, kg, **facts)


def test_one_door_costs_the_walk_the_stairs_and_the_knock():
    plan = plan_rounds(problem([door(1, 6)]), iterations=50, workers=1)
    assert plan.cost_s == pytest.approx(2 * 50 / 1.1 + 5 * (14 + 9) + 90)
    assert plan.lower_bound_s == pytest.approx(plan.cost_s)
    assert plan.trips[0].stops[0].arrive_s == pytest.approx(50 / 1.1 + 5 * 14)


def test_two_bags_a_climb_take_the_highest_doors_together():
    doors = [door(n, floor, 8) for n, floor in enumerate([6, 6, 5, 5, 2])]
    climbs = pack_climbs(problem(doors), Stair("A", 0, 0), doors)
    assert [climb.top_floor for climb in climbs] == [6, 5, 2]


@given(st.lists(st.integers(1, 7), min_size=1, max_size=6), st.integers(1, 3))
def test_climbs_are_exact_for_equal_loads(floors, together):
    doors = [door(n, floor, 5) for n, floor in enumerate(floors)]
    stair = Stair("A", 0, 0)
    found = sum(
        climb_s(stair, climb.top_floor)
        for climb in pack_climbs(problem(doors, climb_load_kg=5.0 * together), stair, doors)
    )
    best = min(
        sum(climb_s(stair, max(order[i : i + together])) for i in range(0, len(order), together))
        for order in itertools.permutations(floors)
    )
    assert found == pytest.approx(best)


def test_a_trolley_that_is_full_goes_back_to_the_gate():
    doors = [door(n, 1, 10) for n in range(5)]
    plan = plan_rounds(problem(doors, trolley_kg=20, carriers=[Carrier("一", 0, DAY)]), iterations=100, workers=1)
    assert len(plan.trips) == 3
    assert all(trip.load_kg <= 20 for trip in plan.trips)
    assert check(problem(doors, trolley_kg=20, carriers=[Carrier("一", 0, DAY)]), plan) == []


def test_what_fits_no_shift_is_named_with_what_would_serve_it():
    short = problem([door(1, 6), door(2, 6, stair="B")], carriers=[Carrier("一", 0, 420)])
    plan = plan_rounds(short, iterations=50, workers=1)
    assert plan.unserved
    assert plan.unserved[0].reason == "no_time"
    assert "carrier" in plan.unserved[0].mend
    assert check(short, plan) == []


def test_without_a_carrier_every_door_is_named():
    plan = plan_rounds(problem([door(1, 2)], carriers=[]), iterations=50, workers=1)
    assert [lost.reason for lost in plan.unserved] == ["no_carrier"]


def test_a_household_whose_goods_are_more_than_one_climb_is_climbed_to_twice_by_the_same_carrier():
    large = problem([door(1, 3, 30), door(2, 3)])
    plan = plan_rounds(large, iterations=50, workers=1)
    ways = {climb.doors: climb.ways for trip in plan.trips for climb in trip.climbs}
    assert ways[("A1",)] == 2
    assert check(large, plan) == []


def test_goods_heavier_than_the_trolley_are_named_and_the_others_are_served():
    plan = plan_rounds(problem([door(1, 3, 140), door(2, 3)]), iterations=50, workers=1)
    assert [(lost.door, lost.reason) for lost in plan.unserved] == [("A1", "too_heavy")]
    assert [stop.door for trip in plan.trips for stop in trip.stops] == ["A2"]


def test_tight_doors_go_first_late_goods_wait_and_an_infected_stair_is_last():
    doors = [door(1, 2, last=True), door(2, 2, stair="B"), door(3, 2, stair="B", release_s=3600)]
    tight = problem(doors, carriers=[Carrier("一", 0, DAY)])
    plan = plan_rounds(tight, iterations=50, workers=1)
    order = [stop.door for trip in sorted(plan.trips, key=lambda t: t.depart_s) for stop in trip.stops]
    assert order == ["B2", "B3", "A1"]
    assert check(tight, plan) == []


def test_after_its_time_in_a_suit_a_carrier_rests_at_the_gate():
    doors = [door(n, 3, 16) for n in range(6)]
    crew = [Carrier("一", 0, DAY, ppe_limit_s=900, rest_s=1200)]
    long = problem(doors, carriers=crew, trolley_kg=32)
    plan = plan_rounds(long, iterations=50, workers=1)
    first, second, third = plan.trips
    assert second.return_s - first.depart_s <= 900
    assert [(rest.start_s, rest.end_s) for rest in plan.rests] == [(second.return_s, second.return_s + 1200)]
    assert third.depart_s == pytest.approx(second.return_s + 1200 + long.reload_s)
    assert check(long, plan) == []


def test_a_trip_longer_than_a_suit_may_be_worn_is_taken_in_parts():
    doors = [door(n, 6, 10) for n in range(12)]
    crew = [Carrier("一", 0, DAY, ppe_limit_s=1000, rest_s=600)]
    plan = plan_rounds(problem(doors, carriers=crew), iterations=50, workers=1)
    assert plan.unserved == ()
    assert max(trip.return_s - trip.depart_s for trip in plan.trips) <= 1000
    assert check(problem(doors, carriers=crew), plan) == []


def test_hot_goods_leave_first_also_when_they_are_packed_late():
    doors = [door(n, 2, 16, stair="B") for n in range(6)] + [
        door(9, 2, first=True),
        door(8, 3, first=True, release_s=300),
    ]
    hot = problem(doors, carriers=[Carrier("一", 0, DAY)], trolley_kg=32)
    plan = plan_rounds(hot, iterations=50, workers=1)
    order = [trip.stops[0].door for trip in sorted(plan.trips, key=lambda one: one.depart_s)]
    assert order.index("A9") == 0
    assert order.index("A8") <= 2
    assert check(hot, plan) == []


def test_a_lift_takes_kilograms_off_the_account():
    doors = [door(1, 20, 16), door(2, 3, 16, stair="B")]
    stairs = [Stair("A", 10, 0, lift=True), Stair("B", 20, 0)]
    tower = problem(doors, stairs=stairs, carriers=[Carrier("一", 0, DAY, budget_kg_storeys=32.0)])
    plan = plan_rounds(tower, iterations=50, workers=1)
    assert plan.unserved == ()
    assert check(tower, plan) == []


def test_a_lift_takes_the_whole_trolley_up():
    doors = [door(n, 20, 10) for n in range(8)]
    high = problem(doors, stairs=[Stair("A", 10, 0, lift=True)])
    plan = plan_rounds(high, iterations=50, workers=1)
    assert len(plan.trips[0].climbs) == 1
    assert check(high, plan) == []


def test_each_compound_is_supplied_from_its_own_gate():
    stairs = (Stair("A", 50, 0, gate="east"), Stair("B", 1050, 0, gate="west"))
    gates = (Gate("east", 0, 0), Gate("west", 1000, 0))
    two = problem([door(1, 1), door(2, 1, stair="B")], stairs=stairs, gates=gates, carriers=[Carrier("一", 0, DAY)])
    plan = plan_rounds(two, iterations=50, workers=1)
    assert sorted(trip.gate for trip in plan.trips) == ["east", "west"]
    assert plan.cost_s == pytest.approx(2 * (2 * 50 / 1.1 + 90))
    first, second = sorted(plan.trips, key=lambda trip: trip.depart_s)
    assert second.depart_s == pytest.approx(first.return_s + 1000 / 1.1 + two.reload_s)
    assert check(two, plan) == []


def test_a_door_that_would_be_late_gets_a_trip_of_its_own():
    doors = [door(n, 7, 16) for n in range(7)] + [door(9, 2, 2, due_s=300)]
    crew = [Carrier("一", 0, DAY), Carrier("二", 0, DAY)]
    plan = plan_rounds(problem(doors, carriers=crew), iterations=100, workers=1)
    assert plan.late == ()
    assert check(problem(doors, carriers=crew), plan) == []


def test_when_time_is_short_the_most_vulnerable_are_served():
    doors = [door(1, 6), door(2, 6, stair="B", priority=5)]
    short = problem(doors, carriers=[Carrier("一", 0, 420)])
    plan = plan_rounds(short, iterations=50, workers=1)
    assert [lost.door for lost in plan.unserved] == ["A1"]


def test_a_trip_too_long_for_what_is_left_of_a_shift_is_taken_in_parts():
    doors = [door(n, 1, 5) for n in range(12)]
    short = problem(doors, carriers=[Carrier("一", 0, 800), Carrier("二", 0, 800)])
    plan = plan_rounds(short, iterations=50, workers=1)
    assert plan.unserved == ()
    assert check(short, plan) == []


def test_climbing_is_shared_out_evenly():
    doors = [door(n, 6, 15) for n in range(24)]
    whole = problem(doors, stairs=[Stair("A", 50, 0)], trolley_kg=30)
    plan = plan_rounds(whole, iterations=100, workers=1)
    weight = {one.id: one.weight_kg * 5 for one in doors}
    climbed = {
        name: sum(weight[s.door] for t in plan.trips if t.carrier == name for s in t.stops) for name in ("江北", "江南")
    }
    assert abs(climbed["江北"] - climbed["江南"]) <= 30 * 5


def test_carriers_of_equal_shift_climb_alike_within_three_percent_of_the_cost():
    doors = [door(n, 1 + n % 7, 4 + 3 * (n % 5), stair=f"S{n % 12}") for n in range(240)]
    stairs = [Stair(f"S{n}", 30 + 23 * n, 15 * (n % 4)) for n in range(12)]
    crew = [Carrier(str(n), 0, DAY, ppe_limit_s=2 * 3600) for n in range(5)] + [Carrier("短", 0, DAY / 4)]
    whole = problem(doors, stairs=stairs, carriers=crew)
    plan = plan_rounds(whole, iterations=100, workers=1)
    assert plan.unserved == ()
    assert spread(whole, plan) <= 0.10
    assert check(whole, plan) == []


def test_two_carriers_share_one_trip_where_it_costs_little():
    doors = [door(n, 6, 15) for n in range(8)]
    near = problem(doors, stairs=[Stair("A", 5, 0)])
    plan = plan_rounds(near, iterations=50, workers=1)
    assert {trip.carrier for trip in plan.trips} == {"江北", "江南"}
    assert spread(near, plan) <= 0.10
    assert 0 < plan.fair_extra_s <= 0.03 * plan.cost_s
    assert check(near, plan) == []


DOORS = st.lists(
    st.tuples(
        st.sampled_from("ABCD"),
        st.integers(0, 8),
        st.one_of(st.floats(0.5, 45), st.sampled_from([4.0, 8.0, 16.0])),
        st.sampled_from([0.0, 1800.0]),
        st.booleans(),
        st.sampled_from([None, 400.0, 4000.0]),
        st.integers(0, 2),
        st.booleans(),
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=40, deadline=None)
@given(
    DOORS,
    st.integers(0, 3),
    st.sampled_from([16.0, 120.0]),
    st.sampled_from([600.0, DAY]),
    st.sampled_from([None, 900.0]),
    st.sampled_from([None, 200.0]),
    st.sampled_from([None, 500.0, 1500.0]),
)
def test_any_plan_holds_and_is_never_worse_than_by_hand(rows, crew, climb_load, shift, limit, budget, suit):
    doors = [
        DoorDemand(f"{s}{n}", s, f, kg, release_s=r, last=last, due_s=due, priority=priority, first=hot)
        for n, (s, f, kg, r, last, due, priority, hot) in enumerate(rows)
    ]
    stairs = [Stair("A", 20, 5), Stair("B", 60, -10), Stair("C", 30, 40, lift=True), Stair("D", 520, 5, gate="west")]
    carriers = [Carrier(str(n), 0, shift, limit, budget, suit, 600.0) for n in range(crew)]
    gates = (Gate("west", 500, 0),)
    whole = problem(doors, stairs=stairs, carriers=carriers, climb_load_kg=climb_load, gates=gates)
    plan, hand = plan_rounds(whole, iterations=60, workers=1), plan_by_hand(whole)
    assert check(whole, plan) == []
    assert check(whole, hand) == []
    assert all(lost.reason and lost.mend for lost in plan.unserved)


def test_the_same_seed_and_budget_give_the_same_plan_on_any_number_of_workers():
    doors = [door(n, n % 6 + 1, 5 + n % 4, stair=f"S{n % 40}") for n in range(900)]
    stairs = [Stair(f"S{n}", 20 + 37 * n % 400, 11 * n % 300) for n in range(40)]
    whole = problem(doors, stairs=stairs, carriers=[Carrier(str(n), 0, 9 * DAY) for n in range(4)])
    one = plan_rounds(whole, iterations=300, seconds=120, seed=3, workers=1)
    two = plan_rounds(whole, iterations=300, seconds=120, seed=3, workers=2)
    assert one.trips == two.trips
    assert one.complete
    assert check(whole, one) == []


def test_a_wrong_problem_names_the_door():
    with pytest.raises(UserError, match="Stair Z of door Z1"):
        problem([door(1, 2, stair="Z")])
    with pytest.raises(UserError, match="stands twice"):
        problem([door(1, 2), door(1, 3)])


CVRP = """NAME : four
TYPE : CVRP
DIMENSION : 5
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 10
NODE_COORD_SECTION
1 0 0
2 10 0
3 20 0
4 0 10
5 0 20
DEMAND_SECTION
1 0
2 5
3 5
4 5
5 5
DEPOT_SECTION
1
-1
EOF
"""


def test_a_public_file_is_solved_with_a_bound(tmp_path):
    path = tmp_path / "four.vrp"
    path.write_text(CVRP)
    answer = solve_file(path, seconds=0.5, seed=1)
    assert answer["cost"] == 80
    assert answer["lower_bound"] <= 80
    assert sorted(client for route in answer["routes"] for client in route) == [1, 2, 3, 4]
    with pytest.raises(UserError, match="no VRPLIB"):
        solve_file(_written(tmp_path / "x.vrp", "hello"), seconds=0.5, seed=1)


def _written(path, text):
    path.write_text(text)
    return path
