"""The journal: every act, when it happened and when it was written down, chained by hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from doorstep.command.models import Incident, JournalEntry, Member

FIRST_HASH = "0" * 64
MARK = 6  # characters a fact
_waiting: ContextVar[list[JournalEntry] | None] = ContextVar("journal_entries_of_one_transaction", default=None)


def record(
    act: str,
    *,
    incident: Incident | None,
    subject: models.Model | None = None,
    by: Member | None = None,
    occurred_at: datetime,
    label: str = "",
    **data: Any,
) -> JournalEntry:
    """Append one entry in the caller's transaction. `data` must be plain JSON and hold no resident's name."""
    entry = JournalEntry(
        incident=incident,
        act=act,
        subject_kind=subject._meta.model_name or "" if subject is not None else "",
        subject_id=str(subject.pk) if subject is not None else "",
        subject_label=label[:240],
        by=by,
        by_label=by.name if by is not None else "",
        occurred_at=occurred_at,
        recorded_at=timezone.now(),
        data=data,
    )
    waiting = _waiting.get()
    if waiting is None:
        _append([entry])
    else:
        waiting.append(entry)
    return entry


@contextmanager
def together() -> Iterator[list[JournalEntry]]:
    """Many acts of one transaction write their entries at its end, in one go: others wait for the chain that much less.

    Use it inside the transaction. Who takes an act back to a savepoint takes its entries out of the list, too.
    """
    entries: list[JournalEntry] = []
    token = _waiting.set(entries)
    try:
        yield entries
    finally:
        _waiting.reset(token)
    _append(entries)


@transaction.atomic(savepoint=False)
def _append(entries: list[JournalEntry]) -> None:
    if not entries:
        return
    one_writer_at_a_time()
    sequence, previous = newest()
    for entry in entries:
        sequence += 1
        entry.sequence, entry.previous_hash = sequence, previous
        entry.hash = previous = entry_hash(entry)
        entry.marks = marks_of(entry)
    JournalEntry.objects.bulk_create(entries)


def take_over(entries: list[JournalEntry]) -> None:
    """Append entries that were recorded elsewhere, with their own two times, to this chain."""
    _append(entries)


def facts_of(entry: JournalEntry) -> dict[str, Any]:
    """What the hash covers, by name and in its order."""
    return {
        "sequence": entry.sequence,
        "incident": entry.incident_id,
        "act": entry.act,
        "subject_kind": entry.subject_kind,
        "subject_id": entry.subject_id,
        "subject_label": entry.subject_label,
        "by_label": entry.by_label,
        "occurred_at": _instant(entry.occurred_at),
        "recorded_at": _instant(entry.recorded_at),
        "data": entry.data,
        "previous_hash": entry.previous_hash,
    }


def entry_hash(entry: JournalEntry) -> str:
    """SHA-256 over the entry's facts and the hash before it."""
    return hashlib.sha256(_packed(list(facts_of(entry).values()))).hexdigest()


def marks_of(entry: JournalEntry) -> str:
    """A short sign of each fact. The hash proves; these only tell which fact somebody changed."""
    return "".join(hashlib.sha256(_packed(fact)).hexdigest()[:MARK] for fact in facts_of(entry).values())


def newest() -> tuple[int, str]:
    """The newest link: its sequence and its hash. Kept outside the database, it shows a cut tail."""
    last = JournalEntry.objects.order_by("-sequence").values_list("sequence", "hash").first()
    return last or (0, FIRST_HASH)


def _packed(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def one_writer_at_a_time() -> None:
    """PostgreSQL: an advisory lock until commit. SQLite has one writer by itself (IMMEDIATE transactions)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(7420210)")
