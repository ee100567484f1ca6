"""Drawing an area: places found, included and excepted; what changes is said before it is kept."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from doorstep.command import actions
from doorstep.command.areas.smallest import known_cases, smallest
from doorstep.command.drawing import CODE, chosen, code_of, compare, find_places, place_of, places_of, way_to
from doorstep.command.forms.areas import DrawForm
from doorstep.command.models import Area
from doorstep.errors import UserError
from doorstep.wiring.access import needs
from doorstep.wiring.pages import tried


@needs("manage_areas")
def new(request: Any) -> HttpResponse:
    """Propose an area: its name, its zone, its places."""
    if not request.incident:
        raise Http404
    request.rights.require_everywhere("manage_areas")
    codes, inside, order = _order(request)
    if request.method != "POST":
        form = DrawForm(request.incident, initial={"zone": next(iter(request.incident.protocol.zones))})
    elif order == "save":
        form = DrawForm(request.incident, request.POST)

        def propose() -> Area:
            given = form.cleaned_data
            at, by = request.incident.now(), request.member
            return actions.propose_area(request.incident, given["name"], given["zone"], places_of(codes), at=at, by=by)

        done, made = tried(form, propose)
        if done:
            messages.success(request, _("The area is proposed. Nothing binds before it is sealed."))
            return redirect("command:area", made.pk)
    else:
        typed = {name: request.POST.get(name, "") for name in ("name", "zone")}
        form = DrawForm(request.incident, initial=typed)
    return _page(request, None, codes, inside, form)


@needs("manage_areas")
def redraw(request: Any, pk: int) -> HttpResponse:
    """Change the places of an area; kept with the button `save` only."""
    area = get_object_or_404(Area.objects.select_related("incident"), pk=pk)
    if not request.incident or area.incident_id != request.incident.pk or area.state == Area.State.LIFTED:
        raise Http404
    request.rights.require("manage_areas", area)
    codes, inside, order = _order(request)
    stored = [code_of(place) for place in area.places.order_by("pk")]
    if request.method != "POST":
        codes = stored
    error = None
    if order == "save":
        try:
            if set(codes) != set(stored):
                actions.change_places(area, places_of(codes), at=area.incident.now(), by=request.member)
            messages.success(request, _("The area is redrawn; what its doors are owed follows."))
            return redirect("command:area", pk)
        except UserError as refused:
            error = refused
    return _page(request, area, codes, inside, None, error)


def _order(request: Any) -> tuple[list[str], str, str]:
    """The drawing as the page holds it, where the reader is in the tree, and what the button asks."""
    codes = [code for code in request.POST.getlist("p") if CODE.fullmatch(code)]
    inside = request.POST.get("inside", "")
    order, _colon, code = request.POST.get("do", "").partition(":")
    if order in ("add", "except") and CODE.fullmatch(code):
        codes = [c for c in codes if c.lstrip("-") != code] + [code if order == "add" else f"-{code}"]
    elif order == "drop":
        codes = [c for c in codes if c != code]
    elif order == "open":
        inside = code
    elif order == "use":
        codes = [one for one in code.split(",") if CODE.fullmatch(one)]
    return codes, inside, order


def _page(
    request: Any, area: Area | None, codes: list[str], inside: str, form: DrawForm | None, error: Any = None
) -> HttpResponse:
    words = "" if request.POST.get("do", "").startswith("open") else request.POST.get("q", "")
    lines, order = chosen(codes), request.POST.get("do", "")
    places, more = find_places(words, inside)
    context = {
        "area": area,
        "form": form,
        "error": error,
        "chosen": lines,
        "redraw": compare(area, [place_of(line.code) for line in lines]),
        "places": places,
        "more": more,
        "way": way_to(inside) if not words else [],
        "inside": inside,
        "words_found": words,
    }
    if area is None:
        zone = request.POST.get("zone", "")
        asked = order == "smallest" and zone in request.incident.protocol.zones
        context["steps"] = smallest(request.incident, zone, codes) if asked else []
        context["cases"] = known_cases() if not codes else []
    refused = error or (form is not None and bool(form.errors))
    return render(request, "command/draw.html", context, status=422 if refused else 200)
