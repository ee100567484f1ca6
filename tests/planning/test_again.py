"""A plan made anew while it is walked: few stops move, and each that moves is named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.planning.rounds import (
    Carrier,
    DoorDemand,
    RoundsProblem,
    Stair,
    Told,
    as_told,
    plan_by_hand,
    plan_rounds,
    plan_sites,
    replan_rounds,
    replan_sites,
)
from doorstep.planning.rounds.check import holds

DAY = 8 * 3600.0


def a_compound(doors: int, carriers: int, *, hours: float = 8.0, kg: float = 8.0, **facts) -> RoundsProblem:
    stairs = tuple(Stair(f"S{n}", 20 + 17 * n, 9 * (n % 5)) for n in range(max(2, doors // 12)))
    demands = tuple(DoorDemand(f"d{n}", stairs[n % len(stairs)].id, 1 + n % 6, kg) for n in range(doors))
    crew = tuple(Carrier(str(n), 0.0, hours * 3600) for n in range(carriers))
    return RoundsProblem(demands, stairs, crew, **facts)


def carrier_of(plan) -> dict[str, str]:
    return {stop.door: trip.carrier for trip in plan.trips for stop in trip.stops}


def order_of(plan, carrier: str) -> list[str]:
    trips = sorted((trip for trip in plan.trips if trip.carrier == carrier), key=lambda trip: trip.depart_s)
    return [stop.door for trip in trips for stop in trip.stops]


def assert_named(before, after) -> None:
    """Every stop that changed its carrier is named, with both carriers, and no other is."""
    was, is_now = carrier_of(before), carrier_of(after)
    changed = {(door, was[door], is_now[door]) for door in is_now if door in was and was[door] != is_now[door]}
    assert {(m.door, m.from_carrier, m.to_carrier) for m in after.moved if m.from_carrier != m.to_carrier} == changed


def assert_order_kept(before, after) -> None:
    moved = {one.door for one in after.moved}
    for carrier in {trip.carrier for trip in after.trips}:
        now = [door for door in order_of(after, carrier) if door not in moved]
        then = [door for door in order_of(before, carrier) if door in now]
        assert [door for door in now if door in then] == then


def test_when_one_of_ten_leaves_only_its_stops_get_another_carrier():
    whole = a_compound(500, 10)
    before = plan_rounds(whole, iterations=200, seconds=20, workers=1)
    half = max(trip.return_s for trip in before.trips) / 2
    after = replan_rounds(whole, before, at_s=half, gone_carriers=["3"])
    assert after.unserved == ()
    assert after.moved
    assert {(one.from_carrier, one.why) for one in after.moved} == {("3", "carrier_gone")}
    assert_named(before, after)
    assert_order_kept(before, after)
    assert holds(whole, after, broken_off=["3"]) == []


def test_without_a_change_nothing_changes():
    whole = a_compound(120, 4)
    before = plan_by_hand(whole)
    after = replan_rounds(whole, before, at_s=2000.0)
    assert after.moved == ()
    assert sorted(after.trips, key=str) == sorted(before.trips, key=str)


def test_the_trip_under_way_goes_on_as_it_is():
    whole = a_compound(60, 2)
    before = plan_by_hand(whole)
    out = min(before.trips, key=lambda trip: trip.depart_s)
    after = replan_rounds(whole, before, at_s=(out.depart_s + out.return_s) / 2, gone_carriers=["1"])
    assert out in after.trips
    assert holds(whole, after, broken_off=["1"]) == []


def test_who_is_back_later_than_planned_leaves_later():
    whole = a_compound(60, 1)
    before = plan_by_hand(whole)
    first, second = sorted(before.trips, key=lambda trip: trip.depart_s)[:2]
    after = replan_rounds(whole, before, at_s=first.return_s - 1, back_s={"0": first.return_s + 900})
    assert sorted(trip.depart_s for trip in after.trips)[1] == second.depart_s + 900


def test_a_new_building_joins_and_a_dropped_door_leaves_without_moving_anybody():
    whole = a_compound(60, 3)
    before = plan_by_hand(whole)
    at_s = 600.0
    last = max(before.trips, key=lambda trip: trip.depart_s).stops[-1].door
    sealed = tuple(DoorDemand(f"new{n}", "N", 1 + n % 6, 6.0) for n in range(12))
    kept = tuple(door for door in whole.doors if door.id != last)
    now = replace(whole, doors=(*kept, *sealed), stairs=(*whole.stairs, Stair("N", 60, 40)))
    after = replan_rounds(now, before, at_s=at_s)
    assert after.moved == ()
    assert last not in carrier_of(after)
    assert {door.id for door in sealed} <= set(carrier_of(after))
    assert_order_kept(before, after)
    assert holds(now, after) == []


def test_a_kit_that_got_heavier_leaves_a_climb_that_cannot_take_it():
    whole = a_compound(24, 1, climb_load_kg=16.0)
    before = plan_by_hand(whole)
    door = max(before.trips, key=lambda trip: trip.depart_s).stops[0].door
    now = replace(whole, doors=tuple(replace(d, weight_kg=14.0) if d.id == door else d for d in whole.doors))
    after = replan_rounds(now, before, at_s=1.0)
    assert after.unserved == ()
    assert holds(now, after) == []


def test_a_door_where_nobody_answered_is_tried_again_by_the_same_carrier():
    whole = a_compound(60, 1)
    before = plan_by_hand(whole)
    first = min(before.trips, key=lambda trip: trip.depart_s)
    silent = first.stops[0].door
    done = {stop.door for stop in first.stops} - {silent}
    after = replan_rounds(whole, before, at_s=first.return_s + 1, done=done)
    again = [trip for trip in after.trips if silent in {stop.door for stop in trip.stops}]
    assert [trip.number > 1 for trip in again] == [True]
    assert after.moved == ()


def test_others_give_way_only_where_something_would_be_unserved_and_it_is_named():
    stairs = (Stair("A", 10, 0), Stair("B", 10, 5))
    doors = (DoorDemand("small", "A", 1, 5.0, service_s=300), DoorDemand("large", "B", 1, 5.0, service_s=900))
    crew = (Carrier("x", 0, 1000), Carrier("y", 0, 500), Carrier("z", 0, 1000))
    first = RoundsProblem(doors, stairs, crew, trolley_kg=5.0)
    by_x = plan_by_hand(replace(first, doors=doors[:1], carriers=crew[:1]))
    by_z = plan_by_hand(replace(first, doors=doors[1:], carriers=crew[2:]))
    before = replace(by_x, trips=(*by_x.trips, *by_z.trips))
    after = replan_rounds(first, before, at_s=0.0, gone_carriers=["z"])
    assert after.unserved == ()
    assert carrier_of(after) == {"small": "y", "large": "x"}
    assert {(one.door, one.why) for one in after.moved} == {("small", "makes_room"), ("large", "carrier_gone")}


def test_several_compounds_are_made_anew_together():
    sites = [a_compound(40, 0), a_compound(30, 0)]
    sites[1] = replace(
        sites[1],
        doors=tuple(replace(d, id=f"b{d.id}", stair=f"b{d.stair}") for d in sites[1].doors),
        stairs=tuple(replace(s, id=f"b{s.id}") for s in sites[1].stairs),
    )
    crew = [Carrier(str(n), 0.0, DAY) for n in range(4)]
    before = plan_sites(sites, crew, transfer_s=600, iterations=100, seconds=2, workers=1)
    gone = next(trip.carrier for trip in before.trips if trip.stops[0].door.startswith("b"))
    after = replan_sites(sites, crew, before, transfer_s=600, at_s=900.0, gone_carriers=[gone])
    assert after.unserved == ()
    assert {one.from_carrier for one in after.moved} == {gone}
    assert_named(before, after)


def test_rounds_read_back_from_their_stops_are_the_plan_that_was_told():
    whole = a_compound(60, 3)
    before = plan_by_hand(whole)
    stops = [
        Told(trip.carrier, trip.number, number, stop.door, stop.arrive_s)
        for trip in before.trips
        for number, climb in enumerate(trip.climbs, start=1)
        for stop in trip.stops
        if stop.door in climb.doors
    ]
    told = as_told([whole], stops)
    for trip, same in zip(sorted(before.trips, key=lambda t: (t.carrier, t.number)), told.trips, strict=True):
        assert (trip.climbs, trip.carrier, trip.number) == (same.climbs, same.carrier, same.number)
        assert (trip.depart_s, trip.return_s) == pytest.approx((same.depart_s, same.return_s))
    one, two = (replan_rounds(whole, plan, at_s=1500.0, gone_carriers=["1"]) for plan in (before, told))
    assert one.moved == two.moved


DOORS = st.lists(
    st.tuples(
        st.sampled_from("ABC"),
        st.integers(0, 8),
        st.floats(0.5, 30),
        st.sampled_from([0.0, 1800.0]),
        st.booleans(),
        st.sampled_from([None, 900.0, 4000.0]),
        st.booleans(),
    ),
    min_size=2,
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(
    DOORS,
    st.integers(2, 4),
    st.floats(0, 3000),
    st.sets(st.integers(0, 3), max_size=2),
    st.integers(0, 4),
    st.sampled_from([None, 1500.0]),
    st.sampled_from([3600.0, DAY]),
)
def test_any_new_plan_holds_and_names_what_moved(rows, crew, at_s, gone, new, suit, shift):
    stairs = (Stair("A", 20, 5), Stair("B", 60, -10), Stair("C", 30, 40, lift=True))
    every = tuple(
        DoorDemand(f"{s}{n}", s, f, kg, release_s=r, last=last, due_s=due, first=hot)
        for n, (s, f, kg, r, last, due, hot) in enumerate(rows)
    )
    carriers = tuple(Carrier(str(n), 0, shift, ppe_limit_s=suit, rest_s=600) for n in range(crew))
    now = RoundsProblem(every, stairs, carriers, trolley_kg=40)
    before = plan_by_hand(replace(now, doors=every[min(new, len(every) - 1) :]))
    left = {str(number) for number in gone}
    after = replan_rounds(now, before, at_s=at_s, gone_carriers=left)
    assert holds(now, after, broken_off=left) == []
    assert_named(before, after)
    assert_order_kept(before, after)
    assert after.lower_bound_s <= after.cost_s + 1e-3
    for trip in after.trips:
        assert trip.depart_s < at_s or trip.carrier not in left
