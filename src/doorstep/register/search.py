"""What the search box finds in the register: doors, and (only where names may be seen) people and phones."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.register.lists.address import arabic, tidy
from doorstep.register.models import Door, Person
from doorstep.register.sight import Sight, digits, sight_of
from doorstep.wiring.access import rights_for
from doorstep.wiring.contributions import SearchHit

SHOWN = 60
LOOKED_AT = 4000  # doors of one number: a district has as many stairs at most
PART = re.compile(r"\d+|[a-z]+|[东南西北甲乙丙丁]")
NUMERALS = re.compile(r"[一二三四五六七八九十]+(?=号|栋|幢|座|楼|单元)")


def find(words: str, member: Any, incident: Any) -> list[SearchHit]:
    """Doors within the duty; people by name or by the last digits of their phone where the duty shows names."""
    rights = rights_for(member, incident)
    if not rights.may("see_register"):
        return []
    sight = sight_of(rights)
    return [*_doors(words, sight), *_people(words, sight)]


def parts(text: str) -> list[str]:
    """What tells doors apart in an address: 7-3号南楼2单元501室 → 7 3 南 2 501."""
    plain = NUMERALS.sub(lambda found: arabic(found[0]), tidy(text).lower())
    return PART.findall(plain)


def doors_called(words: str, doors: QuerySet[Door]) -> list[tuple[int, Door]]:
    """Those of some doors that an address means, with how well it fits (10 the very door), the best first. One query."""
    asked = parts(words)
    if not asked or not any(char.isdigit() for char in asked[-1]):
        return []
    rows = doors.filter(number__iexact=asked[-1]).select_related("stair__building__compound")
    ranked = []
    for door in rows[:LOOKED_AT]:
        rank = _fit(asked, door, words)
        if rank is not None:
            ranked.append((rank, door.pk, door))
    return [(rank, door) for rank, _pk, door in sorted(ranked)[:SHOWN]]


def _doors(words: str, sight: Sight) -> Iterable[SearchHit]:
    for rank, door in doors_called(words, sight.doors()):
        building = door.stair.building
        where = f"{building.name}-{door.stair.name}-{door.number}"
        detail = _("%(compound)s · floor %(floor)s") % {"compound": building.compound.name, "floor": door.floor}
        yield SearchHit(_("door"), where, detail, reverse("register:door", args=[door.pk]), rank)


def _fit(asked: list[str], door: Door, words: str) -> int | None:
    """How well an address as asked fits a door: 10 the very door, 20 a part of its address; None for another door."""
    building = door.stair.building
    best: int | None = None
    names = {building.name, building.address, *building.aliases} - {""}
    wanted = asked
    if building.compound.name in words:
        wanted = parts(words.replace(building.compound.name, " ", 1))
    for name in names:
        full = [*parts(name), *parts(door.stair.name), *parts(door.number)]
        if wanted == full:
            return 10
        if _within(wanted, full):
            best = 20
    return best


def _within(asked: list[str], full: list[str]) -> bool:
    """Whether the parts asked come in this order in the full address; the first part begins the building's name."""
    if not asked:
        return False
    rest = iter(full)
    in_order = all(part in rest for part in asked)
    return in_order and (len(asked) == 1 or asked[0] == full[0])


def _people(words: str, sight: Sight) -> Iterable[SearchHit]:
    """By name or phone, only behind doors where the duty shows names: elsewhere a hit would tell who lives there."""
    number = digits(words)
    by_phone = len(number) >= 4 and len(number) == len(re.sub(r"[\s+()-]", "", words))
    if sight.names is not None and not sight.names:
        return
    if len(words) < 2:
        return
    people = Person.objects.filter(active=True, household__active=True)
    for scope in (sight.scope, sight.names):
        if scope is not None:
            doors = Door.objects.filter(area_doors__area__in=scope).values("pk")
            people = people.filter(household__door__in=doors)
    which = (
        Q(phone__endswith=number[-4:]) | Q(household__phone__endswith=number[-4:])
        if by_phone
        else Q(name__icontains=words)
    )
    rows = people.filter(which).select_related("household__door__stair__building__compound").order_by("name", "pk")
    for person in rows[: SHOWN * 5 if by_phone else SHOWN]:
        phones = [phone for phone in (person.phone, person.household.phone) if digits(phone).endswith(number)]
        if by_phone and not phones:
            continue
        door = person.household.door
        where = f"{door.stair.building.name}-{door.stair.name}-{door.number}"
        detail = f"{where} · {phones[0]}" if by_phone else f"{where} · {person.get_present_display()}"
        url = reverse("register:household", args=[person.household_id])
        yield SearchHit(_("phone") if by_phone else _("person"), person.name or "—", detail, url, 30)
