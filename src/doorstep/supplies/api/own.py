"""What households paid for themselves: what waits for which door, handed over there, taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404
from ninja import Schema

from doorstep.supplies import own
from doorstep.supplies.api.shared import GoodsMoveOut, act_of, move_line
from doorstep.supplies.stock import door_label
from doorstep.wiring.api import Key, Paged, PageNumber, Room, incident_of, paged

room = Room(tags=["supplies"])


class OwnLineOut(Schema):
    """Packs of a lot that wait for a door."""

    lot: int
    number: str
    item: str
    state: str
    packs: int


class OwnOut(Schema):
    """What waits for one door, and when the last of it came."""

    door: int
    label: str
    came: datetime
    lines: list[OwnLineOut]


@room.reads("/own", Paged[OwnOut], act="see_supplies")
def waiting(request: Any, page: PageNumber = 1) -> dict[str, Any]:
    """What waits for doors, what waits longest at first."""
    return paged(request, own.waiting(incident_of(request), request.rights), _waiting)


@room.does("/own/{pk}/hand-over", list[GoodsMoveOut], act="manage_supplies")
def hand_over_own(request: Any, pk: Key) -> list[Any]:
    """Everything that waits for a door (its number) is with its household."""
    incident = incident_of(request)
    door = next((row.door for row in own.waiting(incident, request.rights) if row.door.pk == pk), None)
    if door is None:
        raise Http404
    act = act_of(request)
    made = own.hand_over(incident, door, at=incident.now(), by=request.member or None, client_id=act)
    scope = request.rights.areas("see_supplies")
    rows = incident.moves.filter(pk__in=[one.pk for one in made])
    places = ("source__door__stair__building", "target__door__stair__building")
    return [move_line(one, scope) for one in rows.select_related("lot__item", "by", *places).order_by("pk")]


def _waiting(row: own.Waiting) -> OwnOut:
    lines = [
        OwnLineOut(
            lot=line.lot_id,
            number=line.lot.number,
            item=line.lot.item.code,
            state=line.lot.state,
            packs=line.packs,
        )
        for line in row.lines
    ]
    return OwnOut(door=row.door.pk, label=door_label(row.door), came=row.since, lines=lines)
