"""What the job runner does for command each minute."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from doorstep.command.areas.changing import carry_out_due
from doorstep.command.models import Incident


def carry_out_changes(real: datetime | None = None) -> int:
    """Changes of areas whose hour has come happen now, in every open incident. Returns how many."""
    open_ones = Incident.objects.filter(state=Incident.State.OPEN)
    return sum(carry_out_due(incident, incident.clock.now(real or timezone.now())) for incident in open_ones)


def schedule() -> None:
    """Have the job runner look each minute. Saying it twice adds nothing."""
    from django_q.models import Schedule

    Schedule.objects.update_or_create(
        name="area-changes",
        defaults={"func": "doorstep.command.jobs.carry_out_changes", "schedule_type": Schedule.MINUTES, "minutes": 1},
    )
