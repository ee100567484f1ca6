"""Sources: where medicines are had, who has what, tries that failed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.desk.medicines import errand_queries, rules, sources
from doorstep.desk.medicines.forms import SourceForm, StockForm
from doorstep.desk.medicines.models import Source, SourceStock
from doorstep.desk.views import incident_of
from doorstep.errors import UserError
from doorstep.wiring.access import needs
from doorstep.wiring.pages import page_of, table, table_asked, tried


@needs("see_requests")
def home(request: Any) -> HttpResponse:
    """All sources, and a form for one more; XLSX and CSV."""
    incident = incident_of(request)
    at = incident.now()
    form = SourceForm(request.POST or None)
    if request.method == "POST":
        request.rights.require("work_requests")
        facts = {"at": at, "by": request.member}
        done, made = tried(form, lambda: sources.save_source(incident, form.cleaned_data, **facts))
        if done:
            flash.success(request, _("Written down. Ring them: is it open, and what do they have?"))
            return redirect("desk:source", made.pk)
    lines = errand_queries.source_lines(incident, at)
    if table_asked(request):
        heads = [
            _("source"),
            _("department"),
            _("phone"),
            _("hours"),
            _("minutes of queue"),
            _("open"),
            _("confirmed"),
            _("has"),
        ]
        rows = [
            [
                one.source.name, one.source.department, one.source.phone, one.hours, one.source.queue_minutes,
                one.source.get_doors_display(), one.source.doors_at.astimezone(incident.tz) if one.source.doors_at else "",
                ", ".join(one.has),
            ]
            for one in lines
        ]  # fmt: skip
        return table(request, "sources", heads, rows)
    context = {
        "form": form,
        "pages": page_of(request, lines),
        "state_hours": sources.state_hours(incident),
        "may_work": request.rights.may("work_requests"),
        "may_export": request.rights.may("export"),
    }
    return render(request, "desk/sources.html", context, status=422 if form.errors else 200)


@needs("see_requests")
def source(request: Any, pk: int) -> HttpResponse:
    """One source: is it open, what does it have, what was tried in vain."""
    found = _found(request, pk)
    form = StockForm(errand_queries.wanted_drugs(found.incident), request.POST if "said" in request.POST else None)
    if request.method == "POST":
        request.rights.require("work_requests")
        done, _made = tried(form, lambda: _say(request, found, form))
        if done:
            flash.success(request, _("Written down."))
            return redirect("desk:source", pk)
    return _page(request, found, form)


@needs("work_requests")
def edit(request: Any, pk: int) -> HttpResponse:
    """Correct a source."""
    found = _found(request, pk)
    form = SourceForm(request.POST or None, source=found)
    if request.method == "POST":
        facts = {"at": found.incident.now(), "by": request.member, "source": found}
        done, _made = tried(form, lambda: sources.save_source(found.incident, form.cleaned_data, **facts))
        if done:
            return redirect("desk:source", pk)
    return render(request, "desk/source_edit.html", {"form": form, "source": found}, status=422 if form.errors else 200)


@needs("work_requests")
@require_POST
def do(request: Any, pk: int) -> HttpResponse:
    """Open or closed; a word of stock taken back."""
    found = _found(request, pk)
    given = {"at": found.incident.now(), "by": request.member}
    order = request.POST.get("do", "")
    try:
        if order in (Source.Doors.OPEN, Source.Doors.CLOSED):
            key = request.POST.get("instead", "")
            rows = Source.objects.filter(incident=found.incident, active=True)
            instead = rows.filter(pk=int(key[:18])).first() if key.isascii() and key.isdigit() else None
            sources.say_doors(found, order, instead=instead, **given)
        elif order == "undo":
            key = request.POST.get("stock", "")
            stock = get_object_or_404(found.stocks, pk=int(key[:18]) if key.isascii() and key.isdigit() else 0)
            sources.take_back_stock(stock, **given)
    except UserError as refused:
        flash.error(request, str(refused))
    if request.POST.get("back") == "list":
        return redirect("desk:sources")
    return redirect("desk:source", pk)


def _found(request: Any, pk: int) -> Source:
    rows = Source.objects.select_related("incident", "instead", "doors_by")
    found: Source = get_object_or_404(rows, incident=incident_of(request), pk=pk)
    return found


def _say(request: Any, found: Source, form: StockForm) -> SourceStock:
    given = form.cleaned_data
    return sources.say_stock(
        found,
        given["drug"],
        given["said"],
        packs=given["packs"],
        note=given["note"],
        at=found.incident.now(),
        by=request.member,
    )


def _page(request: Any, found: Source, form: StockForm) -> HttpResponse:
    at = found.incident.now()
    news = [(one, rules.generic_title(one.drug)) for one in found.stocks.select_related("by")[:200]]
    others = Source.objects.filter(incident=found.incident, active=True).exclude(pk=found.pk)
    context = {
        "source": found,
        "old": sources.is_old(found, at),
        "news": news,
        "form": form,
        "others": others,
        "days": [str(title) for code, title in form_days() if code in found.opens_days],
        "requires": [str(title) for code, title in _kinds() if code in found.requires],
        "may_work": request.rights.may("work_requests"),
    }
    return render(request, "desk/source.html", context, status=422 if form.errors else 200)


def form_days() -> list[tuple[int, Any]]:
    """The days of the week as the form names them."""
    from doorstep.desk.medicines.forms import DAYS

    return DAYS


def _kinds() -> list[tuple[str, Any]]:
    from doorstep.desk.medicines.models import Authority

    return list(Authority.Kind.choices)
