"""Advice and decisions of an area, the supply team's word, and its measures one by one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.command.areas import deciding, measures, sealing
from doorstep.command.forms.areas import AcceptForm, AdviceForm, DecideForm, MeasureForm
from doorstep.command.models import Area, AreaAdvice
from doorstep.command.views.areas import area_of, area_page
from doorstep.errors import UserError
from doorstep.wiring.access import needs
from doorstep.wiring.pages import tried


@needs("work_tasks")
@require_POST
def accept(request: Any, pk: int) -> HttpResponse:
    """The supply team takes the area on; its own people say so, others write down whose word it is."""
    found = area_of(request, pk)
    team, me = found.supply_team, request.member
    of_team = bool(team and me and (team.leader_id == me.pk or team.members.filter(pk=me.pk).exists()))
    if not of_team:
        request.rights.require("manage_areas", found)
    form = AcceptForm(found, request.POST)

    def take() -> Area:
        given = form.cleaned_data
        at = found.incident.now()
        return sealing.accept_supply(found, given["first_delivery_at"], at=at, by=me, word_of=given["word_of"])

    if not tried(form, take)[0]:
        return area_page(request, area_of(request, pk), accept=form)
    messages.success(request, _("The supply of this area is accepted."))
    return redirect("command:area", pk)


@needs("advise")
@require_POST
def advise(request: Any, pk: int) -> HttpResponse:
    """Keep what an adviser recommends."""
    found = area_of(request, pk)
    request.rights.require("advise", found)
    form = AdviceForm(request.POST)

    def say() -> AreaAdvice:
        given, at = form.cleaned_data, found.incident.now()
        return deciding.advise(found, given["text"], stance=given["stance"], at=at, by=request.member)

    if not tried(form, say)[0]:
        return area_page(request, found, advice=form)
    messages.success(request, _("Your advice stands with the area; the decision is somebody else's."))
    return redirect("command:area", pk)


@needs("manage_areas")
@require_POST
def decide(request: Any, pk: int) -> HttpResponse:
    """Decide on a proposal, with the reason and the advice that it rests on."""
    found = area_of(request, pk, "manage_areas")
    form, at = DecideForm(request.POST), found.incident.now()

    def say() -> Any:
        given, advice = form.cleaned_data, deciding.newest_advice(found, at)
        return deciding.decide(found, given["kind"], given["reason"], at=at, by=request.member, advice=advice)

    if not tried(form, say)[0]:
        return area_page(request, found, decide=form)
    messages.success(request, _("The decision is written down."))
    return redirect("command:area", pk)


@needs("manage_areas")
@require_POST
def add_measure(request: Any, pk: int) -> HttpResponse:
    """Bring one more measure in."""
    found = area_of(request, pk, "manage_areas")
    form = MeasureForm(found, request.POST)
    at, by = found.incident.now(), request.member
    if not tried(form, lambda: measures.add_measure(found, **form.cleaned_data, at=at, by=by))[0]:
        return area_page(request, found, add=form)
    messages.success(request, _("The measure is in force."))
    return redirect("command:area", pk)


@needs("work_tasks")
@require_POST
def confirm(request: Any, pk: int, number: int) -> HttpResponse:
    """Somebody saw that a measure stands."""
    found = area_of(request, pk)
    request.rights.require("work_tasks", found)
    one = get_object_or_404(found.restrictions.select_related("area__incident"), pk=number)
    try:
        measures.confirm_measure(one, request.POST.get("evidence", ""), at=found.incident.now(), by=request.member)
    except UserError as refused:
        return area_page(request, found, measure_error=refused)
    messages.success(request, _("What was seen is written down."))
    return redirect("command:area", pk)


@needs("manage_areas")
@require_POST
def end(request: Any, pk: int, number: int) -> HttpResponse:
    """End a single measure."""
    found = area_of(request, pk, "manage_areas")
    one = get_object_or_404(found.restrictions.select_related("area__incident"), pk=number)
    said = {name: request.POST.get(name, "") for name in ("reason", "replacement")}
    try:
        measures.end_measure(one, **said, at=found.incident.now(), by=request.member)
    except UserError as refused:
        return area_page(request, found, measure_error=refused, ending=number, said_of_end=said)
    messages.success(request, _("The measure has ended; the others stay."))
    return redirect("command:area", pk)
