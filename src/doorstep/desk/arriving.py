"""A message that comes in by itself (a gateway, a mailbox, the resident's page): kept, and read at once for danger to life."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from doorstep.command.models import Incident, Member
from doorstep.desk import messages, suggesting
from doorstep.desk.models import Message
from doorstep.desk.requests import Asked, open_request


@transaction.atomic
def arrive(incident: Incident, said: messages.Said, *, at: datetime, by: Member | None = None) -> tuple[Message, bool]:
    """Keep a message with what it seems to ask for. Signs of danger to life open the emergency path in the same act:
    nobody has to take the message first, and no approval lies on the way."""
    found = suggesting.proposals(said.text, incident)
    grave = [one for one in found if one.life_threat]
    kind = said.kind or (found[0].kind if len(found) == 1 else "")
    read = replace(said, kind=kind, urgent=bool(grave), suggested=[one.as_data() for one in found])
    message, is_new = messages.receive(incident, read, at=at, by=by)
    for one in grave if is_new else ():
        asked = Asked(
            one.need or "medical_emergency",
            one.text,
            one.urgency,
            one.persons,
            message.door,
            message.household,
            message.person,
            message.contact,
            said_at=message.occurred_at,
        )
        open_request(incident, asked, at=at, by=by, messages=[message])
    return message, is_new
