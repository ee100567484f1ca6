"""What a list brings that was not there: doors, households and persons, each kind in one load."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Max

from doorstep.register import importing
from doorstep.register.importing import Comparison, DoorKey
from doorstep.register.models import Building, Compound, Door, Household, ListImport, Person, Stair, new_code
from doorstep.storage.bulk import bulk_load, in_batches


def create(comparison: Comparison, preview: ListImport, at: datetime) -> None:
    """New doors, households and persons, each kind in one load."""
    doors = _create_doors(comparison, preview)
    new = [(doors[key], key, name) for key, name in comparison.new_households]
    bulk_load(
        Household,
        [
            *("door_id", "key", "head", "size_stated", "diets", "pets", "tenancy"),
            *("private_code", "source_at", "created_by_import_id"),
        ],
        (
            (
                door,
                name,
                facts.get("head", ""),
                facts.get("size_stated"),
                facts.get("diets", []),
                facts.get("pets", []),
                facts.get("tenancy", ""),
                new_code(),
                at,
                preview.pk,
            )
            for door, key, name in new
            for facts in (comparison.doors[key].households[name].facts,)
        ),
    )
    wanted = {key for key, _, _ in comparison.new_persons}
    households: dict[tuple[int, str], int] = {}
    for batch in in_batches({doors[key] for key in wanted}):
        rows = Household.objects.filter(door_id__in=batch).values_list("door_id", "key", "pk")
        households |= {(door, name): pk for door, name, pk in rows}
    names = (
        "name",
        "sex",
        "birth_date",
        "birth_precision",
        "relation",
        "phone",
        "classes",
        "conditions",
        "present",
        "note",
    )
    blank: dict[str, Any] = {"birth_date": None, "classes": [], "conditions": [], "present": "home"}
    bulk_load(
        Person,
        ["household_id", "key", *names, "source_at", "created_by_import_id"],
        (
            (households[doors[key], home], person, *(facts.get(n, blank.get(n, "")) for n in names), at, preview.pk)
            for key, home, person in comparison.new_persons
            for facts in (comparison.doors[key].households[home].persons[person].facts,)
        ),
    )


def _create_doors(comparison: Comparison, preview: ListImport) -> dict[DoorKey, int]:
    by_compound: dict[str, list[DoorKey]] = {}
    for key in comparison.new_doors:
        by_compound.setdefault(key[0], []).append(key)
    for name, keys in by_compound.items():
        compound = Compound.objects.get_or_create(name=name)[0]
        buildings, stairs = importing.places_of(compound)
        _create_places(compound, [(key, comparison.doors[key].building) for key in keys], buildings, stairs)
        rows = []
        for key in keys:
            line = comparison.doors[key]
            stair = stairs[buildings[key[1]].pk, key[2]]
            rows.append((stair.pk, key[3], line.floor or 1, line.floor is not None, preview.pk))
        bulk_load(
            Door,
            ["stair_id", "number", "floor", "floor_confirmed", "created_by_import_id"],
            ((stair, number, floor, False, made_by) for stair, number, floor, _, made_by in rows),
        )
        _raise_floors(compound)
    return importing.known_doors({key[0] for key in comparison.doors})


def _create_places(
    compound: Compound,
    named: list[tuple[DoorKey, str]],
    buildings: dict[str, Building],
    stairs: dict[tuple[int, str], Stair],
) -> None:
    """Make the buildings and stairs that some doors need and that are not there, each kind in one act."""
    missing = {key[1]: name for key, name in reversed(named) if key[1] not in buildings}
    made = Building.objects.bulk_create(Building(compound=compound, name=name) for name in missing.values())
    buildings.update(zip(missing, made, strict=True))
    wanted = dict.fromkeys((buildings[key[1]].pk, key[2]) for key, _ in named)
    new = [place for place in wanted if place not in stairs]
    stairs.update(zip(new, Stair.objects.bulk_create(Stair(building_id=b, name=n) for b, n in new), strict=True))


def _raise_floors(compound: Compound) -> None:
    """A building has at least as many floors as its highest door, until somebody confirms the number."""
    raised = []
    for building in compound.buildings.filter(floors_confirmed=False).annotate(top=Max("stairs__doors__floor")):
        if building.top and building.top > (building.floors or 0):
            building.floors = building.top
            raised.append(building)
    Building.objects.bulk_update(raised, ["floors"], batch_size=200)
