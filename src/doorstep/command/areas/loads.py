"""Whom an area binds and what service that brings each day: counted in SQL, held against the protocol, side by side."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from django.db.models import Avg, Count, Q
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command.models import Area, AreaDoor
from doorstep.register.models import Door, Gate, Household, Person
from doorstep.wiring.texts import in_language

HOME = Q(present="home")


@dataclass(frozen=True)
class StairCount:
    """The people at home on one stair; `storeys` on average above the ground, 0 where a lift runs."""

    households: int
    persons: int
    storeys: float


@dataclass
class Counts:
    """What the register says of some doors. People are counted where they are now (S73)."""

    doors: int = 0
    institutions: int = 0
    shops: int = 0
    buildings: int = 0
    gates: int = 0
    away: int = 0
    watched: int = 0
    stairs: list[StairCount] = field(default_factory=list)
    classes: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    within: Counter[float] = field(default_factory=Counter)  # contact limit in hours → households

    @property
    def households(self) -> int:
        return sum(stair.households for stair in self.stairs)

    @property
    def persons(self) -> int:
        return sum(stair.persons for stair in self.stairs)


@dataclass(frozen=True)
class Load:
    """Who an area binds, and the service that it brings: a first delivery, then each day, and the people for one shift."""

    doors: int
    households: int
    persons: int
    away: int
    vulnerable: tuple[tuple[str, int], ...]
    kits: int
    kg: float
    contacts_a_day: float
    institutions: int = 0
    shops: int = 0
    languages: tuple[tuple[str, int], ...] = ()
    kits_a_day: float = 0.0
    kg_a_day: float = 0.0
    climbs_a_day: float = 0.0
    tubes: int = 0
    test_days: tuple[int, ...] = ()
    gates: int = 0
    staff: tuple[tuple[str, int], ...] = ()

    @property
    def people_a_shift(self) -> int:
        return sum(count for _title, count in self.staff)


def load_of(area: Area) -> Load:
    """What binding the doors of one area means."""
    return loads_of([area])[area.pk]


def loads_of(areas: Sequence[Area]) -> dict[int, Load]:
    """The same for several areas of one incident. Seven queries, however many areas and doors."""
    if not areas:
        return {}
    rules = areas[0].incident.protocol
    counted = counts_of(rules, [area.pk for area in areas])
    return {area.pk: service(rules, area.zone, counted[area.pk]) for area in areas}


def counts_of(rules: protocol.Protocol, areas: Sequence[int]) -> dict[int, Counts]:
    """Areas → what the register says of their doors. Seven queries."""
    found: dict[int, Counts] = {pk: Counts() for pk in areas}
    doors = AreaDoor.objects.filter(area_id__in=areas)
    for pk, kind, many in doors.values_list("area_id", "door__kind").annotate(Count("pk")).order_by():
        found[pk].doors += many
        found[pk].institutions += many if kind == Door.Kind.INSTITUTION else 0
        found[pk].shops += many if kind == Door.Kind.SHOP else 0
    for pk, many in doors.values_list("area_id").annotate(Count("door__stair__building", distinct=True)).order_by():
        found[pk].buildings = many
    gates = Gate.objects.filter(compound__buildings__stairs__doors__area_doors__area_id__in=areas)
    for pk, many in (
        gates.values_list("compound__buildings__stairs__doors__area_doors__area_id")
        .annotate(Count("pk", distinct=True))
        .order_by()
    ):
        found[pk].gates = many
    _people(rules, found)
    return found


def _people(rules: protocol.Protocol, found: dict[int, Counts]) -> None:
    area = "household__door__area_doors__area_id"
    people = Person.objects.filter(active=True, household__active=True, **{f"{area}__in": list(found)})
    stair, lift = "household__door__stair_id", "household__door__stair__building__has_lift"
    at_home = (
        people.filter(HOME)
        .values_list(area, stair, lift)
        .annotate(Count("household_id", distinct=True), Count("pk"), Avg("household__door__floor"))
    )
    for pk, _stair, has_lift, households, persons, floor in at_home.order_by():
        storeys = 0.0 if has_lift else max(0.0, float(floor or 1) - 1)
        found[pk].stairs.append(StairCount(households, persons, storeys))
    limits = rules.contact.limit_hours
    combinations: dict[float, list[list[str]]] = defaultdict(list)
    seen: set[tuple[str, ...]] = set()
    for pk, present, pathway, classes, many in (
        people.values_list(area, "present", "pathway", "classes").annotate(Count("pk")).order_by()
    ):
        if present != "home":
            found[pk].away += many
            continue
        found[pk].watched += many if pathway else 0
        for code in set(classes):
            if code in rules.classes:
                found[pk].classes[code] += many
        hours = min((limits[code] for code in classes if code in limits), default=limits["other"])
        if hours < limits["other"] and tuple(classes) not in seen:
            seen.add(tuple(classes))
            combinations[hours].append(classes)
    _contacts(found, people.filter(HOME), area, combinations, limits["other"])
    homes = Household.objects.filter(active=True, door__area_doors__area_id__in=list(found)).exclude(languages=[])
    spoken = homes.values_list("door__area_doors__area_id", "languages").annotate(Count("pk")).order_by()
    for pk, languages, many in spoken:
        for language in set(languages):
            found[pk].languages[language] += many


def _contacts(
    found: dict[int, Counts], at_home: Any, area: str, combinations: dict[float, list[list[str]]], other: float
) -> None:
    """Households by their contact limit, the strictest person first. One query for each limit below the common one."""
    strict: Counter[int] = Counter()
    wider: list[list[str]] = []
    for hours in sorted(combinations):
        wider += combinations[hours]
        counted = at_home.filter(classes__in=wider).values_list(area).annotate(Count("household_id", distinct=True))
        for pk, many in counted.order_by():
            found[pk].within[hours] += many - strict[pk]
            strict[pk] = many
    for pk, counts in found.items():
        counts.within[other] += counts.households - strict[pk]


def service(rules: protocol.Protocol, zone_key: str, counts: Counts) -> Load:
    """What a zone class brings to people counted so: goods, climbs, contacts, tests, posts, people for one shift."""
    kits = [kit for kit in rules.supply.kits if zone_key in kit.zones]
    again = [kit for kit in kits if kit.every_days]
    contacts = 0.0
    if zone_key in rules.contact.zones:
        contacts = sum(many * 24 / hours for hours, many in counts.within.items())
    climbs = work_s = 0.0
    for stair in counts.stairs:
        for kit in again:
            kg = kit.kg_per_household * stair.households + kit.kg_per_person * stair.persons
            trips = ceil(kg / rules.carrying.climb_load_kg) / (kit.every_days or 1)
            climbs += trips if stair.storeys else 0
            work_s += trips * stair.storeys * (rules.carrying.up_s_per_storey + rules.carrying.down_s_per_storey)
            work_s += stair.households / (kit.every_days or 1) * rules.carrying.door_s
    zone = rules.zones[zone_key]
    tests = rules.sampling.zone_tests.get(zone_key) if rules.sampling else None
    tubes = 0
    if rules.sampling and zone.tube and counts.persons:
        needs = protocol.sampling_needs(rules, zone_key, persons=counts.persons, households=counts.households)
        tubes = needs.tubes
    named = tuple((in_language(rules.classes[code]), many) for code, many in counts.classes.most_common())
    return Load(
        counts.doors,
        counts.households,
        counts.persons,
        counts.away,
        named,
        len(kits) * counts.households,
        sum(_kg(kit, counts) for kit in kits),
        contacts,
        counts.institutions,
        counts.shops,
        tuple(counts.languages.most_common()),
        sum(counts.households / (kit.every_days or 1) for kit in again),
        sum(_kg(kit, counts) / (kit.every_days or 1) for kit in again),
        climbs,
        tubes,
        tests.days if tests else (),
        counts.gates if zone.binding else 0,
        _staff(rules, zone.binding, counts, work_s),
    )


def _kg(kit: protocol.KitRule, counts: Counts) -> float:
    return kit.kg_per_household * counts.households + kit.kg_per_person * counts.persons


def _staff(rules: protocol.Protocol, binding: bool, counts: Counts, work_s: float) -> tuple[tuple[str, int], ...]:
    """The people for one shift by the protocol's ratios, and the carriers that the climbs and doors ask."""
    if not binding:
        return ()
    each = {
        "persons": counts.persons,
        "households": counts.households,
        "buildings": counts.buildings,
        "gates": counts.gates,
        "watched": counts.watched,
        "areas": 1,
    }
    lines = [(in_language(line.title), line.persons) for line in protocol.staff_needed(rules, each) if line.persons]
    if work_s:
        lines.append((_("carriers"), ceil(work_s / (rules.shifts.hours * 3600))))
    return tuple(lines)
