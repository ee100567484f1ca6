"""The ledger's part of the watch list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.command.queries import names_of
from doorstep.promises.models import Promise
from doorstep.promises.queries import with_look
from doorstep.wiring.contributions import WatchRow
from doorstep.wiring.watching import shown_and_counted


def contacts_missing(incident: Incident, at: datetime) -> list[WatchRow]:
    """Invariant 2: a vulnerable household without a two-way contact within its limit, the most vulnerable first."""
    promises = Promise.objects.filter(
        incident=incident, kind="contact", priority__gt=0, state__in=["open", "broken"], window_start__lte=at
    )
    missing = with_look(promises, at).filter(look="broken").order_by("-priority", "due_at", "pk")
    found = list(missing.values_list("pk", "area_id", "due_at"))
    return shown_and_counted(found, _contact_rows, lambda line: (line[1], line[2]), names_of(incident))


def _contact_rows(lines: Sequence[tuple[int, int, datetime]]) -> list[WatchRow]:
    keys = [pk for pk, _, _ in lines]
    promises = Promise.objects.select_related("door__stair__building__compound", "owner_team").in_bulk(keys)
    return [
        WatchRow(
            what=_("no contact within the limit"),
            since=promise.due_at,
            who_acts=promise.owner_team.name if promise.owner_team else _("commander"),
            next_step=_("knock now; nobody answers: go in with help"),
            subject=_label(promise),
            url=reverse("board:door", args=[promise.door_id]) if promise.door_id else "",
            level=3 if promise.priority >= 70 else 2,
            area_id=promise.area_id,
            door_id=promise.door_id,
            due=promise.due_at,
        )
        for promise in (promises[key] for key in keys)
    ]


def _label(promise: Promise) -> str:
    if promise.door is None:
        return ""
    stair = promise.door.stair
    return f"{stair.building.compound.name} {stair.building.name}-{stair.name}-{promise.door.number}"
