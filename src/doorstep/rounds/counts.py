"""What knocks and kits say of how many are behind a door, beside the register's count (S43)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.register.models import Door
from doorstep.rounds.models import Stop, Visit
from doorstep.rounds.visits import PERSONS, SPOKEN
from doorstep.wiring.contributions import Told


def visits(incident: Incident | None, doors: QuerySet[Door], at: datetime) -> dict[int, Told]:
    """The newest word from each door: how many are home, that they moved away, or that somebody lives there. One query."""
    found: dict[int, Told] = {}
    for visit in _knocks(incident, doors, at):
        counted = visit.welfare.get(PERSONS, "")
        if visit.outcome == Visit.Outcome.MOVED:
            found[visit.door_id] = Told(visit.occurred_at, left=True, text=_("moved away"))
        elif visit.outcome in SPOKEN and counted.isdigit():
            text = _("%(n)d at home, as said at the door") % {"n": int(counted)}
            found[visit.door_id] = Told(visit.occurred_at, int(counted), lives=int(counted) > 0, text=text)
        elif visit.outcome in SPOKEN and (visit.door_id not in found or found[visit.door_id].left):
            found[visit.door_id] = Told(visit.occurred_at, lives=True, text=_("somebody spoke"))
    return found


def kits(incident: Incident | None, doors: QuerySet[Door], at: datetime) -> dict[int, Told]:
    """For how many persons the last kit at each door was packed. Two queries."""
    handed: dict[int, Visit] = {}
    for visit in _knocks(incident, doors, at):
        if visit.stop_id and any(kind.startswith("kit:") for kind in visit.handed):
            handed[visit.door_id] = visit
    stops = dict(Stop.objects.filter(pk__in={visit.stop_id for visit in handed.values()}).values_list("pk", "items"))
    found: dict[int, Told] = {}
    for door, visit in handed.items():
        packed = [item for item in stops.get(visit.stop_id or 0, []) if item["kind"] in visit.handed]
        by_kind: dict[str, int] = {}
        for item in packed:
            by_kind[item["kind"]] = by_kind.get(item["kind"], 0) + item.get("persons", 0)
        if by_kind:
            persons = max(by_kind.values())
            text = _("the last kit was packed for %(n)d") % {"n": persons}
            found[door] = Told(visit.occurred_at, persons, text=text)
    return found


def _knocks(incident: Any, doors: QuerySet[Door], at: datetime) -> QuerySet[Visit]:
    if not incident:
        return Visit.objects.none()
    rows = Visit.objects.filter(incident=incident, undone_at=None, occurred_at__lte=at, door__in=doors.values("pk"))
    return rows.order_by("occurred_at", "pk")
