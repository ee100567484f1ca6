"""What the room's endpoints share: the id of an act, the goods and places that a request names, lines of moves."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4, uuid5

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import Field

from doorstep.command.models import Incident
from doorstep.errors import UserError
from doorstep.supplies.models import Item, Location, Lot, Move, Supplier
from doorstep.supplies.stock import label_for, places_of
from doorstep.wiring.api import Line, incident_of

Packs = Annotated[int, Field(ge=1, le=1_000_000)]
Counted = Annotated[int, Field(ge=0, le=1_000_000)]
Reason = Annotated[Line, Field(max_length=240)]
Code = Annotated[Line, Field(max_length=40)]


class GoodsMoveOut(Schema):
    """Packs of a lot from one place to another; `reason` says why: receipt, transfer, count, waste, undo …"""

    id: int
    at: datetime
    item: str
    lot: int
    lot_number: str
    packs: int
    source: str
    target: str
    reason: str
    note: str
    by: str


def act_of(request: Any) -> UUID:
    """The act's own id: from ?client_id= and the member, so that a repeat moves nothing twice; else a new one."""
    given = request.GET.get("client_id")
    return uuid5(UUID(given), f"supplies:{getattr(request.member, 'pk', '')}") if given else uuid4()


def item_of(code: str, field: str = "item") -> Item:
    """The goods with a code. Raises UserError where there are none."""
    found = Item.objects.filter(code=code, active=True).first()
    if found is None:
        raise UserError(_("No goods have this code."), field=field, mend=_("See the list of goods."))
    return found


def place_of_ours(incident: Incident, pk: int, field: str) -> Location:
    """One of our places. Raises UserError where it is none."""
    found = places_of(incident).filter(pk=pk).first()
    if found is None:
        raise UserError(_("There is no such place for goods."), field=field, mend=_("See the list of places."))
    return found


def supplier_of(incident: Incident, pk: int | None) -> Supplier | None:
    """A supplier of this incident; None where none is named. Raises UserError for a stranger."""
    if pk is None:
        return None
    found = incident.suppliers.filter(pk=pk).first()
    if found is None:
        raise UserError(_("There is no such supplier."), field="supplier", mend=_("See the list of suppliers."))
    return found


def lot_of(request: Any, pk: int) -> Lot:
    """A lot of the incident at work."""
    rows = incident_of(request).lots.select_related("item", "supplier", "incident")
    found: Lot = get_object_or_404(rows, pk=pk)
    return found


def move_line(one: Move, scope: frozenset[int] | None) -> GoodsMoveOut:
    """A move; doors are named only to who sees all of them."""
    return GoodsMoveOut(
        id=one.pk,
        at=one.occurred_at,
        item=one.lot.item.code,
        lot=one.lot_id,
        lot_number=one.lot.number,
        packs=one.packs,
        source=label_for(one.source, scope),
        target=label_for(one.target, scope),
        reason=one.reason,
        note=one.note,
        by=one.by.name if one.by else "",
    )
