"""Which door somebody means: typed as 3-501, or by a name where the duty shows names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from doorstep.desk.emergencies import place_in_words
from doorstep.errors import UserError
from doorstep.register.models import Door, Household, Person
from doorstep.register.search import doors_called
from doorstep.register.sight import Sight, shown_name, sight_of

SHOWN = 8


@dataclass(frozen=True)
class Place:
    """A door with the household and perhaps the person that is meant."""

    door: Door
    household: Household | None
    person: Person | None
    label: str


def sight(rights: Any) -> Sight:
    """What the desk's duty lets a member see."""
    return sight_of(rights, "see_requests")


def find(words: str, rights: Any) -> list[Place]:
    """The doors that words mean, the best first; by a name only behind doors whose names this duty shows."""
    words = words.strip()[:80]
    if not words:
        return []
    seen = sight(rights)
    ranked = doors_called(words, seen.doors())
    best = [door for rank, door in ranked if rank == ranked[0][0]] if ranked else []
    named = [door for door in best if door.stair.building.compound.name in words]
    if doors := named or best:
        return [_place(door) for door in doors[:SHOWN]]
    return _by_name(words, seen)


def one(words: str, rights: Any, *, field: str = "door") -> Place | None:
    """The very place that words mean; None for no words. Raises UserError where it is none or several."""
    found = find(words, rights)
    if len(found) == 1 or not words.strip():
        return found[0] if found else None
    if not found:
        raise UserError(
            _("No door or name is called so."), field=field, mend=_("Write it as 3-2-501, or leave it empty.")
        )
    names = _(", ").join(place.label for place in found[:5])
    raise UserError(
        _("Several are called so: %(names)s.") % {"names": names},
        field=field,
        mend=_("Write the building's name, too."),
    )


def _place(door: Door, household: Household | None = None, person: Person | None = None) -> Place:
    home = household or door.households.filter(active=True).order_by("pk").first()
    label = f"{door.stair.building.compound.name} {place_in_words(door)}"
    if person is not None:
        label = f"{label} {shown_name(person.name, full=True)}"
    return Place(door, home, person, label)


def _by_name(words: str, seen: Sight) -> list[Place]:
    if len(words) < 2 or (seen.names is not None and not seen.names):
        return []
    homes = seen.households().filter(active=True)
    if seen.names is not None:
        doors = Door.objects.filter(area_doors__area__in=seen.names).values("pk")
        homes = homes.filter(door__in=doors)
    people = Person.objects.filter(Q(name=words) | Q(name__istartswith=words), active=True, household__in=homes)
    rows = people.select_related("household__door__stair__building__compound").order_by("name", "pk")
    return [_place(person.household.door, person.household, person) for person in rows[:SHOWN]]
