"""A request as a promise: what the ledger is told of it, so that due times, at risk and the board see requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from django.db.models import Q

from doorstep import protocol
from doorstep.command.models import Incident
from doorstep.command.queries import bound_area_of
from doorstep.desk.models import Request
from doorstep.promises.actions import keep, owe, release
from doorstep.promises.models import Promise
from doorstep.protocol import Owed
from doorstep.storage.bulk import in_batches

KIND = "answer"
SUBJECT = "request"


def line_of(request: Request) -> Owed:
    """The promise of a request. It is at risk from the instant by which somebody must own it."""
    rules = request.incident.protocol
    at_risk = protocol.owned_by(rules, request.level, request.said_at)
    return Owed(
        KIND,
        SUBJECT,
        str(request.pk),
        0,
        request.said_at,
        request.due_at,
        min(at_risk, request.due_at),
        protocol.vulnerability_weight(rules, request.facts.get("classes", ())),
        (("need", request.need),),
    )


def open_promises(incident: Incident, bound: Mapping[int, int]) -> Iterator[tuple[int, Owed]]:
    """What is owed for the open requests of some bound doors: the ledger's derivation asks this (door → area)."""
    for doors in in_batches(sorted(bound)):
        rows = Request.objects.filter(incident=incident, door_id__in=doors, state__in=Request.OPEN)
        for request in rows.select_related("incident").iterator(chunk_size=2000):
            yield request.door_id or 0, line_of(request)


def settle(request: Request, *, at: datetime) -> None:
    """Bring the ledger's row of a request up to what is true: open, kept by its answer, or no longer owed."""
    mine = Promise.objects.filter(incident=request.incident, kind=KIND, subject_kind=SUBJECT, subject_id=request.pk)
    if request.is_open and request.door_id:
        area = bound_area_of(request.incident, request.door_id)
        if area is not None:
            owe(area, request.door_id, line_of(request), at=at)
            mine = mine.exclude(area=area)
        release(mine)
    elif request.state in (Request.State.MERGED,) or not request.door_id:
        release(mine)
    else:
        when = request.done_at or request.decided_at or at
        keep(list(mine), at=when, proof_kind=SUBJECT, proof_id=str(request.pk))
    keep_time(request)


def keep_time(request: Request) -> None:
    """Work that has begun is planned for its due time: its promise is at risk no more until that has passed."""
    planned = request.due_at if request.state in (Request.State.ACCEPTED, Request.State.WORKING) else None
    rows = Promise.objects.filter(Q(kind=KIND, subject_kind=SUBJECT, subject_id=request.pk), incident=request.incident)
    rows.filter(state__in=[Promise.State.OPEN, Promise.State.BROKEN]).update(planned_at=planned)


def needed_by(days_left: float | None, said_at: datetime) -> datetime | None:
    """When something runs out, of which so many days are left."""
    return said_at + timedelta(days=days_left) if days_left is not None else None
