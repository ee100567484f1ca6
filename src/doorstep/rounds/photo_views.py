"""Photos of knocks: the list, one photo with its door, and the way to take it away. Each look is in the journal."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from doorstep.command import journal
from doorstep.errors import UserError
from doorstep.rounds.differences import conflicts_in, in_scope
from doorstep.rounds.models import PhoneAct, Visit
from doorstep.rounds.photos import remove_photo
from doorstep.rounds.visits import door_label
from doorstep.storage.pictures import place_of
from doorstep.wiring.access import needs
from doorstep.wiring.pages import page_of


@needs("plan_rounds")
def photos(request: Any) -> HttpResponse:
    """The knocks that have a photo, the newest first."""
    visits = _visits(request).exclude(photo="").order_by("-occurred_at", "-pk")
    page = page_of(request, visits)
    lines = [(visit, door_label(visit.door)) for visit in page]
    return render(request, "rounds/photos.html", {"page": page, "lines": lines})


@needs("plan_rounds")
def photo_page(request: Any, pk: int) -> HttpResponse:
    """One photo with the door that it shows."""
    return _page(request, _visit(request, pk))


@needs("plan_rounds")
@never_cache
def photo(request: Any, pk: int) -> HttpResponse:
    """The picture itself; who saw it and when stands in the journal."""
    visit = _visit(request, pk)
    return _picture(request, visit.photo, visit, door_label(visit.door))


@needs("plan_rounds")
@never_cache
def act_photo(request: Any, pk: int) -> HttpResponse:
    """The picture of an act that was set aside; who saw it and when stands in the journal."""
    if not request.incident:
        raise Http404
    acts = PhoneAct.objects.filter(
        incident_id=request.incident.pk, conflicts__in=conflicts_in(request.incident, request.rights)
    )
    act = get_object_or_404(acts.select_related("incident").distinct(), pk=pk)
    return _picture(request, act.said.get("photo", ""), act, "")


@needs("plan_rounds")
@require_POST
def remove(request: Any, pk: int) -> HttpResponse:
    """Take a photo away, with the reason."""
    visit = _visit(request, pk)
    try:
        remove_photo(visit, reason=request.POST.get("reason", ""), by=request.member, at=visit.incident.now())
    except UserError as error:
        return _page(request, visit, error)
    messages.success(request, _("The photo is taken away."))
    return redirect("rounds:photos")


def _picture(request: Any, name: str, subject: Visit | PhoneAct, label: str) -> HttpResponse:
    place = place_of(name)
    if not name or not place.exists():
        raise Http404
    at = subject.incident.now()
    journal.record(
        "read_photo", incident=subject.incident, subject=subject, by=request.member, occurred_at=at, label=label
    )
    return HttpResponse(place.read_bytes(), content_type="image/jpeg")


def _page(request: Any, visit: Visit, error: UserError | None = None) -> HttpResponse:
    context = {"visit": visit, "label": door_label(visit.door), "error": error}
    return render(request, "rounds/photo.html", context, status=422 if error else 200)


def _visits(request: Any) -> Any:
    if not request.incident:
        raise Http404
    visits = Visit.objects.filter(incident_id=request.incident.pk)
    return in_scope(visits, request.rights).select_related("incident", "member", "door__stair__building")


def _visit(request: Any, pk: int) -> Visit:
    found: Visit = get_object_or_404(_visits(request), pk=pk)
    return found
