"""Ask for a plan of rounds, and make it: the job of the queue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Area, Incident, Member
from doorstep.errors import UserError
from doorstep.planning.rounds import RoundsPlan, plan_sites
from doorstep.promises.models import Promise
from doorstep.rounds.demand import CarrierLine, Demand, defaults, demand_of
from doorstep.rounds.models import Round, RoundPlan, Stop, Visit
from doorstep.storage.bulk import bulk_load, bulk_set


@transaction.atomic
def request_plan(
    incident: Incident,
    areas: Sequence[Area],
    starts_at: datetime,
    ends_at: datetime,
    *,
    carriers: Iterable[CarrierLine],
    at: datetime,
    by: Member | None = None,
    seed: int = 1,
    keep: Sequence[Round] = (),
    resting: Iterable[CarrierLine] = (),
) -> RoundPlan:
    """Ask for a plan; `run_plan` makes it. Refused without areas in force, carriers or time.

    `keep` are rounds of an earlier plan that stay as they are: their doors are not planned again, and those who walk
    them (`resting`) get nothing new. Where everybody left is one of them, the other doors are named as served by nobody.
    """
    lines = list(carriers)
    if not areas or any(area.state != Area.State.IN_FORCE for area in areas):
        raise UserError(_("Choose areas that are in force."), field="areas", mend=_("Seal the area first."))
    if ends_at <= starts_at:
        raise UserError(_("The window ends before it starts."), field="hours", mend=_("Give at least one hour."))
    waiting = [_line(line) for line in resting]
    if not lines and not waiting:
        raise UserError(_("Nobody is chosen to carry."), field="carriers", mend=_("Choose at least one carrier."))
    plan = RoundPlan.objects.create(
        incident=incident,
        starts_at=starts_at,
        ends_at=ends_at,
        requested_at=at,
        requested_by=by,
        seed=seed,
        carriers=[_line(line) for line in lines],
        options={"keep": [walk.pk for walk in keep], "resting": waiting},
    )
    plan.areas.set(areas)
    return plan


def run_plan(plan_id: int) -> None:
    """Make a requested plan: the job of the queue. A fault is kept with the plan and raised again for the log."""
    plan = RoundPlan.objects.select_related("incident").get(pk=plan_id)
    if plan.state not in (RoundPlan.State.QUEUED, RoundPlan.State.RUNNING):
        return
    RoundPlan.objects.filter(pk=plan_id).update(state=RoundPlan.State.RUNNING)
    try:
        _make(plan)
    except Exception as error:
        RoundPlan.objects.filter(pk=plan_id).update(state=RoundPlan.State.FAILED, error=str(error)[:500])
        raise


def _make(plan: RoundPlan) -> None:
    carriers = carriers_of(plan)
    areas = list(plan.areas.all())
    kept = plan.options.get("keep", [])
    demand = demand_of(plan.incident, areas, plan.starts_at, plan.ends_at, carriers, without=open_doors(kept))
    rules = defaults()
    doors = len(demand.due)
    seconds = min(
        rules["search_seconds"] + rules["search_seconds_per_100_doors"] * doors / 100, rules["search_seconds_most"]
    )

    def report(done: float, text: str) -> None:
        RoundPlan.objects.filter(pk=plan.pk).update(progress=done, progress_text=text)

    found = plan_sites(
        demand.sites,
        demand.carriers,
        transfer_s=rules["site_change_s"],
        iterations=max(500, rules["iterations_per_door"] * doors),
        seconds=seconds,
        seed=plan.seed,
        workers=1 if doors < 400 else None,
        progress=report,
    )
    with transaction.atomic():
        _store(plan, demand, found, carriers)


def open_doors(rounds: Sequence[int]) -> set[int]:
    """The doors of some rounds that nobody has visited yet."""
    stops = Stop.objects.filter(round_id__in=rounds)
    visited = Visit.objects.filter(stop__in=stops, undone_at=None).values_list("stop_id", flat=True)
    return set(stops.exclude(pk__in=visited).values_list("door_id", flat=True))


def _store(plan: RoundPlan, demand: Demand, found: RoundsPlan, carriers: list[CarrierLine]) -> None:
    by_carrier: dict[int, list[Any]] = {}
    for trip in found.trips:
        by_carrier.setdefault(int(trip.carrier), []).append(trip)
    weights = {door.id: door for door in demand.doors}
    stops: list[tuple[Any, ...]] = []
    for number, trips in sorted(by_carrier.items()):
        trips.sort(key=lambda trip: trip.depart_s)
        climbed = sum(weights[s.door].weight_kg * abs(weights[s.door].floor - 1) for trip in trips for s in trip.stops)
        walk = Round.objects.create(
            plan=plan,
            carrier_id=carriers[number].member,
            carrier_name=carriers[number].name,
            number=number + 1,
            starts_at=plan.starts_at + timedelta(seconds=trips[0].depart_s),
            ends_at=plan.starts_at + timedelta(seconds=trips[-1].return_s),
            load_kg=sum(trip.load_kg for trip in trips),
            climb_kg_storeys=climbed,
        )
        stops += _stop_rows(plan, walk, trips, demand)
    names = ["round_id", "door_id", "trip", "climb", "order", "arrives_at", "weight_kg", "items"]
    bulk_load(Stop, names, stops)
    _link(plan, demand)
    for number, walk in enumerate(Round.objects.filter(pk__in=plan.options.get("keep", [])), start=len(carriers) + 1):
        walk.plan, walk.number = plan, number
        walk.save(update_fields=["plan", "number"])
    _replace_older(plan)
    titles = [{**asdict(lost), "door": int(lost.door)} for lost in found.unserved]
    late = [{**asdict(behind), "kind": "late", "door": int(behind.door)} for behind in found.late]
    RoundPlan.objects.filter(pk=plan.pk).update(
        state=RoundPlan.State.READY,
        progress=1.0,
        cost_s=found.cost_s,
        by_hand_cost_s=found.by_hand_cost_s,
        lower_bound_s=found.lower_bound_s,
        gap=found.gap,
        seconds=found.seconds,
        unserved=titles,
        notes=[*late, *([] if demand.placed else [{"kind": "not_placed"}])],
    )
    facts = {"stops": len(stops), "unserved": len(titles), "cost_s": round(found.cost_s)}
    journal.record(
        "plan_rounds",
        incident=plan.incident,
        subject=plan,
        by=plan.requested_by,
        occurred_at=plan.requested_at,
        facts=facts,
    )


def _stop_rows(plan: RoundPlan, walk: Round, trips: list[Any], demand: Demand) -> list[tuple[Any, ...]]:
    rows, order = [], 0
    for trip_number, trip in enumerate(trips, start=1):
        climb_of = {door: number for number, climb in enumerate(trip.climbs, start=1) for door in climb.doors}
        for stop in trip.stops:
            order += 1
            due = demand.due[int(stop.door)]
            items = [
                {"promise": line.promise, "kind": line.kind, "persons": line.persons, "kg": round(line.kg, 1)}
                for line in due
            ]
            arrives = plan.starts_at + timedelta(seconds=stop.arrive_s)
            weight = sum(line.kg for line in due)
            rows.append((walk.pk, int(stop.door), trip_number, climb_of[stop.door], order, arrives, weight, items))
    return rows


def _link(plan: RoundPlan, demand: Demand) -> None:
    """Tie the stops to the promises that they keep, and tell the promises when somebody comes."""
    arrivals: dict[int, datetime] = {}
    pairs = []
    for pk, door, arrives in Stop.objects.filter(round__plan=plan).values_list("pk", "door_id", "arrives_at"):
        for line in demand.due[door]:
            pairs.append((pk, line.promise))
            arrivals[line.promise] = arrives
    bulk_load(Stop.promises.through, ["stop_id", "promise_id"], pairs)
    every = [line.promise for lines in demand.due.values() for line in lines]
    bulk_set(Promise, "planned_at", ((pk, arrivals.get(pk)) for pk in every))


def _replace_older(plan: RoundPlan) -> None:
    older = RoundPlan.objects.filter(
        incident=plan.incident, areas__in=plan.areas.all(), state=RoundPlan.State.READY, ends_at__gt=plan.starts_at
    )
    RoundPlan.objects.filter(pk__in=list(older.exclude(pk=plan.pk).values_list("pk", flat=True))).update(
        state=RoundPlan.State.REPLACED
    )


def _line(line: CarrierLine) -> dict[str, Any]:
    return {**asdict(line), "starts_at": line.starts_at.isoformat(), "ends_at": line.ends_at.isoformat()}


def carriers_of(plan: RoundPlan) -> list[CarrierLine]:
    """The carriers among whom a plan shares the doors."""
    return [_carrier(line) for line in plan.carriers]


def everybody_of(plan: RoundPlan) -> list[CarrierLine]:
    """Its carriers, and those who walk a locked round meanwhile."""
    return [*carriers_of(plan), *(_carrier(line) for line in plan.options.get("resting", []))]


def _carrier(line: dict[str, Any]) -> CarrierLine:
    starts, ends = (datetime.fromisoformat(line[name]) for name in ("starts_at", "ends_at"))
    return CarrierLine(line["member"], line["name"], starts, ends)
