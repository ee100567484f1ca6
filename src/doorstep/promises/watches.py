"""The ledger's part of the watch list."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.promises.models import Promise
from doorstep.promises.queries import with_look
from doorstep.wiring.contributions import WatchRow

SHOWN = 500


def contacts_missing(incident: Incident, at: datetime) -> list[WatchRow]:
    """Invariant 2: a vulnerable household without a two-way contact within its limit, the most vulnerable first."""
    promises = Promise.objects.filter(
        incident=incident, kind="contact", priority__gt=0, state__in=["open", "broken"], window_start__lte=at
    )
    missing = (
        with_look(promises, at).filter(look="broken").select_related("door__stair__building__compound", "owner_team")
    )
    return [
        WatchRow(
            what=_("no contact within the limit"),
            since=promise.due_at,
            who_acts=promise.owner_team.name if promise.owner_team else _("commander"),
            next_step=_("knock now; nobody answers: go in with help"),
            subject=str(
                promise.door.stair.building.compound.name
                + " "
                + promise.door.stair.building.name
                + "-"
                + promise.door.stair.name
                + "-"
                + promise.door.number
            )
            if promise.door
            else "",
            url=reverse("board:door", args=[promise.door_id]) if promise.door_id else "",
            level=3 if promise.priority >= 70 else 2,
            area_id=promise.area_id,
            door_id=promise.door_id,
            due=promise.due_at,
        )
        for promise in missing.order_by("-priority", "due_at")[:SHOWN]
    ]
