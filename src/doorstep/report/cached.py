"""Figures of a page kept as long as nothing new was recorded: the newest entry of the journal is part of the key."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.db.models import Max

from doorstep.command.models import Incident, JournalEntry
from doorstep.report.content import collect
from doorstep.report.papers import language
from doorstep.report.periods import Period

SECONDS = 60


def figures_of(incident: Incident, period: Period) -> dict[str, Any]:
    """The figures of a period in the language of the page; counted again once anything was written down."""
    newest = JournalEntry.objects.aggregate(n=Max("sequence"))["n"]
    key = f"report:{incident.pk}:{newest}:{language()}:{period.start.timestamp()}:{period.end.timestamp()}"
    found: dict[str, Any] | None = cache.get(key)
    if found is None:
        found = collect(incident, period.start, period.end)
        cache.set(key, found, SECONDS)
    return found
