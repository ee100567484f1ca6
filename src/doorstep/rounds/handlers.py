"""How the rounds follow the rooms below, in the same transaction."""

from __future__ import annotations

from doorstep.command.events import ClockMoved
from doorstep.command.models import Incident
from doorstep.rounds.follow import hand_on


def follow_clock(event: ClockMoved) -> None:
    """An exercise's clock was moved by hand: what nobody did in time has gone on to the next person."""
    if event.after > event.before:
        hand_on(Incident.objects.get(pk=event.incident_id), at=event.after)
