"""The ladder with its clocks: what nobody owns, and what is late, goes on to the next duty (F22)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from doorstep import protocol
from doorstep.command import journal
from doorstep.command.models import Incident, Member
from doorstep.desk.handing import lose
from doorstep.desk.lists import WAITING
from doorstep.desk.models import EscalationStep, Request
from doorstep.desk.notes import locked, note
from doorstep.desk.staff import Roster, at_hand
from doorstep.promises.events import TimePassed


@transaction.atomic
def climb(incident: Incident, *, at: datetime) -> list[EscalationStep]:
    """Bring every request up to the step of its ladder that is reached. Doing it twice at one instant adds nothing."""
    away = Request.objects.filter(WAITING, incident=incident, owner__isnull=False)
    for request in away.filter(~Q(owner__available=True) | ~Q(owner__health="fit")):
        lose(request, at=at)
    due = Q(owner=None) | Q(state__in=Request.OPEN, due_at__lt=at)
    due |= Q(state=Request.State.NEW, emergency_task__isnull=False)
    waiting = Request.objects.filter(WAITING & due, incident=incident)
    waiting = waiting.select_related("incident", "owner", "area", "emergency_task")
    roster, steps = Roster(incident, at), []
    with journal.together():
        for request in waiting.order_by("due_at", "pk"):
            if _next_step(request, roster, at) is not None:
                steps += _climb(locked(request), roster, at)
    return steps


def alarm_from(request: Request, at: datetime) -> tuple[str, datetime] | None:
    """Why and since when a request is an alarm: nobody owns it in time, an emergency that nobody has answered (F17), or it
    is late. None while its clocks run."""
    rules = request.incident.protocol
    if request.owner is None or not at_hand(request.owner):
        since = request.unowned_since or request.said_at
        limit = since if request.lost_owner or request.owner else protocol.owned_by(rules, request.level, since)
        if limit <= at:
            return "unowned", limit
    task = request.emergency_task if protocol.is_emergency(rules, request.level) else None
    if task is not None and request.state == Request.State.NEW:
        limit = protocol.owned_by(rules, request.level, task.opened_at)
        if limit <= at:
            return "unanswered", limit
    if request.is_open and request.due_at < at:
        return "late", request.due_at
    return None


def _next_step(request: Request, roster: Roster, at: datetime) -> tuple[str, protocol.RungCalled, Member | None] | None:
    """The first step that is reached and was not told yet: why, which, who. Where every step was told and nobody was
    there, somebody who has come since."""
    found = alarm_from(request, at)
    if found is None:
        return None
    why, limit = found
    reached = protocol.rungs_called(request.incident.protocol, level=request.level, limit=limit, at=at)
    for rung in reached:
        if rung.number > request.rung:
            return why, rung, roster.next_for(request.area, rung.duty)
    for rung in reached if request.owner is None else ():
        if (to := roster.next_for(request.area, rung.duty)) is not None:
            return why, rung, to
    return None


def _climb(request: Request, roster: Roster, at: datetime) -> list[EscalationStep]:
    steps = []
    while (found := _next_step(request, roster, at)) is not None:
        why, rung, to = found
        owns = request.owner is None and to is not None
        facts = {"number": rung.number, "duty": rung.duty, "why": why, "to": to, "at": at, "became_owner": owns}
        steps.append(EscalationStep.objects.create(request=request, **facts))
        request.rung = max(request.rung, rung.number)
        if owns and to is not None:
            request.owner, request.unowned_since, request.lost_owner = to, None, False
            roster.gave(to)
        note(request, "escalate", at=at, by=None, duty=rung.duty, why=why, to=to.pk if to else None)
    request.save(update_fields=["rung", "owner", "unowned_since", "lost_owner"])
    return steps


def follow_time(event: TimePassed) -> None:
    """Each minute, and when an exercise's clock is moved."""
    climb(Incident.objects.get(pk=event.incident_id), at=event.at)
