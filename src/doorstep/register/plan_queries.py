"""A compound's plan as its page draws it: what stands where, in metres, y turned downwards as a screen has it."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

from doorstep.register.drawing import Drawing, Known, Match, drawing_from_data, match
from doorstep.register.lists import counted
from doorstep.register.models import Building, Compound, PlaceChange, PlanDraft, Stair

EMPTY_SHEET_M = (120.0, 80.0)  # the sheet of a compound of which nothing is known
MARGIN = 0.15
STRIP = 4.5  # units under the sheet, for its scale


@dataclass(frozen=True)
class Pin:
    """A gate, building or stair. `own` is where it stands by itself (metres); `x`, `y` where it is drawn.

    A stair without a position of its own is drawn at its building (`leans`); what stands nowhere waits under the sheet.
    """

    kind: str
    pk: int
    name: str
    label: str
    x: float
    y: float
    own: tuple[float, float] | None
    building: int | None = None
    leans: bool = False
    case: bool = False
    reload_point: bool = False
    outline: str = ""

    @property
    def waits(self) -> bool:
        return self.own is None and not self.leans


@dataclass(frozen=True)
class PictureBox:
    """Where the picture lies, in the coordinates of the screen."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class PlanSheet:
    """The whole plan. `unit` is about a hundredth of its width: what the size of signs and letters hangs on."""

    x: float
    y: float
    width: float
    height: float
    tray: float
    unit: float
    scale_m: int
    picture: PictureBox | None
    pins: tuple[Pin, ...]
    last: PlaceChange | None

    @property
    def viewbox(self) -> str:
        return f"{self.x:.1f} {self.y:.1f} {self.width:.1f} {self.height + STRIP * self.unit + self.tray:.1f}"

    @property
    def tall(self) -> bool:
        return self.height > self.width

    @property
    def waiting(self) -> int:
        return sum(pin.waits for pin in self.pins)

    @property
    def letters(self) -> float:
        return 2 * self.unit

    @property
    def line(self) -> float:
        return 0.4 * self.unit

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def baseline(self) -> float:
        return self.bottom + 3.6 * self.unit

    @property
    def scale_x(self) -> float:
        return self.x + self.unit

    @property
    def scale_end(self) -> float:
        return self.scale_x + self.scale_m


@dataclass(frozen=True)
class MapRow:
    """A building beside the shape that it is taken for."""

    building: Building
    match: Match
    label: str


@dataclass(frozen=True)
class MapPage:
    """A map file waiting to be agreed to."""

    draft: PlanDraft
    drawing: Drawing
    rows: tuple[MapRow, ...]
    viewbox: str
    unit: float

    @property
    def letters(self) -> float:
        return 1.6 * self.unit

    @property
    def given(self) -> int:
        return sum(row.match.shape is not None for row in self.rows)


def plan_sheet(compound: Compound) -> PlanSheet:
    """The plan of a compound with everything on it. Four queries."""
    gates = list(compound.gates.order_by("name"))
    buildings = sorted(compound.buildings.all(), key=lambda b: counted(b.name))
    stairs: dict[int, list[Stair]] = defaultdict(list)
    for stair in Stair.objects.filter(building__compound=compound):
        stairs[stair.building_id].append(stair)
    picture = compound.plan.get("picture") if compound.picture else None
    x, y, width, height = _frame(picture, gates, buildings, [s for some in stairs.values() for s in some])
    unit = _unit(max(width, height), [s for some in stairs.values() for s in some])
    pins: list[Pin] = [_gate(gate) for gate in gates]
    for building in buildings:
        pins.append(_building(building))
        here = sorted(stairs[building.pk], key=lambda s: counted(s.name))
        pins += [_stair(building, stair, number, len(here), unit) for number, stair in enumerate(here)]
    pins, tray = _in_tray(pins, x, y + height + STRIP * unit, width, unit)
    last = compound.place_changes.filter(act__in=("place", "draw_from_map"), undone_at=None).first()
    box = _picture_box(picture) if picture else None
    # buildings first: what is drawn later lies on top and is taken first by a finger
    pins.sort(key=lambda pin: pin.kind != "building")
    return PlanSheet(x, y, width, height, tray, unit, _scale(width), box, tuple(pins), last)


def map_page(draft: PlanDraft) -> MapPage:
    """A map file with a guess for each building. Two queries."""
    drawing = drawing_from_data(draft.drawing)
    buildings = sorted(draft.compound.buildings.all(), key=lambda b: counted(b.name))
    known = [Known(b.pk, (b.name, b.address, *b.aliases)) for b in buildings]
    labels = {shape.number: shape.label for shape in drawing.shapes}
    rows = tuple(
        MapRow(building, guess, labels.get(guess.shape or 0, ""))
        for building, guess in zip(buildings, match(drawing, known), strict=True)
    )
    taken = {row.match.shape for row in rows if row.match.shape is not None}
    shapes = [shape for shape in drawing.of("building") if shape.number in taken] or drawing.of("building")
    corners = [corner for shape in shapes for corner in (shape.ring or ((shape.x_m, shape.y_m),))]
    left, right = min(x for x, _ in corners), max(x for x, _ in corners)
    low, high = min(y for _, y in corners), max(y for _, y in corners)
    unit = max(right - left, high - low, 50) / 100
    edge = 15 * unit  # the neighbours are seen, too
    box = (left - edge, -high - edge, right - left + 2 * edge, high - low + 2 * edge)
    return MapPage(draft, drawing, rows, " ".join(f"{number:.1f}" for number in box), unit)


def _frame(picture: dict[str, Any] | None, *placed: list[Any]) -> tuple[float, float, float, float]:
    """Left, top, width and height of what is to be seen, on the screen; a margin around it."""
    xs: list[float] = []
    ys: list[float] = []
    for thing in (thing for some in placed for thing in some):
        corners = [*getattr(thing, "outline", ()), (thing.x_m, thing.y_m)]
        xs += [x for x, _ in corners if x is not None]
        ys += [-y for _, y in corners if y is not None]
    if picture:
        box = _picture_box(picture)
        xs += [box.x, box.x + box.width]
        ys += [box.y, box.y + box.height]
    if not xs:
        xs, ys = [0.0, EMPTY_SHEET_M[0]], [-EMPTY_SHEET_M[1], 0.0]
    width, height = max(max(xs) - min(xs), 40.0), max(max(ys) - min(ys), 30.0)
    middle = ((max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2)
    margin = MARGIN * max(width, height)
    width, height = width + 2 * margin, height + 2 * margin
    return middle[0] - width / 2, middle[1] - height / 2, width, height


def _unit(longest: float, stairs: list[Stair]) -> float:
    """A hundredth of the sheet; less where stairs stand so close that their signs would hide one another."""
    by_building: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for stair in stairs:
        if (own := _own(stair)) is not None:
            by_building[stair.building_id].append(own)
    gaps = sorted(
        min(math.dist(one, other) for number, other in enumerate(here) if number != which)
        for here in by_building.values()
        if len(here) > 1
        for which, one in enumerate(here)
    )
    if not gaps:
        return longest / 100
    return min(longest / 100, max(longest / 220, gaps[len(gaps) // 2] / 3.2))


def _picture_box(picture: dict[str, Any]) -> PictureBox:
    top = -(picture["bottom_m"] + picture["height_m"])
    return PictureBox(picture["left_m"], top, picture["width_m"], picture["height_m"])


def _own(thing: Any) -> tuple[float, float] | None:
    return (thing.x_m, thing.y_m) if thing.x_m is not None and thing.y_m is not None else None


def _gate(gate: Any) -> Pin:
    own = _own(gate)
    x, y = own or (0.0, 0.0)
    return Pin("gate", gate.pk, gate.name, gate.name, x, -y, own, reload_point=gate.reload_point)


def _building(building: Building) -> Pin:
    own = _own(building)
    x, y = own or (0.0, 0.0)
    outline = " ".join(f"{px - x:.1f},{y - py:.1f}" for px, py in building.outline) if own else ""
    return Pin("building", building.pk, building.name, building.name, x, -y, own, outline=outline)


def _stair(building: Building, stair: Stair, number: int, count: int, unit: float) -> Pin:
    own, home = _own(stair), _own(building)
    x, y = own or home or (0.0, 0.0)
    leans = own is None and home is not None
    if leans:
        x, y = x + (number - (count - 1) / 2) * 4 * unit, y - 4 * unit
    label = f"{building.name} {stair.name}"
    return Pin("stair", stair.pk, stair.name, label, x, -y, own, building.pk, leans, stair.infected)


def _in_tray(pins: list[Pin], left: float, top: float, width: float, unit: float) -> tuple[list[Pin], float]:
    """Give each pin that stands nowhere a place in rows under the sheet. Returns the pins and the rows' height."""
    step = 9 * unit
    columns = max(1, int((width - 2 * unit) / step))
    found, number = [], 0
    for pin in pins:
        if pin.waits:
            row, column = divmod(number, columns)
            pin = replace(pin, x=left + unit + step * (column + 0.5), y=top + step * (row + 0.75))
            number += 1
        found.append(pin)
    return found, (-(-number // columns) * step + 2 * unit) if number else 0.0


def _scale(width: float) -> int:
    """A round length of about a fifth of the sheet, for its scale."""
    return next((m for m in (1000, 500, 200, 100, 50, 20, 10) if m <= width / 4), 5)
