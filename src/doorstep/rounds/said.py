"""What a phone said, read: the frame of an act, and the report of a knock. Nothing said is lost in reading."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command.models import Incident
from doorstep.errors import UserError
from doorstep.rounds.models import Visit
from doorstep.rounds.visits import PERSONS, SPOKEN, VisitReport

LARGEST = 2**31 - 1
MOST_PERSONS = 60  # behind one door, as the lists allow
MOST_HANDED = 30


@dataclass(frozen=True)
class Said:
    """One act as the phone sent it, with what every act has read out of it."""

    client_id: UUID
    named: Any  # the id as it was sent, for the answer
    sequence: int
    kind: str
    at: datetime | None
    body: dict[str, Any]
    whole: dict[str, Any]

    def key(self, name: str) -> int | None:
        """The key of a row that the body names; None where it names none."""
        value = self.body.get(name)
        return value if is_key(value) else None


def read_act(act: Any, of: str) -> Said:
    """The frame of an act. One without an id of its own gets one from what it says, and from whom (`of`)."""
    whole = plain(act) if isinstance(act, dict) else {"body": plain(act)}
    body, sequence = whole.get("body"), whole.get("seq")
    try:
        client_id = UUID(str(whole.get("id")))
    except ValueError:
        client_id = uuid5(NAMESPACE_URL, of + json.dumps(whole, sort_keys=True, ensure_ascii=False))
    return Said(
        client_id,
        whole.get("id"),
        min(max(sequence, 0), LARGEST) if isinstance(sequence, int) else 0,
        str(whole.get("kind", ""))[:12],
        instant(whole.get("at")),
        body if isinstance(body, dict) else {},
        whole,
    )


def read_visit(
    incident: Incident, act: Said, *, stop_id: int | None, occurred_at: datetime, said_at: datetime | None, helper: str
) -> VisitReport:
    """The report of a knock. An answer that the protocol does not know goes into the note. Raises UserError."""
    body, door = act.body, act.key("door")
    outcome = body.get("outcome")
    if door is None:
        raise UserError(_("There is no such door here."), field="door", mend=_("Load the round again."))
    if outcome not in Visit.Outcome.values:
        raise UserError(_("No outcome was chosen."), field="outcome", mend=_("Say what happened at the door."))
    handed = body.get("handed")
    known: dict[str, str] = {}
    unknown: list[str] = []
    kinds = [str(kind)[:40] for kind in handed[:MOST_HANDED]] if isinstance(handed, list) else []
    if outcome in SPOKEN:
        known, unknown = _answers(incident, body.get("welfare"))
        counted = body.get(PERSONS)
        if isinstance(counted, int) and not isinstance(counted, bool) and 0 <= counted <= MOST_PERSONS:
            known[PERSONS] = str(counted)
    return VisitReport(
        act.client_id,
        door,
        outcome,
        occurred_at,
        handed=tuple(kinds),
        welfare=known,
        note="\n".join([_text(body.get("note"), 1000).strip(), *unknown]).strip(),
        stop_id=stop_id,
        source=Visit.Source.PHONE,
        said_at=said_at,
        code=_text(body.get("code"), 40),
        task_id=act.key("task"),
        helper=helper,
    )


def _answers(incident: Incident, said: Any) -> tuple[dict[str, str], list[str]]:
    """The answers that the protocol knows, and the others as lines of text."""
    known: dict[str, str] = {}
    unknown: list[str] = []
    questions = {question.code: question for question in incident.protocol.welfare}
    for code, answer in list(said.items())[:MOST_HANDED] if isinstance(said, dict) else ():
        if code in questions and protocol.answers_fit(questions[code], str(answer)):
            known[code] = str(answer)
        elif answer not in ("", None):
            unknown.append(f"{code}: {answer}"[:160])
    return known, unknown


def _text(value: Any, most: int) -> str:
    return value[:most] if isinstance(value, str) else ""


def instant(text: Any) -> datetime | None:
    """An instant with its offset; None for anything else."""
    try:
        found = parse_datetime(text) if isinstance(text, str) else None
    except (ValueError, OverflowError):
        return None
    return found if found is not None and found.utcoffset() is not None else None


def plain(value: Any, depth: int = 12) -> Any:
    """A JSON value that both databases keep: no NUL, no half characters, no infinite number, no bottomless nesting."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {plain(str(key)): plain(part, depth - 1) for key, part in value.items()} if depth else None
    if isinstance(value, list):
        return [plain(part, depth - 1) for part in value] if depth else None
    return value


def is_key(value: Any) -> bool:
    """Whether a value can be the key of a row."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63
