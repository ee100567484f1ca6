"""The protocol's part of the gate: who must ask before going out, how long something waits, which gates are whose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from django.utils.translation import gettext as _

from doorstep.command.models import Area, AreaDoor, Incident
from doorstep.command.rights import Rights
from doorstep.errors import UserError
from doorstep.gate.models import Barrier, Crossing, Permit
from doorstep.protocol.schema.fit import BLOCKING
from doorstep.register.models import Gate

Row = TypeVar("Row", Barrier, Crossing, Permit)


def approval_of(incident: Incident, area: Area, kind: str) -> str:
    """The approval of one kind of exit out of an area. An emergency never waits, whatever a file says (F1)."""
    said = incident.protocol.zones[area.zone].exits.get(kind)
    if is_emergency(incident, kind):
        return said if said is not None and said not in BLOCKING else "log_after"
    return said or "prior"


def waits(approval: str) -> bool:
    """Whether somebody must say yes first."""
    return approval in BLOCKING


def is_emergency(incident: Incident, kind: str) -> bool:
    """Whether this kind of exit is an emergency of the protocol."""
    return kind in incident.protocol.emergency.covers


def buffer_limit(incident: Incident, crossing: Crossing) -> datetime | None:
    """By when something that waits between two gates must go on; None = no limit."""
    what = "cold" if crossing.cold else crossing.what
    minutes = incident.protocol.gate.buffer_minutes
    limit = minutes.get(what, minutes.get(crossing.what))
    return None if limit is None else crossing.occurred_at + timedelta(minutes=limit)


def check_hours(incident: Incident) -> float | None:
    """Within how many hours each barrier is looked at."""
    return incident.protocol.review.exit_check_hours


def areas_of(incident: Incident, rights: Rights, act: str) -> list[Area]:
    """The areas in force in which a member may do this."""
    scope = rights.areas(act)
    areas = incident.areas.filter(state=Area.State.IN_FORCE).order_by("pk")
    return list(areas if scope is None else areas.filter(pk__in=scope))


def gates_of(areas: Iterable[Area]) -> list[tuple[Gate, Area]]:
    """The gates of some areas, each with its area; one of several areas belongs to the first. Two queries."""
    return [(gate, into[0]) for gate, into in ways_in(areas)]


def ways_in(areas: Iterable[Area]) -> list[tuple[Gate, list[Area]]]:
    """The gates of some areas, each with every one of them that it leads into. Two queries."""
    by_pk = {area.pk: area for area in areas}
    pairs = AreaDoor.objects.filter(area__in=by_pk).order_by("area_id")
    into: dict[int, list[Area]] = defaultdict(list)
    for area, compound in pairs.values_list("area_id", "door__stair__building__compound_id").distinct():
        into[compound].append(by_pk[area])
    gates = Gate.objects.filter(compound__in=into).select_related("compound").order_by("compound_id", "pk")
    return [(gate, into[gate.compound_id]) for gate in gates]


def leads_into(gate: Gate, area_id: int) -> bool:
    """Whether a gate is one of an area's."""
    doors = AreaDoor.objects.filter(area=area_id, door__stair__building__compound_id=gate.compound_id)
    return doors.exists()


def told_once(there: Row, incident: Incident) -> Row:
    """What stands under an id that is used again; one of another incident is refused."""
    if there.incident_id != incident.pk:
        raise UserError(_("This id is of another incident."), field="client_id", mend=_("Make a new id for each act."))
    return there


def area_of_gate(incident: Incident, gate: Gate | None) -> Area | None:
    """The area in force that a gate leads into."""
    if gate is None:
        return None
    areas = incident.areas.filter(
        state=Area.State.IN_FORCE, area_doors__door__stair__building__compound_id=gate.compound_id
    )
    return areas.order_by("pk").first()
