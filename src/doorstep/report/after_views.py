"""The look back on the incident: its page, its paper, its findings."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.report import actions, after, after_paper
from doorstep.report.blocks import to_pdf
from doorstep.report.forms import FindingForm
from doorstep.report.kept import past_of
from doorstep.report.models import Finding
from doorstep.report.periods import Period, period_of
from doorstep.report.views import in_incident
from doorstep.wiring.pages import download, page_of, table, table_asked, tried


def _period(request: Any) -> Period:
    asked = request.GET if request.GET.get("from") or request.GET.get("period") else {"period": "all"}
    return period_of(request.incident, asked, request.incident.now())


def _leads(request: Any) -> bool:
    """Whether the member leads people: only then the names of who bore how much are shown (S125)."""
    return bool(request.rights.covers("plan_shifts") or request.rights.covers("manage_people"))


@in_incident("see_report")
def look_back(request: Any) -> HttpResponse:
    """Promises kept and broken and why, clocks, load, equality, timeline, findings."""
    period, leads = _period(request), _leads(request)
    if table_asked(request):
        return _load_table(request, period)
    form = FindingForm(request.incident, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        request.rights.require_everywhere("publish")
        done, _made = tried(form, lambda: _note(request, form))
        if done:
            messages.success(request, _("The finding is written down."))
            return redirect("report:after")
    side = request.GET.get("side", "")
    context = {
        "period": period,
        "told": period.told(request.incident),
        "look": past_of(request.incident, period),
        "findings": after.findings_of(request.incident),
        "entries": page_of(request, after.happened(request.incident, period, side)),
        "side": side,
        "leads": leads,
        "form": form,
        "may_write": request.rights.covers("publish"),
    }
    return render(request, "report/after.html", context, status=422 if form.errors else 200)


def _note(request: Any, form: FindingForm) -> Finding:
    said = form.cleaned_data
    return actions.note_finding(
        request.incident,
        said["text"],
        owner=said["owner"],
        client_id=form.act,
        at=request.incident.now(),
        by=request.member,
        days=said["days"] or 0,
    )


def _load_table(request: Any, period: Period) -> HttpResponse:
    """Load by function and number: no name leaves the program."""
    heads = [_("function"), _("hours at posts"), _("knocks"), _("kg × storeys"), _("calls and requests")]
    rows = [
        [load.label, load.hours, load.knocks, load.kg_storeys, load.calls]
        for load in after.loads(request.incident, period)
    ]
    return table(request, "load", heads, rows)


@in_incident("see_report")
def look_back_pdf(request: Any) -> HttpResponse:
    """The look back as PDF, people by function and number."""
    period = _period(request)
    paper = after_paper.look_back_paper(request.incident, period)
    return download(to_pdf(paper, at=period.end), "application/pdf", f"{paper.title}.pdf")


@require_POST
@in_incident("see_report")
def drop_finding(request: Any, pk: int) -> HttpResponse:
    """Take a finding back, or have it again."""
    request.rights.require_everywhere("publish")
    finding = get_object_or_404(Finding, pk=pk, incident=request.incident)
    back = request.POST.get("back") == "1"
    actions.drop_finding(finding, at=request.incident.now(), by=request.member, back=back)
    if not back:
        messages.success(request, _("The finding is taken back."))
        request.session["dropped_finding"] = finding.pk
    else:
        request.session.pop("dropped_finding", None)
    return redirect("report:after")
