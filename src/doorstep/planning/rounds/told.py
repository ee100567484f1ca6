"""Rounds as carriers were told them, stop by stop, read back as a plan from which one can be made anew."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from doorstep.planning.rounds.desks import Index, clock_load
from doorstep.planning.rounds.plan import Climb, Rest, RoundsPlan, StopAt, Trip
from doorstep.planning.rounds.problem import DoorDemand, RoundsProblem, climb_capacity_kg


@dataclass(frozen=True)
class Told:
    """A stop of a carrier: on which of its trips, on which climb of that trip, and when it was to be there."""

    carrier: str
    trip: int
    climb: int
    door: str
    arrive_s: float


def as_told(sites: Sequence[RoundsProblem], stops: Iterable[Told], rests: Iterable[Rest] = ()) -> RoundsPlan:
    """The plan of these stops, in their order, as `replan_sites` takes it. Doors that no site has are left out.

    A trip leaves when its first stop's instant asks for it; visited doors belong into `sites` too, so that what a carrier
    has already worked and climbed is counted.
    """
    indexes = [Index(site, number) for number, site in enumerate(sites)]
    site_of = {name: index for index in indexes for name in index.doors}
    trips: dict[tuple[str, int], dict[int, list[Told]]] = defaultdict(lambda: defaultdict(list))
    for stop in stops:
        if stop.door in site_of:
            trips[stop.carrier, stop.trip][stop.climb].append(stop)
    found = [_trip(site_of, carrier, number, climbs) for (carrier, number), climbs in sorted(trips.items())]
    cost = sum(trip.return_s - trip.depart_s for trip in found)
    return RoundsPlan(
        trips=tuple(found),
        unserved=(),
        late=(),
        cost_s=cost,
        by_hand_cost_s=cost,
        lower_bound_s=0.0,
        gap=0.0,
        seconds=0.0,
        seed=0,
        iterations=0,
        complete=True,
        method="told",
        rests=tuple(rests),
    )


def _trip(site_of: dict[str, Index], carrier: str, number: int, climbs: dict[int, list[Told]]) -> Trip:
    told = [stop for _, stops in sorted(climbs.items()) for stop in stops]
    index = site_of[told[0].door]
    load = tuple(climb_of(index, [index.doors[stop.door] for stop in stops]) for _, stops in sorted(climbs.items()))
    seconds, clocked = clock_load(index, load)
    depart = max(0.0, told[0].arrive_s - clocked[0][1])
    done_after = {name: done - arrive for name, arrive, done in clocked}
    stops = tuple(StopAt(stop.door, stop.arrive_s, stop.arrive_s + done_after[stop.door]) for stop in told)
    weight = sum(climb.load_kg for climb in load)
    return Trip(carrier, number, depart, depart + seconds, weight, load, stops, index.stairs[load[0].stair].gate)


def climb_of(index: Index, doors: Sequence[DoorDemand]) -> Climb:
    """One climb to these doors in this order, by what they weigh now."""
    load = sum(door.weight_kg for door in doors)
    stair = index.stairs[doors[0].stair]
    ways = max(1, math.ceil(load / climb_capacity_kg(index.problem, stair) - 1e-9)) if len(doors) == 1 else 1
    top = max(doors, key=lambda door: abs(door.floor - 1)).floor
    return Climb(stair.id, tuple(door.id for door in doors), load, top, ways)
