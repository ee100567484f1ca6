"""What a situation report says in figures: every room's, hard and warm side by side, with small charts by day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncDay
from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.desk.figures import asked
from doorstep.promises.models import Promise
from doorstep.rounds.figures import knocks
from doorstep.wiring.contributions import contributions
from doorstep.wiring.figures import Figure, FigureRows, FigureSource

SIDES = ("both", "hard", "warm")
MOST_DAYS = 62


def collect(incident: Incident, start: datetime, end: datetime) -> dict[str, Any]:
    """All figures of a period as plain data: sections by room, charts by day. A known number of queries."""
    return {
        "start": start.isoformat(),
        "end": end.isoformat(),
        "sections": [
            {
                "code": source.code,
                "title": str(source.title),
                "lines": [_line(figure) for figure in source.figures(incident, start, end)],
            }
            for source in contributions.figures
        ],
        "charts": charts(incident, start, end),
    }


def _line(figure: Figure) -> dict[str, Any]:
    return {**asdict(figure), "title": str(figure.title), "unit": str(figure.unit), "note": str(figure.note)}


def source_of(code: str) -> FigureSource | None:
    """The room that counts under this code."""
    return next((source for source in contributions.figures if source.code == code), None)


def rows_behind(source: FigureSource, incident: Incident, code: str, start: datetime, end: datetime) -> FigureRows:
    """The rows from which a figure was counted."""
    return source.rows(incident, code, start, end)


def by_side(content: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The sections' lines on the side where they stand: what both need first, then hard, then warm (S1)."""
    sides = []
    for side in SIDES:
        sections = []
        for section in content.get("sections", []):
            lines = [{**line, "source": section["code"]} for line in section["lines"] if line["side"] == side]
            if lines:
                sections.append({**section, "lines": lines})
        sides.append((side, sections))
    return sides


def charts(incident: Incident, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """Promises kept, knocks and requests day by day, in the incident's own days. Three queries."""
    kept = Promise.objects.filter(incident=incident, state="kept", kept_at__gte=start, kept_at__lt=end)
    series = [
        ("kept", _("Promises kept each day"), kept, "kept_at"),
        ("knocks", _("Knocks each day"), knocks(incident, start, end), "occurred_at"),
        ("requests", _("Requests each day"), asked(incident, start, end), "said_at"),
    ]
    days = _days(incident, start, end)
    found = []
    for code, title, rows, field in series:
        counted: dict[str, int] = defaultdict(int)
        by_day = rows.order_by().annotate(day=TruncDay(field, tzinfo=incident.tz)).values_list("day")
        for day, count in by_day.annotate(n=Count("pk")):
            counted[f"{day:%m-%d}"] = count
        found.append({"code": code, "title": title, "bars": [[day, counted[day]] for day in days]})
    return found


def _days(incident: Incident, start: datetime, end: datetime) -> list[str]:
    first, last = start.astimezone(incident.tz).date(), (end - timedelta(microseconds=1)).astimezone(incident.tz).date()
    count = min(MOST_DAYS, (last - first).days + 1)
    return [f"{last - timedelta(days=back):%m-%d}" for back in range(count - 1, -1, -1)]


def changes(old: dict[str, Any], new: dict[str, Any]) -> list[dict[str, Any]]:
    """What became of each figure since an older report: both values and their difference; figures that came or went, too."""
    before, after = _flat(old), _flat(new)
    found = []
    for key in [*after, *(key for key in before if key not in after)]:
        was, now = before.get(key, {}).get("value"), after.get(key, {}).get("value")
        line = after.get(key) or before[key]
        difference = round(now - was, 2) if now is not None and was is not None else None
        found.append(
            {"key": key, "title": line["title"], "unit": line["unit"], "was": was, "now": now} | {"by": difference}
        )
    return found


def _flat(content: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{section['code']}.{line['code']}": line
        for section in content.get("sections", [])
        for line in section["lines"]
    }


def number(value: float | None) -> str:
    """A figure as people write it: whole numbers whole, unknown as a dash."""
    if value is None:
        return "—"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def spoken(line: dict[str, Any]) -> str:
    """A figure with what it is out of and what nobody knows."""
    text = number(line["value"])
    if line["of"] is not None:
        text = _("%(value)s of %(of)s") % {"value": text, "of": number(line["of"])}
    if line["unit"]:
        text = f"{text} {line['unit']}"
    return text
