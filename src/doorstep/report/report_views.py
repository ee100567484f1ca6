"""A situation report: begun, its sentences changed, issued, set against an older one, taken along."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.report import actions
from doorstep.report.blocks import to_docx, to_pdf
from doorstep.report.content import by_side, changes, number
from doorstep.report.drawing import drawn
from doorstep.report.forms import BeginForm, SignForm, TextsForm
from doorstep.report.models import Report
from doorstep.report.narrative import PARTS
from doorstep.report.papers import content_of, language, part_title, side_title, situation_paper
from doorstep.report.periods import Period, period_of
from doorstep.report.views import in_incident
from doorstep.wiring.pages import download, tried

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_POST
@in_incident("see_report")
def begin(request: Any) -> HttpResponse:
    """Begin a report of the period that the page showed."""
    request.rights.require_everywhere("publish")
    form, at = BeginForm(request.POST), request.incident.now()
    if not form.is_valid():
        return redirect("report:home")
    period = period_of(request.incident, request.POST, at)
    report = actions.write_report(request.incident, period, client_id=form.act, at=at, by=request.member)
    return redirect("report:report", report.pk)


def _report(request: Any, pk: int) -> Report:
    return get_object_or_404(
        Report.objects.select_related("incident", "made_by", "signed_by"), pk=pk, incident=request.incident
    )


@in_incident("see_report")
def report(request: Any, pk: int) -> HttpResponse:
    """A draft to work on, or a report as it was issued; and what changed since an older one."""
    found = _report(request, pk)
    may_write = request.rights.covers("publish")
    form = TextsForm(found, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        request.rights.require_everywhere("publish")
        done, _made = tried(form, lambda: actions.change_texts(found, form.texts(), by=request.member))
        if done:
            messages.success(request, _("Your words are kept."))
            return redirect("report:report", pk)
    content = content_of(found)
    context = {
        "report": found,
        "told": Period(found.starts_at, found.ends_at).told(found.incident),
        "period": Period(found.starts_at, found.ends_at),
        "sides": [(side, side_title(side), sections) for side, sections in by_side(content)],
        "charts": [drawn(chart) for chart in content.get("charts", [])],
        "parts": [(part_title(part), said.splitlines()) for part, said in _texts(found) if said],
        "form": form,
        "sign": SignForm(initial={"signed_name": request.member.name if request.member else ""}),
        "may_write": may_write,
        **_since(request, found, content),
    }
    return render(request, "report/report.html", context, status=422 if form.errors else 200)


def _texts(found: Report) -> list[tuple[str, str]]:
    texts = found.texts.get(language(), {})
    return [(part, texts.get(part, "")) for part in PARTS]


def _since(request: Any, found: Report, content: dict[str, Any]) -> dict[str, Any]:
    """The older report to compare with (?with=number, else the newest before this one) and what changed."""
    older = Report.objects.filter(incident=found.incident, state=Report.State.ISSUED)
    if found.number is not None:
        older = older.filter(number__lt=found.number)
    older = older.order_by("-number")
    asked = request.GET.get("with", "")
    other = older.filter(number=int(asked)).first() if asked.isdecimal() and len(asked) < 9 else older.first()
    if other is None:
        return {"older": []}
    rows = [
        {**row, "was": number(row["was"]), "now": number(row["now"]), "changed": row["by"] != 0}
        for row in changes(other.content.get(language(), {}), content)
    ]
    return {"older": list(older[:30]), "other": other, "changes": [row for row in rows if row["changed"]]}


@require_POST
@in_incident("see_report")
def issue(request: Any, pk: int) -> HttpResponse:
    """Sign and fix the report."""
    request.rights.require_everywhere("publish")
    found, form = _report(request, pk), SignForm(request.POST)
    name = request.POST.get("signed_name", "")
    done, made = tried(
        form, lambda: actions.issue(found, at=request.incident.now(), by=request.member, signed_name=name)
    )
    if done:
        messages.success(request, _("Situation report %(n)d is issued.") % {"n": made.number})
    else:
        messages.error(request, " ".join(str(line) for lines in form.errors.values() for line in lines))
    return redirect("report:report", pk)


@require_POST
@in_incident("see_report")
def drop(request: Any, pk: int) -> HttpResponse:
    """Throw a draft away."""
    request.rights.require_everywhere("publish")
    actions.drop_report(_report(request, pk), at=request.incident.now(), by=request.member)
    messages.success(request, _("The draft is thrown away."))
    return redirect("report:home")


@in_incident("see_report")
def paper(request: Any, pk: int, kind: str) -> HttpResponse:
    """The report as PDF or DOCX, in the language of the page."""
    found = _report(request, pk)
    at, made = found.issued_at or found.made_at, situation_paper(found)
    name = f"{made.title}-{found.number or found.pk}"
    if kind == "pdf":
        return download(to_pdf(made, at=at), "application/pdf", f"{name}.pdf")
    if kind == "docx":
        return download(to_docx(made, at=at), DOCX, f"{name}.docx")
    raise Http404
