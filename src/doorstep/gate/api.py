"""Permits, crossings and barriers for machines: the same acts and rights as the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.shortcuts import get_object_or_404
from ninja import Schema
from pydantic import Field

from doorstep.command.models import Area
from doorstep.errors import UserError
from doorstep.gate import barriers, checking, crossings, permits, queries
from doorstep.gate.models import Barrier, Crossing, Permit
from doorstep.gate.rules import areas_of, gates_of
from doorstep.gate.words import bearer_label, crossing_label
from doorstep.register.models import Door, Gate, Person
from doorstep.wiring.api import Instant, Key, Line, Paged, Room, incident_of, paged, whole

room = Room(tags=["gate"])


class PermitIn(Schema):
    """A permit to be asked for. `door` is needed for residents, `bearer_text` for who comes from outside."""

    client_id: UUID
    area: Key
    kind: Line
    starts_at: Instant
    ends_at: Instant
    bearer: Literal["resident", "household", "visitor", "craftsman", "staff", "carer", "vehicle"] = "household"
    door: Key | None = None
    person: Key | None = None
    bearer_text: Line = ""
    persons: int = Field(default=1, ge=1, le=60)
    way: Literal["out", "in"] = "out"
    reason: Line = ""
    many: bool = False
    gates: list[Key] = []


class PermitOut(Schema):
    """A permit. The label is masked."""

    id: int
    number: str
    area: int
    door: int | None
    bearer: str
    label: str
    persons: int
    way: str
    kind: str
    approval: str
    reason: str
    starts_at: datetime
    ends_at: datetime
    many: bool
    gates: list[int]
    state: str
    decided_at: datetime | None
    decided_reason: str


class WhyIn(Schema):
    """Why."""

    reason: Line = ""


class CheckOut(Schema):
    """Whether its bearer may pass: `look` is kept (yes), broken (no) or risk (ask); `way` is what comes next."""

    look: str
    title: str
    words: str
    label: str
    permit: int | None
    way: str


class CrossingIn(Schema):
    """A crossing as somebody at a gate saw it. `number` is that of a permit; `ends` the crossing that it closes."""

    client_id: UUID
    direction: Literal["in", "out", "buffer_in", "buffer_out"]
    permission: Literal["permit", "duty", "parcel", "order", "emergency", "visitor", "home"]
    gate: Key | None = None
    what: Literal["person", "goods", "vehicle", "waste"] = "person"
    number: Line = ""
    role: Line = ""
    label: Line = ""
    door: Key | None = None
    count: int = Field(default=1, ge=1, le=10_000)
    cold: bool = False
    reason: Line = ""
    refused: bool = False
    ends: Key | None = None
    occurred_at: Instant | None = None


class LifeIn(Schema):
    """The gate was opened because life is in danger."""

    client_id: UUID
    gate: Key | None = None


class CrossingOut(Schema):
    """A crossing. The label of residents is masked."""

    id: int
    gate: int | None
    area: int | None
    what: str
    direction: str
    permission: str
    permit: int | None
    label: str
    count: int
    reason: str
    refused: bool
    ends: int | None
    doubt: str
    occurred_at: datetime
    recorded_at: datetime
    undone_at: datetime | None


class BarrierOut(Schema):
    """A barrier with its opener and its last look."""

    id: int
    area: int
    gate: int | None
    name: str
    kind: str
    opener: str
    opener_name: str
    phone: str
    checked_at: datetime | None
    check_ok: bool | None
    tested_at: datetime | None
    opened_in_s: float | None


class LookIn(Schema):
    """Somebody tried a barrier."""

    client_id: UUID
    opens: bool
    seconds: float | None = Field(default=None, ge=0, le=3600)
    note: Line = ""


@room.reads("/permits", Paged[PermitOut], act="give_permits")
def permit_list(request: Any, show: Literal["asked", "now", "out", "all"] = "all") -> dict[str, Any]:
    """The permits of the member's areas."""
    incident = incident_of(request)
    rows = queries.permits_in(incident, request.rights, show, incident.now()).prefetch_related("gates")
    return paged(request, rows, _permit)


@room.does("/permits", PermitOut, act="give_permits", status=201)
def ask_permit(request: Any, body: PermitIn) -> tuple[int, PermitOut]:
    """Ask for a permit; an emergency is granted in the same act."""
    incident = incident_of(request)
    area = get_object_or_404(Area.objects.filter(incident=incident), pk=body.area)
    request.rights.require("give_permits", area)
    inside = Door.objects.filter(area_doors__area=area)
    asked = permits.Asked(
        area,
        body.kind,
        body.starts_at,
        body.ends_at,
        body.bearer,
        get_object_or_404(inside, pk=body.door) if body.door else None,
        get_object_or_404(Person.objects.filter(household__door__in=inside), pk=body.person) if body.person else None,
        body.bearer_text,
        body.persons,
        body.way,
        body.reason,
        body.many,
        tuple(_gate(request, pk) for pk in body.gates),
        client_id=body.client_id,
    )
    return 201, _permit(permits.ask(incident, asked, at=incident.now(), by=request.member or None))


@room.does("/permits/{pk}/grant", PermitOut, act="give_permits")
def grant(request: Any, pk: Key, body: WhyIn) -> PermitOut:
    """Say yes."""
    return _permit(permits.grant(_own(request, pk), reason=body.reason, **_said(request)))


@room.does("/permits/{pk}/refuse", PermitOut, act="give_permits")
def refuse(request: Any, pk: Key, body: WhyIn) -> PermitOut:
    """Say no, with the reason."""
    return _permit(permits.refuse(_own(request, pk), body.reason, **_said(request)))


@room.does("/permits/{pk}/withdraw", PermitOut, act="give_permits")
def withdraw(request: Any, pk: Key, body: WhyIn) -> PermitOut:
    """Take it back, with the reason."""
    return _permit(permits.withdraw(_own(request, pk), body.reason, **_said(request)))


@room.reads("/check", CheckOut, act="keep_gate")
def check(request: Any, said: str, gate: Key | None = None) -> CheckOut:
    """Look at a permit by its number or its square."""
    incident = incident_of(request)
    here = _gate(request, gate) if gate else None
    verdict = checking.check(incident, said[:600].replace("\x00", ""), at=incident.now(), gate=here)
    if verdict.permit is not None:
        request.rights.require("keep_gate", verdict.permit.area_id)
    pk = verdict.permit.pk if verdict.permit else None
    return CheckOut(
        look=verdict.look, title=verdict.title, words=verdict.words, label=verdict.label, permit=pk, way=verdict.way
    )


@room.reads("/crossings", Paged[CrossingOut], act="keep_gate")
def crossing_list(request: Any) -> dict[str, Any]:
    """Crossings, the newest first."""
    return paged(request, _mine(request), _crossing)


@room.does("/crossings", CrossingOut, act="keep_gate", status=201)
def record(request: Any, body: CrossingIn) -> tuple[int, CrossingOut]:
    """Write a crossing down, once for each client_id. An emergency is never refused."""
    incident = incident_of(request)
    at = incident.now()
    permit, _forged = checking.find(incident, body.number) if body.number else (None, False)
    if permit is not None:
        request.rights.require("keep_gate", permit.area_id)
    scope = Door.objects.filter(area_doors__area__in=areas_of(incident, request.rights, "keep_gate")).distinct()
    seen = crossings.Seen(
        body.client_id,
        body.direction,
        body.permission,
        body.occurred_at or at,
        _gate(request, body.gate) if body.gate else None,
        body.what,
        permit,
        role=body.role,
        label=body.label,
        door=get_object_or_404(scope, pk=body.door) if body.door else None,
        count=body.count,
        cold=body.cold,
        reason=body.reason,
        refused=body.refused,
        ends=get_object_or_404(_mine(request), pk=body.ends) if body.ends else None,
    )
    return 201, _crossing(crossings.record(incident, seen, at=at, by=request.member or None))


@room.does("/life", CrossingOut, act="keep_gate", status=201)
def life(request: Any, body: LifeIn) -> tuple[int, CrossingOut]:
    """The gate was opened for life: nothing is checked, nothing is refused."""
    incident = incident_of(request)
    at = incident.now()
    gates = {gate.pk: gate for gate, _area in gates_of(areas_of(incident, request.rights, "keep_gate"))}
    here = gates.get(body.gate or 0)
    by = request.member or None
    made = crossings.open_for_life(incident, here, body.client_id, at=at, by=by, occurred_at=at)
    return 201, _crossing(made)


@room.does("/crossings/{pk}/undo", CrossingOut, act="keep_gate")
def undo(request: Any, pk: Key) -> CrossingOut:
    """Take a crossing back."""
    return _crossing(crossings.undo(get_object_or_404(_mine(request), pk=pk), **_said(request)))


@room.reads("/barriers", list[BarrierOut], act="keep_gate")
def barrier_list(request: Any) -> list[Any]:
    """The barriers that stand."""
    areas = areas_of(incident_of(request), request.rights, "keep_gate")
    return whole(Barrier.objects.filter(area__in=areas, removed_at=None), _barrier)


@room.does("/barriers/{pk}/look", BarrierOut, act="keep_gate")
def look(request: Any, pk: Key, body: LookIn) -> BarrierOut:
    """Somebody tried it. The look at the last one of an area notes its exits as checked."""
    rows = Barrier.objects.filter(incident=incident_of(request), removed_at=None).select_related("area", "incident")
    barrier = get_object_or_404(rows, pk=pk)
    request.rights.require("keep_gate", barrier.area)
    barriers.check(barrier, body.client_id, body.opens, seconds=body.seconds, note=body.note, **_said(request))
    return _barrier(barrier)


def _said(request: Any) -> dict[str, Any]:
    return {"at": incident_of(request).now(), "by": request.member or None}


def _mine(request: Any) -> Any:
    incident = incident_of(request)
    every = request.rights.covers("keep_gate")
    return queries.seen_in(incident, None if every else areas_of(incident, request.rights, "keep_gate"))


def _own(request: Any, pk: int) -> Permit:
    rows = Permit.objects.filter(incident=incident_of(request)).select_related("incident", "area", "person", "door")
    found = get_object_or_404(rows, pk=pk)
    request.rights.require("give_permits", found.area)
    return found


def _gate(request: Any, pk: int) -> Gate:
    act = "keep_gate" if request.rights.may("keep_gate") else "give_permits"
    for gate, _area in gates_of(areas_of(incident_of(request), request.rights, act)):
        if gate.pk == pk:
            return gate
    raise UserError("No gate of your areas has this number.", field="gate", mend="See the gates of the compound.")


def _permit(one: Permit) -> PermitOut:
    names = ("number", "bearer", "persons", "way", "kind", "approval", "reason", "starts_at", "ends_at", "many")
    facts = {name: getattr(one, name) for name in (*names, "state", "decided_at", "decided_reason")}
    gates = [gate.pk for gate in one.gates.all()]
    return PermitOut(id=one.pk, area=one.area_id, door=one.door_id, label=bearer_label(one), gates=gates, **facts)


def _crossing(one: Crossing) -> CrossingOut:
    names = ("what", "direction", "permission", "count", "reason", "refused", "doubt", "occurred_at", "recorded_at")
    facts: dict[str, Any] = {name: getattr(one, name) for name in (*names, "undone_at")}
    facts |= {"gate": one.gate_id, "area": one.area_id, "permit": one.permit_id, "ends": one.ends_id}
    return CrossingOut(id=one.pk, label=crossing_label(one), **facts)


def _barrier(one: Barrier) -> BarrierOut:
    names = ("name", "kind", "opener", "opener_name", "phone", "checked_at", "check_ok", "tested_at", "opened_in_s")
    facts = {name: getattr(one, name) for name in names}
    return BarrierOut(id=one.pk, area=one.area_id, gate=one.gate_id, **facts)
