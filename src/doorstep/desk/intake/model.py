"""What comes out of a pasted text or a file."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from doorstep.desk.triage import Door

ID_LENGTH = 32


@dataclass(frozen=True)
class Line:
    """One thing that somebody said. `raw` is how it stood in the source, `row` where (1 is the first message, row or entry).

    `at` is aware, or None where no instant could be known. `external_id` stays the same when the same source is read again.
    """

    row: int
    raw: str
    text: str
    channel: str
    external_id: str = ""
    sender: str = ""
    at: datetime | None = None
    door: Door | None = None
    quantity: float | None = None
    unit: str = ""
    remark: str = ""
    contact: str = ""
    attachments: tuple[str, ...] = ()
    reply_to: str = ""
    title: str = ""  # of the chain whose entry it is


@dataclass(frozen=True)
class Problem:
    """What could not be read of a row, and what mends it. Its line stands in `lines` all the same, with its raw text."""

    row: int
    raw: str
    reason: str
    mend: str
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The reason with its facts, in English."""
        return self.reason % self.facts if self.facts else self.reason


@dataclass(frozen=True)
class Reading:
    """Everything of one source: no character of it that says something is lost."""

    channel: str
    lines: tuple[Line, ...] = ()
    problems: tuple[Problem, ...] = ()
    title: str = ""


def same(text: str) -> str:
    """A text without what copying changes: width, case, spaces."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def with_ids(lines: list[Line], scope: str = "") -> tuple[Line, ...]:
    """Give each line without one an id made of what it says; the second of two equal lines gets another."""
    seen: dict[str, int] = {}
    done = []
    for line in lines:
        if not line.external_id:
            when = line.at.isoformat() if line.at else ""
            said = "\x1f".join((line.channel, same(scope), same(line.sender), when, same(line.text) or same(line.raw)))
            seen[said] = seen.get(said, 0) + 1
            digest = hashlib.sha256(f"{said}\x1f{seen[said]}".encode("utf-8", "surrogatepass")).hexdigest()
            line = replace(line, external_id=f"{line.channel}:{digest[:ID_LENGTH]}")
        done.append(line)
    return tuple(done)
