"""Response clocks: from the trigger to each first act, against the target of the protocol (S15, S23)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min

from doorstep.command.models import Incident, JournalEntry
from doorstep.wiring.contributions import contributions
from doorstep.wiring.texts import in_language

ACTS = {"command": ("activate", "command", "add_team"), "seal": ("seal",)}


@dataclass(frozen=True)
class ResponseClock:
    """One first act: `first_at` is None while its clock runs; hours count from the trigger."""

    code: str
    title: str
    target_h: float
    due_at: datetime
    first_at: datetime | None
    real_h: float | None
    waited_h: float

    @property
    def look(self) -> str:
        if self.real_h is not None:
            return "kept" if self.real_h <= self.target_h else "broken"
        return "broken" if self.waited_h > self.target_h else "open"


def response_clocks(incident: Incident, at: datetime) -> list[ResponseClock]:
    """Every target of the protocol. What a room saw first it says through `contributions.first_acts`."""
    targets = incident.protocol.targets
    first: dict[str, datetime] = {}
    for source in contributions.first_acts:
        for code, when in source(incident, targets, at).items():
            first[code] = min(when, first.get(code, when))
    return [
        ResponseClock(
            code,
            in_language(target.title),
            target.hours,
            incident.trigger_at + timedelta(hours=target.hours),
            first.get(code),
            _hours(incident, first[code]) if code in first else None,
            _hours(incident, at),
        )
        for code, target in targets.items()
    ]


def from_journal(incident: Incident, codes: Iterable[str], at: datetime) -> dict[str, datetime]:
    """Command's own first acts: the command stands, an area is sealed. One query."""
    acts = {act: code for code in codes for act in ACTS.get(code, ())}
    entries = JournalEntry.objects.filter(incident=incident, act__in=acts, occurred_at__lte=at)
    found: dict[str, datetime] = {}
    for act, when in entries.order_by().values_list("act").annotate(first=Min("occurred_at")):
        found[acts[act]] = min(when, found.get(acts[act], when))
    return found


def _hours(incident: Incident, when: datetime) -> float:
    return (when - incident.trigger_at).total_seconds() / 3600
