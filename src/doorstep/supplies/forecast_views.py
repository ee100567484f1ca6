"""The page of the forecast: what is left of each item on each day, when it ends, the order that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.supplies.forecast import Forecast, ItemForecast, forecast, propose_orders
from doorstep.supplies.infants import infant_needs
from doorstep.supplies.instead import instead_of
from doorstep.supplies.stock_views import incident_of
from doorstep.wiring.access import needs
from doorstep.wiring.pages import table, table_asked

BARS = 20  # items in the chart: those that end first
LABEL, CELL, HIGH, TOP = 220, 70, 26, 28  # of the chart, in its own units


@dataclass(frozen=True)
class Bar:
    """A line of the chart: how far the goods last, where they fall below the minimum, where they end."""

    row: ItemForecast
    top: int
    middle: int
    base: int
    wide: int
    low_x: int | None
    end_x: int | None


@dataclass(frozen=True)
class Chart:
    """Bars and the lines of its days, with the size of the drawing."""

    bars: tuple[Bar, ...]
    ticks: tuple[tuple[int, Any], ...]
    left: int
    width: int
    height: int


def chart_of(found: Forecast) -> Chart:
    """The items that are needed, those that end first at first, as bars over the days."""
    rows = [row for row in found.items if row.needed][:BARS]
    bars = []
    for number, row in enumerate(rows):
        top = TOP + number * HIGH
        ends = next((n for n, day in enumerate(row.days) if day.state == "out"), None)
        low = next((n for n, day in enumerate(row.days) if day.state == "low"), None)
        wide = CELL * (len(row.days) if ends is None else ends)
        low_x = None if low is None or (ends is not None and low > ends) else LABEL + low * CELL + CELL // 2
        end_x = None if ends is None else LABEL + ends * CELL + CELL // 2
        bars.append(Bar(row, top + 5, top + HIGH // 2, top + HIGH // 2 + 5, wide, low_x, end_x))
    ticks = tuple((LABEL + number * CELL, day) for number, day in enumerate(found.days))
    return Chart(tuple(bars), ticks, LABEL, LABEL + CELL * len(found.days), TOP + HIGH * len(rows) + 6)


@needs("see_supplies")
def home(request: Any) -> HttpResponse:
    """The forecast of the next days; XLSX, CSV."""
    incident = incident_of(request)
    at = incident.now()
    found = forecast(incident, at)
    if table_asked(request):
        return table(request, "forecast", _headings(), _rows(found, incident.tz))
    may = request.rights.covers("manage_supplies")
    others = instead_of(incident, [(row.item, row.missing) for row in found.missing], at)
    rows = [(row, row.in_time(at), others.get(row.item.pk, [])) for row in found.items]
    owed = list(zip(found.days, found.kits, found.stays, strict=True))
    context = {"found": found, "rows": rows, "chart": chart_of(found), "owed": owed, "may": may}
    context["infants"] = infant_needs(incident, at, len(found.days))
    return render(request, "supplies/forecast.html", context | {"may_export": request.rights.may("export")})


@needs("manage_supplies")
@require_POST
def propose(request: Any) -> HttpResponse:
    """Propose what the forecast lacks."""
    incident = incident_of(request)
    request.rights.require_everywhere("manage_supplies")
    made = propose_orders(incident, at=incident.now(), by=request.member)
    if made is None:
        messages.success(request, _("Nothing runs out that is not ordered already."))
        return redirect("supplies:forecast")
    messages.success(request, _("The order is proposed. Look at it, then have it approved."))
    return redirect("supplies:order", made.pk)


def _headings() -> list[str]:
    return [
        _("code"), _("item"), _("day"), _("packs needed"), _("arriving"), _("past their date"), _("packs left"),
        _("state"), _("minimum"), _("lead hours"), _("kits of the day"), _("of them if the area stays closed"),
    ]  # fmt: skip


def _rows(found: Forecast, tz: Any) -> list[list[Any]]:
    """A line for each item and day, then a line for what has no item."""
    titles = {"": "", "low": _("below the minimum"), "out": _("runs out")}
    rows: list[list[Any]] = []
    for row in found.items:
        facts = [row.item.least_packs, "" if row.item.lead_hours is None else row.item.lead_hours]
        for day, kits, stays in zip(row.days, found.kits, found.stays, strict=True):
            counts = [day.needed, day.arriving, day.past, day.left]
            rows.append(
                [
                    row.item.code,
                    str(row.item),
                    day.starts.astimezone(tz).date(),
                    *counts,
                    titles[day.state],
                    *facts,
                    kits,
                    stays,
                ]
            )
    for line in found.unmatched:
        name = " · ".join(filter(None, [line.kit, line.name, line.unit]))
        rows.append(["", name, "", line.amount, "", "", "", _("no item in the list of goods"), "", "", "", ""])
    return rows
