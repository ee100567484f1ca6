"""Messages: received once, taken by one person, turned into requests, offers, thanks, or laid aside with a word."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident, Member, Task
from doorstep.desk import contacts
from doorstep.desk.models import Message
from doorstep.errors import UserError
from doorstep.register.models import Door, Household, Person

LONGEST = 20_000


@dataclass(frozen=True)
class Said:
    """A word that came in. `external_id` is the sender's own id for it; `attachment` names a file kept already."""

    channel: str
    text: str
    occurred_at: datetime
    door: Door | None = None
    household: Household | None = None
    person: Person | None = None
    sender: str = ""
    contact: str = ""
    external_id: str = ""
    origin: str = ""
    attachment: str = ""
    attachment_kind: str = ""
    kind: str = ""
    urgent: bool = False
    suggested: list[dict[str, Any]] = field(default_factory=list)


@transaction.atomic
def receive(incident: Incident, said: Said, *, at: datetime, by: Member | None) -> tuple[Message, bool]:
    """Write a message down in its own words: (message, whether it is new). The same id of the sender adds nothing."""
    text = said.text.replace("\x00", "").strip()
    if not text and not said.attachment:
        raise UserError(_("The message is empty."), field="text", mend=_("Write what was said."))
    if len(text) > LONGEST:
        raise UserError(_("The message is too long."), field="text", mend=_("Split it, or attach it as a file."))
    home = said.household or (said.person.household if said.person else None)
    if home is None and said.door is not None:
        home = said.door.households.filter(active=True).order_by("pk").first()
    facts = {
        "text": text,
        "kind": said.kind,
        "occurred_at": min(said.occurred_at, at),
        "recorded_at": at,
        "door": said.door or (home.door if home else None),
        "household": home,
        "person": said.person,
        "sender": said.sender.strip()[:120],
        "contact": said.contact.strip()[:120],
        "origin": said.origin,
        "attachment": said.attachment,
        "attachment_kind": said.attachment_kind,
        "urgent": said.urgent,
        "suggested": said.suggested,
        "recorded_by": by,
    }
    key = said.external_id.strip()[:160]
    if key:
        message, is_new = Message.objects.get_or_create(
            incident=incident, channel=said.channel, external_id=key, defaults=facts
        )
    else:
        message, is_new = Message.objects.create(incident=incident, channel=said.channel, **facts), True
    if is_new:
        _noted("receive_message", message, at, by, channel=said.channel)
        said_at = message.occurred_at
        contacts.spoken(incident, home, said.channel, at=said_at, by=by, proof=("message", message.pk))
    return message, is_new


@transaction.atomic
def take(message: Message, *, by: Member, at: datetime) -> Message:
    """One person takes a message. Whoever comes second is told who has it."""
    message = _locked(message)
    if message.taken_by_id == by.pk and message.state == Message.State.TAKEN:
        return message
    if message.state == Message.State.TAKEN and message.taken_by is not None:
        raise UserError(
            _("%(name)s has taken it already.") % {"name": message.taken_by.name},
            field="message",
            mend=_("Take the next one."),
        )
    if message.state == Message.State.DONE:
        raise UserError(_("It is dealt with already."), field="message", mend=_("Take the next one."))
    message.state, message.taken_by, message.taken_at = Message.State.TAKEN, by, at
    message.save(update_fields=["state", "taken_by", "taken_at"])
    _take_over(message, at)
    return _noted("take_message", message, at, by)


@transaction.atomic
def put_back(message: Message, *, by: Member | None, at: datetime) -> Message:
    """Give a taken message back: it waits for somebody again, its clock runs from when it was said."""
    message = _locked(message)
    if message.state == Message.State.TAKEN:
        message.state, message.taken_by, message.taken_at = Message.State.NEW, None, None
        message.save(update_fields=["state", "taken_by", "taken_at"])
        _noted("put_back_message", message, at, by)
    return message


@transaction.atomic
def finish(message: Message, *, kind: str, outcome: str, by: Member | None, at: datetime) -> Message:
    """A message is dealt with: what it was, and what came of it."""
    message = _locked(message)
    if message.state == Message.State.DONE:
        return message
    if not outcome.strip():
        raise UserError(_("Nothing is said of what came of it."), field="outcome", mend=_("Write a few words."))
    message.state, message.done_at, message.kind = Message.State.DONE, at, kind
    message.outcome = outcome.strip()[:240]
    message.taken_by, message.taken_at = message.taken_by or by, message.taken_at or at
    message.save()
    _take_over(message, at)
    return _noted("finish_message", message, at, by, kind=kind)


@transaction.atomic
def reopen(message: Message, *, by: Member | None, at: datetime) -> Message:
    """Take the end of a message back: it is with whoever had it, else with nobody."""
    message = _locked(message)
    if message.state == Message.State.DONE:
        message.state = Message.State.TAKEN if message.taken_by_id else Message.State.NEW
        message.done_at, message.outcome = None, ""
        message.save(update_fields=["state", "done_at", "outcome"])
        _noted("reopen_message", message, at, by)
    return message


def _take_over(message: Message, at: datetime) -> None:
    """The desk has it: the follow-up that a knock opened for the same answers needs nobody else."""
    if message.origin.startswith("visit:"):
        Task.objects.filter(key=f"{message.origin}:welfare", state=Task.State.OPEN).update(
            state=Task.State.DONE, done_at=at, closed_by=f"message:{message.pk}"
        )


def _locked(message: Message) -> Message:
    Message.objects.select_for_update().filter(pk=message.pk).first()
    message.refresh_from_db()
    return message


def _noted(act: str, message: Message, at: datetime, by: Member | None, **data: Any) -> Message:
    journal.record(act, incident=message.incident, subject=message, by=by, occurred_at=at, **data)
    return message
