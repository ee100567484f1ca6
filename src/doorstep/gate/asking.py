"""Other rooms ask for a way out; the gate answers in the same transaction."""

from __future__ import annotations

from doorstep.command.events import ExitAsked, PermitChanged
from doorstep.command.models import Incident, Member
from doorstep.command.queries import bound_area_of
from doorstep.gate import permits
from doorstep.gate.models import Permit
from doorstep.gate.words import kind_title
from doorstep.register.models import Door, Person
from doorstep.wiring.events import publish


def exit_asked(event: ExitAsked) -> None:
    """Make the permit that is asked for, or say that none is needed. A changed time is a new permit: a paper says no more
    than what was signed."""
    incident = Incident.objects.get(pk=event.incident_id)
    area = bound_area_of(incident, event.door_id)
    if area is None:
        publish(PermitChanged(event.key, "granted", event.at, starts_at=event.starts_at, ends_at=event.ends_at))
        return
    there = Permit.objects.filter(incident=incident, key=event.key).select_related("incident").first()
    if there is not None and _is_same(there, event):
        permits.tell(there, at=event.at)
        return
    if there is not None:
        permits.replace(there, at=event.at)
    person = Person.objects.filter(pk=event.person_id).first() if event.person_id else None
    asked = permits.Asked(
        area,
        event.kind,
        event.starts_at,
        event.ends_at,
        Permit.Bearer.RESIDENT if person else Permit.Bearer.HOUSEHOLD,
        Door.objects.get(pk=event.door_id),
        person,
        reason=event.reason or kind_title(incident, event.kind),
        key=event.key,
    )
    by = Member.objects.filter(pk=event.by_id).first() if event.by_id else None
    permits.ask(incident, asked, at=event.at, by=by)


def _is_same(there: Permit, event: ExitAsked) -> bool:
    return (there.starts_at, there.ends_at, there.kind) == (event.starts_at, event.ends_at, event.kind)
