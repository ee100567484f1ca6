"""Figures of a period, the rows behind each, the brief, who does what where."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from doorstep.errors import UserError
from doorstep.report import brief as briefs
from doorstep.report import who
from doorstep.report.blocks import to_pdf, to_text
from doorstep.report.content import by_side, source_of
from doorstep.report.drawing import drawn
from doorstep.report.forms import BeginForm
from doorstep.report.kept import figures_of, rows_of, work_of
from doorstep.report.models import Report
from doorstep.report.papers import side_title
from doorstep.report.periods import Period, counted_period, period_of
from doorstep.wiring.access import needs
from doorstep.wiring.events import publish
from doorstep.wiring.pages import CSV, Exported, download, page_of, table, table_asked


def in_incident(act: str) -> Callable[..., Any]:
    """The right in the whole incident, for views whose figures are the whole incident's."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @needs(act)
        @wraps(view)
        def checked(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.incident is None:
                return render(request, "report/empty.html")
            request.rights.require_everywhere(act)
            return view(request, *args, **kwargs)

        return checked

    return decorate


def asked_period(request: Any) -> tuple[Period, UserError | None]:
    """The period of the address; where it cannot be read, that of the last report, and what is wrong."""
    at = request.incident.now()
    try:
        return period_of(request.incident, request.GET, at), None
    except UserError as error:
        return period_of(request.incident, {}, at), error


@in_incident("see_report")
def home(request: Any) -> HttpResponse:
    """The situation in figures, hard and warm side by side, and the reports that were written."""
    period, error = asked_period(request)
    content = figures_of(request.incident, period)
    period = counted_period(content, period)
    context = {
        "period": period,
        "told": period.told(request.incident),
        "error": error,
        "sides": [(side, side_title(side), sections) for side, sections in by_side(content)],
        "charts": [drawn(chart) for chart in content["charts"]],
        "reports": Report.objects.filter(incident=request.incident)[:20],
        "begin": BeginForm(),
        "may_write": request.rights.covers("publish"),
    }
    return render(request, "report/home.html", context, status=422 if error else 200)


@in_incident("see_report")
def figure(request: Any, source: str, code: str) -> HttpResponse:
    """One figure with the rows from which it was counted."""
    found = source_of(source)
    if found is None:
        raise Http404
    period, _error = asked_period(request)
    sections = figures_of(request.incident, period)["sections"]
    lines = [line for section in sections if section["code"] == source for line in section["lines"]]
    line = next((line for line in lines if line["code"] == code), None)
    if line is None:
        raise Http404
    behind = rows_of(request.incident, source, code, period)
    if table_asked(request):
        return table(request, f"{source}-{code}".replace(":", "-"), behind["heads"], behind["rows"])
    context = {
        "line": line,
        "source": found,
        "heads": behind["heads"],
        "rows": page_of(request, [list(zip(behind["heads"], row, strict=False)) for row in behind["rows"]]),
        "count": len(behind["rows"]),
        "period": period,
        "told": period.told(request.incident),
    }
    return render(request, "report/figure.html", context)


@needs("see_brief")
def brief(request: Any) -> HttpResponse:
    """Numbers for the press: nothing of a person, nothing that no door has proved."""
    if request.incident is None:
        return render(request, "report/empty.html")
    period, error = asked_period(request)
    content = figures_of(request.incident, period)
    period = counted_period(content, period)
    texts = []
    for language, title in (("zh-hans", "中文"), ("en", "English")):
        with translation.override(language):
            spoken = briefs.brief(figures_of(request.incident, period))
            paper = briefs.brief_paper(request.incident, period, spoken)
            texts.append((language, title, to_text(paper)))
    context = {
        "period": period,
        "told": period.told(request.incident),
        "as_of": briefs.told_as_of(request.incident, period.end),
        "lines": briefs.brief(content),
        "texts": texts,
        "error": error,
    }
    return render(request, "report/brief.html", context, status=422 if error else 200)


@needs("see_brief")
def brief_pdf(request: Any) -> HttpResponse:
    """The brief as PDF, in the language of the page."""
    if request.incident is None:
        raise Http404
    period, _error = asked_period(request)
    lines = briefs.brief(figures_of(request.incident, period))
    paper = briefs.brief_paper(request.incident, period, lines)
    return download(to_pdf(paper, at=timezone.now()), "application/pdf", f"{_('Numbers brief')}.pdf")


@in_incident("see_report")
def who_page(request: Any) -> HttpResponse:
    """Who does what where; as a table and as HXL."""
    period, error = asked_period(request)
    rows = work_of(request.incident, period)
    if table_asked(request):
        lines = [[r[name] for name in ("org", "sector", "activity", "area", "count", "unit", "status")] for r in rows]
        heads = who.heads()
        return table(request, "who-does-what-where", [*heads[:4], *heads[6:]], lines)
    context = {"rows": rows, "period": period, "told": period.told(request.incident), "error": error}
    return render(request, "report/who.html", context, status=422 if error else 200)


@in_incident("see_report")
def hxl(request: Any, what: str) -> HttpResponse:
    """Who does what where, or the key figures, as CSV with HXL hashtags."""
    request.rights.require("export")
    period, _error = asked_period(request)
    if what == "who":
        content = who.hxl_who(request.incident, period, who.who_does_what(request.incident, period))
    else:
        content = who.hxl_figures(request.incident, period)
    member = getattr(request.member, "pk", None)
    publish(Exported(f"hxl-{what}", content.count(b"\n") - 2, request.incident.pk, member))
    return download(content, CSV, f"{what}.hxl.csv")
