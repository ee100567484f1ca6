"""A text or a file that somebody brings: read into lines, and kept line by line once a person has confirmed them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command.models import Incident, Member
from doorstep.desk import messages, offers, suggesting
from doorstep.desk.models import Message
from doorstep.desk.places import Place
from doorstep.desk.requests import Asked, open_request
from doorstep.errors import UserError
from doorstep.register.models import Household

MOST_BYTES = 5 * 1024 * 1024
MOST_LINES = 200
NOT_ASKED = (Message.Kind.OFFER, Message.Kind.THANKS, Message.Kind.NONE)


@dataclass(frozen=True)
class Line:
    """One line as a person left it, with the message that it was read from. What is not `ticked` waits in the inbox."""

    ticked: bool
    kind: str
    text: str
    need: str = ""
    level: str = ""
    persons: int = 1
    days_left: float | None = None
    place: Place | None = None
    raw: str = ""
    external_id: str = ""
    sender: str = ""
    contact: str = ""
    said_at: datetime | None = None

    @classmethod
    def of(cls, given: dict[str, Any], place: Place | None) -> Line:
        """From a row of the form."""
        return cls(
            bool(given.get("use")),
            given.get("kind", ""),
            given["text"].strip(),
            given.get("need", ""),
            given.get("level", ""),
            given.get("persons") or 1,
            given.get("days_left"),
            place,
            given.get("raw", ""),
            given.get("external_id", ""),
            given.get("sender", ""),
            given.get("contact", ""),
            suggesting.said_at(given.get("said_at", "")),
        )


def read(text: str, upload: UploadedFile | None, incident: Incident) -> suggesting.Read:
    """The lines of a text or a file with what each seems to be. Raises UserError where nothing can be read."""
    brought = None
    if upload is not None:
        data = upload.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise UserError(_("The file is too large."), field="file", mend=_("Split it into parts."))
        brought = (data, upload.name or "")
    elif not text.strip():
        raise suggesting.not_read()
    found = suggesting.read(text, brought, incident)
    if not found.lines:
        raise suggesting.not_read()
    if len(found.lines) > MOST_LINES:
        raise UserError(
            _("These are too many lines at once."), field="text", mend=_("Bring at most %(n)d.") % {"n": MOST_LINES}
        )
    return found


@transaction.atomic
def keep_lines(
    incident: Incident, lines: Sequence[Line], *, channel: str, key: str, by: Member, at: datetime
) -> tuple[int, int]:
    """Keep each message in its own words; what is ticked of it becomes requests. The same source again adds nothing.

    Returns how many requests were written down and how many messages wait in the inbox.
    """
    groups: dict[str, list[Line]] = {}
    for number, line in enumerate(lines):
        digest = sha256(f"{key}\0{number}\0{line.text}".encode()).hexdigest()[:32]
        groups.setdefault(line.external_id or f"paste:{digest}", []).append(line)
    made = aside = 0
    for external_id, group in groups.items():
        message, is_new = _message(incident, external_id, group, channel=channel, by=by, at=at)
        if not is_new:
            continue
        asked = [line for line in group if line.ticked and line.kind not in NOT_ASKED]
        if asked:
            made += _ask(incident, message, asked, by=by, at=at)
        else:
            aside += _without_request(incident, message, group, by=by, at=at)
    return made, aside


def _message(
    incident: Incident, external_id: str, group: Sequence[Line], *, channel: str, by: Member, at: datetime
) -> tuple[Message, bool]:
    first = group[0]
    place = next((line.place for line in group if line.place), None)
    text = first.raw.strip() or first.text
    said = messages.Said(
        channel,
        text,
        first.said_at or at,
        door=place.door if place else None,
        household=place.household if place else None,
        person=place.person if place else None,
        sender=first.sender,
        contact=first.contact,
        external_id=external_id,
        kind=first.kind,
        urgent=any(one.life_threat for one in suggesting.proposals(text, incident)),
        suggested=_decided(text, group, incident),
    )
    return messages.receive(incident, said, at=at, by=by)


def _decided(text: str, group: Sequence[Line], incident: Incident) -> list[dict[str, Any]]:
    """What was proposed, beside what a person made of it: the triage learns from where they differ."""
    rows = [one.as_data() for one in suggesting.proposals(text, incident)]
    for row, line in zip(rows, group, strict=False):
        row["decided"] = {"kind": line.kind, "need": line.need, "urgency": line.level, "persons": line.persons}
    return rows


def _without_request(incident: Incident, message: Message, group: Sequence[Line], *, by: Member, at: datetime) -> int:
    """An offer is written down, talk that asks for nothing is laid aside; everything else waits for somebody."""
    ticked = [line for line in group if line.ticked]
    if any(line.kind == Message.Kind.OFFER for line in ticked):
        offered = offers.Offered("other", message.text, door=message.door, household=message.household)
        offers.write_down(incident, offered, at=at, by=by, message=message)
        messages.finish(message, kind=Message.Kind.OFFER, outcome=_("offer of help"), by=by, at=at)
        return 0
    if all(line.kind == Message.Kind.NONE for line in group):
        messages.finish(message, kind=Message.Kind.NONE, outcome=_("nothing is asked"), by=by, at=at)
        return 0
    return 1


def _ask(incident: Incident, message: Message, lines: Sequence[Line], *, by: Member, at: datetime) -> int:
    numbers = []
    for line in lines:
        place = line.place
        home: Household | None = place.household if place else None
        asked = Asked(
            line.need,
            line.text,
            line.level,
            line.persons,
            place.door if place else None,
            home,
            place.person if place else None,
            message.contact,
            line.days_left,
            message.occurred_at,
        )
        numbers.append(str(open_request(incident, asked, at=at, by=by, messages=[message])))
    kind = lines[0].kind or Message.Kind.REQUEST
    messages.finish(message, kind=kind, outcome=", ".join(numbers), by=by, at=at)
    return len(numbers)
