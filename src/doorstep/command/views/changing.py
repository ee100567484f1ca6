"""An area changed: part of it lifted, its class changed, decided anew, renamed; what comes of it stands there before."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.command.areas import changing, keeping
from doorstep.command.areas.outlook import outlook
from doorstep.command.drawing import CODE, places_in
from doorstep.command.forms.areas import ChangeForm, RenameForm, WhyForm
from doorstep.command.models import AreaChange
from doorstep.command.views.areas import area_of, area_page
from doorstep.errors import UserError
from doorstep.wiring.access import needs
from doorstep.wiring.pages import tried


@needs("manage_areas")
def change(request: Any, pk: int) -> HttpResponse:
    """Choose places or the whole, see what comes of it (`do=look`), then decide (`do=part` or `do=zone`)."""
    found = area_of(request, pk, "manage_areas")
    at, by = found.incident.now(), request.member
    codes = [code for code in request.POST.getlist("p") if CODE.fullmatch(code)]
    order = request.POST.get("do", "")
    context: dict[str, Any] = {}
    form = ChangeForm(found, request.POST if request.method == "POST" else None)
    if order and form.is_valid():
        given = {**form.cleaned_data, "effective_at": form.cleaned_data["effective_at"] or at}
        if order == "look":
            kind = AreaChange.Kind.PART if codes else AreaChange.Kind.ZONE
            try:
                starts = given["effective_at"]
                context["outlook"] = outlook(found, kind, given["zone"], codes, effective_at=starts, at=at)
            except UserError as refused:
                context["error"] = refused
        else:

            def act() -> AreaChange:
                if order == "part":
                    return changing.change_part(found, codes, at=at, by=by, **given)
                return changing.change_zone(found, at=at, by=by, **given)

            done, made = tried(form, act)
            if done:
                later = made.state == AreaChange.State.PLANNED
                messages.success(
                    request, _("Decided; it happens at its hour.") if later else _("Done, with all that is owed.")
                )
                return redirect("command:area", pk)
    groups = places_in(found)
    context |= {"area": found, "form": form, "groups": groups, "codes": set(codes), "at": at}
    context["zone"] = found.incident.protocol.zones[found.zone]
    refused_form = bool(form.errors) or "error" in context
    return render(request, "command/change.html", context, status=422 if refused_form else 200)


@needs("manage_areas")
@require_POST
def undo(request: Any, pk: int, number: int) -> HttpResponse:
    """Take a change back while nothing was built on it."""
    found = area_of(request, pk, "manage_areas")
    made = get_object_or_404(found.changes.select_related("area__incident", "made"), pk=number)
    try:
        changing.undo_change(made, at=found.incident.now(), by=request.member)
    except UserError as refused:
        return area_page(request, area_of(request, pk), change_error=refused)
    messages.success(request, _("The change is taken back."))
    return redirect("command:area", pk)


@needs("manage_areas")
@require_POST
def renew(request: Any, pk: int) -> HttpResponse:
    """Decide a restriction anew, with the reason."""
    found = area_of(request, pk, "manage_areas")
    form, at = WhyForm(request.POST), found.incident.now()

    def again() -> Any:
        return keeping.renew(found, reason=form.cleaned_data["reason"], at=at, by=request.member)

    if not tried(form, again)[0]:
        return area_page(request, area_of(request, pk), why=form)
    messages.success(request, _("Decided anew: its longest time counts from now."))
    return redirect("command:area", pk)


@needs("manage_areas")
@require_POST
def rename(request: Any, pk: int) -> HttpResponse:
    """Another name for an area."""
    found = area_of(request, pk, "manage_areas")
    form, at = RenameForm(request.POST), found.incident.now()
    if not tried(form, lambda: keeping.rename_area(found, form.cleaned_data["name"], at=at, by=request.member))[0]:
        return area_page(request, area_of(request, pk), rename=form)
    return redirect("command:area", pk)
