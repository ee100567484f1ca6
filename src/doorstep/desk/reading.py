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
from doorstep.desk import mail, messages, offers, suggesting
from doorstep.desk.models import Message
from doorstep.desk.places import Place
from doorstep.desk.requests import Asked, open_request
from doorstep.errors import UserError

MOST_BYTES = 5 * 1024 * 1024
MOST_LINES = 200


@dataclass(frozen=True)
class Line:
    """One line as a person left it. `ticked` is what becomes a request, an offer; the rest waits in the inbox."""

    ticked: bool
    kind: str
    text: str
    need: str
    level: str
    persons: int
    days_left: float | None
    place: Place | None
    is_request: bool

    @classmethod
    def of(cls, given: dict[str, Any], place: Place | None, *, is_request: bool) -> Line:
        return cls(
            bool(given.get("use")),
            given.get("kind", ""),
            given["text"].strip(),
            given.get("need", ""),
            given.get("level", ""),
            given.get("persons") or 1,
            given.get("days_left"),
            place,
            is_request,
        )


def read(text: str, upload: UploadedFile | None, incident: Incident) -> list[suggesting.Proposal]:
    """The lines of a text or a file with what each seems to be. Raises UserError where nothing can be read."""
    if upload is not None:
        data = upload.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise UserError(_("The file is too large."), field="file", mend=_("Split it into parts."))
        name = upload.name or ""
        text = mail.text_of(data).text if name.lower().endswith(".eml") else suggesting.text_of_file(data, name)
    if not text.strip():
        raise UserError(_("There is nothing to read."), field="text", mend=_("Paste the text, or choose a file."))
    found = suggesting.proposals(text, incident)
    if len(found) > MOST_LINES:
        raise UserError(
            _("These are too many lines at once."), field="text", mend=_("Bring at most %(n)d.") % {"n": MOST_LINES}
        )
    return found


@transaction.atomic
def keep_lines(
    incident: Incident, lines: Sequence[Line], *, channel: str, key: str, by: Member, at: datetime
) -> tuple[int, int]:
    """Keep each line as a message in its own words; ticked ones are dealt with at once. Twice keeps them once.

    Returns how many requests were written down and how many messages wait in the inbox.
    """
    made = aside = 0
    for number, line in enumerate(lines):
        digest = sha256(f"{key}\0{number}\0{line.text}".encode()).hexdigest()[:32]
        place = line.place
        said = messages.Said(
            channel,
            line.text,
            at,
            door=place.door if place else None,
            household=place.household if place else None,
            person=place.person if place else None,
            external_id=f"paste:{digest}",
            kind=line.kind,
        )
        message, is_new = messages.receive(incident, said, at=at, by=by)
        if not is_new:
            continue
        if not line.ticked or line.kind == Message.Kind.THANKS:
            aside += _left_aside(message, line, by=by, at=at)
        elif line.is_request:
            made += _ask(incident, message, line, by=by, at=at)
        elif line.kind == Message.Kind.OFFER:
            offered = offers.Offered("other", line.text, door=message.door, household=message.household)
            offers.write_down(incident, offered, at=at, by=by, message=message)
            messages.finish(message, kind=Message.Kind.OFFER, outcome=_("offer of help"), by=by, at=at)
        else:
            messages.finish(message, kind=Message.Kind.NONE, outcome=_("nothing is asked"), by=by, at=at)
    return made, aside


def _left_aside(message: Message, line: Line, *, by: Member, at: datetime) -> int:
    """Talk that asks for nothing is laid aside; everything else waits for somebody."""
    if line.kind == Message.Kind.NONE:
        messages.finish(message, kind=Message.Kind.NONE, outcome=_("nothing is asked"), by=by, at=at)
        return 0
    return 1


def _ask(incident: Incident, message: Message, line: Line, *, by: Member, at: datetime) -> int:
    place = line.place
    asked = Asked(
        line.need,
        line.text,
        line.level,
        line.persons,
        place.door if place else None,
        place.household if place else None,
        place.person if place else None,
        days_left=line.days_left,
        said_at=message.occurred_at,
    )
    request = open_request(incident, asked, at=at, by=by, messages=[message])
    messages.finish(message, kind=line.kind or Message.Kind.REQUEST, outcome=str(request), by=by, at=at)
    return 1
