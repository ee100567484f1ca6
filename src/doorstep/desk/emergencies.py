"""Danger to life: no approval on the way. One act tells command, opens its task, and names who answers for it (F1, F17)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command import tasks
from doorstep.command.models import Incident, Member, Task
from doorstep.desk import owed
from doorstep.desk.models import EscalationStep, Request
from doorstep.desk.notes import locked, note
from doorstep.desk.staff import next_for
from doorstep.register.models import Door
from doorstep.wiring.texts import in_both, in_language


@transaction.atomic
def promote(request: Request, *, by: Member | None, at: datetime, words: str = "") -> Request:
    """Somebody says that life is in danger. Nobody is asked first; it is written down with the act."""
    locked(request)
    rules = protocol.request_rules(request.incident.protocol)
    if not request.is_open or (request.level == rules.emergency and request.emergency_task_id):
        return request
    request.level = rules.emergency
    request.due_at = min(
        request.due_at,
        protocol.request_due(request.incident.protocol, level=rules.emergency, need=request.need, said_at=at),
    )
    request.save()
    return alarm(request, at=at, by=by, words=words)


@transaction.atomic
def alarm(request: Request, *, at: datetime, by: Member | None, words: str = "") -> Request:
    """The emergency path of a request: its task for the first of the emergency ladder who is at hand."""
    ladder = protocol.request_rules(request.incident.protocol).emergency_ladder
    found: Member | None = None
    number, duty = 0, ladder[0].code
    for place, rung in enumerate(ladder):
        found = next_for(request.incident, request.area, rung.code, at)
        if found is not None:
            number, duty = place, rung.code
            break
    if request.emergency_task is None:
        request.emergency_task = _task(request, found, at=at, by=by)
    elif request.emergency_task.state != Task.State.OPEN:
        tasks.reopen(request.emergency_task, at=at, by=by)
    if request.owner is None and found is not None:
        request.owner, request.unowned_since, request.lost_owner = found, None, False
    request.rung = number
    request.save()
    EscalationStep.objects.create(
        request=request, number=number, duty=duty, why="emergency", to=found, at=at, became_owner=request.owner == found
    )
    note(request, "emergency", at=at, by=by, words=words, to=found.pk if found else None)
    owed.settle(request, at=at)
    return request


@transaction.atomic
def calm(request: Request, level: str, reason: str, *, by: Member, at: datetime) -> Request:
    """It was no emergency: its task falls away, its clock runs as for what it is. The reason stays with it."""
    locked(request)
    rules = request.incident.protocol
    if not protocol.is_emergency(rules, request.level) or protocol.is_emergency(rules, level):
        return request
    request.level, request.rung = protocol.level_of(rules, level).code, -1
    needed_by = owed.needed_by(request.days_left, request.said_at)
    request.due_at = protocol.request_due(
        rules, level=request.level, need=request.need, said_at=request.said_at, needed_by=needed_by
    )
    request.save()
    note(request, "calm", at=at, by=by, words=reason)
    end(request, at=at, by=by)
    owed.settle(request, at=at)
    return request


def end(request: Request, *, at: datetime, by: Member | None) -> None:
    """The emergency's task is done with the request."""
    task = request.emergency_task
    if task is not None and task.state == Task.State.OPEN:
        task.closed_by = f"request:{request.pk}"
        task.save(update_fields=["closed_by"])
        tasks.finish(task, request.result, at=at, by=by)


def place_in_words(door: Door | None) -> str:
    """Building-stair-number, as people say it; nothing where no door is known."""
    return f"{door.stair.building.name}-{door.stair.name}-{door.number}" if door else ""


def _task(request: Request, owner: Member | None, *, at: datetime, by: Member | None) -> Task:
    need = protocol.need_of(request.incident.protocol, request.need)

    def say() -> str:
        what = in_language(need.title) if need else ""
        place = place_in_words(request.door) or request.contact or _("place not known")
        return _("Danger to life: %(what)s · %(place)s · request %(number)d") % {
            "what": what,
            "place": place,
            "number": request.number,
        }

    titles = in_both(say)
    task = tasks.open_task(
        request.incident,
        titles["zh"],
        at=at,
        by=by,
        owner=owner,
        area=request.area,
        due_at=at + timedelta(minutes=_answered_within(request.incident)),
        urgency=3,
        detail=request.text,
        key=f"request:{request.pk}:emergency",
    )
    task.titles, task.door, task.kind = titles, request.door, "emergency"
    task.save(update_fields=["titles", "door", "kind"])
    return task


def _answered_within(incident: Incident) -> float:
    """Minutes within which an emergency is answered: the first target of the protocol."""
    targets = [target.minutes for target in incident.protocol.emergency.targets]
    rules = protocol.request_rules(incident.protocol)
    return min([*targets, protocol.level_of(incident.protocol, rules.emergency).unowned_minutes])
