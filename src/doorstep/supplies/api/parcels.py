"""Parcels at the gate: written down for a door, held by somebody, handed over, refused with a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import Field

from doorstep.errors import UserError
from doorstep.register.models import Gate
from doorstep.supplies import parcel_queries, parcels
from doorstep.supplies.api.shared import Reason, act_of
from doorstep.supplies.models import Parcel
from doorstep.wiring.api import Key, Line, Paged, PageNumber, Room, incident_of, paged

room = Room(tags=["supplies"])


class ParcelOut(Schema):
    """A parcel. `limit`: when it must be at its door; `sender` is empty where one need not know it."""

    id: int
    door: int
    label: str
    gate: int | None
    kind: str
    sender: str
    what: str
    cold: bool
    kg: float
    state: str
    registered_at: datetime
    limit: datetime
    look: str
    holder: str
    ended_at: datetime | None
    reason: str
    told_sender_at: datetime | None
    told_door_at: datetime | None


class ParcelIn(Schema):
    """A parcel that was brought to the gate; who brought it is named by name or phone."""

    door: Key
    kind: Literal["family", "shop", "group", "other"] = "family"
    sender: Line = ""
    sender_phone: Annotated[Line, Field(max_length=40)] = ""
    what: Reason = ""
    cold: bool = False
    kg: Annotated[float, Field(ge=0, le=200)] = 0.0
    gate: Key | None = None


class RefuseIn(Schema):
    """Why it is not let in: both sides are told."""

    reason: Reason


class ToldIn(Schema):
    """Which side was told of a refusal."""

    side: Literal["sender", "door"]


@room.reads("/parcels", Paged[ParcelOut], act="handle_parcels")
def parcels_now(
    request: Any, state: Literal["", "waits", "handed", "refused"] = "waits", page: PageNumber = 1
) -> dict[str, Any]:
    """Parcels in the order in which they came."""
    rows = parcel_queries.parcels_in(incident_of(request), request.rights)
    return paged(request, rows.filter(state=state) if state else rows, lambda one: _parcel(request, one))


@room.does("/parcels", ParcelOut, act="handle_parcels")
def register_parcel(request: Any, body: ParcelIn) -> ParcelOut:
    """Write a parcel down; whoever does so holds it."""
    incident = incident_of(request)
    door = parcel_queries.doors_in(incident, request.rights).filter(pk=body.door).first()
    if door is None:
        raise UserError(
            _("No door of your areas has this number."), field="door", mend=_("Search for it: /search?q=3-2-501.")
        )
    gates = Gate.objects.filter(compound=door.stair.building.compound)
    gate = gates.filter(pk=body.gate).first() if body.gate is not None else None
    if body.gate is not None and gate is None:
        raise UserError(_("This gate is of another compound."), field="gate", mend=_("Leave it out, or name another."))
    facts = body.dict(exclude={"door", "gate"})
    brought = parcels.Brought(client_id=act_of(request), door=door, gate=gate, **facts)
    made = parcels.register(incident, brought, at=incident.now(), by=request.member or None)
    return _told(request, made.pk)


@room.reads("/parcels/{pk}", ParcelOut, act="handle_parcels")
def one_parcel(request: Any, pk: Key) -> ParcelOut:
    """One parcel."""
    return _told(request, pk)


@room.does("/parcels/{pk}/hold", ParcelOut, act="handle_parcels")
def hold_parcel(request: Any, pk: Key) -> ParcelOut:
    """Who asks holds it now."""
    return _step(request, pk, lambda one, said: parcels.take_over(one, request.member, **said))


@room.does("/parcels/{pk}/hand-over", ParcelOut, act="handle_parcels")
def hand_over(request: Any, pk: Key) -> ParcelOut:
    """It is with its household; twice said changes nothing."""
    return _step(request, pk, lambda one, said: parcels.hand_over(one, **said))


@room.does("/parcels/{pk}/refuse", ParcelOut, act="handle_parcels")
def refuse(request: Any, pk: Key, body: RefuseIn) -> ParcelOut:
    """It is not let in, for a reason that both sides are told."""
    return _step(request, pk, lambda one, said: parcels.refuse(one, reason=body.reason, **said))


@room.does("/parcels/{pk}/told", ParcelOut, act="handle_parcels")
def told(request: Any, pk: Key, body: ToldIn) -> ParcelOut:
    """One side was told of the refusal."""
    return _step(request, pk, lambda one, said: parcels.tell(one, body.side, **said))


@room.does("/parcels/{pk}/back", ParcelOut, act="handle_parcels")
def back_at_gate(request: Any, pk: Key) -> ParcelOut:
    """Take a hand-over or a refusal back."""
    return _step(request, pk, lambda one, said: parcels.reopen(one, **said))


def _mine(request: Any, pk: int) -> Parcel:
    found: Parcel = get_object_or_404(parcel_queries.parcels_in(incident_of(request), request.rights), pk=pk)
    return found


def _step(request: Any, pk: int, act: Callable[[Parcel, dict[str, Any]], object]) -> ParcelOut:
    found = _mine(request, pk)
    act(found, {"at": found.incident.now(), "by": request.member or None})
    return _told(request, pk)


def _told(request: Any, pk: int) -> ParcelOut:
    return _parcel(request, _mine(request, pk))


def _parcel(request: Any, one: Parcel) -> ParcelOut:
    line = parcel_queries.parcel_line(one, request.rights, request.member or None, one.incident.now())
    facts = ("kind", "what", "cold", "kg", "state", "registered_at", "ended_at", "reason")
    told: dict[str, Any] = {name: getattr(one, name) for name in (*facts, "told_sender_at", "told_door_at")}
    look = line.look if one.state == Parcel.State.WAITS else {"handed": "kept", "refused": "waived"}[one.state]
    told |= {"label": line.door, "sender": line.sender, "limit": line.limit, "look": look}
    return ParcelOut(
        id=one.pk, door=one.door_id, gate=one.gate_id, holder=one.holder.name if one.holder else "", **told
    )
