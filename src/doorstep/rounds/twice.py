"""Two people knocked at one door within a while, and neither came because of the other: both are kept, and told."""

from __future__ import annotations

from datetime import timedelta

from doorstep.command.models import Task
from doorstep.rounds.demand import defaults
from doorstep.rounds.models import Visit, VisitConflict


def note_twice(visit: Visit, *, task_id: int | None, name: str) -> VisitConflict | None:
    """Keep the conflict of this knock with the nearest other one of the door, where there is one.

    `name` is the helper's who knocked, where it is no member. One query where nobody else was there.
    """
    rules = defaults()
    window = timedelta(minutes=rules["two_visits_minutes"])
    others = Visit.objects.filter(
        door=visit.door_id,
        incident=visit.incident_id,
        undone_at=None,
        occurred_at__range=(visit.occurred_at - window, visit.occurred_at + window),
    ).exclude(pk=visit.pk)
    others = others.select_related("stop__round").prefetch_related("acts__phone")
    who = knocker(visit, name)
    strangers = [other for other in others if knocker(other) != who and not _follows(visit, other, task_id)]
    if not strangers:
        return None
    nearest = min(strangers, key=lambda other: abs(other.occurred_at - visit.occurred_at))
    return VisitConflict.objects.create(
        incident_id=visit.incident_id,
        kind=VisitConflict.Kind.TWO_VISITS,
        door_id=visit.door_id,
        first=nearest,
        second=visit,
        opened_at=visit.recorded_at,
    )


def knocker(visit: Visit, name: str = "") -> tuple[str, object]:
    """Who knocked: a member, or a helper by the name given here, on the phone or on the round."""
    if visit.member_id:
        return "member", visit.member_id
    if name:
        return "name", name
    phones = [act.phone for act in visit.acts.all() if act.phone]
    if phones:
        return "name", phones[0].carrier_name
    return "name", visit.stop.round.carrier_name if visit.stop else ""


def _follows(visit: Visit, other: Visit, task_id: int | None) -> bool:
    """Whether the later knock answers the earlier one, at which nobody did."""
    earlier, later = sorted((visit, other), key=lambda each: (each.occurred_at, each.pk))
    if earlier.outcome != Visit.Outcome.NO_ANSWER:
        return False
    if task_id and later is visit and Task.objects.filter(pk=task_id, key__startswith=f"visit:{other.pk}:").exists():
        return True
    return later.occurred_at - earlier.occurred_at >= timedelta(minutes=defaults()["knock_again_after_minutes"])
