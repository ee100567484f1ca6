"""Who lives where, as far as a member may know: compounds with their places, households with masked or full names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import Count, Prefetch, Q, QuerySet

from doorstep.register.models import Building, Compound, Door, Household, Person, masked


class Scope(Protocol):
    """What this room needs to know of a member's rights."""

    full_names_in: frozenset[int] | None

    def areas(self, act: str) -> frozenset[int] | None:
        """The areas in which the act is given; None = all."""


@dataclass(frozen=True)
class PersonView:
    """A person as this member may see one: the name and phone in full only where the duty needs them."""

    person: Person
    name: str
    phone: str


@dataclass(frozen=True)
class HouseholdView:
    """A household with its people."""

    household: Household
    label: str
    compound: str
    head: str
    phone: str
    persons: tuple[PersonView, ...]


def compounds(scope: Scope) -> QuerySet[Any]:
    """The compounds in which this member sees the register, with counts of doors and households. One query."""
    found = Compound.objects.filter(_within(scope, "see_register", "buildings__stairs__doors__area_doors__area__in"))
    return (
        found.annotate(
            doors=Count("buildings__stairs__doors", distinct=True),
            households=Count(
                "buildings__stairs__doors__households",
                filter=Q(buildings__stairs__doors__households__active=True),
                distinct=True,
            ),
        )
        .distinct()
        .order_by("name")
    )


def places(compound: Compound) -> list[Building]:
    """The buildings of a compound with their stairs. Two queries."""
    return list(compound.buildings.prefetch_related("stairs").order_by("name"))


def households(scope: Scope, *, compound: int | None = None, words: str = "") -> QuerySet[Household]:
    """The households that this member may see, in the order of their doors; narrowed by a room, a head or a phone.

    Somebody who sees no names finds nothing by one.
    """
    found = Household.objects.filter(_within(scope, "see_register", "door__area_doors__area__in"), active=True)
    if compound is not None:
        found = found.filter(door__stair__building__compound_id=compound)
    if words:
        text = Q(door__number__icontains=words)
        named = Q(head__icontains=words) | Q(phone__icontains=words) | Q(persons__name__icontains=words)
        if scope.full_names_in is None:
            text |= named
        elif scope.full_names_in:
            text |= named & Q(door__area_doors__area__in=scope.full_names_in)
        found = found.filter(text)
    people = Prefetch("persons", queryset=Person.objects.filter(active=True).order_by("pk"))
    order = ("door__stair__building__compound__name", "door__stair__building__name", "door__stair__name")
    return (
        found.select_related("door__stair__building__compound")
        .prefetch_related(people)
        .order_by(*order, "door__floor", "door__number", "pk")
        .distinct()
    )


def views(found: Iterable[Household], scope: Scope) -> list[HouseholdView]:
    """Households as this member may see them. Two queries at most."""
    rows = list(found)
    known = _named_doors([row.door_id for row in rows], scope)
    return [_view(row, full=known is None or row.door_id in known) for row in rows]


def may_edit(household: Household, scope: Scope) -> bool:
    """Whether the member may change this household: within the areas of the right. One query."""
    areas = scope.areas("edit_register")
    return areas is None or Door.objects.filter(pk=household.door_id, area_doors__area__in=areas).exists()


def _within(scope: Scope, act: str, lookup: str) -> Q:
    areas = scope.areas(act)
    return Q() if areas is None else Q(**{lookup: areas})


def _named_doors(doors: list[int], scope: Scope) -> set[int] | None:
    """The doors whose people's names this member sees; None = all."""
    if scope.full_names_in is None:
        return None
    if not scope.full_names_in:
        return set()
    named = Door.objects.filter(pk__in=doors, area_doors__area__in=scope.full_names_in)
    return set(named.values_list("pk", flat=True))


def _view(household: Household, *, full: bool) -> HouseholdView:
    stair = household.door.stair
    people = tuple(
        PersonView(person, person.name if full else masked(person.name), person.phone if full else "")
        for person in household.persons.all()
    )
    return HouseholdView(
        household,
        f"{stair.building.name}-{stair.name}-{household.door.number}",
        stair.building.compound.name,
        household.head if full else masked(household.head),
        household.phone if full else "",
        people,
    )
