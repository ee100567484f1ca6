"""From the trigger to each first act, against the protocol's targets (S15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from doorstep.command.models import Incident, JournalEntry
from doorstep.promises.models import Promise
from doorstep.wiring.texts import in_language

FIRST_ACTS = {"command": ("command", "add_team"), "seal": ("seal",)}
FIRST_KEPT = {"letter": "letter", "kit": "kit:"}


@dataclass(frozen=True)
class FirstAct:
    """From the trigger to a first act, in hours, against the protocol's target."""

    title: str
    target_h: float
    real_h: float | None
    waited_h: float

    @property
    def look(self) -> str:
        if self.real_h is not None:
            return "kept" if self.real_h <= self.target_h else "broken"
        return "broken" if self.waited_h > self.target_h else "open"


def first_acts(incident: Incident, at: datetime) -> list[FirstAct]:
    """Each first act of the protocol up to an instant. A query for each."""
    found = []
    waited = (at - incident.trigger_at).total_seconds() / 3600
    for code, target in incident.protocol.targets.items():
        if code in FIRST_ACTS:
            acts = JournalEntry.objects.filter(incident=incident, act__in=FIRST_ACTS[code], occurred_at__lte=at)
            first = acts.order_by("occurred_at").values_list("occurred_at", flat=True).first()
        else:
            kept = Promise.objects.filter(
                incident=incident, kind__startswith=FIRST_KEPT.get(code, code), kept_at__lte=at
            )
            first = kept.order_by("kept_at").values_list("kept_at", flat=True).first()
        real = (first - incident.trigger_at).total_seconds() / 3600 if first else None
        found.append(FirstAct(in_language(target.title), target.hours, real, waited))
    return found
