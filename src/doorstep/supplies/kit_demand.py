"""Which goods the kits that are owed need on which day: promises counted in the database, times what is in a kit."""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, IntegerField, OuterRef, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Cast, Coalesce

from doorstep.command.models import Incident
from doorstep.promises.models import Promise
from doorstep.promises.queries import derived_ends
from doorstep.protocol import HouseholdFacts, KitRule, PersonFacts, owed_to_household
from doorstep.protocol.schema.goods import KitItem
from doorstep.register.models import Household, Person
from doorstep.storage.bulk import in_batches
from doorstep.supplies.homes import eater_of, pets_of
from doorstep.supplies.models import Item, KitDesign
from doorstep.supplies.needs import Eater, Home, key_of, typical
from doorstep.supplies.rules import kit_items
from doorstep.wiring.texts import in_language

MONTH = timedelta(days=365.25 / 12)
MANY = 20_000  # rows fetched at a time


@dataclass(frozen=True)
class Kits:
    """Kits of one kind for one day and households with so many at home; `of` is their class, where asked.

    `stays`: they are not owed yet, but will be if the area stays closed after its review.
    """

    code: str
    day: int  # 0 is the first day of the window
    persons: int
    infants: int
    count: int
    of: str = ""
    stays: bool = False


@dataclass(frozen=True)
class Unmatched:
    """What a kit holds and the list of goods does not: the line's name, its unit, how much of it, for how many kits."""

    kit: str
    name: str
    amount: float
    unit: str
    kits: int


@dataclass
class Demand:
    """Packs by item and day, what has no item, how many kits by day, and how many of them only if an area stays closed."""

    packs: dict[int, list[int]] = field(default_factory=dict)
    unmatched: list[Unmatched] = field(default_factory=list)
    kits: list[int] = field(default_factory=list)
    stays: list[int] = field(default_factory=list)


def demand(incident: Incident, edges: Sequence[datetime], items: dict[int, Item]) -> Demand:
    """What kits need between each two of `edges`: open promises (late ones on the first day), and after what is written
    down of an area, the kits that the rules give it if it stays closed (F24).

    Nine queries at most, whatever the number of households.
    """
    rules = {kit.code: kit for kit in incident.protocol.supply.kits}
    designs = _designs(incident)
    groups = _counted(incident, edges, rules, {code for code, _class in designs})
    days = len(edges) - 1
    found = Demand(
        kits=[sum(group.count for group in groups if group.day == day) for day in range(days)],
        stays=[sum(group.count for group in groups if group.day == day and group.stays) for day in range(days)],
    )
    packs: dict[int, list[float]] = defaultdict(lambda: [0.0] * days)
    without: dict[tuple[str, str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    by_code = {item.code: item for item in items.values() if item.active}
    for group in groups:
        lines = designs.get((group.code, group.of))
        if lines is not None:
            for item, many in lines:
                packs[item][group.day] += many * group.count
            continue
        _by_protocol(group, rules.get(group.code), by_code, packs, without)
    found.packs = {item: [math.ceil(many - 1e-6) for many in row] for item, row in packs.items()}
    found.unmatched = [
        Unmatched(kit, name, round(amount, 2), unit, int(kits)) for (kit, name, unit), (amount, kits) in without.items()
    ]
    return found


def _by_protocol(
    group: Kits,
    rule: KitRule | None,
    by_code: dict[str, Item],
    packs: dict[int, list[float]],
    without: dict[tuple[str, str, str], list[float]],
) -> None:
    """The lines of the protocol's kit as packs of items; what has none is kept by its name."""
    title = in_language(rule.title) if rule else group.code
    if rule is None or not rule.items:
        said = without[title, "", ""]
        said[0], said[1] = said[0] + group.count, said[1] + group.count
        return
    for line in rule.items:
        amount = line.quantity * group.count * _times(line, group)
        units = kit_items()["lines"].get(line.name["en"], {}).get("units", {})
        if amount and units and all(code in by_code and by_code[code].per_pack > 0 for code in units):
            for code, each in units.items():
                packs[by_code[code].pk][group.day] += amount * each / by_code[code].per_pack
        elif amount:
            said = without[title, in_language(line.name), in_language(line.unit)]
            said[0], said[1] = said[0] + amount, said[1] + group.count


def _times(line: KitItem, group: Kits) -> int:
    return {"household": 1, "person": group.persons, "infant": group.infants}[line.per]


class Contents:
    """What is in the kits of some households on a day: the design in use, else the lines of the protocol. Five queries."""

    def __init__(self, incident: Incident, households: Any, day: date) -> None:
        self.rules = {kit.code: kit for kit in incident.protocol.supply.kits}
        self.designs = _designs(incident)
        self.classes = classes_of(households, day, _infant_months(incident))
        self.by_code = {item.code: item for item in Item.objects.filter(active=True)}

    def packs(self, code: str, household: int) -> dict[int, int]:
        """Whole packs by item of one kit for one household."""
        of, persons, infants = self.classes.get(household, ("nobody", 0, 0))
        if (lines := self.designs.get((code, of))) is not None:
            return dict(lines)
        packs: dict[int, list[float]] = defaultdict(lambda: [0.0])
        group = Kits(code, 0, persons, infants, 1, of)
        _by_protocol(group, self.rules.get(code), self.by_code, packs, defaultdict(lambda: [0.0, 0.0]))
        return {item: many for item, (amount,) in packs.items() if (many := math.ceil(amount - 1e-6))}


def _designs(incident: Incident) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """The lines of the newest design in use, by kit and class of household. One query."""
    rows = KitDesign.objects.filter(incident=incident, state=KitDesign.State.IN_USE).order_by("version")
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    newest: dict[tuple[str, str], int] = {}
    for pk, kind, of, item, many in rows.values_list("pk", "kind", "household_class", "lines__item", "lines__packs"):
        if newest.get((kind, of)) != pk:
            newest[kind, of], found[kind, of] = pk, []
        if item is not None:
            found[kind, of].append((item, many))
    return found


def _owed(incident: Incident, edges: Sequence[datetime]) -> QuerySet[Any]:
    day = Case(
        *(When(due_at__lt=edge, then=Value(number)) for number, edge in enumerate(edges[1:])),
        default=Value(len(edges) - 2),
        output_field=IntegerField(),
    )
    rows = Promise.objects.filter(incident=incident, state=Promise.State.OPEN, due_at__lt=edges[-1])
    return rows.filter(kind__startswith="kit:", subject_kind="household").annotate(day=day)


def _counted(
    incident: Incident, edges: Sequence[datetime], rules: dict[str, KitRule], designed: set[str]
) -> list[Kits]:
    """The kits of the window in groups, counted in the database; where designs are in use, by class of household."""
    kinds = {f"kit:{code}" for code in designed}
    asks = any(line.per == "infant" for rule in rules.values() for line in rule.items)
    born_after = edges[0] - MONTH * _infant_months(incident) if asks else None
    rows = _owed(incident, edges).exclude(kind__in=kinds).annotate(**_persons("subject_id", born_after))
    counted = rows.values_list("kind", "day", "eaters", "infants").annotate(count=Count("pk")).order_by()
    found = [Kits(kind[4:], *rest) for kind, *rest in counted]
    later = _later(incident, edges)
    if kinds:
        return found + _by_class(incident, edges, kinds, later)
    homes = Household.objects.filter(active=True, door__area_doors__area__in=later)
    by_size: QuerySet[Any] = homes.annotate(**_persons("pk", born_after))
    areas = by_size.values_list("door__area_doors__area", "eaters", "infants")
    for area, persons, infants, count in areas.annotate(count=Count("pk", distinct=True)).order_by() if later else ():
        found += [Kits(code, day, persons, infants, count, stays=True) for code, day in later.get(area, ()) if persons]
    return found


def _later(incident: Incident, edges: Sequence[datetime]) -> dict[int, list[tuple[str, int]]]:
    """Area → kits (code, day) that the rules give each of its households after what is written down. Two queries."""
    found = {}
    for area, end in derived_ends(incident).items():
        if area.effective_at is None or end >= edges[-1]:
            continue
        somebody = HouseholdFacts("0", (PersonFacts("0"),))
        lines = owed_to_household(
            incident.protocol, area.zone, somebody, bound_from=area.effective_at, until=edges[-1], tz=incident.tz
        )
        kits = [
            (line.kind.removeprefix("kit:"), max(0, bisect_right(edges, line.due) - 1))
            for line in lines
            if line.kind.startswith("kit:") and line.window_start >= end and line.due < edges[-1]
        ]
        if kits:
            found[area.pk] = kits
    return found


def _infant_months(incident: Incident) -> int:
    infants = incident.protocol.supply.infants
    return infants.below_months if infants else int(kit_items()["infant_months"])


def _persons(household: str, born_after: datetime | None) -> dict[str, Any]:
    """How many are at home in the household of a row, and how many infants, where they are asked for."""
    home = Person.objects.filter(household=OuterRef(household), active=True, present=Person.Present.HOME)
    infants = _number(home.filter(birth_date__gt=born_after)) if born_after else Value(0)
    return {"eaters": _number(home), "infants": infants}


def _number(people: QuerySet[Person]) -> Coalesce:
    count = people.order_by().values("household").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(count, output_field=IntegerField()), 0)


def _by_class(
    incident: Incident, edges: Sequence[datetime], kinds: set[str], later: dict[int, list[tuple[str, int]]]
) -> list[Kits]:
    """Kits by class of household: the class hangs on ages and diets, so they are counted here. Four queries."""
    owed = _owed(incident, edges).filter(kind__in=kinds).order_by()
    homes = Household.objects.filter(active=True, door__area_doors__area__in=later)
    today, months = edges[0].astimezone(incident.tz).date(), _infant_months(incident)
    classes = classes_of(homes.values("pk") if later else owed.values("subject_id"), today, months)
    groups: Counter[tuple[str, int, bool, str, int, int]] = Counter()
    rows = list(owed.values_list("kind", "day", "subject_id").iterator(chunk_size=MANY))
    for batch in in_batches({row[2] for row in rows} - classes.keys()):
        classes |= classes_of(batch, today, months)
    for kind, day, household in rows:
        groups[kind[4:], day, False, *classes.get(household, ("nobody", 0, 0))] += 1
    for household, area in homes.values_list("pk", "door__area_doors__area").distinct() if later else ():
        if (of := classes[household])[1]:
            for code, day in later.get(area, ()):
                groups[code, day, True, *of] += 1
    return [
        Kits(code, day, persons, babies, many, of, stays)
        for (code, day, stays, of, persons, babies), many in groups.items()
    ]


def classes_of(households: Any, today: date, infant_months: int) -> dict[int, tuple[str, int, int]]:
    """The class of each household as the designer of kits names it, how many are at home, how many infants. Two queries.

    Each kind of person and each kind of household is worked out once: what makes the kind is compared as the database
    writes it, because reading lists and dates of everybody takes longer than all the rest.
    """
    kinds: dict[Any, tuple[int, bool]] = {}  # as it is written → number of the eater, whether an infant
    unknown = typical(Home((Eater(),))).eaters[0]
    eaters: list[Eater] = []  # by the number of their kind
    people: dict[int, list[int]] = defaultdict(list)
    babies: Counter[int] = Counter()
    rows = Person.objects.filter(household__in=households, active=True)
    words: tuple[str | Cast, ...] = ("sex", *(_written(name) for name in ("birth_date", "classes", "conditions")))
    for household, present, *said in rows.values_list("household_id", "present", *words).iterator(chunk_size=MANY):
        mine = people[household]
        if present != Person.Present.HOME:
            continue
        if (kind := tuple(said)) not in kinds:
            kinds[kind] = _kind(kind, today, infant_months, eaters)
        number, infant = kinds[kind]
        mine.append(number)
        babies[household] += infant
    known: dict[Any, str] = {}
    found = {}
    facts = Household.objects.filter(pk__in=households)
    lists = [_written(name) for name in ("diets", "allergies", "pets")]
    for pk, stated, *said in facts.values_list("pk", "size_stated", *lists).iterator(chunk_size=MANY):
        mine = people.get(pk, [])
        if pk not in people and stated:  # of whom no person is known: as many of unknown age as its list states
            if unknown not in eaters:
                eaters.append(unknown)
            mine = [eaters.index(unknown)] * stated
        alike = (tuple(sorted(mine)), *said)
        if alike not in known:
            diets, allergies, pets = map(json.loads, said)
            words_of = (frozenset(diets), frozenset(allergies), tuple(pets_of(pets)))
            known[alike] = key_of(Home(tuple(eaters[number] for number in alike[0]), *words_of))
        found[pk] = (known[alike], len(mine), babies[pk])
    return found


def _written(name: str) -> Cast:
    return Cast(name, TextField())


def _kind(said: tuple[Any, ...], today: date, infant_months: int, eaters: list[Eater]) -> tuple[int, bool]:
    """The number of the eater that a person counts as, added where it is new; and whether it is an infant."""
    sex, born, classes, conditions = said
    eater = eater_of(
        {
            "birth_date": date.fromisoformat(born) if born else None,
            "sex": sex,
            "classes": json.loads(classes),
            "conditions": json.loads(conditions),
        },
        today,
    )
    same = typical(Home((eater,))).eaters[0]
    if same not in eaters:
        eaters.append(same)
    return eaters.index(same), eater.months is not None and eater.months < infant_months
