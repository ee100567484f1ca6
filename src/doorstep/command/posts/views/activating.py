"""Activation in one click, with a preview of who would be called and what is missing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorstep import protocol
from doorstep.command.actions import open_incident
from doorstep.command.models import Incident
from doorstep.command.posts.activating import Activated, activate
from doorstep.command.posts.forms import CallWords, NewActivation
from doorstep.command.posts.seats import rules_of, seat_lines, work_lines
from doorstep.wiring.access import needs
from doorstep.wiring.pages import tried
from doorstep.wiring.texts import in_language


@needs("activate")
def home(request: Any) -> HttpResponse:
    """Activate the incident at hand; or open a new one and activate it in the same act."""
    incident = request.incident or None
    if incident is None or incident.state != Incident.State.OPEN or request.GET.get("new") == "1":
        return _new(request)
    form = CallWords(request.POST or None)
    if request.method == "POST":
        request.rights.require_everywhere("activate")
        done, made = tried(
            form, lambda: activate(incident, at=incident.now(), by=request.member or None, **form.cleaned_data)
        )
        if done:
            return _done(request, made)
    context = {"form": form, "at": incident.now(), "again": incident.command_posts.exists()}
    return render(request, "command/room/activate.html", context | _preview(incident.protocol), status=_status(request))


def _new(request: Any) -> HttpResponse:
    request.rights.require_everywhere("open_incident")
    now = timezone.now()
    last = Incident.objects.order_by("-pk").first()
    chosen = request.POST.get("protocol_id") or (last.protocol_id if last else protocol.shipped_ids()[0])
    zone = last.time_zone if last else "Asia/Shanghai"
    first = {"time_zone": zone, "clock": Incident.ClockKind.REAL, "trigger_at": now, "protocol_id": chosen}
    form = NewActivation(request.POST or None, initial=first)
    form.fields["trigger_at"].tz = timezone.zoneinfo.ZoneInfo(zone)  # type: ignore[attr-defined]
    if request.method == "POST":
        done, made = tried(form, lambda: _open(request, form))
        if done:
            return _done(request, made)
    rules = protocol.find(chosen) if chosen in protocol.shipped_ids() else protocol.find(protocol.shipped_ids()[0])
    context = {"form": form, "at": now, "new": True}
    return render(request, "command/room/activate.html", context | _preview(rules), status=_status(request))


@transaction.atomic
def _open(request: Any, form: NewActivation) -> Activated:
    by, given = request.member or None, form.cleaned_data
    incident = open_incident(**form.facts(), at=timezone.now(), by=by)
    return activate(incident, at=incident.now(), by=by, place=given["place"], text=given["text"])


@needs("activate")
def preview(request: Any) -> HttpResponse:
    """Who would be called under the rules that ?protocol_id= names: the part of the page that follows the choice."""
    code = request.GET.get("protocol_id", "")
    if code not in protocol.shipped_ids():
        code = protocol.shipped_ids()[0]
    return render(request, "command/room/_preview.html", _preview(protocol.find(code)))


def _preview(rules: protocol.Protocol) -> dict[str, Any]:
    lines = seat_lines(rules)
    return {
        "rules": rules,
        "title": in_language(rules.title),
        "seats": lines,
        "works": work_lines(rules),
        "people": sum(1 for line in lines if line.fit),
        "holes": sum(1 for line in lines if line.lack == "nobody" and line.seat.required),
        "minutes": rules_of(rules).answer_minutes,
    }


def _done(request: Any, made: Activated) -> HttpResponse:
    request.session["incident"] = made.incident.pk
    text = ngettext("Activated. %(n)d call is out.", "Activated. %(n)d calls are out.", made.calls) % {"n": made.calls}
    messages.success(request, text)
    if made.holes:
        messages.error(request, _("Nobody holds: %(posts)s.") % {"posts": ", ".join(made.holes)})
    return redirect("command:room")


def _status(request: Any) -> int:
    return 422 if request.method == "POST" else 200
