"""What the register's pages read: doors with who lives behind them, filtered, ordered by door or by need."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from doorstep.register import words
from doorstep.register.models import Building, Door, Household, Person
from doorstep.register.sight import Sight, shown_name, shown_phone
from doorstep.storage.bulk import in_batches


@dataclass(frozen=True)
class Key:
    """A door with one of its households, or with none."""

    door_id: int
    household_id: int | None


@dataclass(frozen=True)
class Line:
    """One row of the register."""

    door_id: int
    household_id: int | None
    compound: str
    building: str
    stair: str
    number: str
    floor: int
    head: str
    home: int
    elsewhere: tuple[tuple[str, int], ...]
    classes: tuple[str, ...]
    phone: str
    contact: str

    @property
    def label(self) -> str:
        return f"{self.building}-{self.stair}-{self.number}"


@dataclass(frozen=True)
class Totals:
    """How many there are, and where: registered = at home + elsewhere (S43)."""

    doors: int
    households: int
    persons: int
    places: tuple[tuple[str, str, int], ...]


@lru_cache(maxsize=50_000)
def natural(text: str) -> tuple[Any, ...]:
    """10号楼 comes after 2号楼."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"\d+|\D+", text))


def compounds_of(sight: Sight) -> list[tuple[int, str]]:
    """The compounds within the duty."""
    return list(sight.compounds().order_by("name").values_list("pk", "name"))


def buildings_of(compound: str) -> list[tuple[int, str]]:
    """The buildings of a chosen compound."""
    if not compound.isdigit():
        return []
    rows = Building.objects.filter(compound_id=int(compound)).values_list("pk", "name")
    return sorted(rows, key=lambda row: natural(row[1]))


def doors_asked(sight: Sight, asked: dict[str, str]) -> QuerySet[Door]:
    """The doors of the chosen compound or building within the duty."""
    doors = sight.doors()
    if compound := asked.get("compound"):
        doors = doors.filter(stair__building__compound_id=int(compound))
    if building := asked.get("building"):
        doors = doors.filter(stair__building_id=int(building))
    return doors


def keys_of(sight: Sight, asked: dict[str, str], incident: Any) -> list[Key]:
    """Doors and households that the filters leave, in order. At most four queries, whatever the size."""
    doors = doors_asked(sight, asked)
    columns = ("pk", "stair__building__compound__name", "stair__building__name", "stair__name", "floor", "number")
    places = {
        row[0]: (natural(row[1]), natural(row[2]), natural(row[3]), row[4], natural(row[5]))
        for row in doors.values_list(*columns).iterator(chunk_size=5000)
    }
    left = asked.get("known") == "left"
    homes = Household.objects.filter(door__in=doors.values("pk"), active=not left)
    rows = list(homes.values_list("pk", "door_id", "phone", "channel"))
    keys = [Key(door, pk) for pk, door, _, _ in rows]
    if left:
        return sorted(keys, key=lambda key: places[key.door_id])
    narrowed = [name for name in ("vulnerable", "present", "known") if asked.get(name)]
    if not narrowed:
        lived = {door for _, door, _, _ in rows}
        keys += [Key(door, None) for door in places if door not in lived]
    elif asked.get("known") == "nobody":
        lived = {door for _, door, _, _ in rows}
        peopled = set(_people(doors).values_list("household_id", flat=True).distinct())
        keys = [key for key in keys if key.household_id not in peopled]
        keys += [Key(door, None) for door in places if door not in lived]
    if wanted := asked.get("vulnerable"):
        kept = {h for h, classes, _ in _classes(doors) if classes and (wanted == "any" or wanted in classes)}
        keys = [key for key in keys if key.household_id in kept]
    if place := asked.get("present"):
        kept = set(_people(doors).filter(present=place).values_list("household_id", flat=True))
        keys = [key for key in keys if key.household_id in kept]
    if asked.get("known") == "unreachable":
        reached = {pk for pk, _, phone, channel in rows if phone or channel}
        reached |= set(_people(doors).exclude(phone="").values_list("household_id", flat=True))
        keys = [key for key in keys if key.household_id not in reached]
    if asked.get("order") == "need":
        weights = _weights(doors, incident)
        return sorted(keys, key=lambda key: (-weights.get(key.household_id or 0, 0), places[key.door_id]))
    return sorted(keys, key=lambda key: places[key.door_id])


def _people(doors: QuerySet[Door]) -> QuerySet[Person]:
    return Person.objects.filter(household__door__in=doors.values("pk"), household__active=True, active=True)


def _classes(doors: QuerySet[Door]) -> Iterable[tuple[int, list[str], str]]:
    rows = _people(doors).exclude(classes=[]).values_list("household_id", "classes", "present")
    return rows.iterator(chunk_size=5000)


def _weights(doors: QuerySet[Door], incident: Any) -> dict[int, int]:
    """The heaviest class of each household, of those who are at home now (S73, S78)."""
    rules = words.rules_of(incident).weights
    weights: dict[int, int] = defaultdict(int)
    for household, classes, present in _classes(doors):
        if present == Person.Present.HOME:
            weights[household] = max(weights[household], *(rules.get(code, 0) for code in classes))
    return weights


def lines_of(keys: Sequence[Key], sight: Sight, incident: Any, *, masked: bool = False) -> list[Line]:
    """The rows of a page, or (in batches) of a whole export. Four queries for each 800; `masked` hides every name."""
    titles = words.class_titles(incident)
    places = {str(code): str(label) for code, label in Person.Present.choices}
    found: list[Line] = []
    for batch in in_batches(keys):
        found += _lines(batch, sight, titles, places, masked)
    return found


def _lines(
    keys: list[Key], sight: Sight, titles: dict[str, str], places: dict[str, str], masked: bool
) -> Iterator[Line]:
    stair = "stair__building"
    names = ("number", "floor", "stair__name", f"{stair}__name", f"{stair}__compound__name")
    rows = Door.objects.filter(pk__in={key.door_id for key in keys}).values_list("pk", *names)
    doors = {pk: place for pk, *place in rows}
    homes = Household.objects.only("head", "phone", "channel").in_bulk(
        {key.household_id for key in keys if key.household_id}
    )
    people: dict[int, list[tuple[str, str, list[str], str]]] = defaultdict(list)
    living = Person.objects.filter(household__in=homes, active=True).order_by("pk")
    for household, *person in living.values_list("household_id", "name", "present", "classes", "phone"):
        people[household].append(tuple(person))
    named = set() if masked else sight.named(doors)
    for key in keys:
        home = homes.get(key.household_id or 0)
        yield _line(key, doors[key.door_id], home, people[key.household_id or 0], key.door_id in named, titles, places)


def _line(
    key: Key,
    door: list[Any],
    home: Household | None,
    people: list[tuple[str, str, list[str], str]],
    full: bool,
    titles: dict[str, str],
    places: dict[str, str],
) -> Line:
    number, floor, stair, building, compound = door
    counted = Counter(present for _name, present, _classes, _phone in people)
    codes = {code for _name, _present, classes, _phone in people for code in classes}
    ordered = [code for code in titles if code in codes] + sorted(codes - titles.keys())
    first = home.head if home and home.head else next((name for name, *_rest in people if name), "")
    phone = next((one for one in [home.phone if home else "", *(person[3] for person in people)] if one), "")
    return Line(
        key.door_id,
        key.household_id,
        compound,
        building,
        stair,
        number,
        floor,
        shown_name(first, full) if home else "",
        counted.pop("home", 0),
        tuple((places[code], count) for code, count in sorted(counted.items())),
        tuple(titles.get(code, code) for code in ordered),
        shown_phone(phone, full),
        str(home.get_channel_display()) if home and home.channel else "",
    )


def totals_of(sight: Sight, asked: dict[str, str]) -> Totals:
    """The count of the chosen places. Three queries."""
    doors = doors_asked(sight, asked)
    people = _people(doors)
    counted = dict(people.values_list("present").annotate(Count("pk")).order_by())
    places = tuple((str(code), str(label), counted.get(code, 0)) for code, label in Person.Present.choices)
    households = Household.objects.filter(door__in=doors.values("pk"), active=True).count()
    return Totals(doors.count(), households, sum(counted.values()), places)


def headings() -> list[str]:
    """The columns of the register as a file."""
    return [
        *(_("compound"), _("building"), _("stair"), _("door"), _("floor"), _("head of household")),
        *(_("at home"), _("elsewhere"), _("vulnerability"), _("way of contact")),
    ]


def table_rows(lines: Iterable[Line]) -> list[list[Any]]:
    """The register as a file has it: names masked (S6), one row a household."""
    return [
        [
            *(line.compound, line.building, line.stair, line.number, line.floor, line.head, line.home),
            "、".join(f"{place} {count}" for place, count in line.elsewhere),
            "、".join(line.classes),
            line.contact,
        ]
        for line in lines
    ]
