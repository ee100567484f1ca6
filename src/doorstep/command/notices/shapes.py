"""The outline of an area on the map, for programs that draw alerts: the hull around its buildings."""

from __future__ import annotations

import math
from collections.abc import Iterable

from doorstep.command.models import Area
from doorstep.register.models import Building, Compound

EARTH_M = 6_371_008.8
AROUND_M = 12.0  # around a building of which only a point is known
Point = tuple[float, float]


def polygon_of(area: Area) -> list[Point]:
    """Corners as (latitude, longitude), the first one again at the end; [] where a compound is not on the map.

    An area that is half on the map has no outline: it would leave people out.
    """
    buildings = Building.objects.filter(stairs__doors__area_doors__area=area).distinct().select_related("compound")
    found: list[Point] = []
    for building in buildings:
        corners = _corners(building)
        centre = building.compound.plan.get("centre")
        if not corners or not centre:
            return []
        found += [_on_earth(point, (centre[0], centre[1])) for point in corners]
    hull = hull_of(found)
    return [*hull, hull[0]] if len(hull) > 2 else []


def place_codes(area: Area) -> tuple[list[str], list[tuple[str, str]]]:
    """The names of an area's compounds, and the codes of their territories as (kind, code)."""
    compounds = Compound.objects.filter(buildings__stairs__doors__area_doors__area=area).distinct()
    names, codes = [], []
    for compound in compounds.select_related("territory").order_by("name"):
        names.append(compound.name)
        if compound.territory and compound.territory.code:
            codes.append((compound.territory.kind, compound.territory.code))
    return names, list(dict.fromkeys(codes))


def _corners(building: Building) -> list[Point]:
    if building.outline:
        return [(float(x), float(y)) for x, y in building.outline]
    if building.x_m is None or building.y_m is None:
        return []
    x, y = building.x_m, building.y_m
    return [(x + dx, y + dy) for dx in (-AROUND_M, AROUND_M) for dy in (-AROUND_M, AROUND_M)]


def _on_earth(point: Point, centre: Point) -> Point:
    """Local metres around (longitude, latitude) as (latitude, longitude)."""
    longitude = centre[0] + math.degrees(point[0] / (EARTH_M * math.cos(math.radians(centre[1]))))
    return round(centre[1] + math.degrees(point[1] / EARTH_M), 6), round(longitude, 6)


def hull_of(points: Iterable[Point]) -> list[Point]:
    """The convex hull, one way round, no point twice."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return ordered
    return _half(ordered)[:-1] + _half(ordered[::-1])[:-1]


def _half(points: list[Point]) -> list[Point]:
    kept: list[Point] = []
    for point in points:
        while len(kept) > 1 and _turn(kept[-2], kept[-1], point) <= 0:
            kept.pop()
        kept.append(point)
    return kept


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
