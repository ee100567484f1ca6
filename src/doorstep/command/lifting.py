"""Lifting: which conditions an area meets, from the facts noted with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from doorstep import protocol
from doorstep.command.models import Area
from doorstep.wiring.texts import in_language

INSTANTS = ("clock_from", "last_exposure", "last_negative_round", "last_contact_transferred", "below_since")


def lifting_of(area: Area, at: datetime) -> protocol.LiftingStatus:
    """An area's lifting status from the facts noted with it."""
    noted = area.lifting_facts
    instants: dict[str, Any] = {name: parse_datetime(noted.get(name) or "") for name in INSTANTS}
    facts = protocol.LiftingFacts(**instants, declared=frozenset(noted.get("declared", [])))
    return protocol.lifting_status(area.incident.protocol, area.zone, facts, at, area.incident.tz)


@dataclass(frozen=True)
class ConditionLine:
    """A lifting condition in words, and how it stands."""

    title: str
    state: protocol.ConditionState


def condition_lines(area: Area, at: datetime) -> list[ConditionLine]:
    """The lifting conditions of an area's zone, met and missing."""
    return [ConditionLine(in_language(state.asks), state) for state in lifting_of(area, at).conditions]
