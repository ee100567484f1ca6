"""A pasted chat becomes proposals: entries with author and time, tasks with owner and due time. A person decides."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.chats import Calendar, due_in, split_chat
from doorstep.chats.splitting import words
from doorstep.command import journal
from doorstep.command.log.acts import Said, make_task, write
from doorstep.command.log.addressing import Book, book_of
from doorstep.command.log.rules import rules
from doorstep.command.models import Incident, LogEntry, Member, RoleGrant
from doorstep.command.rights import roles
from doorstep.errors import UserError

MOST = 200  # messages looked at in one go


@dataclass(frozen=True)
class Proposal:
    """One message of a chat and what it may become. `known` where the log has it already."""

    row: int
    client_id: str
    text: str
    sender: str
    author: Member | None
    at: datetime
    timeless: bool
    kind: str
    to: tuple[str, ...]
    is_task: bool
    owner: int | None
    due_at: datetime | None
    urgent: bool
    known: LogEntry | None


@dataclass(frozen=True)
class Chosen:
    """What a person decided about one message."""

    client_id: str
    kind: str
    is_task: bool = False
    owner: Member | None = None
    due_at: datetime | None = None


def proposals(incident: Incident, text: str, *, at: datetime, book: Book | None = None) -> tuple[list[Proposal], int]:
    """What a chat may become, in its order, and how many messages stand after the first MOST. Seven queries."""
    here = at.astimezone(incident.tz)
    messages, _two_ways = split_chat(text, Calendar(incident.tz, here.date()))
    said = [message for message in messages if message.text]
    book = book or book_of(incident)
    authors = Member.objects.in_bulk({pk for one in said if (pk := book.member_named(one.sender))})
    advisers, deciders = _holders(incident, rules()["who_advises"]), _holders(incident, rules()["who_decides"])
    names = _client_ids([(one.sender, one.at, one.text) for one in said])
    known = {one.client_id: one for one in LogEntry.objects.filter(incident=incident, client_id__in=names)}
    new = [(row, one, name) for row, (one, name) in enumerate(zip(said, names, strict=True), 1)]
    first = [line for line in new if line[2] not in known][:MOST]
    shown = sorted([*first, *(line for line in new if line[2] in known)], key=lambda line: line[0])
    found = []
    for row, message, name in shown[: 2 * MOST]:
        author = authors.get(book.member_named(message.sender) or 0)
        kind = _kind(message.text, author, advisers, deciders)
        happened = min(message.at, at) if message.at else at
        to = book.mentioned(message.text)
        owner = next((int(code.split(":")[1]) for code in to if code.startswith("member:")), None)
        due = due_in(message.text, happened, incident.tz)
        urgent = any(word in message.text.casefold() for word in words()["at_once"])
        is_task = kind == LogEntry.Kind.INSTRUCTION and (owner is not None or due is not None or urgent)
        facts = (happened, message.at is None, kind, tuple(to), is_task, owner, due, urgent, known.get(name))
        found.append(Proposal(row, name, message.text, message.sender, author, *facts))
    left = len([line for line in new if line[2] not in known]) - len(first)
    return found, left


def _kind(text: str, author: Member | None, advisers: set[int], deciders: set[int]) -> str:
    if author is not None and author.pk in advisers and author.pk not in deciders:
        return LogEntry.Kind.QUESTION if text.rstrip().endswith(("?", "？")) else LogEntry.Kind.ADVICE
    if text.rstrip().endswith(("?", "？")):
        return LogEntry.Kind.QUESTION
    lower = text.casefold()
    for kind, marks in words()["kinds"].items():
        if any(mark in lower for mark in marks):
            if kind == LogEntry.Kind.DECISION and author is not None and author.pk not in deciders:
                continue
            return str(kind)
    return LogEntry.Kind.INSTRUCTION if text.startswith(("@", "＠")) else LogEntry.Kind.REPORT


def _holders(incident: Incident, act: str) -> set[int]:
    giving = [code for code, role in roles().items() if act in role.acts]
    held = RoleGrant.objects.filter(role__in=giving, incident__in=[incident]) | RoleGrant.objects.filter(
        role__in=giving, incident=None
    )
    return set(held.values_list("member_id", flat=True))


def _client_ids(said: list[tuple[str, datetime | None, str]]) -> list[str]:
    """A name for each message that stays when the same text is brought again; the second of two equal ones gets another."""
    seen: dict[str, int] = {}
    names = []
    for sender, at, text in said:
        whole = "\x1f".join((_same(sender), at.isoformat() if at else "", _same(text)))
        seen[whole] = seen.get(whole, 0) + 1
        names.append("chat:" + hashlib.sha256(f"{whole}\x1f{seen[whole]}".encode()).hexdigest()[:40])
    return names


def _same(text: str) -> str:
    """A text without what copying changes: width, case, spaces."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


@transaction.atomic
def bring(
    incident: Incident, text: str, chosen: Iterable[Chosen], *, at: datetime, by: Member | None = None
) -> tuple[int, int]:
    """Write the chosen messages as entries, and tasks where they were ticked: (entries, tasks) that are new."""
    by_name = {line.client_id: line for line in proposals(incident, text, at=at)[0]}
    entries = opened = 0
    with journal.together():
        for choice in chosen:
            line = by_name.get(choice.client_id)
            if line is None:
                raise UserError(
                    _("The text is not the one that was looked at."), field="text", mend=_("Look at it again.")
                )
            if line.known is not None:
                continue
            said = Said(
                choice.client_id,
                choice.kind,
                line.text,
                occurred_at=line.at,
                author=line.author,
                author_name=line.sender or _("somebody in the chat"),
                to=line.to,
                due_at=choice.due_at,
                source=LogEntry.Source.CHAT,
            )
            entry = write(incident, said, at=at, by=by)
            entries += 1
            if choice.is_task:
                urgency = 3 if line.urgent else 2
                make_task(entry, at=at, by=by, owner=choice.owner, due_at=choice.due_at, urgency=urgency)
                opened += 1
    return entries, opened
