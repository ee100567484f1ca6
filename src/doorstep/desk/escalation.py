"""The ladder with its clocks: what nobody owns, and what is late, goes on to the next duty (F22)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from doorstep import protocol
from doorstep.command.models import Incident
from doorstep.desk import owed
from doorstep.desk.handing import lose
from doorstep.desk.lists import WAITING
from doorstep.desk.models import EscalationStep, Request
from doorstep.desk.notes import locked, note
from doorstep.desk.staff import at_hand, next_for
from doorstep.promises.events import TimePassed


@transaction.atomic
def climb(incident: Incident, *, at: datetime) -> list[EscalationStep]:
    """Bring every request up to the step of its ladder that is reached. Doing it twice at one instant adds nothing."""
    away = Request.objects.filter(WAITING, incident=incident, owner__isnull=False)
    for request in away.filter(~Q(owner__available=True) | ~Q(owner__health="fit")):
        lose(request, at=at)
    due = Q(owner=None) | Q(state__in=Request.OPEN, due_at__lt=at)
    steps = []
    waiting = Request.objects.filter(WAITING & due, incident=incident).select_related("incident", "owner", "area")
    for request in waiting.order_by("due_at", "pk"):
        if _next_rung(request, at) is not None:
            steps += _climb(locked(request), at)
    return steps


def alarm_from(request: Request, at: datetime) -> tuple[str, datetime] | None:
    """Why and since when a request is an alarm: nobody owns it in time, or it is late. None while its clocks run."""
    rules = request.incident.protocol
    if request.owner is None or not at_hand(request.owner):
        since = request.unowned_since or request.said_at
        limit = since if request.lost_owner or request.owner else protocol.owned_by(rules, request.level, since)
        if limit <= at:
            return "unowned", limit
    if request.is_open and request.due_at < at:
        return "late", request.due_at
    return None


def _next_rung(request: Request, at: datetime) -> protocol.RungCalled | None:
    """The first step of its ladder that is reached and was not told yet."""
    found = alarm_from(request, at)
    if found is None:
        return None
    rungs = protocol.rungs_called(request.incident.protocol, level=request.level, limit=found[1], at=at)
    return next((rung for rung in rungs if rung.number > request.rung), None)


def _climb(request: Request, at: datetime) -> list[EscalationStep]:
    found = alarm_from(request, at)
    if found is None:
        return []
    why, limit = found
    steps = []
    for rung in protocol.rungs_called(request.incident.protocol, level=request.level, limit=limit, at=at):
        if rung.number <= request.rung:
            continue
        to = next_for(request.incident, request.area, rung.duty, at)
        owns = request.owner is None and to is not None
        steps.append(
            EscalationStep.objects.create(
                request=request, number=rung.number, duty=rung.duty, why=why, to=to, at=at, became_owner=owns
            )
        )
        request.rung = rung.number
        if owns:
            request.owner, request.unowned_since, request.lost_owner = to, None, False
        note(request, "escalate", at=at, by=None, duty=rung.duty, why=why, to=to.pk if to else None)
        if owns:  # it has an owner now: the clock of nobody's requests ends here
            break
    request.save(update_fields=["rung", "owner", "unowned_since", "lost_owner"])
    if steps:
        owed.settle(request, at=at)
    return steps


def follow_time(event: TimePassed) -> None:
    """Each minute, and when an exercise's clock is moved."""
    climb(Incident.objects.get(pk=event.incident_id), at=event.at)
