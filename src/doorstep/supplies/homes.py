"""From the register to what a kit must meet: the persons at home of each household, what they do without, their pets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from doorstep.command.models import Area, Incident
from doorstep.register.models import Household, Person
from doorstep.storage.bulk import in_batches
from doorstep.supplies import catalogue
from doorstep.supplies.needs import Eater, Home, key_of, typical
from doorstep.supplies.rules import defaults


@dataclass(frozen=True)
class Group:
    """Households of one class: its key, the household that stands for it, and who they are."""

    key: str
    home: Home
    households: tuple[int, ...]


def bound_households(areas: Iterable[Area]) -> list[int]:
    """The households of some areas, each once. One query."""
    found = Household.objects.filter(active=True, door__area_doors__area__in=list(areas))
    return list(found.order_by("pk").values_list("pk", flat=True).distinct())


def homes_of(incident: Incident, households: Iterable[int], at: datetime) -> dict[int, Home]:
    """What the planner of kits sees of each household at an instant. Two queries for each 800.

    Only who is at home counts. A household of which no person is known has as many of unknown age as its list states.
    """
    today = at.astimezone(incident.tz).date()
    found: dict[int, Home] = {}
    for batch in in_batches(households):
        people: dict[int, list[Eater]] = defaultdict(list)
        known = set()
        persons = Person.objects.filter(household__in=batch, active=True).order_by("pk")
        for row in persons.values("household_id", "birth_date", "sex", "classes", "conditions", "present"):
            known.add(row["household_id"])
            if row["present"] == Person.Present.HOME:
                people[row["household_id"]].append(eater_of(row, today))
        kept = Household.objects.filter(pk__in=batch, active=True).order_by("pk")
        for line in kept.values("pk", "size_stated", "diets", "allergies", "pets"):
            eaters = people[line["pk"]] if line["pk"] in known else [Eater()] * (line["size_stated"] or 0)
            words = (frozenset(line["diets"]), frozenset(line["allergies"]), tuple(pets_of(line["pets"])))
            found[line["pk"]] = Home(tuple(eaters), *words)
    return found


def groups_of(incident: Incident, areas: Iterable[Area], at: datetime) -> list[Group]:
    """The households of some areas by class, the largest class first; where nobody is at home, no kit is needed."""
    homes: dict[str, Home] = {}
    members: dict[str, list[int]] = defaultdict(list)
    for pk, home in homes_of(incident, bound_households(areas), at).items():
        if home.eaters:
            key = key_of(home)
            homes.setdefault(key, typical(home))
            members[key].append(pk)
    found = [Group(key, homes[key], tuple(pks)) for key, pks in members.items()]
    return sorted(found, key=lambda group: (-len(group.households), group.key))


def eater_of(row: Mapping[str, Any], today: date) -> Eater:
    """A person of the register: full months of age, states and conditions as the catalogue names them."""
    words = {*row["classes"], *row["conditions"]}
    states = {state for state in (*catalogue.persons().states, "breastfed") if state in words}
    conditions = {name for word in words if (name := catalogue.named(word, catalogue.persons().conditions))}
    sex = row["sex"] if row["sex"] in ("m", "f") else ""
    return Eater(_months(row, today), sex, frozenset(states), frozenset(conditions))


def _months(row: Mapping[str, Any], today: date) -> int | None:
    born = row["birth_date"]
    if born is None:
        ages: dict[str, int] = defaults()["months_of_class"]
        return next((months for name, months in ages.items() if name in row["classes"]), None)
    full = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    return max(full, 0)


def pets_of(words: Iterable[str]) -> list[str]:
    """Animals by the code of the catalogue; one that nothing here knows keeps its word."""
    known = catalogue.persons().pets
    found = []
    for word in words:
        plain = str(word).strip().lower()
        found.append(next((code for code, pet in known.items() if plain in (code, pet.zh, pet.en)), plain))
    return sorted(found)


def as_facts(home: Home) -> dict[str, Any]:
    """A home as plain data, for the design that it stands in."""
    return {
        "eaters": [[e.months, e.sex, sorted(e.states), sorted(e.conditions)] for e in home.eaters],
        "diets": sorted(home.diets),
        "allergies": sorted(home.allergies),
        "pets": list(home.pets),
        "stove": home.stove,
        "tap_water": home.tap_water,
    }


def home_of(facts: dict[str, Any]) -> Home:
    """The home that `as_facts` wrote down."""
    eaters = tuple(Eater(months, sex, frozenset(s), frozenset(c)) for months, sex, s, c in facts["eaters"])
    words = (frozenset(facts["diets"]), frozenset(facts["allergies"]), tuple(facts["pets"]))
    return Home(eaters, *words, stove=facts["stove"], tap_water=facts["tap_water"])
