"""Lifting: which conditions an area meets, from the facts noted with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorstep import protocol
from doorstep.command.models import Area


def lifting_of(area: Area, at: datetime) -> protocol.LiftingStatus:
    """An area's lifting status from the facts noted with it."""
    noted = area.lifting_facts
    facts = protocol.LiftingFacts(
        clock_from=parse_datetime(noted.get("clock_from", "")),
        last_exposure=parse_datetime(noted.get("last_exposure", "")),
        last_negative_round=parse_datetime(noted.get("last_negative_round", "")),
        declared=frozenset(noted.get("declared", [])),
    )
    return protocol.lifting_status(area.incident.protocol, area.zone, facts, at, area.incident.tz)


@dataclass(frozen=True)
class ConditionLine:
    """A lifting condition in words, and how it stands."""

    title: str
    state: protocol.ConditionState


def condition_lines(area: Area, at: datetime) -> list[ConditionLine]:
    """The lifting conditions of an area's zone, met and missing."""
    rule = area.incident.protocol.lifting.get(area.zone)
    if rule is None:
        return []
    states = lifting_of(area, at).conditions
    return [ConditionLine(_words(condition), state) for condition, state in zip(rule.all, states, strict=True)]


def _words(condition: protocol.Condition) -> str:
    if (days := condition.no_new_case_days) is not None:
        return ngettext("%(n)d day without a new case", "%(n)d days without a new case", days) % {"n": days}
    if (days := condition.last_contact_exposure_days) is not None:
        text = ngettext(
            "%(n)d day since the last contact was exposed", "%(n)d days since the last contact was exposed", days
        )
        return text % {"n": days}
    if (hours := condition.round_negative_within_hours) is not None:
        return _("everybody tested negative within %(n)d hours") % {"n": hours}
    return _("declared: %(what)s") % {"what": condition.declared}
