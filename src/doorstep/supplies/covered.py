"""Until when the food behind each door lasts, and how many doors of an area it lasts for (S51, invariant 1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery

from doorstep.command.models import Area, Incident
from doorstep.command.rights import Rights
from doorstep.register.models import Household
from doorstep.supplies.models import Coverage
from doorstep.supplies.stock import door_label

SOON = timedelta(days=1)


@dataclass(frozen=True)
class AreaCover:
    """The households of an area by their food: lasts, ends within a day, has ended, nothing known."""

    area: int
    name: str
    households: int
    covered: int
    soon: int
    ended: int
    unknown: int
    first_ends_at: datetime | None


def households(incident: Incident, rights: Rights, area: int | None = None) -> QuerySet[Any]:
    """Households in areas in force, with `until`, `last` and `home_now`: what is unknown at first, then what ends first."""
    areas = _areas(incident, rights)
    areas = areas if area is None else areas.filter(pk=area)
    mine = Coverage.objects.filter(incident=incident, household=OuterRef("pk"))
    home = Q(persons__active=True, persons__present="home")
    rows = Household.objects.filter(active=True, door__area_doors__area__in=areas)
    rows = rows.annotate(
        until=Subquery(mine.values("covered_until")[:1]),
        last=Subquery(mine.values("last_delivery_at")[:1]),
        home_now=Count("persons", filter=home, distinct=True),
    )
    return rows.select_related("door__stair__building").order_by(F("until").asc(nulls_first=True), "door_id", "pk")


def line(household: Any, incident: Incident, at: datetime) -> dict[str, Any]:
    """A household of `households` as plain values; `look`: unknown, ended, soon or covered."""
    return {
        "door": household.door_id,
        "label": door_label(household.door),
        "household": household.pk,
        "persons": household.home_now,
        "covered_until": household.until,
        "last_delivery_at": household.last,
        "look": _look(household.until, at),
    }


def areas(incident: Incident, rights: Rights, at: datetime) -> list[AreaCover]:
    """Every area in force within a member's duty. One query."""
    homes = Q(area_doors__door__households__active=True)
    cover = "area_doors__door__households__coverage"
    mine = homes & Q(**{f"{cover}__incident": incident})
    until = f"{cover}__covered_until"
    key = "area_doors__door__households"
    rows = _areas(incident, rights).annotate(
        homes=Count(key, filter=homes, distinct=True),
        ended=Count(key, filter=mine & Q(**{f"{until}__lte": at}), distinct=True),
        soon=Count(key, filter=mine & Q(**{f"{until}__gt": at, f"{until}__lte": at + SOON}), distinct=True),
        lasts=Count(key, filter=mine & Q(**{f"{until}__gt": at + SOON}), distinct=True),
        first=Min(until, filter=mine),
    )
    return [
        AreaCover(
            row.pk,
            row.name,
            row.homes,
            row.lasts,
            row.soon,
            row.ended,
            row.homes - row.lasts - row.soon - row.ended,
            row.first,
        )
        for row in rows.order_by("name", "pk")
    ]


def _areas(incident: Incident, rights: Rights) -> QuerySet[Area]:
    scope = rights.areas("see_supplies")
    found = incident.areas.filter(state=Area.State.IN_FORCE)
    return found if scope is None else found.filter(pk__in=scope)


def _look(until: datetime | None, at: datetime) -> str:
    if until is None:
        return "unknown"
    return "ended" if until <= at else "soon" if until <= at + SOON else "covered"
