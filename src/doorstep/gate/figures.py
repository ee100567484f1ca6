"""The gate's figures for reports: crossings, permits, openings for life, barriers looked at; each opens to its rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.gate.models import BarrierCheck, Crossing, Permit
from doorstep.gate.words import kind_title
from doorstep.wiring.figures import Figure, FigureRows

Direction, What = Crossing.Direction, Crossing.What


def _crossings(incident: Incident, start: datetime, end: datetime) -> Any:
    return Crossing.objects.filter(incident=incident, undone_at=None, occurred_at__gte=start, occurred_at__lt=end)


CROSSED = {
    "gate_persons_in": Q(refused=False, what=What.PERSON, direction=Direction.IN),
    "gate_persons_out": Q(refused=False, what=What.PERSON, direction=Direction.OUT),
    "gate_goods": Q(refused=False, what=What.GOODS, direction__in=[Direction.IN, Direction.OUT]),
    "gate_vehicles": Q(refused=False, what=What.VEHICLE, direction__in=[Direction.IN, Direction.OUT]),
    "gate_refused": Q(refused=True),
    "gate_life": Q(refused=False, permission=Crossing.Permission.EMERGENCY),
}

PERSONS = ("gate_persons_in", "gate_persons_out")  # persons are counted, of the others the crossings


def figures(incident: Incident, start: datetime, end: datetime) -> list[Figure]:
    """Three queries."""
    asked: dict[str, Any] = {code: Count("pk", filter=rule) for code, rule in CROSSED.items()}
    asked |= {code: Sum("count", filter=CROSSED[code], default=0) for code in PERSONS}
    found = _crossings(incident, start, end).aggregate(**asked)
    given = Permit.objects.filter(_given(incident, start, end)).count()
    looks = BarrierCheck.objects.filter(_looks(incident, start, end)).count()
    titles = {
        "gate_persons_in": _("Persons let in at the gates"),
        "gate_persons_out": _("Persons let out at the gates"),
        "gate_goods": _("Deliveries at the gates"),
        "gate_vehicles": _("Vehicles at the gates"),
        "gate_refused": _("Turned away at the gates"),
        "gate_life": _("Gates opened for life"),
    }
    lines = [Figure(code, titles[code], found[code], side="hard") for code in CROSSED]
    lines.append(Figure("gate_permits", _("Permits given"), given, side="warm"))
    lines.append(Figure("gate_looks", _("Barriers and exits looked at"), looks, side="hard"))
    return lines


def rows(incident: Incident, code: str, start: datetime, end: datetime) -> FigureRows:
    """One query: times, gates and kinds; no name of anybody."""

    def when(value: datetime) -> str:
        return f"{value.astimezone(incident.tz):%Y-%m-%d %H:%M}"

    if code == "gate_permits":
        permits = Permit.objects.filter(_given(incident, start, end)).select_related("area").order_by("decided_at")
        heads = [_("Time"), _("Permit"), _("Kind"), _("Area")]
        return FigureRows(
            heads,
            [
                [when(one.decided_at or one.asked_at), one.number, kind_title(incident, one.kind), one.area.name]
                for one in permits
            ],
        )
    if code == "gate_looks":
        looks = BarrierCheck.objects.filter(_looks(incident, start, end)).select_related("barrier__area").order_by("at")
        heads = [_("Time"), _("Barrier"), _("Area"), _("Opens from inside"), _("Seconds")]
        return FigureRows(
            heads,
            [
                [when(one.at), one.barrier.name, one.barrier.area.name, _("yes") if one.opens else _("no"), one.seconds]
                for one in looks
            ],
        )
    if code not in CROSSED:
        return FigureRows()
    crossings = _crossings(incident, start, end).filter(CROSSED[code]).select_related("gate__compound", "permit")
    heads = [_("Time"), _("Gate"), _("What"), _("Direction"), _("By which right"), _("Permit"), _("How many")]
    return FigureRows(
        heads,
        [
            [
                when(one.occurred_at),
                str(one.gate or ""),
                one.get_what_display(),
                one.get_direction_display(),
                one.get_permission_display(),
                one.permit.number if one.permit else "",
                one.count,
            ]
            for one in crossings.order_by("occurred_at", "pk")
        ],
    )


def _given(incident: Incident, start: datetime, end: datetime) -> Q:
    states = [Permit.State.GRANTED, Permit.State.USED]
    return Q(incident=incident, state__in=states, decided_at__gte=start, decided_at__lt=end)


def _looks(incident: Incident, start: datetime, end: datetime) -> Q:
    return Q(barrier__incident=incident, undone_at=None, at__gte=start, at__lt=end)
