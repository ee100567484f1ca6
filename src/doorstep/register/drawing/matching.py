"""Which shape of a map file is which building of the register, and where its stairs stand."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from doorstep.register.drawing.geojson import Drawing, Point, Shape
from doorstep.register.lists.address import building_key

NEAR_M = 4.0  # an entrance stands on the outline of its building, or so near to it


@dataclass(frozen=True)
class Known:
    """A building of the register with every spelling of it."""

    pk: int
    spellings: tuple[str, ...]


@dataclass(frozen=True)
class Match:
    """A guess: this building is that shape (its number, None for none). `sure`: by the whole name, one of a kind."""

    building: int
    shape: int | None
    sure: bool


def match(drawing: Drawing, buildings: Sequence[Known]) -> list[Match]:
    """A guess for each building, in their order; a shape is given once.

    Whole names come first (of several shapes the largest), then names that end in the building's ("教工宿舍16号楼" is
    16号楼) where there is one only, then where one only begins as the others that were found do.
    """
    shapes = sorted(drawing.of("building"), key=lambda s: (-_size(s), s.number))
    by_key: dict[str, list[Shape]] = {}
    for shape in shapes:
        for key in {building_key(name) for name in shape.names}:
            by_key.setdefault(key, []).append(shape)
    taken: set[int] = set()
    found: dict[int, Match] = {}
    beginnings: set[str] = set()

    def give(building: Known, shape: Shape, *, sure: bool) -> None:
        found[building.pk] = Match(building.pk, shape.number, sure)
        taken.add(shape.number)

    for building in buildings:
        fits = _named(building, by_key)
        free = [shape for shape in fits if shape.number not in taken]
        if free:
            give(building, free[0], sure=len(fits) == 1)
    for known_only in (False, True):
        for building in (building for building in buildings if building.pk not in found):
            ends = [(begin, shape) for begin, shape in _ending(building, by_key) if shape.number not in taken]
            if known_only:
                ends = [(begin, shape) for begin, shape in ends if begin in beginnings]
            if len({shape.number for _, shape in ends}) == 1:
                give(building, ends[0][1], sure=False)
                beginnings.add(ends[0][0])
    return [found.get(building.pk, Match(building.pk, None, False)) for building in buildings]


def _keys(building: Known) -> list[str]:
    return [key for spelling in building.spellings if spelling and (key := building_key(spelling))]


def _named(building: Known, by_key: dict[str, list[Shape]]) -> list[Shape]:
    """The shapes that bear a name of the building, the largest first."""
    return list(dict.fromkeys(shape for key in _keys(building) for shape in by_key.get(key, ())))


def _ending(building: Known, by_key: dict[str, list[Shape]]) -> list[tuple[str, Shape]]:
    """The shapes whose name ends in a name of the building, each with how it begins."""
    return [
        (said[: -len(key)].rstrip("-—– "), shape)
        for key in _keys(building)
        for said, shapes in by_key.items()
        if _ends(said, key)
        for shape in shapes
    ]


def _ends(said: str, key: str) -> bool:
    """Whether a longer name ends in this one: 教工宿舍16 in 16, but not 116 in 16."""
    if len(said) <= len(key) or not said.endswith(key):
        return False
    before = said[-len(key) - 1]
    return not (before.isdigit() and key[0].isdigit())


def spread(shape: Shape, stairs: Sequence[str], entrances: Iterable[Shape]) -> list[Point]:
    """Where the stairs of a building stand: at its entrances where the file has them, else along its length.

    An entrance goes to the stair that it names; nameless ones go, from the west, to the stairs in their order when
    there is one for each.
    """
    near = [entrance for entrance in entrances if distance_to(shape, entrance.x_m, entrance.y_m) <= NEAR_M]
    named = {_stair_key(name): (e.x_m, e.y_m) for e in near for name in e.names}
    along = _along(shape, len(stairs))
    if len(near) == len(stairs) and not any(_stair_key(stair) in named for stair in stairs):
        along = sorted((e.x_m, e.y_m) for e in near)
    return [named.get(_stair_key(stair), along[number]) for number, stair in enumerate(stairs)]


def distance_to(shape: Shape, x: float, y: float) -> float:
    """Metres from a point to the outline of a shape; to its place where it has no outline."""
    if not shape.ring:
        return math.hypot(shape.x_m - x, shape.y_m - y)
    corners = list(shape.ring)
    return min(_to_side(x, y, a, b) for a, b in zip(corners, [*corners[1:], corners[0]], strict=True))


def _to_side(x: float, y: float, a: Point, b: Point) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    part = max(0.0, min(1.0, ((x - a[0]) * dx + (y - a[1]) * dy) / length)) if length else 0.0
    return math.hypot(a[0] + part * dx - x, a[1] + part * dy - y)


def _along(shape: Shape, count: int) -> list[Point]:
    """So many places evenly along the longest direction of a shape, from the west."""
    if count <= 1 or not shape.ring:
        return [(shape.x_m, shape.y_m)] * count
    moved = [(x - shape.x_m, y - shape.y_m) for x, y in shape.ring]
    xx, yy, xy = (sum(x * x for x, _ in moved), sum(y * y for _, y in moved), sum(x * y for x, y in moved))
    angle = 0.5 * math.atan2(2 * xy, xx - yy)
    ux, uy = math.cos(angle), math.sin(angle)
    reach = [x * ux + y * uy for x, y in moved]
    low, high = min(reach), max(reach)
    steps = [low + (high - low) * (number + 0.5) / count for number in range(count)]
    return [(round(shape.x_m + s * ux, 1) + 0.0, round(shape.y_m + s * uy, 1) + 0.0) for s in steps]


def _size(shape: Shape) -> float:
    if not shape.ring:
        return 0.0
    xs, ys = [x for x, _ in shape.ring], [y for _, y in shape.ring]
    return (max(xs) - min(xs)) * (max(ys) - min(ys))


def _stair_key(name: str) -> str:
    return name.strip().removesuffix("单元").lower()
