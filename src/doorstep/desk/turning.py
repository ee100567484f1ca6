"""What becomes of a message: requests, an offer, thanks, or nothing. What a person decided is kept beside what was proposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command.models import Incident, Member
from doorstep.desk import messages, offers
from doorstep.desk.models import Message, Offer, Request
from doorstep.desk.requests import Asked, open_request
from doorstep.errors import UserError


@transaction.atomic
def tell(
    incident: Incident,
    asked: Asked,
    *,
    channel: str,
    at: datetime,
    by: Member | None,
    owner: Member | None = None,
    attachment: tuple[str, str] = ("", ""),
) -> Request:
    """Somebody tells a request: the words and what they ask for in one act. The same `client_id` again gives the one there is."""
    said = messages.Said(
        channel,
        "" if attachment[0] and not asked.text.strip() else asked.text,
        asked.said_at or at,
        door=asked.door,
        household=asked.household,
        person=asked.person,
        contact=asked.contact,
        external_id=f"form:{asked.client_id}" if asked.client_id else "",
        attachment=attachment[0],
        attachment_kind=attachment[1],
    )
    word, is_new = messages.receive(incident, said, at=at, by=by)
    if not is_new and (there := word.requests.order_by("number").first()) is not None:
        return there
    if not asked.text.strip():
        asked = replace(asked, text=_("see the picture"))
    made = open_request(incident, asked, at=at, by=by, messages=[word], owner=owner)
    messages.finish(word, kind=Message.Kind.REQUEST, outcome=str(made), by=by, at=at)
    return made


@transaction.atomic
def make_requests(
    message: Message, asked: Sequence[Asked], *, by: Member, at: datetime, owner: Member | None = None
) -> list[Request]:
    """One request for each thing that a message asks for. A message that is dealt with makes no more."""
    Message.objects.select_for_update().filter(pk=message.pk).first()
    message.refresh_from_db()
    there = list(message.requests.order_by("number"))
    if message.state == Message.State.DONE:
        return there
    if not asked:
        raise UserError(_("No line is ticked."), field="lines", mend=_("Tick what is asked for, or say what it is."))
    made = [open_request(message.incident, one, at=at, by=by, messages=[message], owner=owner) for one in asked]
    message.suggested = _decided(message.suggested, made)
    message.save(update_fields=["suggested"])
    complaint = all(one.need == "complaint" for one in made)
    kind = Message.Kind.COMPLAINT if complaint else Message.Kind.REQUEST
    if message.kind == Message.Kind.SYMPTOMS and not complaint:
        kind = Message.Kind.SYMPTOMS
    numbers = ", ".join(str(one) for one in [*there, *made])
    messages.finish(message, kind=kind, outcome=numbers, by=by, at=at)
    return made


@transaction.atomic
def make_offer(message: Message, offered: offers.Offered, *, by: Member, at: datetime) -> Offer:
    """It offers help: the offer is written down, the message is dealt with."""
    there = message.offers.first()
    if there is not None:
        return there
    made = offers.write_down(message.incident, offered, at=at, by=by, message=message)
    messages.finish(message, kind=Message.Kind.OFFER, outcome=_("offer of help"), by=by, at=at)
    return made


@transaction.atomic
def make_thanks(message: Message, to: Sequence[Member], *, by: Member, at: datetime) -> int:
    """It thanks somebody: they hear of it, the message is dealt with."""
    sent = offers.send_thanks(message, to, at=at, by=by)
    names = _(", ").join(member.name for member in to)
    messages.finish(
        message, kind=Message.Kind.THANKS, outcome=_("sent on to %(names)s") % {"names": names}, by=by, at=at
    )
    return sent


def _decided(suggested: list[dict[str, Any]], made: Sequence[Request]) -> list[dict[str, Any]]:
    """The proposals with what a person made of them, in their order: the triage learns from where they differ."""
    rows = [dict(line) for line in suggested] or [{} for _one in made]
    for line, request in zip(rows, made, strict=False):
        line["decided"] = {"need": request.need, "urgency": request.level, "persons": request.persons}
    return rows
