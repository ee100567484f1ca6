"""Printing the cards: for those who may see the codes, a household or an area at a time."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from doorstep.command.models import Area
from doorstep.register.models import Household
from doorstep.register.sight import sight_of
from doorstep.resident.cards import cards
from doorstep.wiring.access import needs
from doorstep.wiring.pages import zipped


@needs("see_codes")
@never_cache
def household(request: Any, pk: int) -> HttpResponse:
    """The card of one household."""
    homes = sight_of(request.rights, "see_codes").households().filter(active=True).exclude(private_code="")
    found = get_object_or_404(homes.select_related("door__stair__building__compound"), pk=pk)
    return _printed(request, [found], f"card-{found.pk}")


@needs("see_codes")
@never_cache
def area(request: Any, pk: int) -> HttpResponse:
    """The cards of an area in the order of its doors."""
    found = get_object_or_404(Area.objects.select_related("incident"), pk=pk)
    request.rights.require("see_codes", found)
    homes = Household.objects.filter(active=True, door__area_doors__area=found).exclude(private_code="")
    order = ("door__stair__building__name", "door__stair__name", "door__floor", "door__number", "pk")
    rows = list(homes.select_related("door__stair__building__compound").order_by(*order))
    if not rows:
        raise Http404
    return _printed(request, rows, f"cards-{found.pk}")


def _printed(request: Any, homes: list[Household], name: str) -> HttpResponse:
    incident = request.incident or None
    at = incident.now() if incident else timezone.now()
    site = request.build_absolute_uri(reverse("resident:enter"))
    made = cards(homes, site, incident=incident, at=at, by=request.member or None)
    return zipped(made, name)
