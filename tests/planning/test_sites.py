"""Many compounds: each around its own gate, carriers shared out, nobody forgotten."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

import pytest

from doorstep.planning.rounds import Carrier, DoorDemand, RoundsProblem, Stair, check, plan_rounds, plan_sites
from doorstep.planning.rounds.sites import share_out

HOUR = 3600.0


def a_site(name: str, doors: int, *, x: float = 30.0, kg: float = 5.0) -> RoundsProblem:
    stair = Stair(f"{name}-stair", x, 0.0)
    demands = tuple(DoorDemand(f"{name}{n}", stair.id, 1 + n % 6, kg) for n in range(doors))
    return RoundsProblem(demands, (stair,), ())


def carriers(count: int, hours: float = 8.0) -> list[Carrier]:
    return [Carrier(str(n), 0.0, hours * HOUR) for n in range(count)]


def test_each_door_is_served_once_or_named():
    sites = [a_site("a", 40), a_site("b", 10), a_site("c", 25)]
    plan = plan_sites(sites, carriers(5), transfer_s=600, iterations=300, seconds=3, workers=1)
    named = Counter(stop.door for trip in plan.trips for stop in trip.stops)
    named.update(lost.door for lost in plan.unserved)
    assert named == Counter(door.id for site in sites for door in site.doors)
    assert not plan.unserved


def test_a_compound_planned_with_others_costs_what_it_costs_alone():
    sites = [a_site("a", 12), a_site("b", 12, x=400.0)]
    plan = plan_sites(sites, carriers(2), transfer_s=600, iterations=300, seconds=3, workers=1)
    alone = [plan_rounds(replace(site, carriers=tuple(carriers(1))), iterations=150, seconds=3) for site in sites]
    assert plan.cost_s == pytest.approx(sum(one.cost_s for one in alone))
    assert plan.lower_bound_s == pytest.approx(sum(one.lower_bound_s for one in alone))


def test_the_larger_compound_gets_more_carriers_and_no_compound_goes_without():
    given = share_out([9000.0, 1000.0, 500.0], carriers(6))
    assert [len(found) for found in given] == [4, 1, 1]
    assert share_out([100.0, 0.0], carriers(2))[1] == []


def test_who_is_free_helps_out_elsewhere_after_the_way_there():
    sites = [a_site("a", 12), a_site("b", 80)]
    plan = plan_sites(sites, carriers(2, hours=2.0), transfer_s=900, iterations=200, seconds=2, workers=1)
    by_carrier = defaultdict(list)
    for trip in plan.trips:
        by_carrier[trip.carrier].append((trip.depart_s, trip.return_s, trip.stops[0].door[0], trip.number))
    moved = [sorted(trips) for trips in by_carrier.values() if len({site for _, _, site, _ in trips}) == 2]
    assert moved, "nobody went to the other compound"
    for trips in moved:
        assert [number for *_, number in trips] == list(range(1, len(trips) + 1))
        for (_, back, site, _), (leaves, _, there, _) in zip(trips, trips[1:], strict=False):
            assert leaves >= back + (900 if site != there else 0)
            assert leaves <= 2 * HOUR


def test_who_helps_elsewhere_rests_before_and_its_climbing_goes_on_counting():
    sites = [a_site("a", 12), a_site("b", 80)]
    crew = [replace(one, ppe_limit_s=HOUR, rest_s=1200.0, budget_kg_storeys=700.0) for one in carriers(2, hours=6.0)]
    plan = plan_sites(sites, crew, transfer_s=300, iterations=200, seconds=2, workers=1)
    climbed: Counter[str] = Counter()
    floors = {door.id: door.floor for site in sites for door in site.doors}
    helped = False
    for carrier in {trip.carrier for trip in plan.trips}:
        trips = sorted((trip for trip in plan.trips if trip.carrier == carrier), key=lambda trip: trip.depart_s)
        climbed[carrier] = sum(5 * (floors[stop.door] - 1) for trip in trips for stop in trip.stops)
        for one, two in zip(trips, trips[1:], strict=False):
            if one.stops[0].door[0] != two.stops[0].door[0]:
                helped = True
                between = [rest for rest in plan.rests if rest.carrier == carrier and rest.start_s == one.return_s]
                assert two.depart_s >= between[0].end_s + 300
    assert helped, "nobody went to the other compound"
    assert max(climbed.values()) <= 700


def test_one_carrier_alone_serves_compound_after_compound():
    sites = [a_site("a", 6), a_site("b", 6), a_site("c", 6)]
    plan = plan_sites(sites, carriers(1), transfer_s=600, iterations=100, seconds=2, workers=1)
    assert not plan.unserved
    assert {stop.door[0] for trip in plan.trips for stop in trip.stops} == {"a", "b", "c"}


def test_without_carriers_every_door_is_named_with_its_mend():
    sites = [a_site("a", 3), a_site("b", 3)]
    plan = plan_sites(sites, [], transfer_s=600, iterations=100, seconds=2, workers=1)
    assert {(lost.reason, bool(lost.mend)) for lost in plan.unserved} == {("no_carrier", True)}
    assert len(plan.unserved) == 6


def test_every_sites_part_holds_by_the_independent_check():
    sites = [a_site("a", 30), a_site("b", 14)]
    plan = plan_sites(sites, carriers(4), transfer_s=600, iterations=200, seconds=2, workers=2)
    for site in sites:
        own = {door.id for door in site.doors}
        part = replace(
            plan,
            trips=tuple(trip for trip in plan.trips if trip.stops[0].door in own),
            unserved=tuple(lost for lost in plan.unserved if lost.door in own),
        )
        assert check(replace(site, carriers=tuple(carriers(4))), part) == []


def test_same_seed_same_plan_on_any_number_of_workers():
    sites = [a_site("a", 40), a_site("b", 30)]
    one, two = (
        plan_sites(sites, carriers(4), transfer_s=600, iterations=200, seconds=30, workers=n, seed=3) for n in (1, 2)
    )
    assert one.trips == two.trips
