"""Which time a report tells of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils import formats
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.errors import UserError
from doorstep.report.models import Report

INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Period:
    """From `start` until just before `end`, and how it was chosen."""

    start: datetime
    end: datetime
    code: str = "between"

    @property
    def query(self) -> str:
        """The period as part of an address."""
        return urlencode({"from": self.start.isoformat(), "to": self.end.isoformat()})

    def told(self, incident: Incident) -> str:
        """In words, in the incident's own time."""
        tz = incident.tz
        start, end = (formats.date_format(at.astimezone(tz), _("M j, H:i")) for at in (self.start, self.end - INSTANT))
        return _("%(start)s – %(end)s") % {"start": start, "end": end}


def counted_period(content: dict[str, Any], asked: Period) -> Period:
    """The period up to which kept figures were really counted: a large incident's may be a minute behind."""
    return Period(asked.start, datetime.fromisoformat(content["end"]), asked.code)


def up_to(at: datetime) -> datetime:
    """The end of a period that runs until now: the full minute, what happened in that very instant included."""
    return at.replace(second=0, microsecond=0) + INSTANT


def last_issued(incident: Incident) -> Report | None:
    """The newest report that was signed."""
    return Report.objects.filter(incident=incident, state=Report.State.ISSUED).order_by("-number").first()


def period_of(incident: Incident, asked: Mapping[str, str], at: datetime) -> Period:
    """The period that an address or a form asks for; without a word, since the last report.

    Raises UserError where an instant cannot be read or the end is not after the start.
    """
    end = up_to(at)
    code = asked.get("period", "")
    if code in ("", "between") and (asked.get("from") or asked.get("to")):
        start = _instant(asked.get("from", ""), incident, "from") or incident.trigger_at
        end = _instant(asked.get("to", ""), incident, "to") or end
        return _checked(Period(start, end))
    if code == "today":
        midnight = (end - INSTANT).astimezone(incident.tz).replace(hour=0, minute=0, second=0, microsecond=0)
        return _checked(Period(midnight, end, "today"))
    if code == "day":
        return _checked(Period(end - timedelta(days=1), end, "day"))
    last = last_issued(incident) if code in ("", "since") else None
    if last is not None and last.ends_at < end:
        return Period(last.ends_at, end, "since")
    return _checked(Period(min(incident.trigger_at, end - INSTANT), end, "all"))


def _instant(text: str, incident: Incident, field: str) -> datetime | None:
    if not text:
        return None
    try:
        found = parse_datetime(text.replace(" ", "+") if text.count(" ") == 1 and "T" in text else text)
    except ValueError:
        found = None
    if found is None:
        raise UserError(_("This time cannot be read."), field=field, mend=_("Write it as 2021-12-08T13:30."))
    return found if found.tzinfo else found.replace(tzinfo=incident.tz)


def _checked(period: Period) -> Period:
    if period.end <= period.start:
        raise UserError(_("The period ends before it begins."), field="to", mend=_("Choose a later end."))
    return period
