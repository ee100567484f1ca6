"""Handing over: one request, or everything at once before a shift ends or somebody goes into quarantine (F6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorstep import protocol
from doorstep.command import journal, tasks
from doorstep.command.events import MemberAway, ShiftEnds
from doorstep.command.models import Incident, Member, Task
from doorstep.desk.lists import burden_of, errands_of, messages_of, objects_of, requests_of, tasks_of
from doorstep.desk.medicines.errands import give_to
from doorstep.desk.models import Message, Request
from doorstep.desk.notes import locked, note
from doorstep.desk.objects import pass_on
from doorstep.desk.requests import give
from doorstep.desk.staff import Roster, at_hand
from doorstep.errors import UserError

ABOVE = ("coordinator", "commander")  # who takes the tasks of somebody who is gone
GO = ("desk", *ABOVE)  # and who goes on their errands


@dataclass(frozen=True)
class HandedOn:
    """What went from one person to others; `left` is what nobody was there to take: it is an alarm at once."""

    requests: int = 0
    messages: int = 0
    objects: int = 0
    errands: int = 0
    tasks: int = 0
    left: int = 0


@transaction.atomic
def hand_all(
    member: Member, to: Member, *, at: datetime, by: Member | None, incident: Incident | None = None, words: str = ""
) -> HandedOn:
    """Everything that one person answers for goes to another in one act; nothing stays behind."""
    if to.pk == member.pk:
        raise UserError(_("They are the same person."), field="to", mend=_("Choose somebody else."))
    if not at_hand(to):
        raise UserError(
            _("%(name)s is not available.") % {"name": to.name}, field="to", mend=_("Choose somebody who is here.")
        )
    rows = list(requests_of(member, incident))
    for request in rows:
        give(request, to, by=by, at=at, words=words)
    messages = list(messages_of(member, incident))
    for message in messages:
        _give_message(message, to, at=at, by=by)
    objects = list(objects_of(member, incident))
    for thing in objects:
        pass_on(thing, to, at=at, by=by, note=words)
    errands = list(errands_of(member, incident))
    for errand in errands:
        give_to(errand, to, at=at, by=by)
    duties = list(tasks_of(member, incident))
    for task in duties:
        tasks.hand_over(task, to, at=at, by=by)
    done = HandedOn(len(rows), len(messages), len(objects), len(errands), len(duties))
    if done != HandedOn():
        facts = {"requests": done.requests, "messages": done.messages, "objects": done.objects, "tasks": done.tasks}
        facts |= {"errands": done.errands, "to": to.pk}
        where = incident or (rows or messages or objects or errands or duties)[0].incident
        journal.record(
            "hand_on_list", incident=where, subject=member, by=by, occurred_at=at, label=member.name, **facts
        )
    return done


@transaction.atomic
def scatter(member: Member, incident: Incident, *, at: datetime, by: Member | None = None) -> HandedOn:
    """Somebody is gone (quarantine, illness) and named nobody: each thing goes to whoever is next at hand.

    What nobody can take loses its owner and is on the watch list at once. An object stays where its chain says and is
    on the watch list, too: only the household or a colleague can say who has it.
    """
    roster = Roster(incident, at)
    counts = {"requests": 0, "messages": 0, "objects": 0, "errands": 0, "tasks": 0, "left": 0}
    for request in requests_of(member, incident).select_related("area", "incident"):
        to = _next(request, roster, {member.pk})
        if to is not None:
            give(request, to, by=by, at=at)
            roster.gave(to)
            counts["requests"] += 1
        else:
            lose(request, at=at, by=by)
            counts["left"] += 1
    for message in messages_of(member, incident).select_related("incident"):
        _free_message(message, at=at, by=by)
        counts["messages"] += 1
    for thing in objects_of(member, incident).select_related("incident"):
        to = roster.next_for(None, "coordinator", {member.pk})
        if to is not None:
            pass_on(thing, to, at=at, by=by, note=_("the holder is away"))
            counts["objects"] += 1
        else:
            counts["left"] += 1
    for errand in errands_of(member, incident).select_related("incident"):
        to = next((one for one in (roster.next_for(None, duty, {member.pk}) for duty in GO) if one), None)
        if to is not None:
            give_to(errand, to, at=at, by=by)
            counts["errands"] += 1
        else:
            counts["left"] += 1
    for task in tasks_of(member, incident).select_related("area", "incident"):
        to = next((one for one in (roster.next_for(task.area, duty, {member.pk}) for duty in ABOVE) if one), None)
        if to is not None:
            tasks.hand_over(task, to, at=at, by=by)
            counts["tasks"] += 1
        else:
            _free_task(task, at=at, by=by)
            counts["left"] += 1
    return HandedOn(**counts)


@transaction.atomic
def lose(request: Request, *, at: datetime, by: Member | None = None) -> Request:
    """Nobody answers for it any more. It is an alarm from now on, without waiting for the clock of a new one."""
    locked(request)
    if request.owner_id is not None:
        before, request.owner = request.owner_id, None
        request.unowned_since, request.lost_owner, request.rung = at, True, -1
        request.save(update_fields=["owner", "unowned_since", "lost_owner", "rung"])
        note(request, "lose", at=at, by=by, before=before)
    return request


def before_shift_ends(event: ShiftEnds) -> None:
    """Crew asks before a shift ends: whoever still answers for something hands it over first."""
    member = Member.objects.get(pk=event.member_id)
    burden = burden_of(member, Incident.objects.get(pk=event.incident_id))
    if burden.of_residents:
        left = burden.of_residents
        count = ngettext("%(n)d thing is still in your hands.", "%(n)d things are still in your hands.", left)
        raise UserError(
            count % {"n": left},
            field="note",
            mend=_("Hand them over in one act at the desk (Hand-over), then end the shift."),
        )


def after_member_away(event: MemberAway) -> None:
    """Somebody is not available any more: their list is empty in the same act."""
    by = Member.objects.filter(pk=event.by_id).first() if event.by_id else None
    member = Member.objects.get(pk=event.member_id)
    for incident in Incident.objects.filter(state=Incident.State.OPEN):
        scatter(member, incident, at=incident.now(), by=by)


def _next(request: Request, roster: Roster, without: Iterable[int]) -> Member | None:
    rules = protocol.request_rules(request.incident.protocol)
    for rung in rules.ladder:
        found = roster.next_for(request.area, rung.code, without)
        if found is not None:
            return found
    return None


def _give_message(message: Message, to: Member, *, at: datetime, by: Member | None) -> None:
    message.taken_by, message.taken_at = to, at
    message.save(update_fields=["taken_by", "taken_at"])
    journal.record("take_message", incident=message.incident, subject=message, by=by, occurred_at=at, to=to.pk)


def _free_task(task: Task, *, at: datetime, by: Member | None) -> None:
    """Nobody is there for a task: without an owner it is on the watch list."""
    task.owner = None
    task.save(update_fields=["owner"])
    journal.record("free_task", incident=task.incident, subject=task, by=by, occurred_at=at, label=task.title)


def _free_message(message: Message, *, at: datetime, by: Member | None) -> None:
    message.state, message.taken_by, message.taken_at = Message.State.NEW, None, None
    message.save(update_fields=["state", "taken_by", "taken_at"])
    journal.record("put_back_message", incident=message.incident, subject=message, by=by, occurred_at=at)
