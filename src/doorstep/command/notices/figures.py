"""Figures of the letter for reports: doors reached, in their language, how soon. Each opens to its doors."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from doorstep.command.models import Area, Incident
from doorstep.command.notices.doors import DOOR_HEADINGS, AreaLetters, DoorLetter, door_rows, letters_of
from doorstep.wiring.figures import Figure, FigureRows

REACHED, LANGUAGE, MEDIAN = "letters.reached", "letters.language", "letters.median"


def figures(incident: Incident, start: datetime, end: datetime) -> list[Figure]:
    """As it stood at the end of the period, for the areas that owed a letter then. Four queries an area."""
    found = _areas(incident, end)
    doors = [door for area in found for door in area.doors]
    reached = [door for door in doors if door.state != "none"]
    own = [door for door in reached if _in_own(door)]
    minutes = sorted(_minutes(area, door) for area in found for door in area.doors if door.first_at)
    unasked = sum(not door.asked for door in reached)
    total = float(len(doors))
    return [
        Figure(
            REACHED, _("doors with a letter"), float(len(reached)), _("doors"), total, len(doors) - len(reached), "warm"
        ),
        Figure(
            LANGUAGE,
            _("doors with a letter in their language"),
            float(len(own)),
            _("doors"),
            total,
            unasked,
            "warm",
            _("Where nobody has asked for the language, it is not counted."),
        ),
        Figure(
            MEDIAN,
            _("from the seal to the letter, half of the doors sooner"),
            round(minutes[len(minutes) // 2] / 60, 1) if minutes else None,
            _("hours"),
            None,
            len(doors) - len(reached),
            "warm",
        ),
    ]


def rows(incident: Incident, code: str, start: datetime, end: datetime) -> FigureRows:
    """The doors behind a figure."""
    found = _areas(incident, end)
    wanted = {
        REACHED: lambda door: door.state != "none",
        LANGUAGE: _in_own,
        MEDIAN: lambda door: door.first_at is not None,
    }
    if code not in wanted:
        return FigureRows()
    lines = [line for area in found for line in door_rows(area, [door for door in area.doors if wanted[code](door)])]
    return FigureRows([_(heading) for heading in DOOR_HEADINGS], lines)


def _areas(incident: Incident, at: datetime) -> list[AreaLetters]:
    rule = incident.protocol.letter
    if rule is None:
        return []
    in_force = Q(state=Area.State.IN_FORCE) | Q(state=Area.State.LIFTED, lifted_at__gt=at)
    areas = incident.areas.filter(in_force, zone__in=rule.zones, effective_at__lte=at)
    return [letters_of(area, at) for area in areas.select_related("incident", "letter")]


def _in_own(door: DoorLetter) -> bool:
    return door.asked and door.state != "none" and all(one in door.languages for one in door.spoken)


def _minutes(found: AreaLetters, door: DoorLetter) -> float:
    assert door.first_at is not None
    start = found.area.effective_at or door.first_at
    return max(0.0, (door.first_at - start).total_seconds() / 60)
