"""Where everybody stands at an instant of a plan: what is done, what is under way, what each has still to do, who is without."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from doorstep.planning.rounds.byhand import by_hand
from doorstep.planning.rounds.desks import Desk, Grounds, Row, fact_of, run
from doorstep.planning.rounds.plan import Climb, Load, Rest, RoundsPlan, Trip
from doorstep.planning.rounds.problem import Carrier, DoorDemand, climb_capacity_kg, kg_storeys
from doorstep.planning.rounds.told import climb_of


@dataclass(frozen=True)
class Instant:
    """The moment of a new plan. `begun`: how many trips of a carrier have left; `back_s`: when it is really back."""

    at_s: float
    done: Collection[str]
    gone: Collection[str]
    begun: Mapping[str, int]
    back_s: Mapping[str, float]


@dataclass
class Standing:
    """Trips and rests that are past or under way, the shifts from here on, loads without a carrier; whose each door was."""

    past: list[Trip] = field(default_factory=list)
    rests: list[Rest] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    orphans: list[tuple[int, Load]] = field(default_factory=list)
    owner: dict[str, str] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)


def standing(grounds: Grounds, carriers: Sequence[Carrier], before: RoundsPlan, now: Instant) -> Standing:
    """The plan `before` as it stands at an instant, with the doors of the problem as they are now."""
    return _Reading(grounds, before, now).read(carriers)


class _Reading:
    def __init__(self, grounds: Grounds, before: RoundsPlan, now: Instant) -> None:
        self.grounds, self.before, self.now = grounds, before, now
        self.site_of = {key: index.site for index in grounds.indexes for key in index.stairs}
        self.found = Standing()
        self.settled = set(now.done)
        self.loose: dict[int, list[DoorDemand]] = defaultdict(list)

    def read(self, carriers: Sequence[Carrier]) -> Standing:
        trips: dict[str, list[Trip]] = defaultdict(list)
        for trip in sorted(self.before.trips, key=lambda one: one.depart_s):
            trips[trip.carrier].append(trip)
        known = {carrier.id for carrier in carriers}
        for name in trips:
            if name not in known or name in self.now.gone:
                self._gone(name, trips[name])
        for carrier in carriers:
            if carrier.id not in self.now.gone:
                self._stays(carrier, trips[carrier.id])
        self._settle_new()
        return self.found

    def _begun(self, name: str, trips: Sequence[Trip]) -> int:
        return self.now.begun.get(name, sum(trip.depart_s < self.now.at_s for trip in trips))

    def _gone(self, name: str, trips: Sequence[Trip]) -> None:
        """What was done stays done; the rest needs another carrier."""
        begun = self._begun(name, trips)
        self.found.rests += [r for r in self.before.rests if r.carrier == name and r.start_s < self.now.at_s]
        for trip in trips[:begun]:
            kept = self._visited(trip)
            if kept.stops:
                self.found.past.append(replace(kept, return_s=min(trip.return_s, max(self.now.at_s, trip.depart_s))))
            self._orphan(self._left(trip.climbs, name, "carrier_gone"))
        for trip in trips[begun:]:
            self._orphan(self._left(trip.climbs, name, "carrier_gone"))

    def _stays(self, carrier: Carrier, trips: Sequence[Trip]) -> None:
        now, name = self.now, carrier.id
        begun = self._begun(name, trips)
        desk = Desk(carrier, max(carrier.start_s, 0.0), from_s=now.at_s, trips=begun)
        rests = sorted((r for r in self.before.rests if r.carrier == name), key=lambda rest: rest.start_s)
        for number, trip in enumerate(trips[:begun], start=1):
            under_way = number == begun and now.back_s.get(name, trip.return_s) > now.at_s
            if number == begun:
                trip = replace(trip, return_s=max(now.back_s.get(name, trip.return_s), trip.depart_s))
            past = trip if under_way else self._visited(trip)
            self.settled.update(stop.door for stop in past.stops)
            if not under_way:
                self._leave_loose(self._left(trip.climbs, name, "left_over"))
            if past.stops:
                self.found.past.append(past)
            self._pass(desk, trip, past, rests)
        if begun:
            after = [rest for rest in rests if desk.free_s - 1e-6 <= rest.start_s < now.at_s]
            if after:
                self.found.rests.append(after[-1])
                desk.free_s, desk.suit_since_s = max(desk.free_s, after[-1].end_s), None
        self.found.rows.append(self._row(desk, trips[begun:]))

    def _pass(self, desk: Desk, trip: Trip, past: Trip, rests: Sequence[Rest]) -> None:
        """The limits after a trip that is past or under way."""
        site = self.site_of.get(trip.climbs[0].stair, 0)
        place = (site, trip.gate)
        rested = [rest for rest in rests if desk.free_s - 1e-6 <= rest.start_s < trip.depart_s]
        if desk.place is not None and rested:
            self.found.rests.append(rested[-1])
        if desk.suit_since_s is None or rested:
            desk.suit_since_s = trip.depart_s - self.grounds.way_s(desk.place, place)
        index = self.grounds.indexes[site]
        desk.free_s, desk.place = trip.return_s, place
        desk.worked_s += trip.return_s - trip.depart_s
        doors = [index.doors[stop.door] for stop in past.stops if stop.door in index.doors]
        desk.climbed += sum(kg_storeys(index.stairs[door.stair], door) for door in doors)
        desk.infected |= any(door.last for door in doors)
        if not any(door.first for door in doors):
            desk.waiting_s = trip.depart_s

    def _row(self, desk: Desk, trips: Sequence[Trip]) -> Row:
        """The trips that have not begun, as their doors are now; what cannot be kept of them is taken out."""
        row = Row(desk, [])
        for trip in trips:
            climbs = self._left(trip.climbs, desk.carrier.id, "changed")
            climbs = self._cut_back(climbs, max(trip.depart_s, self.now.at_s))
            if climbs:
                row.facts.append(fact_of(self.grounds.indexes[self.site_of[climbs[0].stair]], climbs))
        row.facts.sort(key=lambda fact: fact.last)
        while row.facts and run(self.grounds, desk, row.facts) is None:
            fact = row.facts.pop()
            self.found.why.update((name, "no_time") for name, _, _ in fact.stops)
            self._orphan(fact.load)
        return row

    def _visited(self, trip: Trip) -> Trip:
        """A trip with the stops that were made."""
        stops = tuple(stop for stop in trip.stops if stop.door in self.now.done)
        climbs = tuple(
            replace(climb, doors=tuple(name for name in climb.doors if name in self.now.done)) for climb in trip.climbs
        )
        return replace(trip, stops=stops, climbs=tuple(climb for climb in climbs if climb.doors))

    def _left(self, climbs: Iterable[Climb], owner: str, why: str) -> Load:
        """Climbs with the doors that are still to be visited, by what they weigh now."""
        found = []
        for climb in climbs:
            index = self.grounds.indexes[self.site_of.get(climb.stair, 0)]
            names = [n for n in climb.doors if n in index.doors and n not in self.settled]
            doors = [index.doors[name] for name in names if index.doors[name].stair == climb.stair]
            self.found.owner.update((name, owner) for name in names)
            self.found.why.update((name, why) for name in names)
            if doors:
                found.append(climb_of(index, doors))
        return tuple(found)

    def _cut_back(self, climbs: Load, departs_s: float) -> Load:
        """A trip without the doors that it can no longer take: too heavy by now, packed later, or infected since."""
        if not climbs:
            return climbs
        index = self.grounds.indexes[self.site_of[climbs[0].stair]]
        every = [index.doors[name] for climb in climbs for name in climb.doors]
        packed = [door for door in every if door.release_s <= departs_s + 1e-6]
        clean = [door for door in every if not door.last]
        out = {door.id for door in every if packed and door.release_s > departs_s + 1e-6}
        out |= {door.id for door in every if clean and door.last}
        kept, room = [], index.problem.trolley_kg + 1e-9
        for climb in climbs:
            doors = [index.doors[name] for name in climb.doors if name not in out]
            limit = climb_capacity_kg(index.problem, index.stairs[climb.stair]) + 1e-9
            while doors and (
                sum(door.weight_kg for door in doors) > room
                or (len(doors) > 1 and sum(door.weight_kg for door in doors) > limit)
            ):
                heaviest = max(doors, key=lambda door: (door.weight_kg, door.id))
                doors.remove(heaviest)
                out.add(heaviest.id)
            if doors:
                kept.append(climb_of(index, doors))
                room -= kept[-1].load_kg
        self.loose[index.site] += [index.doors[name] for name in sorted(out)]
        self.settled |= out
        return tuple(kept)

    def _orphan(self, load: Load) -> None:
        """A trip without a carrier, kept together as it is as far as it still can be."""
        load = self._cut_back(load, self.now.at_s) if load else load
        if load:
            self.found.orphans.append((self.site_of[load[0].stair], load))

    def _leave_loose(self, load: Load) -> None:
        for climb in load:
            index = self.grounds.indexes[self.site_of[climb.stair]]
            self.loose[index.site] += [index.doors[name] for name in climb.doors]
            self.settled.update(climb.doors)

    def _settle_new(self) -> None:
        """Doors that no carrier had, and those taken out of their trips, are packed into loads of their own."""
        planned = {stop.door for trip in self.found.past for stop in trip.stops} | self.settled
        planned |= {name for row in self.found.rows for fact in row.facts for name, _, _ in fact.stops}
        planned |= {name for _, load in self.found.orphans for climb in load for name in climb.doors}
        for index in self.grounds.indexes:
            new = [door for name, door in index.doors.items() if name not in planned]
            doors = [*self.loose[index.site], *new]
            light = [door for door in doors if door.weight_kg <= index.problem.trolley_kg + 1e-9]
            self.found.orphans += [(index.site, load) for load in by_hand(index.problem, light)]
