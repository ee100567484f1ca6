"""What command brings to a household's own page: whom to call, why and how long, the letters."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language

from doorstep.command.areas.measures import RUNNING, measure_lines
from doorstep.command.functions import team_phone
from doorstep.command.letters import blocks, facts_of
from doorstep.command.models import Notice
from doorstep.wiring.homes import AtHome
from doorstep.wiring.texts import in_language


def phones(home: AtHome) -> dict[str, Any]:
    """The numbers that save lives first: those of everybody, then the area's and the team's."""
    found = [(in_language(one.title), one.code) for one in home.incident.protocol.emergency.phones]
    urgent = home.area.emergency_phone if home.area else ""
    team = team_phone(home.area)
    return {"phones": found, "urgent": urgent, "team": team if team != urgent else ""}


def staying(home: AtHome) -> dict[str, Any] | None:
    """Why one must stay at home, since when, until when at most, and what ends it (F31)."""
    area = home.area
    if area is None:
        return None
    lines = [line for line in measure_lines(area, home.at) if line.look in RUNNING and line.restriction]
    limits = [line.restriction.max_until for line in lines if line.restriction and line.restriction.max_until]
    tz = home.incident.tz
    day = most = 0
    if area.effective_at:
        first = area.effective_at.astimezone(tz).date()
        day = (home.at.astimezone(tz).date() - first).days + 1
        most = (max(limits).astimezone(tz).date() - first).days if limits else 0
    return {
        "area": area,
        "rule": in_language(home.incident.protocol.zones[area.zone].rule),
        "measures": [line.title for line in lines],
        "day": max(1, day),
        "most": most,
        "until_at_most": max(limits) if limits else None,
        "never": [in_language(one.title) for one in home.incident.protocol.rights.never]
        if home.incident.protocol.rights
        else [],
    }


def letters(home: AtHome) -> dict[str, Any] | None:
    """The letter of the area in force first, then the other notices of the incident, the newest first."""
    found = list(Notice.objects.filter(incident=home.incident).order_by("-created_at", "-pk")[:12])
    mine = home.area.letter_id if home.area else None
    found.sort(key=lambda notice: notice.pk != mine)
    return {"letters": [(notice, _text(notice).get("title", "")) for notice in found]} if found else None


def letter(home: AtHome, ref: str) -> dict[str, Any] | None:
    """One letter in the language of the page, with what holds in the reader's area below."""
    found = Notice.objects.filter(
        incident=home.incident, pk=int(ref) if ref.isdecimal() and len(ref) < 19 else 0
    ).first()
    if found is None:
        return None
    text = _text(found)
    here = home.area if home.area and home.area.letter_id == found.pk else None
    return {
        "letter": found,
        "heading": text.get("title", ""),
        "blocks": blocks(text.get("body", "")),
        "facts": facts_of(here) if here else [],
    }


def _text(notice: Notice) -> dict[str, str]:
    """Its text in the language of the page, else in the first that it has."""
    known: dict[str, str] = notice.texts.get(get_language() or "") or next(iter(notice.texts.values()), {})
    return known
