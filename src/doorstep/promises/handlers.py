"""How the ledger follows the rooms below, in the same transaction."""

from __future__ import annotations

from doorstep.command.events import AreaChanged
from doorstep.command.models import Area
from doorstep.promises.actions import derive


def follow_area(event: AreaChanged) -> None:
    """An area sealed, redrawn, extended or lifted: what its doors are owed changes with it (F24)."""
    area = Area.objects.select_related("incident").get(pk=event.area_id)
    derive(area.incident, at=event.at, until=area.review_at)
