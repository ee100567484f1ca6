"""The dates of a household for its calendar: those of its area, the next kits, the test days. No name stands in it."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.command.notices.dates import area_dates
from doorstep.promises.models import Promise
from doorstep.rounds.words import item_title
from doorstep.wiring.calendars import KeyDate
from doorstep.wiring.homes import AtHome

MOST = 60


def household_dates(home: AtHome) -> list[KeyDate]:
    """What is still to come at this door. Two queries; several persons tested in one window are one date."""
    if home.area is None:
        return []
    tz, exercise = home.incident.tz, home.incident.clock_kind == Incident.ClockKind.EXERCISE
    mark = f"【{_('Exercise')}】" if exercise else ""
    comes = Q(kind__startswith="kit:") | Q(kind="test")
    rows = Promise.objects.filter(comes, incident=home.incident, door=home.household.door, state=Promise.State.OPEN)
    found: dict[str, KeyDate] = {}
    for row in rows.filter(due_at__gt=home.at).order_by("due_at", "pk")[:MOST]:
        start = max(row.window_start, home.at) if row.planned_at is None else row.planned_at
        name = f"door-{row.door_id}-{row.kind.replace(':', '-')}-{row.due_at:%Y%m%d%H%M}"
        title = mark + item_title(home.incident, row.kind)
        found.setdefault(name, KeyDate(name, title, min(start, row.due_at).astimezone(tz), row.due_at.astimezone(tz)))
    return [*area_dates(home.area), *found.values()]
