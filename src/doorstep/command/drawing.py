"""Drawing an area: places found in the register, included and excepted by short codes, compared before they bind.

A code is a letter and a key (`c` compound, `b` building, `s` stair, `d` door); a leading minus excepts the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from doorstep.command.models import Area, AreaDoor, AreaPlace
from doorstep.command.places import DEPTH, doors_meant
from doorstep.errors import UserError
from doorstep.register.models import Building, Compound, Door, Person, Stair

CODE = re.compile(r"(-?)([cbsd])([0-9]{1,12})")
DEPTHS = dict(zip("cbsd", DEPTH, strict=True))
SHOWN = 40


@dataclass(frozen=True)
class PlaceLine:
    """A place that can be chosen: its code, its name in full, how many doors, whether it can be looked into."""

    code: str
    label: str
    doors: int
    opens: bool
    include: bool = True


def place_of(code: str) -> AreaPlace:
    """The include or except that a code means; not stored."""
    match = CODE.fullmatch(code)
    if match is None:
        raise UserError(_("This place is not known."), field="places", mend=_("Choose it from the list."))
    return AreaPlace(include=not match[1], **{f"{DEPTHS[match[2]]}_id": int(match[3])})


def code_of(place: AreaPlace) -> str:
    """The code of a stored include or except."""
    letter, key = next((c, k) for c, depth in DEPTHS.items() if (k := getattr(place, f"{depth}_id")) is not None)
    return f"{'' if place.include else '-'}{letter}{key}"


def places_of(codes: Iterable[str]) -> list[AreaPlace]:
    """The places that codes mean. Raises UserError for one that the register does not hold."""
    places = [place_of(code) for code in dict.fromkeys(codes)]
    if len(chosen(codes)) != len(places):
        raise UserError(_("A place is not in the register any more."), field="places", mend=_("Choose again."))
    return places


def chosen(codes: Iterable[str]) -> list[PlaceLine]:
    """Codes in words, in their order; what the register does not hold is left out. At most four queries."""
    wanted = [code for code in dict.fromkeys(codes) if CODE.fullmatch(code)]
    found: dict[str, PlaceLine] = {}
    for letter, rows in _rows().items():
        keys = {int(code.lstrip("-")[1:]) for code in wanted if code.lstrip("-")[0] == letter}
        if keys:
            found |= {line.code: line for line in _lines(letter, rows.filter(pk__in=keys))}
    lines = []
    for code in wanted:
        if (line := found.get(code.lstrip("-"))) is not None:
            lines.append(PlaceLine(code, line.label, line.doors, line.opens, not code.startswith("-")))
    return lines


def find_places(words: str = "", inside: str = "") -> tuple[list[PlaceLine], bool]:
    """Places to choose from: by words, else what lies inside a place, else the compounds; whether there are more."""
    rows = _rows()
    if words.strip():
        lines: list[PlaceLine] = []
        for letter in rows:
            lines += _lines(letter, rows[letter].filter(_every_word(letter, words))[: SHOWN + 1])
        return lines[:SHOWN], len(lines) > SHOWN
    match = CODE.fullmatch(inside)
    if match is None or match[2] == "d":
        letter, among = "c", rows["c"]
    else:
        letter = "cbsd"["cbsd".index(match[2]) + 1]
        among = rows[letter].filter(**{f"{DEPTHS[match[2]]}_id": int(match[3])})
    lines = _lines(letter, among[: SHOWN * 5 + 1])
    return lines[: SHOWN * 5], len(lines) > SHOWN * 5


def way_to(code: str) -> list[PlaceLine]:
    """The places around and including one, the widest first: the way back up."""
    match = CODE.fullmatch(code)
    if match is None:
        return []
    row: Any = _rows()[match[2]].filter(pk=int(match[3])).first()
    codes = []
    for letter in "dsbc"["dsbc".index(match[2]) :]:
        if row is None:
            break
        codes.append(f"{letter}{row.pk}")
        row = getattr(row, DEPTHS["cbsd"["cbsd".index(letter) - 1]]) if letter != "c" else None
    return chosen(reversed(codes))


def places_in(area: Area) -> list[tuple[PlaceLine, list[PlaceLine]]]:
    """The buildings of an area, each with its stairs, and how many doors of the area are in each. One query."""
    rows = AreaDoor.objects.filter(area=area).values_list(
        "door__stair__building_id",
        "door__stair__building__compound__name",
        "door__stair__building__name",
        "door__stair_id",
        "door__stair__name",
    )
    found: dict[int, tuple[PlaceLine, list[PlaceLine]]] = {}
    order = ("door__stair__building__compound__name", "door__stair__building__name", "door__stair__name")
    for building, compound, name, stair, stair_name, doors in rows.annotate(n=Count("pk")).order_by(*order):
        line, stairs = found.get(building, (PlaceLine(f"b{building}", f"{compound} · {name}", 0, True), []))
        label = _("Stair %(name)s") % {"name": stair_name}
        stairs.append(PlaceLine(f"s{stair}", f"{name} · {label}", doors, True))
        found[building] = (PlaceLine(line.code, line.label, line.doors + doors, True), stairs)
    return list(found.values())


@dataclass(frozen=True)
class Redraw:
    """What a drawing means before it is kept: doors and people bound, doors added and released."""

    doors: int
    persons: int
    added: tuple[str, ...]
    released: tuple[str, ...]
    n_added: int
    n_released: int


def compare(area: Area | None, places: Sequence[AreaPlace]) -> Redraw:
    """Hold a drawing against the doors that the area has now (none for a new one)."""
    meant = doors_meant(places)
    have = set(AreaDoor.objects.filter(area=area).values_list("door_id", flat=True)) if area else set()
    persons = Person.objects.filter(household__door_id__in=meant, active=True, present="home").count()
    added, released = meant - have, have - meant
    names = (_names(added) if area else (), _names(released))
    return Redraw(len(meant), persons, *names, len(added), len(released))


def _names(doors: set[int]) -> tuple[str, ...]:
    rows = Door.objects.filter(pk__in=sorted(doors)[:SHOWN]).select_related("stair__building")
    return tuple(_label("d", door) for door in rows.order_by("stair__building__name", "stair__name", "floor", "number"))


def _rows() -> dict[str, QuerySet[Any]]:
    return {
        "c": Compound.objects.order_by("name").annotate(n=Count("buildings__stairs__doors")),
        "b": Building.objects.select_related("compound")
        .order_by("compound__name", "name")
        .annotate(n=Count("stairs__doors")),
        "s": Stair.objects.select_related("building__compound")
        .order_by("building__compound__name", "building__name", "name")
        .annotate(n=Count("doors")),
        "d": Door.objects.select_related("stair__building__compound").order_by("stair", "floor", "number"),
    }


def _every_word(letter: str, words: str) -> Q:
    """Each word stands somewhere in the name of the place or of what it lies in; a door's number begins with one."""
    above = {"c": "", "b": "compound__", "s": "building__compound__", "d": "stair__building__compound__"}[letter]
    building = {"c": None, "b": "", "s": "building__", "d": "stair__building__"}[letter]
    found = Q()
    parts = words.split()
    for number, word in enumerate(parts):
        here = Q(**{f"{above}name__icontains": word}) | Q(**{f"{above}aliases__icontains": word})
        if building is not None:
            here |= Q(**{f"{building}name__icontains": word}) | Q(**{f"{building}address__icontains": word})
        if letter == "s":
            here = Q(name=word) if number == len(parts) - 1 else here
        if letter == "d":
            here = Q(number__istartswith=word) if number == len(parts) - 1 else here
        found &= here
    return found


def _lines(letter: str, rows: Iterable[Any]) -> list[PlaceLine]:
    return [PlaceLine(f"{letter}{row.pk}", _label(letter, row), getattr(row, "n", 1), letter != "d") for row in rows]


def _label(letter: str, row: Any) -> str:
    if letter == "c":
        return row.name
    if letter == "b":
        return f"{row.compound.name} · {row.name}"
    stair = row if letter == "s" else row.stair
    name = _("Stair %(name)s") % {"name": stair.name}
    place = f"{stair.building.name} · {name}"
    return f"{stair.building.compound.name} · {place}" if letter == "s" else f"{place} · {row.number}"
