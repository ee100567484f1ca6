"""What the page of a request asks of its ways."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.command.models import Member
from doorstep.desk.models import Request
from doorstep.desk.views import found_for, show
from doorstep.desk.ways import plans, steps
from doorstep.desk.ways.forms import FORMS, BuyForm, ExitForm, RepairForm, TalkForm, WayForm
from doorstep.desk.ways.models import Way
from doorstep.desk.ways.queries import next_call
from doorstep.errors import UserError
from doorstep.wiring.access import needs
from doorstep.wiring.pages import tried


@needs("work_requests")
@require_POST
def do(request: Any, pk: int) -> HttpResponse:
    """Begin a way, or say what happened on it. What is wrong is shown at its field."""
    found = found_for(request, pk, "work_requests")
    at = found.incident.now()
    if request.POST.get("do") == "drop":
        return _drop(request, found, at)
    form_class = FORMS.get(request.POST.get("do", ""))
    if form_class is None:
        raise Http404
    form = form_class(found, request.member, request.POST)
    done, said = tried(form, lambda: _act(form, found, request, at))
    if not done:
        return show(request, found_for(request, pk, "work_requests"), way=form)
    messages.success(request, said)
    return redirect("desk:request", pk)


def _act(form: WayForm, found: Request, request: Any, at: datetime) -> str:
    by: Member = request.member
    given = form.cleaned_data
    if isinstance(form, BuyForm):
        plans.buy(found, form.told(), at=at, by=by)
        return _("Written down. Say here when it is bought.")
    if isinstance(form, RepairForm):
        plans.repair(found, form.told(), at=at, by=by)
        return _("The gate is asked. Its answer stands here and on the resident's page.")
    if isinstance(form, ExitForm):
        plans.go_out(found, form.told(), at=at, by=by)
        return _("The gate is asked. Its answer stands here and on the resident's page.")
    if isinstance(form, TalkForm):
        caller = form.chosen("caller") or by
        plans.call_back(found, caller, at=at, by=by)
        return _("%(name)s calls; the days of the next calls stand here.") % {"name": caller.name}
    way = get_object_or_404(found.ways, pk=_number(request.POST.get("way", "")), state__in=Way.OPEN)
    if form.order == "bought":
        steps.bought(
            way, spent=given["spent"], receipt=given["receipt"], more_agreed=given["more_agreed"], at=at, by=by
        )
        return _("It waits for this door and goes with the next round.")
    if form.order == "called":
        call = next_call(way)
        if call is None:
            raise UserError(_("No call is due."), field="how", mend=_("Say that it is done."))
        steps.called(call, given["how"], given["words"], at=at, by=by)
        return _("Written down.")
    steps.finish(way, given["words"], at=at, by=by)
    return _("Done. It stays yours until the resident says that it is all right.")


def _drop(request: Any, found: Request, at: datetime) -> HttpResponse:
    way = get_object_or_404(found.ways, pk=_number(request.POST.get("way", "")))
    try:
        plans.drop(way, at=at, by=request.member)
    except UserError as refused:
        messages.error(request, str(refused))
    return redirect("desk:request", found.pk)


def _number(value: str) -> int:
    return int(value[:18]) if value.isascii() and value.isdecimal() else 0
