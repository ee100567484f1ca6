"""Sign-up chains (接龙): 1. 张 501 两份 2. 李 302 一份不要辣."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

from doorstep.desk.intake.entries import lists, read_entry
from doorstep.desk.intake.model import Line, Problem, Reading, same, with_ids
from doorstep.desk.triage import door_of
from doorstep.errors import gettext_noop

CIRCLED = {chr(0x2460 + index): index + 1 for index in range(20)}
KEYCAP = "\ufe0f?\u20e3"
NUMBERED = re.compile(
    rf"(?P<lead>(?:^|(?<=[\s。；;]))[ \t]*)(?:(?P<n>\d{{1,3}})(?:{KEYCAP}|[ \t]*[.、．。)）:：](?!\d))|(?P<keys>(?:\d{KEYCAP}){{1,3}})|(?P<ten>\U0001f51f)|(?P<circle>[\u2460-\u2473]))[ \t]*",
    re.MULTILINE,
)
BARE = re.compile(r"(?P<lead>^[ \t]*)(?P<n>\d{1,3})[ \t]+(?=[^\d\s])", re.MULTILINE)
SAYS_CHAIN = "接龙"
LEAST_ENTRIES = 2
NOTHING = gettext_noop("Entry %(number)s of the chain says nothing that can be read.")
LOOK = gettext_noop("Look at the text as it was pasted, and write down what it asks for.")


@dataclass(frozen=True)
class _Mark:
    number: int
    start: int
    body: int


def _marks(text: str) -> list[_Mark]:
    """The numbers of the entries: those that go on counting from the first one."""
    marks = _counted(text, NUMBERED)
    if len(marks) < LEAST_ENTRIES and SAYS_CHAIN in text:
        marks = _counted(text, BARE) or marks
    return marks


def _counted(text: str, form: re.Pattern[str]) -> list[_Mark]:
    marks: list[_Mark] = []
    for found in form.finditer(text):
        number = _number(found)
        is_new_line = found.start() == 0 or text[: found.start("lead") + len(found["lead"])].rstrip(" \t").endswith(
            "\n"
        )
        follows = bool(marks) and marks[-1].number < number <= marks[-1].number + 3
        if (not marks and number <= 1) or follows or (marks and is_new_line and number > marks[-1].number):
            marks.append(_Mark(number, found.start(), found.end()))
    return marks


def _number(found: re.Match[str]) -> int:
    facts = found.groupdict()
    if facts.get("circle"):
        return CIRCLED[facts["circle"]]
    if facts.get("ten"):
        return 10
    digits = facts["n"] or "".join(char for char in facts["keys"] if char.isdigit())
    return int(unicodedata.normalize("NFKC", digits))


def is_chain(text: str) -> bool:
    """Whether a text is a chain: at least two entries that count on."""
    return len(_marks(text)) >= LEAST_ENTRIES


def read_chain(text: str) -> Reading:
    """The entries of a chain, one line each; what stands before the first one is the title."""
    marks = _marks(text)
    title = text[: marks[0].start].strip() if marks else text.strip()
    lines: list[Line] = []
    problems: list[Problem] = []
    for mark, following in zip(marks, [*(mark.start for mark in marks[1:]), len(text)], strict=True):
        raw, body = text[mark.start : following].strip(), text[mark.body : following].strip()
        if any(body.casefold().startswith(str(word)) for word in lists()["example"]):
            title = f"{title}\n{raw}".strip()
            continue
        entry = read_entry(body)
        lines.append(
            Line(
                mark.number,
                raw,
                body,
                "chain",
                sender=entry.sender,
                door=entry.door,
                quantity=entry.quantity,
                unit=entry.unit,
                remark=entry.remark,
            )
        )
        if not any(char.isalnum() for char in body):
            problems.append(Problem(mark.number, raw, NOTHING, LOOK, {"number": mark.number}))
    titled = tuple(replace(line, title=title) for line in with_ids(lines, title))
    return Reading("chain", titled, tuple(problems), title)


def unchained(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Messages of a chat with each entry of a chain that was posted there as a line of its own.

    A group posts the whole chain again with each new entry: what was there before counts once. A numbered list without a
    single door is no chain but somebody's wishes, and stays one message.
    """
    found: dict[str, Line] = {}
    titles: set[str] = set()
    for line in lines:
        says = SAYS_CHAIN in line.text
        chain = read_chain(line.text) if len(_marks(line.text)) >= (1 if says else LEAST_ENTRIES) else None
        if chain is None or not (says or any(entry.door for entry in chain.lines)):
            found[line.external_id] = line
            continue
        if same(chain.title) not in titles and any(char.isalnum() for char in chain.title.replace(SAYS_CHAIN, "")):
            found[line.external_id] = replace(line, text=chain.title, raw=chain.title, door=door_of(chain.title))
        titles.add(same(chain.title))
        for entry in chain.lines:
            found.setdefault(
                entry.external_id, replace(entry, row=line.row, at=line.at, sender=entry.sender or line.sender)
            )
    return tuple(found.values())
