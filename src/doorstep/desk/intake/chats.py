"""Pasted or exported chat text as lines of the desk, each with the door that it names."""

from __future__ import annotations

from dataclasses import replace

from doorstep.chats import Calendar, Message, is_chat, split_chat
from doorstep.desk.intake.model import Line, Problem, Reading, with_ids
from doorstep.desk.triage import door_of
from doorstep.errors import gettext_noop

__all__ = ["is_chat", "read_chat"]

NO_DAY = gettext_noop("The message has an hour but no day.")
SAY_DAY = gettext_noop("Say on which day the chat was copied, or put a line with the date above it.")
TWO_WAYS = gettext_noop("The dates can be read day first or month first; they were read day first.")
SAY_ORDER = gettext_noop("Compare one date with the chat, and correct the instants if the month stands first.")


def read_chat(text: str, calendar: Calendar) -> Reading:
    """The messages of a chat. Rows before the first header are messages without a sender; nothing is left out."""
    messages, two_ways = split_chat(text, calendar)
    return _reading(messages, two_ways)


def _reading(messages: list[Message], two_ways: bool) -> Reading:
    lines: list[Line] = []
    problems: list[Problem] = []
    for number, message in enumerate(messages, start=1):
        raw, said = message.raw, message.text
        door = door_of(said) or (door_of(message.sender) if message.sender else None)
        if door and not door_of(said):
            door = replace(door, start=0, end=0)
        lines.append(Line(number, raw, said, "chat", sender=message.sender, at=message.at, door=door))
        if message.dayless:
            problems.append(Problem(number, raw, NO_DAY, SAY_DAY))
    if two_ways and lines:
        problems.append(Problem(1, lines[0].raw, TWO_WAYS, SAY_ORDER))
    return Reading("chat", with_ids(lines), tuple(problems))
