"""The register's figures: who is bound at the end of a period, place by place. No name and no phone leaves here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from doorstep.register.models import Door, Household, Person
from doorstep.wiring.figures import Figure, FigureRows
from doorstep.wiring.texts import in_language

NAMED = 6  # so many places are named beside the figure; all of them stand in its rows
PLACE = "door__stair__building__compound__name"


def bound_doors(incident: Any, at: datetime) -> QuerySet[Door]:
    """The doors of the areas that are in force just before `at`."""
    own = Q(area_doors__area__incident=incident, area_doors__area__effective_at__lt=at)
    open_then = Q(area_doors__area__lifted_at=None) | Q(area_doors__area__lifted_at__gte=at)
    return Door.objects.filter(own & open_then, area_doors__area__state__in=["in_force", "lifted"])


def figures(incident: Any, start: datetime, end: datetime) -> list[Figure]:
    """Doors, households, persons at home by place and the vulnerable at the end of the period. Four queries."""
    bound = bound_doors(incident, end).values("pk")
    doors = Door.objects.filter(pk__in=bound).aggregate(all=Count("pk"), homes=Count("pk", filter=Q(kind="dwelling")))
    households = Household.objects.filter(active=True, door__in=bound).aggregate(
        all=Count("pk"), stated=Count("pk", filter=Q(size_stated__isnull=False))
    )
    people = _people(incident, end)
    by_place = {
        row["place"]: row
        for row in people.values(place=F(f"household__{PLACE}"))
        .annotate(home=Count("pk", filter=Q(present="home")), homes=Count("household_id", distinct=True))
        .order_by("place")
    }
    home = sum(row["home"] for row in by_place.values())
    unknown = households["all"] - sum(row["homes"] for row in by_place.values())
    note = " · ".join(f"{place} {row['home']}" for place, row in list(by_place.items())[:NAMED])
    found = [
        Figure("doors", _("Doors bound"), doors["all"], pgettext("unit", "doors"), side="hard"),
        Figure("households", _("Households bound"), households["all"], pgettext("unit", "households")),
        Figure("at_home", _("Persons at home"), home, pgettext("unit", "persons"), unknown=unknown, note=note),
    ]
    return [*found, *_vulnerable(incident, people)]


def _people(incident: Any, at: datetime) -> QuerySet[Person]:
    bound = bound_doors(incident, at).values("pk")
    return Person.objects.filter(active=True, household__active=True, household__door__in=bound)


def _vulnerable(incident: Any, people: QuerySet[Person]) -> list[Figure]:
    titles = incident.protocol.classes
    marked = people.filter(present="home").exclude(classes=[]).annotate(text=Cast("classes", CharField()))
    counts = marked.aggregate(
        any=Count("pk"), **{f"c_{code}": Count("pk", filter=Q(text__contains=f'"{code}"')) for code in titles}
    )
    found = [
        Figure(
            "vulnerable", _("Persons with particular needs"), counts["any"], pgettext("unit", "persons"), side="warm"
        )
    ]
    for code, title in titles.items():
        if counts[f"c_{code}"]:
            found.append(
                Figure(
                    f"class_{code}",
                    in_language(title),
                    counts[f"c_{code}"],
                    pgettext("unit", "persons"),
                    side="warm",
                    public=False,
                )
            )
    return found


def rows(incident: Any, code: str, start: datetime, end: datetime) -> FigureRows:
    """Stair by stair: doors, households and persons; for a class of persons, how many live there. One query."""
    stair = ("stair__building__compound__name", "stair__building__name", "stair__name")
    people = "households__persons"
    here = Q(households__active=True, households__persons__active=True, households__persons__present="home")
    heads = [_("compound"), _("building"), _("stair"), _("doors"), _("households"), _("persons at home")]
    doors = Door.objects.filter(pk__in=bound_doors(incident, end).values("pk"))
    counts = {
        "doors": Count("pk", distinct=True),
        "homes": Count("households", filter=Q(households__active=True), distinct=True),
        "persons": Count(people, filter=here, distinct=True),
    }
    if code == "vulnerable" or code.startswith("class_"):
        heads = [*heads[:3], _("persons")]
        wanted = ~Q(households__persons__classes=[]) if code == "vulnerable" else Q(text__contains=f'"{code[6:]}"')
        doors = doors.annotate(text=Cast(f"{people}__classes", CharField())).annotate(
            key=Case(When(here & wanted, then=F(f"{people}__pk")), default=Value(None))
        )
        counts = {"persons": Count("key", distinct=True)}
    lines = doors.values_list(*stair).annotate(**counts).order_by(*stair)
    return FigureRows(heads, [list(line) for line in lines if line[-1] or len(heads) > 4])
