"""Which doors an area has: includes and excepts, the deepest word wins."""

from __future__ import annotations

from collections.abc import Iterable

from doorstep.command.models import Area, AreaDoor, AreaPlace
from doorstep.register.models import Door

DEPTH = ("compound", "building", "stair", "door")


def doors_meant(places: Iterable[AreaPlace]) -> set[int]:
    """The doors that the places name. A deeper place overrules a wider one; at the same depth an except wins."""
    rules: dict[tuple[str, int], bool] = {}
    for place in places:
        for depth in DEPTH:
            if (key := getattr(place, f"{depth}_id")) is not None:
                rules[depth, key] = rules.get((depth, key), True) and place.include
    if not rules:
        return set()
    compounds = _compounds_of(rules)
    columns = ("stair__building__compound_id", "stair__building_id", "stair_id", "pk")
    meant = set()
    for row in Door.objects.filter(stair__building__compound_id__in=compounds).values_list(*columns):
        said = [rules[depth, key] for depth, key in zip(DEPTH, row, strict=True) if (depth, key) in rules]
        if said and said[-1]:
            meant.add(row[3])
    return meant


def work_out_doors(area: Area) -> int:
    """Make the stored doors of an area equal to what its places mean. Returns how many it has."""
    meant = doors_meant(area.places.all())
    have = set(AreaDoor.objects.filter(area=area).values_list("door_id", flat=True))
    AreaDoor.objects.filter(area=area, door_id__in=have - meant).delete()
    AreaDoor.objects.bulk_create([AreaDoor(area=area, door_id=door) for door in sorted(meant - have)], batch_size=5000)
    return len(meant)


def _compounds_of(rules: dict[tuple[str, int], bool]) -> set[int]:
    keys: dict[str, list[int]] = {depth: [key for named, key in rules if named == depth] for depth in DEPTH}
    found = set(keys["compound"])
    lookups = {"building": "stair__building_id__in", "stair": "stair_id__in", "door": "pk__in"}
    for depth, lookup in lookups.items():
        if keys[depth]:
            doors = Door.objects.filter(**{lookup: keys[depth]})
            found.update(doors.values_list("stair__building__compound_id", flat=True))
    return found
