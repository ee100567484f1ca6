"""What can be corrected on places: names, floors, lifts, doors, gates, where a case lives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from doorstep.errors import UserError
from doorstep.register.changes import Hand, add, change
from doorstep.register.events import PlacesChanged
from doorstep.register.importing import stair_key
from doorstep.register.lists import building_key
from doorstep.register.models import Building, Compound, Door, Gate, PlaceChange, Stair
from doorstep.wiring.events import publish

LOWEST, HIGHEST = -9, 200  # floors that a door may be given


@dataclass(frozen=True)
class DoorFacts:
    """What a person says of a door; None leaves a fact as it is."""

    floor: int | None = None
    kind: str | None = None
    stair: int | None = None
    confirmed: bool | None = None


@transaction.atomic
def add_compound(name: str, *, at: datetime, by: Hand | None = None) -> Compound:
    """A compound of that name; one that is there, under this name or another of its own, is returned as it is."""
    name = _named(name, _("The compound has no name."))
    if known := _known_as(name):
        return known
    made = Compound.objects.create(name=name)
    publish(PlacesChanged("add_compound", name, at, made.pk, getattr(by, "pk", None)))
    return made


def edit_compound(
    compound: Compound, *, name: str, aliases: Iterable[str], at: datetime, by: Hand | None = None
) -> PlaceChange | None:
    """Give a compound another name; lists still find it by the old one, which stays among its other names (S36)."""
    name = _named(name, _("The compound has no name."))
    spellings = _spellings(name, compound.name, aliases)
    for spelling in (name, *spellings):
        other = _known_as(spelling)
        if other is not None and other.pk != compound.pk:
            raise UserError(
                _("“%(name)s” is a name of another compound.") % {"name": spelling},
                field="name" if spelling == name else "aliases",
                mend=_("Choose another name, or leave this one out."),
            )
    facts = {"name": name, "aliases": spellings}
    return change(compound, "edit_compound", name, [(compound, facts)], at=at, by=by)


def add_building(compound: Compound, name: str, *, at: datetime, by: Hand | None = None) -> PlaceChange:
    """A new building of a compound."""
    name = _named(name, _("The building has no name."))
    _refuse_other_building(compound, None, name)
    return add(compound, "add_building", Building(compound=compound, name=name), at=at, by=by)


def edit_building(
    building: Building,
    *,
    name: str,
    address: str,
    aliases: Iterable[str],
    floors: int | None,
    has_lift: bool,
    at: datetime,
    by: Hand | None = None,
) -> PlaceChange | None:
    """Correct a building. The number of floors is confirmed by writing it; the old name stays among its others."""
    name = _named(name, _("The building has no name."))
    spellings = _spellings(name, building.name, aliases)
    for spelling in (name, *spellings):
        _refuse_other_building(building.compound, building, spelling)
    highest = Door.objects.filter(stair__building=building).aggregate(top=Max("floor"))["top"]
    if floors is not None and highest is not None and floors < highest:
        raise UserError(
            _("A door stands on floor %(floor)s.") % {"floor": highest},
            field="floors",
            mend=_("Give at least so many floors, or correct that door first."),
        )
    facts = {
        "name": name,
        "address": address.strip(),
        "aliases": spellings,
        "floors": floors,
        "floors_confirmed": floors is not None,
        "has_lift": has_lift,
    }
    return change(building.compound, "edit_building", name, [(building, facts)], at=at, by=by)


@transaction.atomic
def confirm_building(building: Building, *, at: datetime, by: Hand | None = None) -> PlaceChange | None:
    """Somebody looked: the floors of this building and of every door in it are right as they stand."""
    doors = list(Door.objects.filter(stair__building=building, floor_confirmed=False))
    wanted: list[tuple[Any, Mapping[str, Any]]] = [(door, {"floor_confirmed": True}) for door in doors]
    if building.floors is not None:
        wanted.append((building, {"floors_confirmed": True}))
    return change(building.compound, "confirm_floors", building.name, wanted, at=at, by=by)


@transaction.atomic
def correct_doors(
    building: Building, facts: Mapping[int, DoorFacts], *, at: datetime, by: Hand | None = None
) -> PlaceChange | None:
    """Correct the doors of a building in one act. A floor that is changed is confirmed by it.

    A door that goes to another stair keeps the one under which lists name it, so that the next list finds it there.
    """
    doors = Door.objects.filter(stair__building=building).select_related("stair").in_bulk(list(facts))
    stairs = {stair.pk: stair for stair in Stair.objects.filter(building=building)}
    wanted: list[tuple[Any, Mapping[str, Any]]] = []
    top = building.floors or 0
    for pk, said in facts.items():
        if (door := doors.get(pk)) is None:
            continue
        line = _door_facts(door, said, stairs, building)
        if line:
            wanted.append((door, line))
        top = max(top, line.get("floor", door.floor))
    _refuse_doubles(wanted)
    if building.floors_confirmed and building.floors is not None and top > building.floors:
        raise UserError(
            _("%(building)s has %(floors)s floors.") % {"building": building.name, "floors": building.floors},
            field="floor",
            mend=_("Give the building more floors first."),
        )
    if top > (building.floors or 0):
        wanted.append((building, {"floors": top}))
    return change(building.compound, "correct_doors", building.name, wanted, at=at, by=by)


def add_stair(building: Building, name: str, *, at: datetime, by: Hand | None = None) -> PlaceChange:
    """A new stair of a building."""
    name = _named(name, _("The stair has no name."))[:40]
    if stair_key(name) in {stair_key(known) for known in building.stairs.values_list("name", flat=True)}:
        raise UserError(
            _("%(building)s has a stair %(name)s.") % {"building": building.name, "name": name},
            field="name",
            mend=_("Choose another name."),
        )
    return add(building.compound, "add_stair", Stair(building=building, name=name), at=at, by=by)


def mark_case(stair: Stair, infected: bool, *, at: datetime, by: Hand | None = None) -> PlaceChange | None:
    """Say whether a case lives on a stair: carriers come there last."""
    act = "mark_case" if infected else "unmark_case"
    label = f"{stair.building.name} {stair.name}"
    return change(stair.building.compound, act, label, [(stair, {"infected": infected})], at=at, by=by)


@transaction.atomic
def add_gate(compound: Compound, name: str, *, at: datetime, by: Hand | None = None) -> PlaceChange:
    """A new gate; the first of a compound is where rounds reload."""
    name = _named(name, _("The gate has no name."))
    _refuse_other_gate(compound, None, name)
    first = not compound.gates.filter(reload_point=True).exists()
    return add(compound, "add_gate", Gate(compound=compound, name=name, reload_point=first), at=at, by=by)


@transaction.atomic
def edit_gate(gate: Gate, *, name: str, reload_point: bool, at: datetime, by: Hand | None = None) -> PlaceChange | None:
    """Rename a gate or make it the reload point; a compound has one, so the one before gives way."""
    name = _named(name, _("The gate has no name."))
    _refuse_other_gate(gate.compound, gate, name)
    wanted: list[tuple[Any, Mapping[str, Any]]] = [(gate, {"name": name, "reload_point": reload_point})]
    if reload_point:
        others = gate.compound.gates.exclude(pk=gate.pk).filter(reload_point=True)
        wanted += [(other, {"reload_point": False}) for other in others]
    return change(gate.compound, "edit_gate", name, wanted, at=at, by=by)


def _door_facts(door: Door, said: DoorFacts, stairs: Mapping[int, Stair], building: Building) -> dict[str, Any]:
    line: dict[str, Any] = {}
    if said.floor is not None and said.floor != door.floor:
        if not LOWEST <= said.floor <= HIGHEST:
            raise UserError(
                _("%(floor)s is no floor of a house.") % {"floor": said.floor},
                field=f"floor-{door.pk}",
                mend=_("Write a number such as 5; -1 for the first basement."),
            )
        line |= {"floor": said.floor, "floor_confirmed": True}
    elif said.confirmed is not None:
        line["floor_confirmed"] = said.confirmed
    if said.kind is not None:
        if said.kind not in Door.Kind.values:
            raise UserError(_("There is no such kind of door."), field=f"kind-{door.pk}", mend=_("Choose one."))
        line["kind"] = said.kind
    if said.stair is not None and said.stair != door.stair_id:
        if said.stair not in stairs:
            raise UserError(
                _("That stair is not in %(building)s.") % {"building": building.name},
                field=f"stair-{door.pk}",
                mend=_("Choose a stair of this building."),
            )
        listed = stair_key(door.stair.name)
        line["stair_id"] = said.stair
        if listed not in door.listed_at:
            line["listed_at"] = [*door.listed_at, listed]
    return {name: value for name, value in line.items() if getattr(door, name) != value}


def _refuse_doubles(wanted: Iterable[tuple[Any, Mapping[str, Any]]]) -> None:
    """A stair has one door of a number."""
    moves = {(line["stair_id"], subject.number): subject for subject, line in wanted if "stair_id" in line}
    count = sum("stair_id" in line for _, line in wanted)
    stairs = {stair for stair, _ in moves}
    there = set(Door.objects.filter(stair_id__in=stairs).values_list("stair_id", "number"))
    double = next((key for key in moves if key in there), None)
    if double is None and count == len(moves):
        return
    number, pk = (double[1], moves[double].pk) if double else next(((d.number, d.pk) for d in moves.values()), ("", 0))
    raise UserError(
        _("There is a door %(door)s on that stair already.") % {"door": number},
        field=f"stair-{pk}",
        mend=_("Look which of the two is right; only one can stand there."),
    )


def _named(name: str, error: str) -> str:
    name = " ".join(name.split())[:120]
    if not name:
        raise UserError(error, field="name", mend=_("Write a name."))
    return name


def _spellings(name: str, before: str, aliases: Iterable[str]) -> list[str]:
    """Other names, each once, the old name among them where it changed."""
    given = [" ".join(alias.split())[:120] for alias in aliases]
    if before != name:
        given.append(before)
    return [alias for alias in dict.fromkeys(given) if alias and alias != name]


def _known_as(name: str) -> Compound | None:
    """The compound that has this name, or has it among its other names."""
    exact = Compound.objects.filter(name=name).first()
    if exact is not None:
        return exact
    return next((c for c in Compound.objects.exclude(aliases=[]) if name in c.aliases), None)


def _refuse_other_building(compound: Compound, building: Building | None, spelling: str) -> None:
    key = building_key(spelling)
    for other in compound.buildings.all():
        if building is not None and other.pk == building.pk:
            continue
        if key in {building_key(known) for known in (other.name, other.address, *other.aliases) if known}:
            raise UserError(
                _("“%(name)s” is a name of %(building)s already.") % {"name": spelling, "building": other.name},
                field="name",
                mend=_("Choose another name, or leave this one out."),
            )


def _refuse_other_gate(compound: Compound, gate: Gate | None, name: str) -> None:
    others = compound.gates.filter(name=name)
    if gate is not None:
        others = others.exclude(pk=gate.pk)
    if others.exists():
        raise UserError(
            _("There is a gate “%(name)s” already.") % {"name": name}, field="name", mend=_("Choose another name.")
        )
