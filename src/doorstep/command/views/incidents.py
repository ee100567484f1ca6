"""Incidents: opened, chosen, closed; the clock of an exercise."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.command import actions, clock
from doorstep.command.forms.incidents import IncidentForm
from doorstep.command.models import Incident
from doorstep.command.queries import incident_lines
from doorstep.command.rights import incidents_of, rights_of
from doorstep.wiring.access import needs
from doorstep.wiring.pages import table, table_asked, tried


@login_required
def home(request: Any) -> HttpResponse:
    """The incidents in which the member has a duty, each to be made the current one."""
    lines = incident_lines(incidents_of(request.member))
    if table_asked(request):
        rows = [
            [i.name, i.trigger_at.astimezone(i.tz), i.get_state_display(), line.protocol_title, line.in_force]
            for line in lines
            for i in [line.incident]
        ]
        return table(request, "incidents", ["name", "trigger", "state", "protocol", "areas in force"], rows)
    return render(request, "command/incidents.html", {"lines": lines})


@needs("open_incident")
def new(request: Any) -> HttpResponse:
    """Open an incident."""
    first = {"time_zone": "Asia/Shanghai", "clock": Incident.ClockKind.REAL}
    if request.incident:
        first |= {"time_zone": request.incident.time_zone, "protocol_id": request.incident.protocol_id}
    form = IncidentForm(request.POST or None, initial=first)
    if request.method == "POST":
        done, made = tried(
            form, lambda: actions.open_incident(**form.facts(), at=timezone.now(), by=request.member or None)
        )
        if done:
            request.session["incident"] = made.pk
            messages.success(request, _("The incident is open. Draw its first area now."))
            return redirect("command:areas")
    return render(request, "command/incident_new.html", {"form": form}, status=422 if request.method == "POST" else 200)


@login_required
@require_POST
def choose(request: Any, pk: int) -> HttpResponse:
    """Make an incident the current one of this session."""
    chosen = get_object_or_404(incidents_of(request.member), pk=pk)
    request.session["incident"] = chosen.pk
    messages.success(request, _("You now work on: %(name)s") % {"name": chosen.name})
    return redirect("home")


@login_required
@require_POST
def close(request: Any, pk: int) -> HttpResponse:
    """Close an incident, or open it again."""
    found = get_object_or_404(incidents_of(request.member), pk=pk)
    rights_of(request.member, found).require("open_incident")
    if request.POST.get("open") == "1":
        actions.reopen_incident(found, at=found.now(), by=request.member)
        messages.success(request, _("%(name)s is open again.") % {"name": found.name})
    else:
        actions.close_incident(found, at=found.now(), by=request.member)
        messages.success(request, _("%(name)s is closed. It can be opened again here.") % {"name": found.name})
    return redirect("command:incidents")


@needs("open_incident")
@require_POST
def turn(request: Any) -> HttpResponse:
    """Step an exercise's clock, run it or let it stand; then back to the page."""
    if not request.incident:
        raise Http404
    order, seen = request.POST.get("turn", ""), request.POST.get("seen", "")
    clock.turn_clock(request.incident, order, seen=seen, real=timezone.now(), by=request.member)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    return redirect(back)
