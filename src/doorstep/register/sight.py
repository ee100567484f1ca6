"""What a member may see of the register: the doors of their areas, and names only where their duty needs them (S6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from doorstep.register.models import Compound, Door, Household, masked
from doorstep.wiring.access import Held


@dataclass(frozen=True)
class Sight:
    """`scope` are the areas of the duty, `names` those in which names are shown; None = everywhere."""

    scope: frozenset[int] | None
    names: frozenset[int] | None

    def doors(self) -> QuerySet[Door]:
        """The doors within the duty."""
        if self.scope is None:
            return Door.objects.all()
        return Door.objects.filter(pk__in=Door.objects.filter(area_doors__area__in=self.scope).values("pk"))

    def households(self) -> QuerySet[Household]:
        """The households within the duty, also those that left."""
        if self.scope is None:
            return Household.objects.all()
        return Household.objects.filter(door__in=Door.objects.filter(area_doors__area__in=self.scope).values("pk"))

    def compounds(self) -> QuerySet[Compound]:
        """The compounds of which a door is within the duty."""
        if self.scope is None:
            return Compound.objects.all()
        return Compound.objects.filter(buildings__stairs__doors__area_doors__area__in=self.scope).distinct()

    def named(self, doors: Iterable[int]) -> set[int]:
        """Of some doors (a page of them), those whose people are shown by name. At most one query."""
        keys = set(doors)
        if self.names is None:
            return keys
        if not self.names or not keys:
            return set()
        return set(
            Door.objects.filter(pk__in=keys, area_doors__area__in=self.names).values_list("pk", flat=True).distinct()
        )


def sight_of(rights: Held, act: str = "see_register") -> Sight:
    """What the duty with this act lets a member see."""
    return Sight(rights.areas(act), rights.full_names_in)


def shown_name(name: str, full: bool) -> str:
    """The name, or its masked form."""
    return name if full and name else masked(name)


def shown_phone(phone: str, full: bool) -> str:
    """The number, or its last four digits."""
    return phone if full or not phone else f"···{phone[-4:]}"


def digits(text: Any) -> str:
    """The digits of a phone as written."""
    return "".join(char for char in str(text) if char.isdigit())
