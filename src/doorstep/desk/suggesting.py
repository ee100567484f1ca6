"""What a text seems to ask for: the one place that calls the triage and the intake. A person decides; this only proposes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command.models import Incident
from doorstep.desk.intake import Line, Part, Reading, read_file, read_text, split_requests
from doorstep.desk.lessons import lessons_of
from doorstep.desk.models import Message
from doorstep.desk.triage import Corrections, Triage, triage
from doorstep.errors import UserError
from doorstep.wiring.texts import in_language

FIELDS = ("kind", "need", "urgency", "persons", "door", "days_left", "life_threat")
NOT_OF_A_CHAIN = ("thanks", "offer", "complaint", "symptoms")  # what its title asks for is not what these say
OUR_DOOR = re.compile(r"\d[\w-]{0,20}?[号楼栋幢座][^\s,，。]{0,8}?-\d+(?:单元)?-\d{2,5}")
SHOWN = 8  # words that are named as reasons


@dataclass(frozen=True)
class Proposal:
    """One thing that a text asks for. `reasons` are the words that say so; what stays empty is for a person to fill.

    `raw`, `external_id`, `sender`, `contact` and `said_at` are those of the message it was read from.
    """

    text: str
    kind: str = ""
    need: str = ""
    urgency: str = ""
    persons: int = 1
    door: str = ""
    days_left: float | None = None
    life_threat: str = ""
    reasons: tuple[str, ...] = ()
    raw: str = ""
    external_id: str = ""
    sender: str = ""
    contact: str = ""
    said_at: datetime | None = None

    def as_data(self) -> dict[str, Any]:
        """Plain JSON, as a message keeps it."""
        return {name: getattr(self, name) for name in ("text", *FIELDS)} | {"reasons": list(self.reasons)}


@dataclass(frozen=True)
class Read:
    """What was read of a text or a file, and what could not be understood of it, each with its mend."""

    lines: tuple[Proposal, ...]
    notes: tuple[str, ...] = ()


def proposals(text: str, incident: Incident) -> list[Proposal]:
    """What one message asks for: a proposal for each need and person in it."""
    if not text.strip():
        return [Proposal("")]
    learned = lessons_of(incident)
    return [_known(_of_part(part, learned), incident) for part in split_requests(text)]


def read(text: str, upload: tuple[bytes, str] | None, incident: Incident) -> Read:
    """The lines of a pasted text, or of a file (its content and name), each with what it seems to be."""
    today = incident.now().astimezone(incident.tz).date()
    if upload is not None:
        reading = read_file(*upload, zone=incident.tz, today=today)
    else:
        reading = read_text(text, zone=incident.tz, today=today)
    found = [one for line in reading.lines for one in _of_line(line, reading, incident)]
    notes = [f"{_(problem.reason) % problem.facts} {_(problem.mend)}" for problem in reading.problems]
    return Read(tuple(sorted(found, key=lambda one: not one.life_threat)), tuple(dict.fromkeys(notes)))


def kept(message: Message) -> list[Proposal]:
    """What was proposed for a message when it came, else what it seems to be now."""
    if not message.suggested:
        return proposals(message.text, message.incident)
    found = []
    for line in message.suggested:
        text = in_language(line["texts"]) if "texts" in line else str(line.get("text", ""))
        facts = {name: line[name] for name in FIELDS if line.get(name) is not None}
        facts["reasons"] = tuple(line.get("reasons", ()))
        found.append(_known(Proposal(**{**facts, "text": text or message.text}), message.incident))
    return found


def said_at(text: str) -> datetime | None:
    """An instant that a form sends back as it was read."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _of_line(line: Line, reading: Reading, incident: Incident) -> list[Proposal]:
    """The requests of one line. An entry of a chain asks for what its title names."""
    if not line.text.strip():
        return []
    parts: Sequence[Proposal] = proposals(line.text, incident)
    named = line.title or reading.title
    title = triage(named) if named else None
    found = []
    for one in parts:
        if title is not None and not one.need and title.need and one.kind not in NOT_OF_A_CHAIN:
            one = _known(replace(one, need=title.need, kind="request"), incident)
        door = one.door or (line.door.key if line.door else "") or _written(line.text)
        one = replace(one, door=door, said_at=line.at, sender=line.sender, contact=line.contact)
        found.append(replace(one, raw=line.raw, external_id=line.external_id))
    return found


def _of_part(part: Part, learned: Corrections) -> Proposal:
    found = triage(part.text, corrections=learned) if learned.weights else part.triage
    door = part.door.key if part.door and part.door.room else ""
    return _of_triage(part.text.strip(), found, door or _written(part.text) or (part.door.key if part.door else ""))


def _written(text: str) -> str:
    """A door as our own pages write one: 12号楼-1-101, 7-3号-2单元-501."""
    found = OUR_DOOR.search(text)
    return found[0] if found else ""


def _of_triage(text: str, found: Triage, door: str) -> Proposal:
    need = "complaint" if found.kind == "complaint" else found.need
    if found.life_threat and not need:
        need = "medical_emergency"
    words = dict.fromkeys(reason.words for reason in found.reasons)
    return Proposal(
        text,
        found.kind,
        need,
        "emergency" if found.life_threat else found.urgency,
        found.persons.count or 1,
        door,
        found.days_left,
        " ".join(found.signs),
        tuple(words)[:SHOWN],
    )


def _known(found: Proposal, incident: Incident) -> Proposal:
    """A proposal in the codes of the incident's protocol; what it does not know is left to a person."""
    rules = protocol.request_rules(incident.protocol)
    needs = {need.code for need in rules.needs}
    levels = {level.code for level in rules.levels}
    grave = rules.emergency if found.urgency == "emergency" else found.urgency
    return replace(
        found,
        need=found.need if found.need in needs else "",
        urgency=grave if grave in levels else "",
        persons=max(1, min(found.persons, 60)),
    )


def not_read() -> UserError:
    """Nothing can be read."""
    return UserError(_("There is nothing to read."), field="text", mend=_("Paste the text, or choose a file."))
