"""A reading of a list against the register: what is new, what differs, what is gone. Nothing is written here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from doorstep.register.lists import Layout, Reading, RowFacts, Sheet, building_key
from doorstep.register.models import Building, Compound, Door, Household, Person, Stair

DoorKey = tuple[str, str, str, str]
PERSON_FIELDS = ("sex", "birth_date", "relation", "phone", "classes", "conditions", "present", "note")
HOUSEHOLD_FIELDS = ("head", "size_stated", "diets", "pets", "tenancy")
SAMPLES, SAMPLE_ROWS, SAMPLE_WIDTH, FIRST_READ = 3, 40, 40, 6
SEEN = ("door", "manual")  # sources that win over the next official list


@dataclass
class PersonLine:
    """A person as a list has them; `key` is stable over imports."""

    key: str
    facts: dict[str, Any]


@dataclass
class HouseholdLine:
    """A household as a list has it."""

    key: str
    facts: dict[str, Any] = field(default_factory=dict)
    persons: dict[str, PersonLine] = field(default_factory=dict)


@dataclass
class DoorLine:
    """A door as a list has it, with the building as written."""

    building: str
    floor: int | None
    households: dict[str, HouseholdLine] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """One field on which the list and the register disagree. `protected`: somebody saw the other value."""

    model: str
    pk: int
    field: str
    before: Any
    after: Any
    protected: bool
    label: str

    @property
    def code(self) -> str:
        return f"{self.model}:{self.pk}:{self.field}"


@dataclass
class Comparison:
    """What a list would do: new doors, households and persons, differences, who is on it no more."""

    doors: dict[DoorKey, DoorLine]
    new_doors: list[DoorKey] = field(default_factory=list)
    new_households: list[tuple[DoorKey, str]] = field(default_factory=list)
    new_persons: list[tuple[DoorKey, str, str]] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    same: int = 0
    gone: list[int] = field(default_factory=list)

    @property
    def leaving(self) -> list[Difference]:
        """Who is on the list no more, as differences that nobody takes unless a person says so."""
        return [Difference("person", pk, "active", True, False, True, "") for pk in self.gone]

    def counts(self) -> dict[str, int]:
        return {
            "new_doors": len(self.new_doors),
            "new_households": len(self.new_households),
            "new_persons": len(self.new_persons),
            "same_persons": self.same,
            "differences": sum(not d.protected for d in self.differences),
            "seen_otherwise": sum(d.protected for d in self.differences),
            "gone_from_list": len(self.gone),
        }


def under_present_names(rows: list[RowFacts]) -> list[RowFacts]:
    """Rows that name a compound by another of its names get the one it has now. One query."""
    compounds = Compound.objects.exclude(aliases=[]).values_list("name", "aliases")
    present = {alias: name for name, aliases in compounds for alias in aliases}
    return [replace(row, compound=present.get(row.compound, row.compound)) for row in rows] if present else rows


def gather(rows: Iterable[RowFacts]) -> dict[DoorKey, DoorLine]:
    """Rows into doors, households and persons. A household row with a size gets so many persons, named or not."""
    doors: dict[DoorKey, DoorLine] = {}
    for row in rows:
        door = doors.setdefault(row.door_key, DoorLine(row.building, row.floor))
        key = row.household or "1"
        household = door.households.setdefault(key, HouseholdLine(key))
        _household_facts(household, row)
        for number, name in enumerate(_names(row)):
            facts = _person_facts(row) if number == 0 else {"present": row.present}
            person_key = _free_key(household, name or f"#{len(household.persons) + 1}", facts)
            household.persons[person_key] = PersonLine(person_key, {"name": name, **facts})
    return doors


def _names(row: RowFacts) -> list[str]:
    names = list(dict.fromkeys([row.name, *row.members] if row.name else row.members))
    if row.members or row.size:
        names += [""] * max(0, (row.size or 0) - len(names))
        return names
    return names or [""]


def _household_facts(household: HouseholdLine, row: RowFacts) -> None:
    facts = household.facts
    if row.name and (not facts.get("head") or row.relation in ("户主", "本人", "head", "self")):
        facts["head"] = row.name
    if row.size:
        facts["size_stated"] = row.size
    for name, values in (("diets", row.diets), ("pets", row.pets)):
        facts[name] = sorted({*facts.get(name, ()), *values})
    facts["tenancy"] = row.tenancy or facts.get("tenancy", "")


def _person_facts(row: RowFacts) -> dict[str, Any]:
    return {
        "sex": row.sex,
        "birth_date": row.birth,
        "birth_precision": row.birth_precision,
        "relation": row.relation,
        "phone": row.phone,
        "classes": list(row.classes),
        "conditions": list(row.conditions),
        "present": row.present,
        "note": row.note,
    }


def _free_key(household: HouseholdLine, name: str, facts: dict[str, Any]) -> str:
    """The name; where two share it, the birth year is added, then a number."""
    key = name[:60]
    if key in household.persons and facts.get("birth_date"):
        key = f"{key} {facts['birth_date'].year}"
    base, number = key, 2
    while key in household.persons:
        key, number = f"{base} {number}", number + 1
    return key


def compare(doors: dict[DoorKey, DoorLine]) -> Comparison:
    """Hold a gathered list against the register. Three queries, whatever its size.

    Whoever left and is listed again comes back only where nobody saw them leave; a newcomer at a door that a
    household left makes it a household again.
    """
    comparison = Comparison(doors)
    compounds = {key[0] for key in doors}
    known = known_doors(compounds)
    households = {
        (door, key): (pk, active, facts)
        for pk, door, key, active, *facts in Household.objects.filter(
            door__stair__building__compound__name__in=compounds
        ).values_list("pk", "door_id", "key", "active", "sources", *HOUSEHOLD_FIELDS)
    }
    persons: dict[int, dict[str, tuple[int, bool, list[Any]]]] = defaultdict(dict)
    rows = Person.objects.filter(household__door__stair__building__compound__name__in=compounds)
    for pk, household, key, active, *facts in rows.values_list(
        "pk", "household_id", "key", "active", "sources", *PERSON_FIELDS
    ).iterator():
        persons[household][key] = (pk, active, facts)
    named: set[int] = set()
    for door_key, door in doors.items():
        door_id = known.get(door_key)
        if door_id is None:
            comparison.new_doors.append(door_key)
        for household in door.households.values():
            found = households.get((door_id, household.key)) if door_id else None
            if found is None:
                comparison.new_households.append((door_key, household.key))
                comparison.new_persons += [(door_key, household.key, key) for key in household.persons]
                continue
            label = "-".join(door_key[1:])
            have = persons[found[0]]
            newcomers = any(key not in have for key in household.persons)
            comparison.differences += _differences(
                "household", found, HOUSEHOLD_FIELDS, household.facts, label, comes_back=newcomers
            )
            for person in household.persons.values():
                if person.key not in have:
                    comparison.new_persons.append((door_key, household.key, person.key))
                    continue
                named.add(have[person.key][0])
                different = _differences("person", have[person.key], PERSON_FIELDS, person.facts, label)
                comparison.differences += different
                comparison.same += not different
    comparison.gone = [pk for people in persons.values() for pk, here, _ in people.values() if here and pk not in named]
    return comparison


def known_doors(compounds: Iterable[str]) -> dict[DoorKey, int]:
    """Every door of some compounds under each spelling of its building (S36: name, address, aliases), and under
    the stair where lists still name it, if somebody moved it to another."""
    found: dict[DoorKey, int] = {}
    rows = Door.objects.filter(stair__building__compound__name__in=list(compounds)).values_list(
        "pk",
        "number",
        "stair__name",
        "stair__building__name",
        "stair__building__address",
        "stair__building__aliases",
        "stair__building__compound__name",
        "listed_at",
    )
    moved: list[tuple[DoorKey, int]] = []
    for pk, number, stair, name, address, aliases, compound, listed_at in rows.iterator():
        for spelling in (name, address, *aliases):
            if spelling:
                found.setdefault((compound, building_key(spelling), stair_key(stair), number), pk)
            moved += [((compound, building_key(spelling), old, number), pk) for old in listed_at if spelling]
    for key, pk in moved:  # a door that stands there now comes first
        found.setdefault(key, pk)
    return found


def stair_key(name: str) -> str:
    """1单元 and 1 are one stair."""
    return name.removesuffix("单元")


def _differences(
    model: str,
    found: tuple[int, bool, list[Any]],
    names: tuple[str, ...],
    listed: dict[str, Any],
    label: str,
    *,
    comes_back: bool = False,
) -> list[Difference]:
    """A blank in the list says nothing and changes nothing. Of who left, only that they are listed again counts."""
    pk, active, (sources, *values) = found
    if not active:
        seen = (sources.get("active") or {}).get("kind") in SEEN
        return [Difference(model, pk, "active", False, True, seen and not comes_back, label)]
    differences = []
    for name, before in zip(names, values, strict=True):
        after = listed.get(name)
        if after in (None, "", []) or after == before:
            continue
        protected = (sources.get(name) or {}).get("kind") in SEEN
        differences.append(Difference(model, pk, name, before, after, protected, label))
    return differences


def places_of(compound: Compound) -> tuple[dict[str, Building], dict[tuple[int, str], Stair]]:
    """The buildings of a compound by each spelling, and its stairs by (building, name)."""
    buildings: dict[str, Building] = {}
    for building in Building.objects.filter(compound=compound):
        for spelling in (building.name, building.address, *building.aliases):
            if spelling:
                buildings.setdefault(building_key(spelling), building)
    stairs = Stair.objects.filter(building__compound=compound)
    return buildings, {(stair.building_id, stair_key(stair.name)): stair for stair in stairs}


def as_read(sheet: Sheet, layout: Layout, reading: Reading, comparison: Comparison) -> dict[str, Any]:
    """How a file was read, for the page on which a person corrects it: headings, what each column means, a few of
    its values, the first rows as read, and the compounds that it is about."""
    below = sheet.rows[layout.first_row : layout.first_row + SAMPLE_ROWS]
    samples = []
    for column in range(len(layout.headings)):
        values = [
            str(row[column]).strip()[:SAMPLE_WIDTH] for row in below if column < len(row) and row[column] is not None
        ]
        samples.append(list(dict.fromkeys(value for value in values if value))[:SAMPLES])
    first = [
        {
            "row": row.row,
            "door": "-".join((row.building, row.stair, row.room)),
            "floor": row.floor,
            "names": [name for name in (row.name, *row.members) if name],
            "born": row.birth.year if row.birth else None,
            "classes": list(row.classes),
            "present": row.present,
        }
        for row in reading.good[:FIRST_READ]
    ]
    return {
        "headings": list(layout.headings),
        "columns": {str(column): name for column, name in layout.mapping.items()},
        "samples": samples,
        "read": first,
        "compounds": sorted({key[0] for key in comparison.doors}),
    }
