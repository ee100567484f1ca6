"""A plan made anew while it is walked: how it stood, read back for the planner.

`RoundPlan.options["again"]` of the new plan says `of` (the plan whose place it takes), `standing` (the plan whose rounds it
goes on from), `gone_lines` (carriers who fell out) and `short` (how many there are of a kind).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from doorstep.planning.rounds import Climb, DoorDemand, RoundsPlan, StopAt, Trip, replan_sites
from doorstep.protocol import base_kind
from doorstep.rounds.demand import CarrierLine, Demand, defaults
from doorstep.rounds.due import door_of
from doorstep.rounds.models import Round, RoundPlan, Stop, Visit

HAND_MOVED = 1_000  # above every weight of the protocols: a stop moved by hand gives way last


def base_of(plan: RoundPlan) -> datetime:
    """The instant from which the planner counts: the start of the first plan in a row that is made anew."""
    said = plan.options.get("base")
    return datetime.fromisoformat(said) if said else plan.starts_at


def plan_again(
    plan: RoundPlan,
    demand: Demand,
    lines: Sequence[CarrierLine],
    report: Callable[[float, str], None] | None = None,
) -> RoundsPlan:
    """The plan from its start on with few moves: `lines` are the carriers, those who fell out last.

    Trips under way are not disturbed; a stop that was moved by hand gives way last.
    """
    again = plan.options["again"]
    ids = {line.name: str(number) for number, line in enumerate(lines)}
    before = _standing(plan, demand, ids)
    planned = {stop.door for trip in before.trips for stop in trip.stops}
    by_hand = set(Stop.objects.filter(round__plan_id=again["standing"], locked=True).values_list("door_id", flat=True))
    at_s = (plan.starts_at - base_of(plan)).total_seconds()
    sites = [
        replace(
            site,
            doors=tuple(_now(door, at_s, by_hand=door_of(door.id) in by_hand) for door in site.doors),
        )
        for site in demand.sites
    ]
    if report:
        report(0.3, "")
    return replan_sites(
        sites,
        demand.carriers,
        before,
        transfer_s=defaults()["site_change_s"],
        at_s=at_s,
        done=planned - set(demand.due),
        gone_carriers={ids[line["name"]] for line in again["gone_lines"]},
        seed=plan.seed,
    )


def _now(door: DoorDemand, at_s: float, *, by_hand: bool) -> DoorDemand:
    """A door as it counts from here on: hot goods come first among what leaves now, whatever has left before."""
    release = max(door.release_s, at_s) if door.first else door.release_s
    return replace(door, release_s=release, priority=door.priority + (HAND_MOVED if by_hand else 0))


def _standing(plan: RoundPlan, demand: Demand, ids: Mapping[str, str]) -> RoundsPlan:
    """The rounds that this plan goes on from, as the planner made them."""
    standing = RoundPlan.objects.get(pk=plan.options["again"]["standing"])
    base = base_of(plan)
    kept = plan.options.get("keep", [])
    walks = list(standing.rounds.exclude(pk__in=kept).filter(out=False).order_by("number"))
    walks += list(standing.rounds.exclude(pk__in=kept).filter(out=True).order_by("number"))
    stops: dict[int, list[Stop]] = defaultdict(list)
    for stop in Stop.objects.filter(round__in=walks).select_related("door").order_by("order"):
        stops[stop.round_id].append(stop)
    knocked = set(Visit.objects.filter(stop__round__in=walks, undone_at=None).values_list("door_id", flat=True)) & {
        door_of(visit) for visit in demand.due
    }
    trips: list[Trip] = []
    for walk in walks:
        owner = ids.get(walk.carrier_name, f"gone:{walk.pk}")
        there = [stop for stop in stops[walk.pk] if stop.door_id not in knocked]
        times = standing.options.get("trips", {}).get(str(walk.number), [])
        trips += _trips(owner, walk, there, times, base, set(demand.due))
    return RoundsPlan(tuple(trips), (), (), 0.0, 0.0, 0.0, 0.0, 0.0, plan.seed, 0, True, "standing")


def _trips(
    owner: str, walk: Round, stops: Sequence[Stop], times: Sequence[Any], base: datetime, due: Collection[str]
) -> list[Trip]:
    def seconds(instant: datetime) -> float:
        return (instant - base).total_seconds()

    groups: dict[int, list[Stop]] = defaultdict(list)
    for stop in stops:
        groups[stop.trip].append(stop)
    found = []
    for number, there in sorted(groups.items()):
        arrives = [seconds(stop.arrives_at) for stop in there]
        first, last = min(arrives), max(arrives) + defaults()["reload_s"]
        if number <= len(times):
            depart, back = (seconds(datetime.fromisoformat(text)) for text in times[number - 1])
            first, last = min(first, depart), max(last, back)
        climbs: dict[tuple[int, int], list[Stop]] = defaultdict(list)
        for stop in there:
            climbs[stop.climb, stop.door.stair_id].append(stop)
        found.append(
            Trip(
                owner,
                number,
                first,
                last,
                sum(stop.weight_kg for stop in there),
                tuple(
                    Climb(
                        str(stair),
                        tuple(visit_of(stop, due) for stop in some),
                        sum(stop.weight_kg for stop in some),
                        max(stop.door.floor for stop in some),
                    )
                    for (_, stair), some in climbs.items()
                ),
                tuple(
                    StopAt(visit_of(stop, due), seconds(stop.arrives_at), seconds(stop.arrives_at)) for stop in there
                ),
            )
        )
    return found


def visit_of(stop: Stop, due: Collection[str]) -> str:
    """The visit of a stop: its door, or one kind at it where that has a visit of its own."""
    kinds = {base_kind(item["kind"]) for item in stop.items}
    alone = f"{stop.door_id}/{next(iter(kinds))}" if len(kinds) == 1 else ""
    return alone if alone in due else str(stop.door_id)
