"""The roster on paper, to be hung up at the gate (S71)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.crew.queries import Cell, DayGrid, missing_text
from doorstep.paper import pdf

FOLDER = Path(__file__).parent / "paper"


def roster(incident: Incident, grids: list[DayGrid], at: datetime) -> bytes:
    """A PDF with a page for each day, posts by shifts; the version is the instant at which it was printed."""
    version = at.astimezone(incident.tz).strftime("%Y-%m-%d %H:%M")
    data = {
        "lang": "zh" if (get_language() or "zh").startswith("zh") else "en",
        "title": _("Roster"),
        "footer": _("%(incident)s · roster as of %(when)s · an older sheet is void")
        % {"incident": incident.name, "when": version},
        "post": _("post"),
        "nobody": _("No post is open."),
        "signed": _("here"),
        "days": [_day(incident, grid) for grid in grids],
    }
    return pdf(FOLDER / "roster.typ", data, at=at)


def _day(incident: Incident, grid: DayGrid) -> dict[str, object]:
    return {
        "title": formats.date_format(grid.day, "DATE_FORMAT"),
        "windows": [
            "–".join(each.astimezone(incident.tz).strftime("%H:%M") for each in window) for window in grid.windows
        ],
        "rows": [{"post": row.post.name, "cells": [_cell(cell) for cell in row.cells]} for row in grid.rows],
    }


def _cell(cell: Cell) -> dict[str, object]:
    return {
        "names": [stand.shift.member.name for stand in cell.stands],
        "missing": missing_text(cell.missing) if cell.missing and not cell.over else "",
        "manned": bool(cell.needed),
    }
