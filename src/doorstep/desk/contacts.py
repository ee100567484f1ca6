"""Two-way contacts of the desk: a call or a word at the door that a person answered. What comes by itself is none (F5, F27)."""

from __future__ import annotations

from datetime import datetime

from doorstep import protocol
from doorstep.command.models import Incident, Member
from doorstep.promises.actions import keep
from doorstep.promises.models import Promise
from doorstep.register.models import Household

CHANNELS = {"phone": "phone", "voice": "door"}


def spoken(
    incident: Incident, home: Household | None, channel: str, *, at: datetime, by: Member | None, proof: tuple[str, int]
) -> list[int]:
    """One of us and a household have spoken: its contact is kept where the protocol counts this channel for everybody at home."""
    way = CHANNELS.get(channel)
    if home is None or by is None or way is None:
        return []
    rows = home.persons.filter(active=True, present="home").values_list("classes", flat=True)
    if not protocol.counts_as_contact(incident.protocol, way, {code for classes in rows for code in classes}):
        return []
    waiting = Promise.objects.filter(
        incident=incident,
        kind="contact",
        subject_kind="household",
        subject_id=home.pk,
        window_start__lte=at,
        state__in=[Promise.State.OPEN, Promise.State.BROKEN],
    )
    return keep(waiting, at=at, proof_kind=proof[0], proof_id=str(proof[1]))
