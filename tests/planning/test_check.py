"""The independent checker names each rule that a plan breaks: plans that hold are spoilt by one stroke."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doorstep.planning.rounds import Carrier, DoorDemand, RoundsProblem, Stair, check, plan_rounds
from doorstep.planning.rounds.check import spread

DAY = 8 * 3600.0


def door(name: str, **facts) -> DoorDemand:
    return DoorDemand(name, "A", 1, 10.0, **facts)


def one_door_a_trip(*doors: DoorDemand, lift: bool = False, **limits) -> RoundsProblem:
    crew = (Carrier("x", 0, DAY, **limits),)
    return RoundsProblem(doors, (Stair("A", 55, 0, lift=lift),), crew, trolley_kg=10.0)


def swapped(plan):
    """The loads of the first two trips exchanged, the times left as they are."""
    one, two, *rest = sorted(plan.trips, key=lambda trip: trip.depart_s)
    names = (one.climbs[0].doors[0], two.climbs[0].doors[0])

    def carrying(trip, name):
        climb, stop = trip.climbs[0], trip.stops[0]
        return replace(trip, climbs=(replace(climb, doors=(name,)),), stops=(replace(stop, door=name),))

    return replace(plan, trips=(carrying(one, names[1]), carrying(two, names[0]), *rest))


def test_a_rest_left_out_is_seen():
    problem = one_door_a_trip(door("a"), door("b"), ppe_limit_s=400.0, rest_s=600.0)
    plan = plan_rounds(problem, iterations=20, workers=1)
    assert check(problem, plan) == []
    assert "x is in a suit for" in check(problem, replace(plan, rests=()))[0]
    short = replace(plan.rests[0], end_s=plan.rests[0].start_s + 60)
    assert check(problem, replace(plan, rests=(short,))) == ["x rests for 60 s only"]
    early = replace(plan.rests[0], start_s=0.0, end_s=600.0)
    assert any("rests during a trip" in text for text in check(problem, replace(plan, rests=(early,))))


@pytest.mark.parametrize(
    ("doors", "said"),
    [
        ((door("a"), door("b", last=True)), "x goes to a after an infected stair"),
        ((door("a"), door("b", first=True)), "x takes hot goods after goods that could wait"),
        ((door("a"), door("b", release_s=900.0)), "door b: its goods are not packed when the trip leaves"),
    ],
)
def test_a_wrong_order_is_seen(doors, said):
    problem = one_door_a_trip(*doors)
    plan = plan_rounds(problem, iterations=20, workers=1)
    assert check(problem, plan) == []
    assert check(problem, swapped(plan)) == [said]


def test_a_trip_before_the_reload_is_seen():
    problem = one_door_a_trip(door("a"), door("b"))
    plan = plan_rounds(problem, iterations=20, workers=1)
    assert "reloaded" in check(replace(problem, reload_s=600.0), plan)[0]


def test_climbing_over_the_budget_is_seen_unless_a_lift_climbs():
    high = replace(door("a"), floor=9)
    plan = plan_rounds(one_door_a_trip(high), iterations=20, workers=1)
    assert "x climbs over the budget" in check(one_door_a_trip(high, budget_kg_storeys=79.0), plan)
    assert check(one_door_a_trip(high, budget_kg_storeys=80.0), plan) == []
    assert "x climbs over the budget" not in check(one_door_a_trip(high, lift=True, budget_kg_storeys=1.0), plan)


def test_fairness_that_costs_too_much_is_seen():
    problem = one_door_a_trip(door("a"))
    plan = plan_rounds(problem, iterations=20, workers=1)
    assert "sharing the climbing costs 10 s" in check(problem, replace(plan, fair_extra_s=10.0))


def test_the_spread_is_between_carriers_of_equal_shift():
    crew = (Carrier("x", 0, DAY), Carrier("y", 0, DAY), Carrier("z", 0, DAY / 2))
    problem = replace(one_door_a_trip(replace(door("a"), floor=3)), carriers=crew)
    plan = plan_rounds(problem, iterations=20, workers=1)
    assert spread(problem, plan) == pytest.approx(2.0)
    assert spread(replace(problem, carriers=crew[:1]), replace(plan, trips=())) == 0.0
