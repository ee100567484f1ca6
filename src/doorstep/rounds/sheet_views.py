"""The page on which a paper sheet is typed back, and the sheets themselves as PDF."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from doorstep.errors import UserError
from doorstep.rounds import papers, queries
from doorstep.rounds.live_views import plan_of
from doorstep.rounds.models import Visit
from doorstep.rounds.sheets import Sheet, outcome_keys, sheet_by_code
from doorstep.rounds.typed import Entry, look_through, start_of, write_sheet
from doorstep.rounds.visits import undo_visit
from doorstep.wiring.access import needs
from doorstep.wiring.pages import zipped


@needs("plan_rounds")
def stair_sheets(request: Any, pk: int) -> HttpResponse:
    """The sheets of a plan as PDF: a page a stair, for those without a phone."""
    page = queries.plan_page(plan_of(request, pk))
    return zipped(papers.stair_sheets(page), f"stair-sheets-{pk}")


@needs("plan_rounds")
def sheet(request: Any) -> HttpResponse:
    """Ask for the code, show the lines, look through what was typed, write it down."""
    if not request.incident:
        raise Http404
    code = request.GET.get("code", "")
    if not code:
        return render(request, "rounds/sheet_code.html", {"last": _last(request)})
    try:
        found = sheet_by_code(request.incident, code)
        plan_of(request, found.round.plan_id)
    except UserError as error:
        return render(request, "rounds/sheet_code.html", {"error": error, "code": code}, status=422)
    if request.method != "POST":
        return _typing(request, found, _entries(found, None), "")
    return _typed(request, found)


def _typed(request: Any, found: Sheet) -> HttpResponse:
    at, time = request.incident.now(), request.POST.get("time", "").strip()
    entries = _entries(found, request.POST)
    try:
        lines = look_through(found, entries, start_of(request.incident, found, time, at), at)
    except UserError as error:
        return _typing(request, found, entries, time, time_error=error, status=422)
    bad = sum(line.state == "bad" for line in lines)
    if request.POST.get("do") != "save":
        return _typing(request, found, entries, time, lines=lines)
    written = write_sheet(lines, found, by=request.member, at=at)
    n = len(written)
    said = ngettext("%(n)d door is written down.", "%(n)d doors are written down.", n) % {"n": n}
    messages.success(request, said)
    if disputed := sum(line.state == "conflict" for line in lines):
        text = ngettext(
            "%(n)d door was recorded otherwise before: both are kept until a coordinator has looked.",
            "%(n)d doors were recorded otherwise before: both are kept until a coordinator has looked.",
            disputed,
        )
        messages.warning(request, text % {"n": disputed})
    if bad:
        lines = look_through(found, entries, start_of(request.incident, found, time, at), at)
        return _typing(request, found, entries, time, lines=lines, status=422)
    return redirect(f"{reverse('rounds:sheet')}?last={found.code}")


@needs("plan_rounds")
@require_POST
def undo(request: Any, pk: int) -> HttpResponse:
    """Take one typed line back."""
    visits = Visit.objects.select_related("stop__round", "door", "incident")
    visit = get_object_or_404(visits, pk=pk, incident=request.incident, source=Visit.Source.PAPER, stop__isnull=False)
    assert visit.stop is not None
    plan_of(request, visit.stop.round.plan_id)
    undo_visit(visit, by=request.member, at=request.incident.now())
    messages.success(request, _("%(door)s: taken back.") % {"door": visit.door.number})
    return redirect(f"{reverse('rounds:sheet')}?code={request.POST.get('code', '')}")


def _typing(request: Any, found: Sheet, entries: dict[int, Entry], time: str, **more: Any) -> HttpResponse:
    status, lines = more.pop("status", 200), more.pop("lines", None)
    if lines is None:
        at = request.incident.now()
        lines = look_through(found, {}, start_of(request.incident, found, "", at), at)
        looked = False
    else:
        looked = True
    known = queries.visits_at([line.view.stop.pk for line in lines])
    context = {
        "sheet": found,
        "time": time,
        "outcomes": outcome_keys(),
        "looked": looked,
        "rows": [(line, entries.get(line.view.stop.pk, Entry()), known.get(line.view.stop.pk)) for line in lines],
        "counts": {state: sum(line.state == state for line in lines) for state in ("new", "conflict", "bad", "same")},
    }
    return render(request, "rounds/sheet.html", context | more, status=status)


def _entries(found: Sheet, data: Any) -> dict[int, Entry]:
    """What was typed, line by line; every item is handed over unless it was taken off."""
    entries = {}
    for line in found.lines:
        pk = line.stop.pk
        if data is None:
            entries[pk] = Entry(handed=tuple(item.kind for item in line.items))
            continue
        serious = {box.question: box.answer for box in found.boxes if data.get(f"q-{pk}-{box.question}-{box.answer}")}
        outcome, handed = data.get(f"o-{pk}", ""), tuple(data.getlist(f"i-{pk}"))
        entries[pk] = Entry(outcome, handed, f"w-{pk}" in data, serious)
    return entries


def _last(request: Any) -> Sheet | None:
    try:
        found = sheet_by_code(request.incident, request.GET.get("last", ""))
    except UserError:
        return None
    plan_of(request, found.round.plan_id)
    return found
