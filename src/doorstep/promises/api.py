"""The ledger for machines: by kind, by door, one by one; a promise released with a reason and a name."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import Http404
from django.shortcuts import get_object_or_404
from ninja import Schema
from pydantic import Field

from doorstep.command.models import AreaDoor, Member
from doorstep.promises import queries
from doorstep.promises.actions import waive
from doorstep.promises.models import Promise
from doorstep.wiring.api import Key, Line, Paged, PageNumber, Room, Text, incident_of, paged

room = Room(tags=["promises"])


class KindOut(Schema):
    """How the promises of one kind stand, of those whose window has opened."""

    kind: str
    total: int
    broken: int
    risk: int
    open: int
    kept: int


class PromiseOut(Schema):
    """Something owed. `look` is the state as people see it: broken, risk, open, kept or waived."""

    id: int
    area: int
    kind: str
    subject_kind: str
    subject: int
    door: int | None
    window_start: datetime
    due_at: datetime
    look: str
    planned_at: datetime | None
    kept_at: datetime | None
    late: bool
    proof_kind: str
    proof: str
    waived_by: str
    waive_reason: str


class WaiveIn(Schema):
    """Why a promise is not needed."""

    reason: Annotated[Text, Field(max_length=240)]


@room.reads("/kinds", list[KindOut], act="see_board")
def kinds(request: Any) -> list[Any]:
    """The ledger in one table: kinds by how they stand."""
    incident = incident_of(request)
    rows = queries.by_kind(incident, incident.now(), request.rights.areas("see_board"))
    return [
        KindOut(
            kind=row.kind, total=row.total, **{look: row.counts[look] for look in ("broken", "risk", "open", "kept")}
        )
        for row in rows
    ]


@room.reads("/", Paged[PromiseOut], act="see_board")
def promises(
    request: Any,
    kind: Line = "",
    look: Literal["", "broken", "risk", "open", "kept", "waived"] = "",
    area: Key | None = None,
    page: PageNumber = 1,
) -> dict[str, Any]:
    """Promises one by one, the nearest due first."""
    incident = incident_of(request)
    found = queries.ledger(incident, incident.now(), request.rights.areas("see_board"), kind=kind, look=look, area=area)
    return paged(request, found, _promise)


@room.reads("/door/{pk}", list[PromiseOut], act="see_board")
def of_door(request: Any, pk: Key) -> list[Any]:
    """Everything that one door is or was owed."""
    incident, scope = incident_of(request), request.rights.areas("see_board")
    there = AreaDoor.objects.filter(door_id=pk, area__incident=incident)
    if not (there if scope is None else there.filter(area__in=scope)).exists():
        raise Http404
    found = queries.ledger(incident, incident.now(), scope).filter(door_id=pk)
    return [_promise(promise) for promise in found]


@room.does("/{pk}/waive", PromiseOut, act="plan_rounds")
def release(request: Any, pk: Key, body: WaiveIn) -> PromiseOut:
    """Release a promise: never without a reason and a name."""
    incident = incident_of(request)
    promise = get_object_or_404(Promise, pk=pk, incident=incident)
    request.rights.require("plan_rounds", promise.area_id)
    member = get_object_or_404(Member, pk=getattr(request.member, "pk", None) or 0)
    waive(promise, reason=body.reason, by=member, at=incident.now())
    return _promise(queries.ledger(incident, incident.now(), None).get(pk=promise.pk))


def _promise(promise: Any) -> PromiseOut:
    return PromiseOut(
        id=promise.pk,
        area=promise.area_id,
        kind=promise.kind,
        subject_kind=promise.subject_kind,
        subject=promise.subject_id,
        door=promise.door_id,
        window_start=promise.window_start,
        due_at=promise.due_at,
        look=promise.look,
        planned_at=promise.planned_at,
        kept_at=promise.kept_at,
        late=promise.late,
        proof_kind=promise.proof_kind,
        proof=promise.proof_id,
        waived_by=promise.waived_by,
        waive_reason=promise.waive_reason,
    )
