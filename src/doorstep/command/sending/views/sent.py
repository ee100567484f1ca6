"""What was sent, with the state of each delivery; and what I was told."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from doorstep.command.models import Delivery, Telling
from doorstep.command.posts.queries import calls_to
from doorstep.command.sending import queries, telling
from doorstep.wiring.access import needs
from doorstep.wiring.pages import page_of, table, table_asked


@needs("activate")
def home(request: Any) -> HttpResponse:
    """Every message of the incident by its state."""
    if not request.incident:
        raise Http404
    incident = request.incident
    show, words = request.GET.get("show", ""), request.GET.get("q", "").strip()[:80]
    found = queries.told(incident, show, words)
    if table_asked(request):
        return table(request, "sent", queries.HEADINGS, queries.rows(found, incident))
    counts = queries.counts(incident)
    tabs: list[tuple[str, str, int | None]] = [("", _("All"), None)]
    tabs += [(code, str(title), counts.get(code, 0)) for code, title in Delivery.State.choices if counts.get(code)]
    tabs.append(("unanswered", _("Waiting for a word"), None))
    context = {
        "tellings": page_of(request, found),
        "tabs": tabs,
        "show": show,
        "words": words,
        "looks": queries.LOOKS,
        "at": incident.now(),
    }
    return render(request, "command/room/sent.html", context)


@login_required
def told(request: Any) -> HttpResponse:
    """What I was told in this incident; one button says that I know."""
    if not request.incident or not request.member:
        raise Http404
    mine = Telling.objects.filter(incident=request.incident, member=request.member)
    if request.method == "POST":
        found = get_object_or_404(mine.select_related("incident"), pk=request.POST.get("told") or 0)
        telling.acknowledge(found, at=request.incident.now(), by=request.member)
        return redirect("command:told")
    context = {
        "tellings": page_of(request, mine),
        "calls": calls_to(request.incident, request.member),
        "at": request.incident.now(),
    }
    return render(request, "command/room/told.html", context)
