"""Whom an area binds and what service that brings each day: counted in SQL, held against the protocol, side by side."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from django.db.models import Avg, Count, F, Q, Value
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command.models import Area
from doorstep.register.models import Door, Gate, Household, Person
from doorstep.wiring.texts import in_language


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
    """The same for several areas of one incident. A known number of queries, however many areas and doors."""
    if not areas:
        return {}
    rules = areas[0].incident.protocol
    counted = counts_of(rules, Among(areas=tuple(area.pk for area in areas)))
    return {area.pk: service(rules, area.zone, counted.get(area.pk, Counts())) for area in areas}


def load_of_places(rules: protocol.Protocol, zone: str, places: dict[str, tuple[int, ...]]) -> Load:
    """What binding some places would mean before anything is drawn; depth → keys. The same queries."""
    return service(rules, zone, counts_of(rules, Among(places=places)).get(0, Counts()))


@dataclass(frozen=True)
class Among:
    """Whose doors are counted: those of areas, each by itself, or those of places together (theirs is 0)."""

    areas: tuple[int, ...] = ()
    places: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def keyed(self, rows: Any, door: str) -> Any:
        """Rows within, and `whose` each is; `door` is the way from a row to its door, ending in `__` where it has steps."""
        if self.areas:
            return rows.filter(**{f"{door}area_doors__area_id__in": self.areas}).annotate(
                whose=F(f"{door}area_doors__area_id")
            )
        ways = {"compound": "stair__building__compound_id", "building": "stair__building_id", "stair": "stair_id"}
        within = Q()
        for depth, keys in self.places.items():
            within |= Q(**{f"{door}{ways.get(depth, 'pk')}__in": keys})
        return rows.filter(within if self.places else Q(pk=None)).annotate(whose=Value(0))


def counts_of(rules: protocol.Protocol, among: Among) -> dict[int, Counts]:
    """What the register says of doors, by whose of `among`. Six queries, and one for each contact limit of the rules."""
    found: dict[int, Counts] = defaultdict(Counts)
    doors = among.keyed(Door.objects.order_by(), "")
    for key, kind, many in doors.values_list("whose", "kind").annotate(n=Count("pk")):
        found[key].doors += many
        found[key].institutions += many if kind == Door.Kind.INSTITUTION else 0
        found[key].shops += many if kind == Door.Kind.SHOP else 0
    compounds: dict[int, set[int]] = defaultdict(set)
    buildings = doors.values_list("whose", "stair__building_id", "stair__building__compound_id").distinct()
    for key, _building, compound in buildings:
        found[key].buildings += 1
        compounds[key].add(compound)
    every = {compound for keys in compounds.values() for compound in keys}
    gates = dict(
        Gate.objects.filter(compound_id__in=every).values_list("compound_id").annotate(n=Count("pk")).order_by()
    )
    for key, here in compounds.items():
        found[key].gates = sum(gates.get(compound, 0) for compound in here)
    _people(rules, among, found)
    return found


def _people(rules: protocol.Protocol, among: Among, found: dict[int, Counts]) -> None:
    people = among.keyed(Person.objects.filter(active=True, household__active=True).order_by(), "household__door__")
    stair, lift = "household__door__stair_id", "household__door__stair__building__has_lift"
    at_home = people.filter(present="home")
    for key, _stair, has_lift, households, persons, floor in at_home.values_list("whose", stair, lift).annotate(
        n=Count("household_id", distinct=True), persons=Count("pk"), floor=Avg("household__door__floor")
    ):
        storeys = 0.0 if has_lift else max(0.0, float(floor or 1) - 1)
        found[key].stairs.append(StairCount(households, persons, storeys))
    limits = rules.contact.limit_hours
    strict: dict[float, list[list[str]]] = defaultdict(list)
    for key, present, pathway, classes, many in people.values_list("whose", "present", "pathway", "classes").annotate(
        n=Count("pk")
    ):
        if present != "home":
            found[key].away += many
            continue
        found[key].watched += many if pathway else 0
        for code in set(classes):
            if code in rules.classes:
                found[key].classes[code] += many
        hours = min((limits[code] for code in classes if code in limits), default=limits["other"])
        if hours < limits["other"] and classes not in strict[hours]:
            strict[hours].append(classes)
    _contacts(found, at_home, strict, limits["other"])
    homes = among.keyed(Household.objects.filter(active=True).exclude(languages=[]).order_by(), "door__")
    for key, languages, many in homes.values_list("whose", "languages").annotate(n=Count("pk")):
        for language in set(languages):
            found[key].languages[language] += many


def _contacts(found: dict[int, Counts], at_home: Any, strict: dict[float, list[list[str]]], other: float) -> None:
    """Households by their contact limit, the strictest person first."""
    counted: Counter[int] = Counter()
    wider: list[list[str]] = []
    for hours in sorted(strict):
        wider += strict[hours]
        rows = at_home.filter(classes__in=wider).values_list("whose").annotate(n=Count("household_id", distinct=True))
        for key, many in rows:
            found[key].within[hours] += many - counted[key]
            counted[key] = many
    for key, counts in found.items():
        counts.within[other] += counts.households - counted[key]


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
