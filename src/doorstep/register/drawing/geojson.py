"""A GeoJSON file (RFC 7946: WGS 84, longitude first) read into buildings, entrances and gates in local metres.

The projection is equirectangular around the centre of what was read: x = R·cos(lat₀)·Δlon to the east, y = R·Δlat to
the north, R = 6,371,008.8 m. Within 5 km of the centre a distance is right to about one part in a thousand.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from doorstep.errors import UserError
from doorstep.errors import gettext_noop as _

EARTH_M = 6_371_008.8
MOST_BYTES = 5_000_000
MOST_FEATURES = 20_000
MOST_CORNERS = 400_000
FARTHEST_M = 20_000
Point = tuple[float, float]
NAMES = ("name", "name:zh", "addr:housename", "alt_name", "old_name", "short_name", "loc_name")
REFS = ("ref", "addr:housenumber", "addr:unit", "building:ref")
NO_BUILDING = {"landuse", "natural", "leisure", "highway", "waterway", "boundary", "railway", "place", "barrier"}
CUT = _("Cut the file down to the compound.")
AGAIN = _("Export the file again.")
DRAW = _("Draw it again, or take it out of the file.")
COLLECTION = _("Export the buildings as a GeoJSON FeatureCollection.")
WGS84 = {"", "EPSG:4326", "urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "CRS84"}


@dataclass(frozen=True)
class Shape:
    """One thing of the file. `number` counts features from 1; metres from the centre; `ring` is empty for a point."""

    number: int
    kind: str  # "building" | "entrance" | "gate"
    names: tuple[str, ...]
    x_m: float
    y_m: float
    ring: tuple[Point, ...] = ()
    floors: int | None = None

    @property
    def label(self) -> str:
        return self.names[0] if self.names else f"#{self.number}"


@dataclass(frozen=True)
class Drawing:
    """What a file holds, around `centre` (longitude, latitude). `passed_over` features were roads, lawns and the like."""

    centre: Point
    shapes: tuple[Shape, ...]
    passed_over: int

    def of(self, kind: str) -> tuple[Shape, ...]:
        return tuple(shape for shape in self.shapes if shape.kind == kind)


def read_geojson(data: bytes, *, centre: Point | None = None) -> Drawing:
    """The buildings, entrances and gates of a file. With a `centre`, metres are counted from there.

    Raises UserError naming the feature and the mend.
    """
    found, passed_over, corners = [], 0, 0
    for number, feature in enumerate(_features(data), start=1):
        where = _where(number, feature)
        tags = _tags(feature, where)
        geometry = feature.get("geometry")
        kind = _kind(tags, geometry)
        if kind is None or not isinstance(geometry, Mapping):
            passed_over += 1
            continue
        ring = _ring(geometry, where)
        corners += len(ring)
        if corners > MOST_CORNERS:
            raise _refused(_("The file has too many corners."), mend=CUT)
        found.append((number, kind, tags, ring))
    if not any(line[1] == "building" for line in found):
        raise _refused(
            _("The file holds no building."),
            mend=_("Export the buildings as polygons or points, each with its name or number."),
        )
    centre = centre or _centre([point for line in found for point in line[3]])
    shapes = [_shape(number, kind, tags, ring, centre) for number, kind, tags, ring in found]
    _refuse_far(shapes)
    return Drawing(centre, tuple(_once(shapes)), passed_over)


def moved(drawing: Drawing, middle: Point) -> Drawing:
    """The same drawing with its metres counted from `middle` (metres of the old count)."""
    dx, dy = middle
    longitude = drawing.centre[0] + math.degrees(dx / (EARTH_M * math.cos(math.radians(drawing.centre[1]))))
    latitude = drawing.centre[1] + math.degrees(dy / EARTH_M)
    shapes = tuple(
        replace(
            shape,
            x_m=round(shape.x_m - dx, 1) + 0.0,
            y_m=round(shape.y_m - dy, 1) + 0.0,
            ring=tuple((round(x - dx, 1) + 0.0, round(y - dy, 1) + 0.0) for x, y in shape.ring),
        )
        for shape in drawing.shapes
    )
    return Drawing((round(longitude, 7), round(latitude, 7)), shapes, drawing.passed_over)


def drawing_to_data(drawing: Drawing) -> dict[str, Any]:
    """A drawing as plain JSON, to be kept until somebody has looked at it."""
    return asdict(drawing)


def drawing_from_data(data: Mapping[str, Any]) -> Drawing:
    """The drawing that was kept."""
    shapes = (
        Shape(**{**line, "names": tuple(line["names"]), "ring": tuple((x, y) for x, y in line["ring"])})
        for line in data["shapes"]
    )
    return Drawing((data["centre"][0], data["centre"][1]), tuple(shapes), data["passed_over"])


def _refused(text: str, *, mend: str, **facts: Any) -> UserError:
    return UserError(text, field="file", mend=mend, facts=facts)


def _features(data: bytes) -> list[Mapping[str, Any]]:
    if len(data) > MOST_BYTES:
        raise _refused(
            _("The file has more than %(most)s MB."),
            mend=CUT,
            most=MOST_BYTES // 1_000_000,
        )
    try:
        body = json.loads(data.decode("utf-8-sig"), parse_constant=lambda text: None)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise _refused(
            _("The file is no GeoJSON."), mend=_("Export it as GeoJSON (UTF-8) and choose it again.")
        ) from error
    if not isinstance(body, dict) or body.get("type") not in ("FeatureCollection", "Feature"):
        raise _refused(_("The file is no FeatureCollection."), mend=COLLECTION)
    _refuse_other_reference(body)
    features = body.get("features") if body["type"] == "FeatureCollection" else [body]
    if not isinstance(features, list) or not features:
        raise _refused(_("The file holds no features."), mend=COLLECTION)
    if len(features) > MOST_FEATURES:
        raise _refused(
            _("The file has %(count)s features; %(most)s are the most."),
            mend=CUT,
            count=len(features),
            most=MOST_FEATURES,
        )
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, Mapping):
            raise _refused(_("Feature %(where)s is no feature."), mend=AGAIN, where=number)
    return features


def _refuse_other_reference(body: Mapping[str, Any]) -> None:
    crs = body.get("crs")
    properties = crs.get("properties") if isinstance(crs, Mapping) else None
    name = str(properties.get("name", "")) if isinstance(properties, Mapping) else ""
    if name not in WGS84:
        raise _refused(
            _("The file is in %(name)s, not in WGS 84."),
            mend=_("Export it with longitude and latitude (WGS 84)."),
            name=name[:80],
        )


def _where(number: int, feature: Mapping[str, Any]) -> str:
    properties = feature.get("properties")
    name = properties.get("name") if isinstance(properties, Mapping) else None
    return f"{number} (“{str(name)[:80]}”)" if name else str(number)


def _tags(feature: Mapping[str, Any], where: str) -> dict[str, str]:
    properties = feature.get("properties") or {}
    if not isinstance(properties, Mapping):
        raise _refused(_("Feature %(where)s: its properties are no object."), mend=AGAIN, where=where)
    nested = properties.get("tags")
    merged = {**properties, **(nested if isinstance(nested, Mapping) else {})}
    return {
        str(key): str(value).strip()
        for key, value in merged.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip()
    }


def _kind(tags: Mapping[str, str], geometry: Any) -> str | None:
    shape = geometry.get("type") if isinstance(geometry, Mapping) else None
    if shape == "Point":
        if "entrance" in tags or tags.get("kind") == "entrance":
            return "entrance"
        if "gate" in tags.get("barrier", "") or tags.get("kind") == "gate":
            return "gate"
    elif shape not in ("Polygon", "MultiPolygon"):
        return None
    marked = tags.get("building", "no") != "no" or "building" in tags.get("kind", "") + tags.get("layer", "")
    named = any(name in tags for name in (*NAMES, *REFS))
    return "building" if marked or (named and not NO_BUILDING & tags.keys()) else None


def _ring(geometry: Mapping[str, Any], where: str) -> list[Point]:
    """The outer ring (of the largest part), its closing corner left out; one point for a point."""
    coordinates = geometry.get("coordinates")
    if geometry["type"] == "Point":
        return [_point(coordinates, where)]
    parts = coordinates if geometry["type"] == "MultiPolygon" else [coordinates]
    if not isinstance(parts, list) or not all(isinstance(part, list) and part for part in parts) or not parts:
        raise _refused(_("Feature %(where)s has no corners."), mend=DRAW, where=where)
    rings = []
    for part in parts:
        if not isinstance(part[0], list):
            raise _refused(_("Feature %(where)s has no corners."), mend=DRAW, where=where)
        ring = [_point(corner, where) for corner in part[0]]
        rings.append(ring[:-1] if len(ring) > 1 and ring[0] == ring[-1] else ring)
    whole = [ring for ring in rings if len(ring) >= 3]
    if not whole:
        raise _refused(_("Feature %(where)s has fewer than three corners."), mend=DRAW, where=where)
    return max(whole, key=lambda ring: abs(_area(ring)))


def _point(corner: Any, where: str) -> Point:
    numbers = corner[:2] if isinstance(corner, list) else []
    if len(numbers) < 2 or not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
        raise _refused(_("Feature %(where)s: a corner is no pair of numbers."), mend=DRAW, where=where)
    if not all(abs(n) < 1e12 for n in numbers):  # false for infinity, and for whole numbers that no float holds
        raise _refused(_("Feature %(where)s: a corner is no pair of numbers."), mend=DRAW, where=where)
    longitude, latitude = float(numbers[0]), float(numbers[1])
    if abs(latitude) > 90 and abs(longitude) <= 90 and abs(latitude) <= 180:
        raise _refused(
            _("Feature %(where)s: %(latitude)s is no latitude; the two numbers seem to be swapped."),
            mend=_("Write longitude first."),
            where=where,
            latitude=f"{latitude:g}",
        )
    if abs(longitude) > 180 or abs(latitude) > 85:
        raise _refused(
            _("Feature %(where)s: %(longitude)s, %(latitude)s is no place on the earth in degrees."),
            mend=_("Export it with longitude and latitude (WGS 84), not in metres."),
            where=where,
            longitude=f"{longitude:g}",
            latitude=f"{latitude:g}",
        )
    return longitude, latitude


def _centre(points: list[Point]) -> Point:
    longitudes, latitudes = [p[0] for p in points], [p[1] for p in points]
    middle = ((min(longitudes) + max(longitudes)) / 2, (min(latitudes) + max(latitudes)) / 2)
    return round(middle[0], 7), round(middle[1], 7)


def _shape(number: int, kind: str, tags: Mapping[str, str], ring: list[Point], centre: Point) -> Shape:
    east, north = EARTH_M * math.cos(math.radians(centre[1])), EARTH_M
    metres = tuple(
        (
            round(east * math.radians(longitude - centre[0]), 1) + 0.0,
            round(north * math.radians(latitude - centre[1]), 1) + 0.0,
        )
        for longitude, latitude in ring
    )
    x, y = _middle(metres)
    return Shape(number, kind, _names(tags), x, y, metres if len(metres) > 2 else (), _floors(tags))


def _names(tags: Mapping[str, str]) -> tuple[str, ...]:
    """Every spelling that may name it: names, numbers, street with number."""
    spellings = [tags[key] for key in (*NAMES, *REFS) if key in tags]
    if "addr:street" in tags and "addr:housenumber" in tags:
        spellings.append(f"{tags['addr:street']}{tags['addr:housenumber']}")
    return tuple(dict.fromkeys(spelling[:120] for spelling in spellings))


def _floors(tags: Mapping[str, str]) -> int | None:
    text = tags.get("building:levels", "")
    try:
        floors = int(float(text))
    except (ValueError, OverflowError):
        return None
    return floors if 1 <= floors <= 200 else None


def _area(ring: Iterable[Point]) -> float:
    corners = list(ring)
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(corners, [*corners[1:], corners[0]], strict=True)) / 2


def _middle(ring: tuple[Point, ...]) -> Point:
    """The centroid of a ring; the mean of its corners where it has no area."""
    x0, y0 = ring[0]
    moved = [(x - x0, y - y0) for x, y in ring]
    area = _area(moved)
    if abs(area) < 0.5:
        x, y = sum(p[0] for p in ring) / len(ring), sum(p[1] for p in ring) / len(ring)
    else:
        x = y = 0.0
        for (ax, ay), (bx, by) in zip(moved, [*moved[1:], moved[0]], strict=True):
            cross = ax * by - bx * ay
            x, y = x + (ax + bx) * cross, y + (ay + by) * cross
        x, y = x0 + x / (6 * area), y0 + y / (6 * area)
    return round(x, 1) + 0.0, round(y, 1) + 0.0


def _refuse_far(shapes: list[Shape]) -> None:
    far = next((s for s in shapes if max(abs(s.x_m), abs(s.y_m)) > FARTHEST_M), None)
    if far is not None:
        distance = math.hypot(far.x_m, far.y_m) / 1000
        raise _refused(
            _("Feature %(where)s lies %(distance)s km from the middle of the plan."),
            mend=CUT,
            where=f"{far.number} (“{far.label}”)",
            distance=f"{distance:.0f}",
        )


def _once(shapes: list[Shape]) -> Iterator[Shape]:
    """A building that is in the file as a polygon and as the point of its label is one: the polygon."""
    drawn: dict[str, list[Shape]] = {}
    for shape in shapes:
        if shape.kind == "building" and shape.ring and shape.names:
            drawn.setdefault(shape.names[0], []).append(shape)
    for shape in shapes:
        if shape.kind == "building" and not shape.ring and shape.names:
            inside = [s for s in drawn.get(shape.names[0], ()) if _covers(s, shape)]
            if inside:
                continue
        yield shape


def _covers(polygon: Shape, point: Shape) -> bool:
    """Whether a label's point lies in the box around a polygon, with five metres to spare."""
    xs, ys = [x for x, __ in polygon.ring], [y for __, y in polygon.ring]
    return min(xs) - 5 <= point.x_m <= max(xs) + 5 and min(ys) - 5 <= point.y_m <= max(ys) + 5
