"""The papers of command as PDF: forms, minutes, a signed plan, one message."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404

from doorstep.command.log.queries import entries_for
from doorstep.command.plan import ics
from doorstep.command.plan.minutes import minutes_paper, signed_paper
from doorstep.command.plan.papers import Paper, paper_pdf
from doorstep.command.plan.views import incident_here, meeting_of, period_of, version_of
from doorstep.wiring.access import needs
from doorstep.wiring.events import publish
from doorstep.wiring.pages import Exported, download


@needs("see_log")
def form(request: Any, pk: int, number: str) -> HttpResponse:
    """One of the forms 201 to 214 of a period."""
    made = ics.FORMS.get(number.upper())
    if made is None:
        raise Http404
    period = period_of(request, pk)
    request.rights.require_everywhere("see_log")
    return _pdf(request, made(period, period.incident.now()), f"ics-{number}-{period.number}")


@needs("see_log")
def message(request: Any, pk: int) -> HttpResponse:
    """Form 213: one entry of the log with its answers."""
    incident = incident_here(request)
    found = entries_for(incident, request.rights, request.member or None).select_related("incident")
    entry = get_object_or_404(found, pk=pk)
    return _pdf(request, ics.message(entry, incident.now()), f"ics-213-{entry.number}")


@needs("see_log")
def minutes(request: Any, pk: int) -> HttpResponse:
    """The minutes of a meeting."""
    found = meeting_of(request, pk)
    return _pdf(request, minutes_paper(found), f"minutes-{found.pk}")


@needs("see_log")
def signed(request: Any, pk: int) -> HttpResponse:
    """A plan as it was signed."""
    found = version_of(request, pk)
    return _pdf(request, signed_paper(found), f"plan-{found.period.number}.{found.number}")


def _pdf(request: Any, paper: Paper, name: str) -> HttpResponse:
    """The paper, marked with who took it and when; the journal keeps that it left."""
    by = request.member.name if request.member else ""
    publish(Exported(name, 1, paper.incident.pk, getattr(request.member, "pk", None)))
    marked = Paper(**{**vars(paper), "foot": " · ".join(filter(None, (by, paper.foot)))})
    return download(paper_pdf(marked, at=paper.incident.now()), "application/pdf", f"{name}.pdf")
