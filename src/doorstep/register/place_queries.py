"""Places as pages show them: compounds with what is still to be looked at, a building's doors, what was changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from doorstep.register.lists import counted
from doorstep.register.models import Building, Compound, Door, Gate, PlaceChange, Stair

DOORS = "buildings__stairs__doors__area_doors__area__in"


class Scope(Protocol):
    """What this room needs to know of a member's rights."""

    def areas(self, act: str) -> frozenset[int] | None:
        """The areas in which the act is given; None = all."""


@dataclass(frozen=True)
class CompoundLine:
    """A compound with its counts: `derived` doors whose floor nobody has confirmed, `unplaced` stairs on no plan."""

    pk: int
    name: str
    aliases: tuple[str, ...]
    territory: str
    buildings: int
    stairs: int
    doors: int
    derived: int
    unplaced: int
    gates: int


@dataclass(frozen=True)
class StairLine:
    """A stair as a page shows it."""

    pk: int
    name: str
    doors: int
    infected: bool
    placed: bool


@dataclass(frozen=True)
class BuildingLine:
    """A building with its stairs; `derived` counts the doors whose floor nobody has confirmed."""

    pk: int
    name: str
    address: str
    aliases: tuple[str, ...]
    floors: int | None
    floors_confirmed: bool
    has_lift: bool
    stairs: tuple[StairLine, ...]
    doors: int
    derived: int

    @property
    def to_look_at(self) -> bool:
        return bool(self.derived) or (self.floors is not None and not self.floors_confirmed)


@dataclass(frozen=True)
class CompoundPage:
    """A compound with everything on its page."""

    compound: Compound
    buildings: tuple[BuildingLine, ...]
    gates: tuple[Gate, ...]
    changes: tuple[PlaceChange, ...]

    @property
    def doors(self) -> int:
        return sum(building.doors for building in self.buildings)

    @property
    def derived(self) -> int:
        return sum(building.derived for building in self.buildings)

    @property
    def stairs(self) -> tuple[StairLine, ...]:
        return tuple(stair for building in self.buildings for stair in building.stairs)

    @property
    def unplaced(self) -> int:
        return sum(not stair.placed for stair in self.stairs)


def compounds(scope: Scope, words: str = "") -> QuerySet[Compound]:
    """The compounds in which this member sees the register, by name; narrowed by a name or another name."""
    found = Compound.objects.select_related("territory").order_by("name", "pk")
    areas = scope.areas("see_register")
    if areas is not None:
        found = found.filter(pk__in=Compound.objects.filter(**{DOORS: areas}).values("pk"))
    if words:
        aliases = [pk for pk, named in found.values_list("pk", "aliases") if any(words in alias for alias in named)]
        found = found.filter(Q(name__icontains=words) | Q(pk__in=aliases))
    return found


def may_edit(scope: Scope, place: Compound | Building) -> bool:
    """Whether the member may change this compound or building: a door of it lies in the areas of the right."""
    areas = scope.areas("edit_register")
    if areas is None:
        return True
    if isinstance(place, Building):
        return Door.objects.filter(stair__building=place, area_doors__area__in=areas).exists()
    return Compound.objects.filter(pk=place.pk, **{DOORS: areas}).exists()


def lines(found: Iterable[Compound]) -> list[CompoundLine]:
    """Compounds with their counts. Four queries, whatever their number."""
    rows = list(found)
    keys = [compound.pk for compound in rows]
    gates = _counts(Gate.objects.filter(compound__in=keys), "compound")
    buildings = _counts(Building.objects.filter(compound__in=keys), "compound")
    off = Q(x_m=None, building__x_m=None)
    stairs = _counts(Stair.objects.filter(building__compound__in=keys), "building__compound", off)
    doors = _counts(
        Door.objects.filter(stair__building__compound__in=keys),
        "stair__building__compound",
        Q(floor_confirmed=False),
    )
    return [
        CompoundLine(
            compound.pk,
            compound.name,
            tuple(compound.aliases),
            compound.territory.name if compound.territory else "",
            buildings[compound.pk][0],
            stairs[compound.pk][0],
            *doors[compound.pk],
            stairs[compound.pk][1],
            gates[compound.pk][0],
        )
        for compound in rows
    ]


def compound_page(compound: Compound) -> CompoundPage:
    """Everything of one compound's page. Five queries."""
    return CompoundPage(
        compound,
        building_lines(compound),
        tuple(compound.gates.order_by("-reload_point", "name")),
        tuple(compound.place_changes.filter(undone_at=None)[:8]),
    )


def building_lines(compound: Compound) -> tuple[BuildingLine, ...]:
    """The buildings of a compound with their stairs, in the order in which people count. Three queries."""
    counts = _counts(Door.objects.filter(stair__building__compound=compound), "stair", Q(floor_confirmed=False))
    stairs: dict[int, list[Stair]] = defaultdict(list)
    for stair in Stair.objects.filter(building__compound=compound):
        stairs[stair.building_id].append(stair)
    found = []
    for building in sorted(compound.buildings.all(), key=lambda b: counted(b.name)):
        here = sorted(stairs[building.pk], key=lambda s: counted(s.name))
        found.append(
            BuildingLine(
                building.pk,
                building.name,
                building.address,
                tuple(building.aliases),
                building.floors,
                building.floors_confirmed,
                building.has_lift,
                tuple(
                    StairLine(s.pk, s.name, counts[s.pk][0], s.infected, s.x_m is not None or building.x_m is not None)
                    for s in here
                ),
                sum(counts[s.pk][0] for s in here),
                sum(counts[s.pk][1] for s in here),
            )
        )
    return tuple(found)


def doors_of(building: Building, *, derived: bool = False) -> list[Door]:
    """The doors of a building, from the top floor down, each with its stair. One query."""
    doors = Door.objects.filter(stair__building=building).select_related("stair")
    if derived:
        doors = doors.filter(floor_confirmed=False)
    return sorted(doors, key=lambda d: (counted(d.stair.name), -d.floor, counted(d.number)))


def door_headings() -> list[str]:
    """The heading of the list of doors."""
    return [
        _("Compound"),
        _("Building"),
        _("Address"),
        _("Lift"),
        _("Stair"),
        _("A case lives here"),
        _("Door"),
        _("Floor"),
        _("Floor confirmed"),
        _("Kind"),
    ]


def door_rows(compound: Compound) -> Iterator[list[Any]]:
    """Every door of a compound as a row of its list. One query."""
    doors = Door.objects.filter(stair__building__compound=compound).select_related("stair__building")
    order = ("stair__building__name", "stair__name", "floor", "number")
    for door in doors.order_by(*order).iterator(chunk_size=2000):
        stair, building = door.stair, door.stair.building
        yield [
            compound.name,
            building.name,
            building.address,
            _("yes") if building.has_lift else _("no"),
            stair.name,
            _("yes") if stair.infected else "",
            door.number,
            door.floor,
            _("yes") if door.floor_confirmed else _("no"),
            door.get_kind_display(),
        ]


def compound_headings() -> list[str]:
    """The heading of the list of compounds."""
    return [
        _("Compound"),
        _("Other names"),
        _("Community"),
        _("Buildings"),
        _("Stairs"),
        _("Doors"),
        _("Floors to confirm"),
        _("Stairs on no plan"),
        _("Gates"),
    ]


def compound_row(line: CompoundLine) -> list[Any]:
    """A compound as a row of its list."""
    counts = [line.buildings, line.stairs, line.doors, line.derived, line.unplaced, line.gates]
    return [line.name, list(line.aliases), line.territory, *counts]


def act_words(act: str) -> str:
    """An act on places in words."""
    return {
        "add_compound": _("compound added"),
        "edit_compound": _("compound renamed"),
        "add_building": _("building added"),
        "edit_building": _("building corrected"),
        "confirm_floors": _("floors confirmed"),
        "correct_doors": _("doors corrected"),
        "add_stair": _("stair added"),
        "mark_case": _("marked: a case lives here"),
        "unmark_case": _("no case lives here any more"),
        "add_gate": _("gate added"),
        "edit_gate": _("gate changed"),
        "place": _("placed on the plan"),
        "remove_picture": _("picture of the plan taken away"),
        "set_picture": _("picture of the plan set"),
        "draw_from_map": _("plan read from a map file"),
        "undo_places": _("taken back"),
    }.get(act, act)


def _counts(rows: QuerySet[Any], by: str, only: Q | None = None) -> dict[int, tuple[int, int]]:
    """For each key: how many rows, and how many of those `only` names."""
    found: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    counted_rows = rows.order_by().values_list(by).annotate(every=Count("pk"), some=Count("pk", filter=only or Q()))
    for key, every, some in counted_rows:
        found[key] = (every, some)
    return found
