"""Counts that are kept: exact as long as nothing new was written down; where counting is slow, the last count with its
own time while the job runner counts anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db.models import Max
from django.utils import timezone, translation
from django_q.tasks import async_task

from doorstep.command.models import Incident, JournalEntry
from doorstep.report import after, who
from doorstep.report.content import collect, rows_behind, source_of
from doorstep.report.models import Counted
from doorstep.report.papers import language
from doorstep.report.periods import Period, up_to
from doorstep.report.rules import defaults
from doorstep.wiring.texts import LANGUAGES

CODES = dict(LANGUAGES)


def figures_of(incident: Incident, period: Period) -> dict[str, Any]:
    """All figures of a period in the language of the page. Its own `end` says up to when they were counted."""
    found: dict[str, Any] = kept(incident, "figures", period)
    return found


def rows_of(incident: Incident, source: str, code: str, period: Period) -> dict[str, Any]:
    """The rows behind a figure: heads and rows."""
    found: dict[str, Any] = kept(incident, f"rows:{source}:{code}", period)
    return found


def work_of(incident: Incident, period: Period) -> list[dict[str, Any]]:
    """Who does what where."""
    found: list[dict[str, Any]] = kept(incident, "who", period)
    return found


def past_of(incident: Incident, period: Period) -> dict[str, Any]:
    """The counted part of the look back."""
    found: dict[str, Any] = kept(incident, "after", period)
    return found


def kept(incident: Incident, name: str, period: Period) -> Any:
    """A count by its name, see `_count`. Three queries where it is kept."""
    rules, now = defaults()["kept"], timezone.now()
    key = _key(incident, name, period)
    newest = JournalEntry.objects.aggregate(n=Max("sequence"))["n"] or 0
    row = Counted.objects.filter(key=key).first()
    if row is not None and row.sequence == newest and row.ends_at == period.end:
        return row.content
    age = (now - row.counted_at).total_seconds() if row is not None else 0.0
    if row is None or row.seconds <= rules["slow"] or age > rules["longest"]:
        return _recount(incident, name, period, key, newest)
    if age > rules["refresh"] and (row.asked_at is None or (now - row.asked_at).total_seconds() > rules["longest"]):
        Counted.objects.filter(pk=row.pk).update(asked_at=now)
        facts = (incident.pk, name, period.start.isoformat(), period.end.isoformat(), period.code, language())
        async_task("doorstep.report.kept.count_anew", *facts, task_name=f"count-{row.pk}")
    return row.content


def count_anew(pk: int, name: str, start: str, end: str, code: str, spoken: str) -> None:
    """The job that counts again what somebody looked at; a period that runs on is counted up to now."""
    incident = Incident.objects.get(pk=pk)
    until = datetime.fromisoformat(end) if code == "between" else up_to(incident.now())
    period = Period(datetime.fromisoformat(start), until, code)
    with translation.override(CODES[spoken]):
        newest = JournalEntry.objects.aggregate(n=Max("sequence"))["n"] or 0
        _recount(incident, name, period, _key(incident, name, period), newest)


def _key(incident: Incident, name: str, period: Period) -> str:
    until = period.end.isoformat() if period.code == "between" else "now"
    facts = (incident.pk, name, language(), period.start.isoformat(), until)
    return sha256(repr(facts).encode()).hexdigest()


def _recount(incident: Incident, name: str, period: Period, key: str, sequence: int) -> Any:
    begun = time.monotonic()
    content = _count(name)(incident, period)
    seconds, now = time.monotonic() - begun, timezone.now()
    facts = {"ends_at": period.end, "sequence": sequence, "seconds": seconds, "content": content}
    Counted.objects.update_or_create(
        key=key, defaults={**facts, "incident": incident, "counted_at": now, "asked_at": None}
    )
    Counted.objects.filter(counted_at__lt=now - timedelta(seconds=defaults()["kept"]["forget"])).delete()
    return content


def _count(name: str) -> Callable[[Incident, Period], Any]:
    if name == "figures":
        return lambda incident, period: collect(incident, period.start, period.end)
    if name == "who":
        return _work
    if name == "after":
        return _past
    _rows, source, code = name.split(":", 2)
    return lambda incident, period: _behind(incident, source, code, period)


def _behind(incident: Incident, source: str, code: str, period: Period) -> dict[str, Any]:
    found = source_of(source)
    if found is None:
        return {"heads": [], "rows": []}
    behind = rows_behind(found, incident, code, period.start, period.end)
    rows = [[cell if isinstance(cell, int | float | None) else str(cell) for cell in row] for row in behind.rows]
    return {"heads": [str(head) for head in behind.heads], "rows": rows}


def _work(incident: Incident, period: Period) -> list[dict[str, Any]]:
    return [{**asdict(row), "sector": row.sector} for row in who.who_does_what(incident, period)]


def _past(incident: Incident, period: Period) -> dict[str, Any]:
    look = after.look_back(incident, period)
    return {
        "kinds": [{**asdict(row), "reasons": row.reasons} for row in look.kinds],
        "clocks": [
            {"title": act.title, "target_h": act.target_h, "real_h": act.real_h, "look": act.look}
            for act in look.clocks
        ],
        "loads": [asdict(load) for load in look.loads],
        "service": [
            {"area": {"name": row.area.name}, "households": row.households}
            | {"per_household": row.per_household, "share": row.share}
            for row in look.service
        ],
        "spread": look.spread,
    }
