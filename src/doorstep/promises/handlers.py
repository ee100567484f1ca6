"""How the ledger follows the rooms below, in the same transaction."""

from __future__ import annotations

from doorstep.command.events import AreaChanged
from doorstep.command.models import Area, Incident
from doorstep.command.places import work_out_doors
from doorstep.promises.actions import derive
from doorstep.register.events import RegisterChanged


def follow_area(event: AreaChanged) -> None:
    """An area sealed, redrawn, extended or lifted: what its doors are owed changes with it (F24)."""
    area = Area.objects.select_related("incident").get(pk=event.area_id)
    derive(area.incident, at=event.at, until=area.review_at)


def follow_register(event: RegisterChanged) -> None:
    """People came, went or were corrected: open incidents that have been derived are derived again.

    A list may bring doors into a compound that is sealed: its areas have them before anything is owed there.
    """
    for incident in Incident.objects.filter(state=Incident.State.OPEN, derived_until__isnull=False):
        if event.act == "import":
            for area in incident.areas.exclude(state=Area.State.LIFTED):
                work_out_doors(area)
        derive(incident, at=incident.now(), until=incident.derived_until)
