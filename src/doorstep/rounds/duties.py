"""What rounds mean to the supplies room: carriers who need protection, what a knock confirms of parcels, lots and medicines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.command.models import Area, Incident
from doorstep.command.notices import doors as letters
from doorstep.desk.medicines import doors as medicines
from doorstep.rounds.demand import CarrierLine
from doorstep.rounds.events import VisitRecorded, VisitUndone
from doorstep.rounds.models import Round, RoundPlan, Visit
from doorstep.supplies import duty, kit_ways, own, parcels, recalls
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


def protection_short(incident: Incident, areas: Sequence[Area], carriers: Sequence[CarrierLine], at: datetime) -> str:
    """What the stock lacks to equip these carriers beside all who are planned already, in a sentence; "" for nothing."""
    zone = min(areas, key=lambda one: one.pk).zone if areas else ""
    mine = [
        OnDuty(f"carrier:{number}", WORK, line.name, line.starts_at, line.ends_at, zone=zone)
        for number, line in enumerate(carriers)
    ]
    if not mine:
        return ""
    planned = duty.duties_in(incident, at, max(one.ends_at for one in mine))
    replaced = set(
        RoundPlan.objects.filter(incident=incident, areas__in=areas, state=RoundPlan.State.READY).values_list(
            "rounds", flat=True
        )
    )
    others = [one for one in planned if one.key not in {f"round:{pk}" for pk in replaced}]
    needed = duty.need_of(incident, mine)
    short = [one for one in duty.enough_for(incident, [*others, *mine], at) if one.code in needed]
    lines = "; ".join(one.text for one in short)
    return _("Protective equipment is short: %(lines)s.") % {"lines": lines} if short else ""


def after_visit(event: VisitRecorded) -> None:
    """What a knock confirms of supplies, in the same act: kits, parcels, what a household bought, lots
    called back, medicines, the letter and its version."""
    visit = Visit.objects.select_related("incident", "member", "door").get(pk=event.visit_id)
    at, by = visit.occurred_at, visit.member
    kit_ways.handed_at_door(visit.incident, visit.door, visit.handed, visit=visit.pk, at=at, by=by)
    own.handed_at_door(visit.incident, visit.door, visit.handed, visit=visit.pk, at=at, by=by)
    parcels.handed_at_door(visit.incident, visit.door_id, visit.handed, visit=visit.pk, at=at, by=by)
    recalls.warned_at_door(visit.incident, visit.door_id, visit.handed, visit=visit.pk, at=at, by=by)
    medicines.handed_at_door(visit.incident, visit.door_id, visit.handed, visit=visit.pk, at=at, by=by)
    letters.handed_at_door(visit.incident, visit.door_id, visit.handed, visit=visit.pk, at=at, by=by)


def after_undo(event: VisitUndone) -> None:
    """A knock taken back puts its parcels back at the gate, its lots back at the door, its kits and medicines in our hands."""
    visit = Visit.objects.select_related("incident", "member").get(pk=event.visit_id)
    own.visit_undone(visit.incident, visit=visit.pk, at=event.at, by=visit.member)
    parcels.visit_undone(visit.incident, visit=visit.pk, at=event.at, by=visit.member)
    recalls.visit_undone(visit.incident, visit=visit.pk, at=event.at, by=visit.member)
    kit_ways.visit_undone(visit.incident, visit=visit.pk, at=event.at, by=visit.member)
    medicines.visit_undone(visit.incident, visit=visit.pk, at=event.at, by=visit.member)
    letters.visit_undone(visit.incident, visit=visit.pk)
