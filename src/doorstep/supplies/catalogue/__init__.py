"""The starter catalogue: goods with their figures and sources, what persons need, which diets do without what.

Read from the YAML files beside this module, once. Every code is checked; an error names file, place and mend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from doorstep.errors import UserError
from doorstep.supplies.catalogue.shapes import (
    Band,
    Condition,
    Diet,
    EnergyRule,
    Goods,
    Group,
    Named,
    Nutrient,
    Persons,
    Tags,
)

__all__ = [
    "Band",
    "Condition",
    "Diet",
    "Goods",
    "Group",
    "Named",
    "Nutrient",
    "Persons",
    "bans_of",
    "energy_exceptions",
    "energy_off",
    "goods",
    "groups",
    "named",
    "need_names",
    "nutrients",
    "persons",
    "read_goods",
    "tags",
    "tags_by_figure",
]

T = TypeVar("T", bound=BaseModel)
HERE = Path(__file__).parent
FIX = "Mend the file of the catalogue."


def _file(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((HERE / name).read_text("utf-8"))
    return loaded


def _wrong(where: str, what: str) -> UserError:
    return UserError(f"{where}: {what}.", field=where, mend=FIX)


def _shaped(shape: Callable[..., T], facts: Mapping[str, Any], where: str) -> T:
    """The facts in their shape; the first thing that is wrong is named with its place."""
    try:
        return shape(**facts)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise _wrong(f"{where}.{place}" if place else where, first["msg"]) from error


def _all_known(codes: Iterable[str], known: Iterable[str], where: str) -> None:
    unknown = sorted(set(codes) - set(known))
    if unknown:
        raise _wrong(where, f"{unknown[0]} is not known")


@cache
def nutrients() -> dict[str, Nutrient]:
    """Every measure by its code, in the order of the file."""
    return {
        code: _shaped(Nutrient, facts, f"nutrients.{code}")
        for code, facts in _file("nutrients.yaml")["nutrients"].items()
    }


@cache
def _energy() -> EnergyRule:
    return _shaped(EnergyRule, _file("nutrients.yaml")["energy"], "nutrients.energy")


@cache
def groups() -> dict[str, Group]:
    """Every group of goods by its code."""
    return {code: _shaped(Group, facts, f"groups.{code}") for code, facts in _file("groups.yaml")["groups"].items()}


@cache
def tags() -> Tags:
    """What goods contain, and which diets and allergies do without it."""
    found = _shaped(Tags, _file("tags.yaml"), "tags")
    for kind, diets in (("diets", found.diets), ("allergies", found.allergies)):
        for code, diet in diets.items():
            _all_known(diet.bans, found.tags, f"tags.{kind}.{code}.bans")
    _all_known(found.by_figure, found.tags, "tags.by_figure")
    _all_known((rule.nutrient for rule in found.by_figure.values()), nutrients(), "tags.by_figure")
    return found


@cache
def persons() -> Persons:
    """What persons need in a day, by age, sex, state and condition."""
    found = _shaped(Persons, _file("persons.yaml"), "persons")
    known = set(nutrients())
    for name, band in found.bands.items():
        _all_known((*band.least, *band.upper), known, f"persons.bands.{name}")
    for name, state in found.states.items():
        _all_known((*state.least, *state.plus), known, f"persons.states.{name}")
    for name, condition in found.conditions.items():
        where = f"persons.conditions.{name}"
        _all_known((*condition.least, *condition.most, *condition.share, *condition.drop), known, where)
        _all_known([condition.source], found.sources, where)
        _all_known([condition.diet] if condition.diet else [], tags().diets, where)
    for name, line in found.plate.lines.items():
        _all_known(line.groups, groups(), f"persons.plate.{name}")
    for name, instead in found.plate_instead.items():
        _all_known([name, *instead.without], found.plate.lines, f"persons.plate_instead.{name}")
    infants = found.infants
    items = [infants.without_milk, infants.cereal.item, *(line.item for line in infants.formula)]
    items += [*(line.item for line in infants.nappies), *(pet.item for pet in found.pets.values())]
    _all_known(items, goods(), "persons.infants")
    return found


@cache
def goods() -> dict[str, Goods]:
    """The starter goods by their code."""
    return read_goods(_file("items.yaml"))


@cache
def energy_exceptions() -> dict[str, dict[str, str]]:
    """Goods whose energy is not the sum of what gives it, and why."""
    found: dict[str, dict[str, str]] = _file("items.yaml")["energy_exceptions"]
    _all_known(found, _file("items.yaml")["items"], "items.energy_exceptions")
    return found


def read_goods(file: Mapping[str, Any]) -> dict[str, Goods]:
    """The goods of a file in the form of items.yaml, each checked."""
    columns = file["columns"]
    _all_known(columns, nutrients(), "items.columns")
    excepted = file.get("energy_exceptions", {})
    found = {}
    for code, facts in file["items"].items():
        made = _goods(code, facts, columns)
        off = energy_off(made.nutrients)
        if off is not None and code not in excepted:
            raise _wrong(f"items.{code}.per_100", f"energy is {off:+.0%} off protein, fat and carbohydrate")
        found[code] = made
    return found


def _goods(code: str, facts: dict[str, Any], columns: list[str]) -> Goods:
    where = f"items.{code}"
    rest = {name: value for name, value in facts.items() if name not in ("pack", "per_100")}
    group = groups().get(rest.get("group", ""))
    if group is None:
        raise _wrong(f"{where}.group", f"{rest.get('group')} is no group")
    row = facts.get("per_100", [])
    if len(row) not in (0, len(columns)):
        raise _wrong(f"{where}.per_100", f"{len(row)} figures for {len(columns)} columns")
    content, unit, gross, *volume = facts["pack"]
    amounts = {name: float(value) for name, value in zip(columns, row, strict=False) if value is not None}
    if group.kind == "water":
        amounts["water_ml"] = 100.0
    _all_known(rest.get("contains", ()), tags().tags, f"{where}.contains")
    rest["contains"] = tuple(sorted({*rest.get("contains", ()), *tags_by_figure(amounts)}))
    rest.setdefault("lead", group.lead_hours)
    pack = {"content": content, "unit": unit, "gross_g": gross, "volume_ml": volume[0] if volume else None}
    made = _shaped(Goods, {**rest, **pack, "code": code, "kind": group.kind, "nutrients": amounts}, where)
    if not made.source.text:
        raise _wrong(f"{where}.source", "no source is named")
    if made.unit != "piece" and made.unit == "g" and made.gross_g < made.content:
        raise _wrong(f"{where}.pack", "the pack weighs less than what is in it")
    return made


def tags_by_figure(amounts: Mapping[str, float]) -> set[str]:
    """The tags that follow from the figures of 100 g."""
    rules = tags().by_figure
    return {code for code, rule in rules.items() if amounts.get(rule.nutrient, 0.0) > rule.above}


def energy_off(amounts: Mapping[str, float]) -> float | None:
    """By which share energy misses the sum of protein, fat, carbohydrate and fibre; None where it is near enough."""
    rule = _energy()
    needed = ("kcal", "protein_g", "fat_g", "carb_g")
    if any(name not in amounts for name in needed):
        return None
    fibre = min(amounts.get("fibre_g", 0.0), amounts["carb_g"])
    told = amounts["kcal"]
    made = (
        rule.protein_g * amounts["protein_g"]
        + rule.fat_g * amounts["fat_g"]
        + rule.carb_g * (amounts["carb_g"] - fibre)
        + rule.fibre_g * fibre
    )
    if abs(told - made) <= max(rule.off_by * made, rule.at_least_kcal):
        return None
    return (told - made) / made if made else 1.0


def need_names() -> dict[str, Named]:
    """What a need or shortfall is of, in words: nutrients, lines of a day's food, and how many kinds."""
    return {**nutrients(), **persons().plate.lines, "kinds": persons().plate.variety}


def bans_of(diets: Iterable[str], allergies: Iterable[str]) -> tuple[frozenset[str], tuple[str, ...]]:
    """The tags that some diets and allergies do without, and the words that nothing here knows."""
    found: set[str] = set()
    unknown = []
    for words, known in ((diets, tags().diets), (allergies, tags().allergies)):
        for word in words:
            diet = named(word, known)
            if diet is None:
                unknown.append(word)
            else:
                found.update(known[diet].bans)
    return frozenset(found), tuple(unknown)


def named(word: str, known: Mapping[str, Diet] | Mapping[str, Condition]) -> str | None:
    """The code that a word means: the code itself, its name, or one of its words."""
    plain = word.strip().lower()
    for code, entry in known.items():
        if plain in (code, entry.zh.lower(), entry.en.lower(), *(w.lower() for w in entry.words)):
            return code
    return None
