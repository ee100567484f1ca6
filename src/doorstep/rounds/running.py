"""Plans that run side by side: which a new one replaces, and which doors stay on the rounds of another (S128)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from doorstep.command.models import Area, Incident
from doorstep.rounds.models import RoundPlan, Stop, Visit


@dataclass(frozen=True)
class Taken:
    """Doors that are somebody's already: whole (None), or only some promises there; and where they are, to be named."""

    doors: dict[int, frozenset[int] | None]
    notes: list[dict[str, Any]]


@dataclass(frozen=True)
class Running:
    """A plan that still runs in some of the areas, with the doors that nobody has visited."""

    plan: RoundPlan
    open: int
    replaced: bool


def open_stops(stops: QuerySet[Stop] | None = None) -> QuerySet[Stop]:
    """The stops at which nobody has knocked, of carriers who are not out."""
    knocked = Visit.objects.filter(stop=OuterRef("pk"), undone_at=None)
    found = Stop.objects.all() if stops is None else stops
    return found.filter(~Exists(knocked), round__out=False)


def replaced_by(
    incident: Incident, areas: Iterable[Area], starts_at: datetime, ends_at: datetime, *, but: Collection[int] = ()
) -> list[int]:
    """Plans whose areas are all among these, in a window that overlaps: a new plan takes their place."""
    wanted = {area.pk for area in areas}
    ready = RoundPlan.objects.filter(
        incident=incident, state=RoundPlan.State.READY, ends_at__gt=starts_at, starts_at__lt=ends_at
    ).exclude(pk__in=but)
    ready = ready.filter(areas__in=wanted).distinct().prefetch_related("areas")
    return [plan.pk for plan in ready if {area.pk for area in plan.areas.all() if area.state == "in_force"} <= wanted]


def taken_by_others(
    incident: Incident, starts_at: datetime, ends_at: datetime, *, at: datetime, but: Collection[int]
) -> Taken:
    """What the other plans that still run hold. Where windows overlap the door is theirs; else what they bring to it.

    `but` are the plans whose place is taken. Three queries.
    """
    stops = open_stops(
        Stop.objects.filter(
            round__plan__incident=incident, round__plan__state=RoundPlan.State.READY, round__plan__ends_at__gt=at
        )
    ).exclude(round__plan__in=but)
    doors: dict[int, frozenset[int] | None] = {}
    notes: list[dict[str, Any]] = []
    promises: dict[int, set[int]] = {}
    through = Stop.promises.through.objects.filter(stop__in=stops).values_list("stop_id", "promise_id")
    for key, promise in through:
        promises.setdefault(key, set()).add(promise)
    for stop in stops.select_related("round__plan").order_by("arrives_at"):
        plan = stop.round.plan
        held = frozenset(promises.get(stop.pk, ()))
        before = doors.get(stop.door_id, frozenset())
        if plan.starts_at < ends_at and plan.ends_at > starts_at:
            doors[stop.door_id] = None
            notes.append(
                {
                    "kind": "already",
                    "door": stop.door_id,
                    "plan": plan.pk,
                    "round": stop.round.number,
                    "carrier": stop.round.carrier_name,
                    "at": (stop.expected_at or stop.arrives_at).isoformat(),
                }
            )
        elif before is not None:
            doors[stop.door_id] = before | held
    return Taken(doors, notes)


def running_in(incident: Incident, areas: Sequence[Area], at: datetime) -> list[Running]:
    """The plans that still run in these areas, for the form: what a new one would take the place of."""
    wanted = {area.pk for area in areas}
    plans = RoundPlan.objects.filter(incident=incident, state=RoundPlan.State.READY, ends_at__gt=at, areas__in=wanted)
    found = []
    for plan in plans.distinct().prefetch_related("areas"):
        left = open_stops(Stop.objects.filter(round__plan=plan)).count()
        if left:
            found.append(Running(plan, left, {area.pk for area in plan.areas.all()} <= wanted))
    return found
