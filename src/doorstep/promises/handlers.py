"""How the ledger follows the rooms below, in the same transaction."""

from __future__ import annotations

from doorstep.command.events import AreaChanged, ClockMoved
from doorstep.command.models import Area, Incident
from doorstep.command.places import work_out_doors
from doorstep.promises.actions import Scope, derive, scope_of_area, tick
from doorstep.promises.events import OwedChanged, TimePassed
from doorstep.register.events import RegisterChanged
from doorstep.wiring.events import publish


def follow_area(event: AreaChanged) -> None:
    """An area sealed, redrawn, extended or lifted: what its doors are owed changes with it (F24)."""
    area = Area.objects.select_related("incident").get(pk=event.area_id)
    scope = scope_of_area(area) if event.doors is None else Scope(frozenset(event.doors), frozenset([area.pk]))
    derive(area.incident, at=event.at, scope=scope)
    publish(OwedChanged(area.incident_id, area.pk, event.at))


def follow_register(event: RegisterChanged) -> None:
    """People came, went or were corrected: what their doors are owed changes in every open incident that was derived.

    A list may bring doors into a compound that is sealed: its areas have them before anything is owed there.
    """
    scope = Scope(frozenset(event.door_ids)) if event.door_ids else None
    for incident in Incident.objects.filter(state=Incident.State.OPEN, derived_until__isnull=False):
        if event.act == "import":
            for area in incident.areas.exclude(state=Area.State.LIFTED):
                work_out_doors(area)
        derive(incident, at=incident.now(), scope=scope)


def follow_clock(event: ClockMoved) -> None:
    """An exercise's clock was moved by hand: what fell due on the way is kept or broken now."""
    if event.after > event.before:
        tick(Incident.objects.get(pk=event.incident_id), at=event.after)
        publish(TimePassed(event.incident_id, event.after))
