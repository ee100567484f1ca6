"""Each minute, and when an exercise's clock is moved: calls go on to the next person, and so does what was told."""

from __future__ import annotations

from doorstep.command.calling.acts import go_on
from doorstep.command.events import TimePassed
from doorstep.command.models import Incident
from doorstep.command.sending.telling import pass_on


def follow_time(event: TimePassed) -> None:
    """Whoever is silent is followed by the next."""
    incident = Incident.objects.get(pk=event.incident_id)
    go_on(incident, at=event.at)
    pass_on(incident, at=event.at)
