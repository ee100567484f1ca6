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
    _one_writer_at_a_time()
    last = JournalEntry.objects.order_by("-sequence").values_list("sequence", "hash").first()
    sequence, previous = last or (0, FIRST_HASH)
    for entry in entries:
        sequence += 1
        entry.sequence, entry.previous_hash = sequence, previous
        entry.hash = previous = entry_hash(entry)
    JournalEntry.objects.bulk_create(entries)


def take_over(entries: list[JournalEntry]) -> None:
    """Append entries that were recorded elsewhere, with their own two times, to this chain."""
    _append(entries)


def entry_hash(entry: JournalEntry) -> str:
    """SHA-256 over the entry's facts and the hash before it."""
    facts = [
        entry.sequence,
        entry.incident_id,
        entry.act,
        entry.subject_kind,
        entry.subject_id,
        entry.subject_label,
        entry.by_label,
        _instant(entry.occurred_at),
        _instant(entry.recorded_at),
        entry.data,
        entry.previous_hash,
    ]
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def broken_links() -> list[int]:
    """The sequence numbers at which the chain does not hold; empty when nobody has touched it."""
    broken = []
    previous, expected = FIRST_HASH, 1
    for entry in JournalEntry.objects.order_by("sequence").iterator(chunk_size=2000):
        if entry.sequence != expected or entry.previous_hash != previous or entry.hash != entry_hash(entry):
            broken.append(entry.sequence)
        previous, expected = entry.hash, entry.sequence + 1
    return broken


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def _one_writer_at_a_time() -> None:
    """PostgreSQL: an advisory lock until commit. SQLite has one writer by itself (IMMEDIATE transactions)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(7420210)")
