"""The log's rows beside what the journal keeps of each: its digest."""

from __future__ import annotations

from collections.abc import Iterator

from doorstep.command.chain import Fault
from doorstep.command.log.acts import digest_of
from doorstep.command.models import JournalEntry, LogEntry

WRITTEN = ("log_strike", *(f"log_{kind}" for kind in LogEntry.Kind.values))


def log_faults() -> Iterator[Fault]:
    """Entries that were changed, taken out or put in by hand. Three queries."""
    kept = {
        int(pk): (sequence, data.get("digest"))
        for pk, sequence, data in JournalEntry.objects.filter(act__in=WRITTEN, subject_kind="logentry").values_list(
            "subject_id", "sequence", "data"
        )
    }
    newest = JournalEntry.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0
    for entry in LogEntry.objects.prefetch_related("addressees").order_by("pk").iterator(chunk_size=1000):
        if entry.pk not in kept:
            yield Fault(newest + 1, "log_unknown", (f"log #{entry.number}",))
            continue
        sequence, digest = kept.pop(entry.pk)
        codes = [one.code for one in entry.addressees.all()]
        if entry.digest != digest or digest_of(entry, codes) != digest:
            yield Fault(sequence, "log_changed", (f"log #{entry.number}",))
    for sequence, _digest in kept.values():
        yield Fault(sequence, "log_missing", ())
