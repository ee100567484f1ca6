"""The dates of an area that people put into their calendars: since when, first delivery, review, the end at the latest."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _

from doorstep.command.models import Area, Incident
from doorstep.wiring.calendars import KeyDate


def area_dates(area: Area) -> list[KeyDate]:
    """The key dates of an area, in the language that is active. One query."""
    tz, rule = area.incident.tz, area.incident.protocol.letter
    limits = [one.max_until for one in area.restrictions.all() if one.max_until and one.ended_at is None]
    letter_due = None
    if rule is not None and area.effective_at and area.zone in rule.zones:
        letter_due = area.effective_at + timedelta(hours=rule.within_hours)
    found = [
        ("start", _("The measures begin"), area.effective_at),
        ("letter", _("Every door has the letter by now"), letter_due),
        ("delivery", _("First delivery"), area.first_delivery_at),
        ("review", _("The measures are looked at again by now"), area.review_at),
        ("most", _("Without a new decision the measures end now"), max(limits, default=None)),
        ("lifted", _("The measures have ended"), area.lifted_at),
    ]
    exercise = area.incident.clock_kind == Incident.ClockKind.EXERCISE
    mark = f"【{_('Exercise')}】" if exercise else ""
    return [
        KeyDate(f"area-{area.pk}-{name}", f"{mark}{title} · {area.name}", when.astimezone(tz), about=area.ends_when)
        for name, title, when in found
        if when is not None
    ]
