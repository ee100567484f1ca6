"""The coordinator's page of conflicts: both truths of each door, and what counts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.rounds.conflicts import reopen_conflict, settle_conflict
from doorstep.rounds.differences import HEADINGS, conflicts_in, difference_rows, differences
from doorstep.rounds.models import VisitConflict
from doorstep.wiring.access import needs
from doorstep.wiring.pages import page_of, table, table_asked

A_PAGE = 10


@needs("plan_rounds")
def conflicts(request: Any) -> HttpResponse:
    """What waits for somebody to look; `?settled=1` what was settled. As XLSX and CSV too: all of them."""
    if not request.incident:
        raise Http404
    found = conflicts_in(request.incident, request.rights).select_related("settled_by")
    if table_asked(request):
        lines = differences(found, request.incident)
        return table(request, "conflicts", HEADINGS, difference_rows(lines, request.incident))
    settled = request.GET.get("settled") == "1"
    shown = found.filter(settled_at__isnull=not settled).order_by("-settled_at" if settled else "opened_at", "pk")
    page = page_of(request, shown, A_PAGE)
    context = {
        "page": page,
        "lines": differences(page, request.incident),
        "settled": settled,
        "may_export": request.rights.may("export") and found.exists(),
    }
    return render(request, "rounds/conflicts.html", context)


@needs("plan_rounds")
@require_POST
def settle(request: Any, pk: int) -> HttpResponse:
    """Say what counts."""
    conflict = _conflict(request, pk)
    at = conflict.incident.now()
    decision, note = request.POST.get("decision", ""), request.POST.get("note", "")
    settle_conflict(conflict, decision, note=note, by=request.member, at=at)
    messages.success(request, _("Settled. Thank you for looking."))
    return redirect("rounds:conflicts")


@needs("plan_rounds")
@require_POST
def reopen(request: Any, pk: int) -> HttpResponse:
    """Open a settled conflict again."""
    conflict = _conflict(request, pk)
    reopen_conflict(conflict, by=request.member, at=conflict.incident.now())
    return redirect("rounds:conflicts")


def _conflict(request: Any, pk: int) -> VisitConflict:
    if not request.incident:
        raise Http404
    found = conflicts_in(request.incident, request.rights)
    return get_object_or_404(found.select_related("incident", "first", "second", "door__stair__building"), pk=pk)
