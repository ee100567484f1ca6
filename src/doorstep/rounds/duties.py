"""What rounds mean to the supplies room: carriers who need protection, parcels that a knock handed over."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from doorstep.command.models import Incident
from doorstep.rounds.events import VisitRecorded, VisitUndone
from doorstep.rounds.models import Round, RoundPlan, Visit
from doorstep.supplies import parcels
from doorstep.wiring.contributions import OnDuty

WORK = "door"  # the task of the protocol's protection rules


def rounds(incident: Incident, start: datetime, end: datetime) -> list[OnDuty]:
    """Rounds of plans in force that touch the window; one has begun with its first knock. Three queries."""
    rows = Round.objects.filter(
        plan__incident=incident, plan__state=RoundPlan.State.READY, out=False, starts_at__lt=end, ends_at__gt=start
    )
    found = list(rows.select_related("carrier").prefetch_related("plan__areas").order_by("starts_at", "pk"))
    begun = set(
        Visit.objects.filter(stop__round__in=found, undone_at=None, occurred_at__lte=start).values_list(
            "stop__round_id", flat=True
        )
    )
    return [_duty(walk, walk.pk in begun) for walk in found]


def _duty(walk: Round, begun: bool) -> OnDuty:
    area = min(walk.plan.areas.all(), key=lambda one: one.pk, default=None)  # of several the first, as on the plan
    return OnDuty(
        key=f"round:{walk.pk}",
        work=WORK,
        title=f"{walk.number} · {area.name}" if area else str(walk.number),
        starts_at=walk.starts_at,
        ends_at=walk.ends_at,
        member_id=walk.carrier_id,
        member_name=walk.carrier_name,
        area_id=area.pk if area else None,
        zone=area.zone if area else "",
        here=begun,
        url=reverse("rounds:round", args=[walk.pk]),
    )


def hand_parcels(event: VisitRecorded) -> None:
    """Parcels that a knock confirms as handed over leave the gate's list in the same act."""
    visit = Visit.objects.select_related("incident", "member").get(pk=event.visit_id)
    at, by = visit.occurred_at, visit.member
    parcels.handed_at_door(visit.incident, visit.door_id, visit.handed, visit=visit.pk, at=at, by=by)


def take_parcels_back(event: VisitUndone) -> None:
    """A knock taken back puts its parcels back at the gate."""
    visit = Visit.objects.select_related("incident", "member").get(pk=event.visit_id)
    parcels.visit_undone(visit.incident, visit=visit.pk, at=event.at, by=visit.member)
