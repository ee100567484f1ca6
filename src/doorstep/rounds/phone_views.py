"""Passes for phones: one's own, a carrier's as a code to scan, the list of them, and their end."""

from __future__ import annotations

from typing import Any

import segno
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from doorstep.rounds.models import PhonePass, Round
from doorstep.rounds.passes import end_pass, make_pass, passes_in
from doorstep.wiring.access import needs
from doorstep.wiring.pages import page_of, table, table_asked

PASSES_HEADINGS = ("carrier", "made", "made_by", "valid_until", "last_heard", "ended")


@needs("walk_rounds")
@require_POST
def own_pass(request: Any) -> HttpResponse:
    """The button on "My work": this phone keeps the member's rounds from now on."""
    if not request.incident or not request.member:
        raise Http404
    member = request.member._wrapped if hasattr(request.member, "_wrapped") else request.member
    _kept, secret = make_pass(request.incident, member, member.name, by=member, at=request.incident.now())
    return redirect(shell_url(secret))


@needs("plan_rounds")
@require_POST
@never_cache
def round_pass(request: Any, pk: int) -> HttpResponse:
    """A code for the carrier of a round, to be scanned or printed. It is shown this once."""
    walk = get_object_or_404(
        Round.objects.select_related("plan__incident", "carrier"), pk=pk, plan__incident_id=_incident(request).pk
    )
    for area in walk.plan.areas.all():
        request.rights.require("plan_rounds", area)
    incident = walk.plan.incident
    kept, secret = make_pass(incident, walk.carrier, walk.carrier_name, by=request.member, at=incident.now())
    address = request.build_absolute_uri(shell_url(secret))
    code = segno.make(address, error="m")
    context = {"phone": kept, "round": walk, "code": code.svg_data_uri(scale=8, border=4), "address": address}
    return render(request, "rounds/pass.html", context)


@needs("plan_rounds")
def phones(request: Any) -> HttpResponse:
    """The passes of this incident with when each phone was last heard; as XLSX and CSV too."""
    incident = _incident(request)
    request.rights.require_everywhere("plan_rounds")
    passes = passes_in(incident)
    if table_asked(request):
        return table(request, "phones", PASSES_HEADINGS, [_row(phone, incident) for phone in passes])
    context = {
        "passes": page_of(request, passes),
        "at": incident.now(),
        "may_export": request.rights.may("export"),
    }
    return render(request, "rounds/phones.html", context)


@needs("plan_rounds")
@require_POST
def end(request: Any, pk: int) -> HttpResponse:
    """End a pass: the phone keeps what it has not sent, and asks for a new code."""
    phone = get_object_or_404(PhonePass.objects.select_related("incident"), pk=pk, incident_id=_incident(request).pk)
    if phone.made_by_id is None or phone.made_by_id != getattr(request.member, "pk", None):
        request.rights.require_everywhere("plan_rounds")
    end_pass(phone, by=request.member, at=phone.incident.now())
    messages.success(request, _("The pass of %(name)s is over.") % {"name": phone.carrier_name})
    whole = request.rights.covers("plan_rounds")
    return redirect("rounds:phones" if whole else "rounds:home")


def shell_url(secret: str) -> str:
    """Where the app opens; the secret stands behind the # and never reaches a server's log."""
    return f"{reverse('rounds:phone_round').removesuffix('round.json')}#t={secret}"


def _incident(request: Any) -> Any:
    if not request.incident:
        raise Http404
    return request.incident


def _row(phone: PhonePass, incident: Any) -> list[Any]:
    made, until, heard, ended = (
        instant.astimezone(incident.tz).replace(tzinfo=None) if instant else None
        for instant in (phone.made_at, phone.expires_at, phone.heard_at, phone.ended_at)
    )
    return [phone.carrier_name, made, phone.made_by.name if phone.made_by else "", until, heard, ended]
