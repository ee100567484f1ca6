"""Kits of a plan and the packing table: ordered round by round, and named where they come after the trip leaves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from doorstep.command.models import Area, AreaDoor, Member
from doorstep.rounds.follow import door_label
from doorstep.rounds.models import Round, RoundPlan, Stop
from doorstep.rounds.running import open_stops
from doorstep.supplies import packing
from doorstep.supplies.designing import kits_of
from doorstep.supplies.kit_ways import ready_at_doors
from doorstep.supplies.models import Location
from doorstep.supplies.rules import defaults

SHOWN = 8


@dataclass(frozen=True)
class LateKit:
    """A door whose kit is thought to stand at the staging place only after its trip has left."""

    label: str
    round: Round
    trip: int
    leaves: datetime
    ready: datetime


@dataclass
class KitsOfPlan:
    """The kits of a plan: those that come too late, and how many no pack order is for."""

    late: list[LateKit] = field(default_factory=list)
    to_order: int = 0

    @property
    def shown(self) -> list[LateKit]:
        return self.late[:SHOWN]


def kits_of_plan(plan: RoundPlan, at: datetime) -> KitsOfPlan:
    """What the page of a plan says of its kits. Nothing for a plan that is not in force; a known number of queries."""
    found = KitsOfPlan()
    if plan.state != RoundPlan.State.READY:
        return found
    stops = _stops(plan)
    ready = ready_at_doors(plan.incident, at)
    if ready:
        for stop in stops:
            leaves = leaves_at(plan, stop)
            when = max((ready.get((stop.door_id, kind), leaves) for kind in _kinds(stop)), default=leaves)
            if when > leaves:
                found.late.append(LateKit(door_label(stop.door), stop.round, stop.trip, leaves, when))
        found.late.sort(key=lambda one: (one.leaves, one.round.number))
    found.to_order = sum(len(keys) for keys in _to_order(plan, stops).values())
    return found


@transaction.atomic
def order_plan(
    plan: RoundPlan, store: Location, staging: Location, *, at: datetime, by: Member | None
) -> packing.Ordered:
    """Pack orders for the kits of a plan: by round, area and class, to stand there before the round leaves.

    Repeating it orders nothing twice.
    """
    total = packing.Ordered()
    before = timedelta(minutes=defaults()["packing"]["before_minutes"])
    stops = _stops(plan)
    leaves: dict[int, datetime] = {}
    for stop in stops:
        leaves[stop.round_id] = min(leaves.get(stop.round_id, stop.arrives_at), leaves_at(plan, stop))
    rounds = {stop.round_id: stop.round for stop in stops}
    for (walk, area, kind), households in sorted(
        _to_order(plan, stops).items(), key=lambda pair: (pair[0][0], pair[0][1].pk, pair[0][2])
    ):
        name = f"{rounds[walk].number} · {rounds[walk].carrier_name}"
        run = packing.Run(kind, store, staging, leaves[walk] - before, area, plan.pk, rounds[walk].number, name)
        made = packing.order_run(plan.incident, run, households, at=at, by=by)
        total.orders += made.orders
        total.kits += made.kits
        total.without += made.without
    return total


def leaves_at(plan: RoundPlan, stop: Stop) -> datetime:
    """When the trip of a stop leaves the gate, as the plan says."""
    trips = plan.options.get("trips", {}).get(str(stop.round.number), [])
    if 0 < stop.trip <= len(trips):
        return datetime.fromisoformat(trips[stop.trip - 1][0])
    return stop.arrives_at


def _stops(plan: RoundPlan) -> list[Stop]:
    """The stops with a kit at which nobody has knocked. One query."""
    found = open_stops(Stop.objects.filter(round__plan=plan)).select_related("round", "door__stair__building")
    return [stop for stop in found.order_by("round__number", "order") if _kinds(stop)]


def _kinds(stop: Stop) -> list[str]:
    return [item["kind"] for item in stop.items if item["kind"].startswith("kit:")]


def _to_order(plan: RoundPlan, stops: Iterable[Stop]) -> dict[tuple[int, Area, str], list[int]]:
    """Households by round, area and kit for which none is ordered: of kits of food, for which there are designs."""
    stops = list(stops)
    if not stops:
        return {}
    areas = {area.pk: area for area in plan.areas.all()}
    doors = {stop.door_id: stop for stop in stops}
    rows = AreaDoor.objects.filter(area__in=areas, door__in=doors).order_by("-pk").values_list("door_id", "area_id")
    area_of = dict(rows)
    found: dict[tuple[int, Area, str], list[int]] = {}
    for kit in kits_of(plan.incident):
        kind = f"kit:{kit.code}"
        with_kit = {door for door, stop in doors.items() if kind in _kinds(stop) and door in area_of}
        if not with_kit or not packing.designs_in_use(plan.incident, kit.code):
            continue
        for household, door in packing.owed_with_doors(plan.incident, kit.code, until=plan.ends_at, doors=with_kit):
            key = (doors[door].round_id, areas[area_of[door]], kit.code)
            found.setdefault(key, []).append(household)
    return found
