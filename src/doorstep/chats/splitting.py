"""Pasted or exported chat text: names and times stand in headers, in several forms."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from doorstep.chats.instants import ONLY_DAY, STAMP, WHOLE, Calendar, day_first

NAME = r"(?P<name>[^\n:：\[\]]{1,30}?)"
HEADERS = tuple(
    re.compile(form, re.I)
    for form in (
        rf"^\s*\[{STAMP}\]\s*{NAME}\s*[:：]\s*(?P<said>.*)$",
        rf"^\s*{STAMP}\s*[-–—]\s*{NAME}\s*[:：]\s*(?P<said>.*)$",
        rf"^\s*{NAME}\s*[(（]\s*{STAMP}\s*[)）]\s*[:：]?\s*(?P<said>.*)$",
        rf"^\s*{NAME}\s+{STAMP}\s*[:：]?\s*$",
        rf"^\s*{STAMP}\s+{NAME}\s*[:：]\s*(?P<said>.*)$",
        rf"^\s*{STAMP}\s+{NAME}\s*$",
    )
)
BY_COLON = re.compile(r"^\s*(?P<name>[^\s\d:：,，。!！?？/][^\n:：,，。!！?？/]{0,15})\s*[:：]\s*(?P<said>.*)$")
SHARE_BY_COLON = 0.6
LEAST_BY_COLON = 2


@cache
def words() -> dict[str, Any]:
    """The words of this package."""
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "words.yaml").read_text("utf-8"))
    return loaded


@dataclass(frozen=True)
class Message:
    """One message of a chat. `raw` is how it stood there; `dayless` where it has an hour but no day."""

    raw: str
    text: str
    sender: str
    at: datetime | None
    dayless: bool = False


@dataclass
class _Open:
    """A message whose lines are still coming."""

    raw: list[str]
    said: list[str] = field(default_factory=list)
    sender: str = ""
    at: datetime | None = None
    dayless: bool = False


@dataclass
class _Writing:
    """Takes the rows of a chat one after the other. Rows that hold only a day or an hour go to the message after them."""

    calendar: Calendar
    by_colon: bool
    messages: list[_Open] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    day: date | None = None
    clock: datetime | None = None

    def take(self, row: str) -> None:
        """Read one row."""
        if not row.strip():
            if self.messages and self.messages[-1].said and not self.waiting:
                self.messages[-1].said.append("")
        elif stamp := WHOLE.fullmatch(row):
            self.clock = self.calendar.instant_of(stamp, self.day)
            self.day = self.calendar.day_of(stamp, self.day) or self.day
            self.waiting.append(row)
        elif named := ONLY_DAY.fullmatch(row):
            self.day = self.calendar.day_of(named, self.day) or self.day
            self.waiting.append(row)
        elif found := _header(row):
            at = self.calendar.instant_of(found, self.day)
            self.day = self.calendar.day_of(found, self.day) or self.day
            said = found.groupdict().get("said") or ""
            self._open(row, [said] if said else [], found["name"].strip(" @"), at, at is None)
        elif self.by_colon and (colon := _colon(row)):
            self._open(row, [colon["said"]], colon["name"].strip(), self.clock)
        elif self.messages and self.messages[-1].sender and not self.waiting:
            self.messages[-1].raw.append(row)
            self.messages[-1].said.append(row)
        else:
            self._open(row, [row], "", self.clock)

    def _open(self, row: str, said: list[str], sender: str, at: datetime | None, dayless: bool = False) -> None:
        self.messages.append(_Open([*self.waiting, row], said, sender, at, dayless))
        self.waiting = []

    def done(self) -> list[_Open]:
        """The messages; rows that waited in vain are the last one."""
        if self.waiting:
            self.messages.append(_Open(self.waiting))
        return self.messages


def is_chat(text: str) -> bool:
    """Whether headers of a chat stand in the text."""
    rows = text.splitlines()
    return any(_header(row) for row in rows) or _by_colon(rows)


def split_chat(text: str, calendar: Calendar) -> tuple[list[Message], bool]:
    """The messages of a chat, and whether its dates can be read two ways (they were read day first).

    Rows before the first header are messages without a sender; nothing is left out.
    """
    rows = text.splitlines()
    order = day_first(rows)
    calendar = replace(calendar, day_first=order is not False)
    writing = _Writing(calendar, not any(_header(row) for row in rows) and _by_colon(rows))
    for row in rows:
        writing.take(row)
    messages = [
        Message("\n".join(one.raw), "\n".join(one.said).strip(), one.sender, one.at, one.dayless)
        for one in writing.done()
    ]
    return messages, order is None and _has_slashes(rows)


def _has_slashes(rows: list[str]) -> bool:
    return any((found := _header(row)) and found.groupdict().get("y2") for row in rows)


def _header(row: str) -> re.Match[str] | None:
    for form in HEADERS:
        if found := form.match(row):
            return found
    return None


def _colon(row: str) -> re.Match[str] | None:
    found = BY_COLON.match(row)
    if found is None or found["name"].strip().casefold() in {str(word) for word in words()["not_names"]}:
        return None
    return found


def _by_colon(rows: list[str]) -> bool:
    """Whether `name: text` is how this text tells who speaks."""
    filled = [row for row in rows if row.strip()]
    named = [row for row in filled if _colon(row)]
    alone = [row for row in named if row.rstrip().endswith((":", "："))]
    if len(alone) >= LEAST_BY_COLON and filled[0] in alone:
        return True
    return len(named) >= LEAST_BY_COLON and len(named) >= SHARE_BY_COLON * len(filled)
