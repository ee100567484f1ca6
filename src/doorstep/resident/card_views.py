"""Printing what holds the codes, for those who may see them: cards of a household or an area, letters door by door."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from doorstep.command.models import Area, AreaDoor
from doorstep.command.notices import doors
from doorstep.register.models import Household
from doorstep.register.sight import sight_of
from doorstep.resident.cards import cards
from doorstep.resident.letters import door_letters
from doorstep.rounds.models import Round
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
    rows = _homes_of(Household.objects.filter(door__area_doors__area=found))
    if not rows:
        raise Http404
    return _printed(request, rows, f"cards-{found.pk}")


@needs("see_codes")
@never_cache
def letters(request: Any, pk: int) -> HttpResponse:
    """The area's letter, a sheet a household in the order of a walk; ?show= only the doors of the list, ?large=1 in large type."""
    found = get_object_or_404(Area.objects.select_related("incident", "letter__incident"), pk=pk)
    request.rights.require("see_codes", found)
    homes = _homes_of(Household.objects.filter(door__area_doors__area=found))
    show = request.GET.get("show", "")
    if show:
        lines = doors.letters_of(found, found.incident.now()).doors
        wanted = {door.door_id for door in lines if door.state == show or (show == "wait" and door.state != "has")}
        homes = [home for home in homes if home.door_id in wanted]
    return _letters(request, found.letter, [(home, found) for home in homes], f"letters-{found.pk}")


@needs("see_codes")
@never_cache
def round_letters(request: Any, pk: int) -> HttpResponse:
    """The letters of a round in the order of its stops."""
    walk = get_object_or_404(Round.objects.select_related("plan__incident"), pk=pk)
    stops = {door: place for place, door in enumerate(walk.stops.order_by("order").values_list("door_id", flat=True))}
    homes = _homes_of(Household.objects.filter(door__in=stops))
    areas = {
        line.door_id: line.area
        for line in AreaDoor.objects.filter(
            door__in=stops, area__incident=walk.plan.incident, area__state=Area.State.IN_FORCE
        ).select_related("area__incident", "area__letter__incident")
    }
    for area in areas.values():
        request.rights.require("see_codes", area)
    given = sorted((home for home in homes if home.door_id in areas), key=lambda home: stops[home.door_id])
    letter = next((area.letter for area in areas.values() if area.letter), None)
    pairs = [(home, areas[home.door_id]) for home in given if areas[home.door_id].letter_id == getattr(letter, "pk", 0)]
    return _letters(request, letter, pairs, f"letters-round-{walk.number}")


def _homes_of(homes: Any) -> list[Household]:
    order = ("door__stair__building__name", "door__stair__name", "door__floor", "door__number", "pk")
    found = homes.filter(active=True).exclude(private_code="")
    return list(found.select_related("door__stair__building__compound").order_by(*order))


def _letters(request: Any, letter: Any, homes: list[tuple[Household, Area]], name: str) -> HttpResponse:
    if letter is None or not homes:
        raise Http404
    site = request.build_absolute_uri(reverse("resident:enter"))
    large, at = request.GET.get("large") == "1", homes[0][1].incident.now()
    made = door_letters(letter, homes, site, large=large, at=at, by=request.member or None)
    return zipped(made, name)


def _printed(request: Any, homes: list[Household], name: str) -> HttpResponse:
    incident = request.incident or None
    at = incident.now() if incident else timezone.now()
    site = request.build_absolute_uri(reverse("resident:enter"))
    made = cards(homes, site, incident=incident, at=at, by=request.member or None)
    return zipped(made, name)
