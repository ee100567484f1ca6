"""What can be done to a compound's plan: things placed by hand, a picture laid behind, a map file read in."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.errors import UserError
from doorstep.register.changes import Hand, change
from doorstep.register.drawing import (
    Drawing,
    Shape,
    clean_picture,
    drawing_from_data,
    drawing_to_data,
    moved,
    read_geojson,
    spread,
)
from doorstep.register.lists import counted
from doorstep.register.models import Building, Compound, Gate, PlaceChange, PlanDraft, Stair
from doorstep.wiring.texts import spoken

FARTHEST_M = 20_000
NARROWEST_M, WIDEST_M = 5, 10_000
Key = tuple[str, int]
Position = tuple[float, float] | None
Wanted = list[tuple[Any, Mapping[str, Any]]]


@transaction.atomic
def place(
    compound: Compound, positions: Mapping[Key, Position], *, at: datetime, by: Hand | None = None
) -> PlaceChange | None:
    """Put gates, buildings and stairs at positions (metres), or take them off the plan (None).

    A building takes its outline and the stairs that stand somewhere along, unless they are placed in the same act.
    """
    things = _things(compound)
    wanted: dict[Key, tuple[Any, dict[str, Any]]] = {}
    for key, position in positions.items():
        thing = things.get(key)
        if thing is None:
            raise UserError(
                _("This is not on the plan of %(compound)s.") % {"compound": compound.name},
                field=f"{key[0]}-{key[1]}",
                mend=_("Open the page again."),
            )
        x, y = _checked(position, f"{key[0]}-{key[1]}") if position else (None, None)
        if isinstance(thing, Building) and (x, y) != (thing.x_m, thing.y_m):
            wanted |= _taken_along(thing, x, y, things, positions)
        wanted.setdefault(key, (thing, {}))[1].update({"x_m": x, "y_m": y})
    names = [_name(thing) for thing, _facts in wanted.values()]
    label = names[0] if len(names) == 1 else _("%(count)s places") % {"count": len(names)}
    if len(positions) == 1:
        label = _name(things[next(iter(positions))])
    return change(compound, "place", label, wanted.values(), at=at, by=by)


@transaction.atomic
def set_picture(
    compound: Compound,
    data: bytes | None,
    *,
    width_m: float,
    left_m: float = 0.0,
    bottom_m: float = 0.0,
    at: datetime,
    by: Hand | None = None,
) -> PlaceChange | None:
    """Lay a picture behind the plan, so many metres wide, its lower left corner there. No `data`: the one that is."""
    if not NARROWEST_M <= width_m <= WIDEST_M:
        raise UserError(
            _("A plan is between %(least)s and %(most)s metres wide.") % {"least": NARROWEST_M, "most": WIDEST_M},
            field="width_m",
            mend=_("Measure a known length on the picture and reckon its whole width."),
        )
    facts: dict[str, Any] = {}
    sheet = dict(compound.plan.get("picture", {}))
    if data is not None:
        picture = in_words(lambda: clean_picture(data))
        storage = Compound.picture.field.storage
        name = f"plans/{compound.pk}-{hashlib.sha256(picture.data).hexdigest()[:20]}.{picture.kind}"
        if not storage.exists(name):
            name = storage.save(name, ContentFile(picture.data))
        facts["picture"] = name
        sheet = {"kind": picture.kind, "ratio": picture.height / picture.width}
    if not sheet:
        raise UserError(_("There is no picture yet."), field="picture", mend=_("Choose one."))
    sheet |= {"width_m": width_m, "height_m": width_m * sheet["ratio"], "left_m": left_m, "bottom_m": bottom_m}
    facts["plan"] = {**compound.plan, "picture": sheet}
    return change(compound, "set_picture", compound.name, [(compound, facts)], at=at, by=by)


def remove_picture(compound: Compound, *, at: datetime, by: Hand | None = None) -> PlaceChange | None:
    """Take the picture away; what is placed stays."""
    plan = {key: value for key, value in compound.plan.items() if key != "picture"}
    facts = {"picture": None, "plan": plan}
    return change(compound, "remove_picture", compound.name, [(compound, facts)], at=at, by=by)


@transaction.atomic
def keep_draft(compound: Compound, data: bytes, filename: str, *, at: datetime) -> PlanDraft:
    """Read a map file and keep it until somebody has said which shape is which building. The register stays as it is."""
    centre = compound.plan.get("centre")
    drawing = in_words(lambda: read_geojson(data, centre=(centre[0], centre[1]) if centre else None))
    facts = {"filename": filename[:240], "drawing": drawing_to_data(drawing), "at": at}
    return PlanDraft.objects.update_or_create(compound=compound, defaults=facts)[0]


def drop_draft(compound: Compound) -> None:
    """Forget a map file that was read."""
    PlanDraft.objects.filter(compound=compound).delete()


@transaction.atomic
def draw_from_map(
    draft: PlanDraft, chosen: Mapping[int, int | None], *, at: datetime, by: Hand | None = None
) -> PlaceChange | None:
    """Give buildings the shapes that were chosen for them (building → number of the feature), their stairs and gates too.

    Where the compound has no place on the map yet, metres are counted from the middle of what was chosen.
    """
    compound = draft.compound
    drawing = drawing_from_data(draft.drawing)
    shapes = _chosen_shapes(drawing, chosen)
    if "centre" not in compound.plan:
        drawing = moved(drawing, _middle(shapes.values()))
        shapes = _chosen_shapes(drawing, chosen)
    wanted: Wanted = []
    buildings = compound.buildings.prefetch_related("stairs").in_bulk(list(shapes))
    for pk, building in buildings.items():
        wanted += _drawn(building, shapes[pk], drawing.of("entrance"))
    for gate, shape in gates_in(drawing, list(compound.gates.all())):
        wanted.append((gate, {"x_m": shape.x_m, "y_m": shape.y_m}))
    wanted.append((compound, {"plan": {**compound.plan, "centre": list(drawing.centre)}}))
    draft.delete()
    return change(compound, "draw_from_map", draft.filename, wanted, at=at, by=by)


def gates_in(drawing: Drawing, gates: list[Gate]) -> list[tuple[Gate, Shape]]:
    """Which gate of the file is which of the register: by its name, or the only one of each."""
    drawn = drawing.of("gate")
    found = [(gate, shape) for gate in gates for shape in drawn if gate.name in shape.names]
    if not found and len(gates) == len(drawn) == 1:
        return [(gates[0], drawn[0])]
    return list({gate.pk: (gate, shape) for gate, shape in reversed(found)}.values())


def in_words(read: Any) -> Any:
    """Run a reader of the drawing library; what it refuses is said in the language of the page."""
    try:
        return read()
    except UserError as error:
        raise spoken(error) from error


def _things(compound: Compound) -> dict[Key, Any]:
    found: dict[Key, Any] = {("gate", gate.pk): gate for gate in compound.gates.all()}
    found |= {("building", building.pk): building for building in compound.buildings.all()}
    stairs = Stair.objects.filter(building__compound=compound).select_related("building")
    return found | {("stair", stair.pk): stair for stair in stairs}


def _taken_along(
    building: Building, x: float | None, y: float | None, things: Mapping[Key, Any], positions: Mapping[Key, Position]
) -> dict[Key, tuple[Any, dict[str, Any]]]:
    """What moves with a building that had a position and gets another."""
    key = ("building", building.pk)
    if building.x_m is None or building.y_m is None:
        return {}
    if x is None or y is None:
        return {key: (building, {"outline": []})}
    dx, dy = x - building.x_m, y - building.y_m
    found: dict[Key, tuple[Any, dict[str, Any]]] = {}
    if building.outline:
        outline = [[round(px + dx, 1), round(py + dy, 1)] for px, py in building.outline]
        found[key] = (building, {"outline": outline})
    for other, thing in things.items():
        stands = other[0] == "stair" and thing.building_id == building.pk and thing.x_m is not None
        if stands and other not in positions:
            facts = {"x_m": round(thing.x_m + dx, 2), "y_m": round((thing.y_m or 0.0) + dy, 2)}
            found[other] = (thing, facts)
    return found


def _checked(position: tuple[float, float], field: str) -> tuple[float, float]:
    x, y = position
    if not (math.isfinite(x) and math.isfinite(y) and abs(x) <= FARTHEST_M and abs(y) <= FARTHEST_M):
        raise UserError(_("This is no position on a plan."), field=field, mend=_("Write metres, such as 35 or -12.5."))
    return round(x, 2), round(y, 2)


def _name(thing: Any) -> str:
    return f"{thing.building.name} {thing.name}" if isinstance(thing, Stair) else str(thing.name)


def _chosen_shapes(drawing: Drawing, chosen: Mapping[int, int | None]) -> dict[int, Shape]:
    by_number = {shape.number: shape for shape in drawing.of("building")}
    found: dict[int, Shape] = {}
    for building, number in chosen.items():
        if number is None:
            continue
        if number not in by_number:
            raise UserError(
                _("The file has no building number %(number)s.") % {"number": number},
                field=f"shape-{building}",
                mend=_("Choose one of the list, or leave it empty."),
            )
        if any(shape.number == number for shape in found.values()):
            raise UserError(
                _("Number %(number)s is given to two buildings.") % {"number": number},
                field=f"shape-{building}",
                mend=_("Give it to one of them only."),
            )
        found[building] = by_number[number]
    if not found:
        raise UserError(
            _("No building has a shape yet."), field="", mend=_("Give at least one building its number in the file.")
        )
    return found


def _middle(shapes: Any) -> tuple[float, float]:
    chosen = list(shapes)
    xs, ys = [shape.x_m for shape in chosen], [shape.y_m for shape in chosen]
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def _drawn(building: Building, shape: Shape, entrances: tuple[Shape, ...]) -> Wanted:
    facts: dict[str, Any] = {"x_m": shape.x_m, "y_m": shape.y_m, "outline": [list(corner) for corner in shape.ring]}
    if shape.floors and not building.floors_confirmed and shape.floors >= (building.floors or 0):
        facts["floors"] = shape.floors
    stairs = sorted(building.stairs.all(), key=lambda stair: counted(stair.name))
    places = spread(shape, [stair.name for stair in stairs], entrances)
    return [
        (building, facts),
        *((stair, {"x_m": x, "y_m": y}) for stair, (x, y) in zip(stairs, places, strict=True)),
    ]
