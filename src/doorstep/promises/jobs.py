"""The ledger kept by the job runner: every minute what is past due is broken, every few hours the horizon moves on."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from doorstep.command.models import Incident
from doorstep.promises.actions import HORIZON, derive, settle
from doorstep.promises.events import TimePassed
from doorstep.wiring.events import publish

BEHIND = timedelta(hours=6)  # how far the horizon may fall behind before everything owed is derived again


def keep_ledger(real: datetime | None = None) -> int:
    """Bring the ledger of every open incident up to its own time. Returns how many promises were found broken."""
    broken = 0
    for incident in Incident.objects.filter(state=Incident.State.OPEN):
        at = incident.clock.now(real or timezone.now())
        if incident.derived_until is None or incident.derived_until < at + HORIZON - BEHIND:
            derive(incident, at=at)
        with transaction.atomic():
            broken += settle(incident, at=at)
            publish(TimePassed(incident.pk, at))
    return broken


def schedule() -> None:
    """Have the job runner keep the ledger each minute. Saying it twice adds nothing."""
    from django_q.models import Schedule

    Schedule.objects.update_or_create(
        name="ledger",
        defaults={"func": "doorstep.promises.jobs.keep_ledger", "schedule_type": Schedule.MINUTES, "minutes": 1},
    )
