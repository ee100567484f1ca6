"""A plan that was made, written down: rounds, stops, what they keep, which rules they break, what nobody reaches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from doorstep import protocol
from doorstep.command import journal
from doorstep.planning.rounds import RoundsPlan, Trip
from doorstep.promises.models import Promise
from doorstep.rounds.demand import CarrierLine, Demand
from doorstep.rounds.due import Due, door_of, tightest
from doorstep.rounds.models import Round, RoundPlan, Stop
from doorstep.storage.bulk import bulk_load, bulk_set, in_batches

COLUMNS = (
    *("round_id", "door_id", "trip", "climb", "order", "arrives_at", "due_at", "priority", "weight_kg"),
    *("items", "conflicts", "moved_from", "locked"),
)


def store(
    plan: RoundPlan,
    demand: Demand,
    found: RoundsPlan,
    carriers: Sequence[CarrierLine],
    *,
    notes: Sequence[dict[str, Any]] = (),
    base: datetime | None = None,
) -> None:
    """Write a plan down as ready. `notes` are named with it beside what is late.

    `base` is the instant from which the planner counted. Of a plan that goes on from another, only what is still to be
    done is written down.
    """
    base = base or plan.starts_at
    found = _still_to_do(demand, found)
    by_carrier: dict[int, list[Trip]] = defaultdict(list)
    for trip in found.trips:
        by_carrier[int(trip.carrier)].append(trip)
    conflicts = _conflicts(plan, demand, found, carriers, base)
    before = _owners_before(plan)
    why = {door_of(one.door): one.why for one in found.moved}
    moves: list[dict[str, Any]] = []
    times: dict[str, list[tuple[str, str]]] = {}
    visits: list[str] = []
    rows: list[tuple[Any, ...]] = []
    for number, trips in sorted(by_carrier.items()):
        trips.sort(key=lambda trip: trip.depart_s)
        walk = _round(plan, number, trips, demand, found, carriers[number], base)
        times[str(walk.number)] = [
            (_instant(base, trip.depart_s).isoformat(), _instant(base, trip.return_s).isoformat()) for trip in trips
        ]
        for visit, row in _stop_rows(walk, trips, demand, base, plan.starts_at):
            owner = before.get(door_of(visit), ("", False))
            moved = owner[0] if owner[0] and owner[0] != walk.carrier_name else ""
            if moved:
                door = door_of(visit)
                move = {"kind": "moved", "door": door, "from": moved, "to": walk.carrier_name}
                moves.append({**move, "why": why.get(door, "changed")})
            visits.append(visit)
            rows.append((*row, list(conflicts.get(visit, ())), moved[:80], owner[1] and not moved))
    bulk_load(Stop, list(COLUMNS), rows)
    _link(plan, demand, visits, rows)
    for number, walk in enumerate(Round.objects.filter(pk__in=plan.options.get("keep", [])), start=len(carriers) + 1):
        walk.plan, walk.number = plan, number
        walk.save(update_fields=["plan", "number"])
    lost = [{**asdict(line), "door": door_of(line.door)} for line in found.unserved]
    lacking = [{"kind": "short", "door": one.door, "what": one.kind} for one in demand.short]
    later = [{"kind": "later", "door": door, "what": what} for door, what in demand.later]
    late = [{**asdict(line), "kind": "late", "door": door_of(line.door)} for line in found.late]
    RoundPlan.objects.filter(pk=plan.pk).update(
        state=RoundPlan.State.READY,
        progress=1.0,
        cost_s=found.cost_s,
        by_hand_cost_s=found.by_hand_cost_s,
        lower_bound_s=found.lower_bound_s,
        gap=found.gap,
        seconds=found.seconds,
        unserved=lost,
        options={**plan.options, "trips": times, "base": base.isoformat()},
        notes=[*late, *lacking, *later, *moves, *notes, *([] if demand.placed else [{"kind": "not_placed"}])],
    )
    facts = {"stops": len(rows), "unserved": len(lost), "cost_s": round(found.cost_s)}
    journal.record(
        "plan_rounds",
        incident=plan.incident,
        subject=plan,
        by=plan.requested_by,
        occurred_at=plan.requested_at,
        facts=facts,
    )


def _still_to_do(demand: Demand, found: RoundsPlan) -> RoundsPlan:
    trips = []
    for trip in found.trips:
        stops = tuple(stop for stop in trip.stops if stop.door in demand.due)
        if stops:
            trips.append(replace(trip, stops=stops))
    return replace(found, trips=tuple(trips))


def _instant(base: datetime, seconds: float) -> datetime:
    return base + timedelta(seconds=seconds)


def _round(
    plan: RoundPlan,
    number: int,
    trips: Sequence[Trip],
    demand: Demand,
    found: RoundsPlan,
    carrier: CarrierLine,
    base: datetime,
) -> Round:
    def instant(seconds: float) -> datetime:
        return _instant(base, seconds)

    rests = [rest for rest in found.rests if rest.carrier == str(number)]
    return Round.objects.create(
        plan=plan,
        carrier_id=carrier.member,
        carrier_name=carrier.name,
        number=number + 1,
        starts_at=instant(trips[0].depart_s),
        ends_at=instant(trips[-1].return_s),
        load_kg=sum(trip.load_kg for trip in trips),
        climb_kg_storeys=climbed(demand, [stop.door for trip in trips for stop in trip.stops]),
        rests=[
            {"starts_at": instant(rest.start_s).isoformat(), "ends_at": instant(rest.end_s).isoformat()}
            for rest in sorted(rests, key=lambda rest: rest.start_s)
        ],
    )


def climbed(demand: Demand, visits: Sequence[str]) -> float:
    """Kilograms times storeys of some visits; a lift carries by itself (S54)."""
    lifts = {stair.id for site in demand.sites for stair in site.stairs if stair.lift}
    doors = {door.id: door for door in demand.doors}
    found = (doors[visit] for visit in visits)
    return sum(door.weight_kg * abs(door.floor - 1) for door in found if door.stair not in lifts)


def _stop_rows(
    walk: Round, trips: Sequence[Trip], demand: Demand, base: datetime, starts_at: datetime
) -> list[tuple[str, tuple[Any, ...]]]:
    rows, order = [], 0
    for trip_number, trip in enumerate(trips, start=1):
        climb_of = {door: number for number, climb in enumerate(trip.climbs, start=1) for door in climb.doors}
        for stop in trip.stops:
            order += 1
            due = sorted(demand.due[stop.door], key=lambda line: (line.due_at, -line.priority))
            arrives = _instant(base, stop.arrive_s)
            row = (
                walk.pk,
                door_of(stop.door),
                trip_number,
                climb_of[stop.door],
                order,
                arrives,
                tightest(due, starts_at),
                max(line.priority for line in due),
                sum(line.kg for line in due),
                [line.as_item() for line in due],
            )
            rows.append((stop.door, row))
    return rows


def _conflicts(
    plan: RoundPlan, demand: Demand, found: RoundsPlan, carriers: Sequence[CarrierLine], base: datetime
) -> dict[str, tuple[str, ...]]:
    """Which rules of visits the plan could not hold to, by visit."""
    visits = [
        protocol.PlannedVisit(
            stop.door,
            trip.carrier,
            _instant(base, stop.arrive_s),
            tuple(line.kind for line in demand.due[stop.door]),
            tuple(when for line in demand.due[stop.door] for when in line.deadlines),
            infected=stop.door in demand.infected,
            skills=frozenset(carriers[int(trip.carrier)].skills),
        )
        for trip in found.trips
        for stop in trip.stops
    ]
    return protocol.rules_broken(plan.incident.protocol, visits)


def _owners_before(plan: RoundPlan) -> dict[int, tuple[str, bool]]:
    """Whose stop a door was in the plan that this one goes on from, and whether it had been moved by hand."""
    before = plan.options.get("again", {}).get("of")
    stops = Stop.objects.filter(round__plan_id=before) if before else Stop.objects.none()
    rows = stops.values_list("door_id", "round__carrier_name", "locked")
    return {door: (name, locked) for door, name, locked in rows}


def _link(plan: RoundPlan, demand: Demand, visits: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Tie the stops to the promises that they keep, and tell the promises when somebody comes.

    Of what is owed again later in the window, a visit keeps only what has opened by then.
    """
    visit_of = {(row[0], row[4]): visit for visit, row in zip(visits, rows, strict=True)}
    opens = _opens(line for lines in demand.due.values() for line in lines)
    arrivals: dict[int, datetime] = {}
    pairs = []
    stops = Stop.objects.filter(round__plan=plan).values_list("pk", "round_id", "order", "arrives_at")
    for pk, walk, order, arrives in stops:
        for line in demand.due[visit_of[walk, order]]:
            for promise in line.promises:
                if promise == line.promises[0] or opens[promise] <= arrives:
                    pairs.append((pk, promise))
                    arrivals[promise] = arrives
    bulk_load(Stop.promises.through, ["stop_id", "promise_id"], pairs)
    bulk_set(Promise, "planned_at", ((pk, arrivals.get(pk)) for pk in opens))


def _opens(lines: Iterable[Due]) -> dict[int, datetime]:
    keys = [pk for line in lines for pk in line.promises]
    found: dict[int, datetime] = {}
    for batch in in_batches(keys):
        found |= dict(Promise.objects.filter(pk__in=batch).values_list("pk", "window_start"))
    return found
