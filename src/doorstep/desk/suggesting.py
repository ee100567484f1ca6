"""What a text seems to ask for: the one place that calls the triage. A person decides; the program only proposes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command.models import Incident
from doorstep.desk.models import Message
from doorstep.errors import UserError
from doorstep.wiring.texts import in_language

FIELDS = ("kind", "need", "urgency", "persons", "door", "days_left", "life_threat")


@dataclass(frozen=True)
class Proposal:
    """One line of a text with what it seems to be. `reasons` say why; empty fields are for a person to fill."""

    text: str
    kind: str = ""
    need: str = ""
    urgency: str = ""
    persons: int = 1
    door: str = ""
    days_left: float | None = None
    life_threat: str = ""
    reasons: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Plain JSON, as a message keeps it."""
        return {**asdict(self), "reasons": list(self.reasons)}


def proposals(text: str, incident: Incident) -> list[Proposal]:
    """What a pasted text holds, one proposal for each person or need."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return [proposal(line, incident) for line in lines]


def proposal(text: str, incident: Incident) -> Proposal:
    """What one message seems to be."""
    return _known(Proposal(text.strip()), incident)


def kept(message: Message) -> list[Proposal]:
    """What was proposed for a message when it came, else what it seems to be now."""
    if not message.suggested:
        return proposals(message.text, message.incident) if message.text else [Proposal("")]
    found = []
    for line in message.suggested:
        text = in_language(line["texts"]) if "texts" in line else str(line.get("text", ""))
        facts = {name: line[name] for name in FIELDS if line.get(name) is not None}
        facts["reasons"] = tuple(line.get("reasons", ()))
        found.append(_known(Proposal(**{**facts, "text": text or message.text}), message.incident))
    return found


def text_of_file(data: bytes, name: str) -> str:
    """The text of a file of messages."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UserError(_("This file cannot be read as text."), field="file", mend=_("Save it as UTF-8 text."))


def _known(found: Proposal, incident: Incident) -> Proposal:
    """A proposal in the codes of the incident's protocol; what it does not know is left to a person."""
    needs = {need.code for need in protocol.request_rules(incident.protocol).needs}
    levels = {level.code for level in protocol.request_rules(incident.protocol).levels}
    facts = asdict(found)
    facts["need"] = found.need if found.need in needs else ""
    facts["urgency"] = found.urgency if found.urgency in levels else ""
    return Proposal(**{**facts, "reasons": tuple(found.reasons)})
