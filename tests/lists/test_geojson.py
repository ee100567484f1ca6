"""A map file becomes a plan in metres, a picture loses its notes: read without a database."""

from __future__ import annotations

import json
import math
import struct
import zlib
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.errors import UserError
from doorstep.register.drawing import (
    Known,
    clean_picture,
    drawing_from_data,
    drawing_to_data,
    match,
    moved,
    read_geojson,
    spread,
)

LON, LAT = 118.77, 32.06
METRE_N = 1 / 111_194.93  # degrees of latitude
METRE_E = METRE_N / math.cos(math.radians(LAT))


def at(x: float, y: float) -> list[float]:
    return [LON + x * METRE_E, LAT + y * METRE_N]


def house(x: float, y: float, *, wide: float = 60, deep: float = 12, **tags) -> dict:
    corners = [(x, y), (x + wide, y), (x + wide, y + deep), (x, y + deep), (x, y)]
    geometry = {"type": "Polygon", "coordinates": [[at(*corner) for corner in corners]]}
    return {"type": "Feature", "geometry": geometry, "properties": {"building": "yes", **tags}}


def point(x: float, y: float, **tags) -> dict:
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": at(x, y)}, "properties": tags}


def read_or_mended(read) -> bool:
    """Whether a reader reads, or refuses with something to do about it."""
    try:
        return bool(read())
    except UserError as error:
        return bool(error.mend)


def file(*features: dict, **members) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features), **members}).encode()


def test_a_house_of_sixty_by_twelve_metres_has_these_sides_and_its_middle():
    (shape,) = read_geojson(file(house(0, 0, name="1号楼"))).shapes
    xs, ys = [x for x, _ in shape.ring], [y for _, y in shape.ring]
    assert max(xs) - min(xs) == pytest.approx(60, abs=0.2)
    assert max(ys) - min(ys) == pytest.approx(12, abs=0.2)
    assert (shape.x_m, shape.y_m) == pytest.approx((0, 0), abs=0.2)
    assert len(shape.ring) == 4


def test_north_is_up_and_east_is_right():
    drawing = read_geojson(file(house(0, 0, name="1"), house(0, 100, name="2"), house(200, 0, name="3")))
    one, two, three = drawing.shapes
    assert two.y_m - one.y_m == pytest.approx(100, abs=0.3)
    assert three.x_m - one.x_m == pytest.approx(200, abs=0.5)


def test_roads_lawns_and_unnamed_points_are_passed_over_and_a_label_is_not_a_second_building():
    road = {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": [at(0, 0), at(9, 9)]},
        "properties": {"name": "小路"},
    }
    lawn = house(80, 0)
    lawn["properties"] = {"landuse": "grass", "name": "草地"}
    label = point(30, 6, building="yes", name="1号楼")
    drawing = read_geojson(file(house(0, 0, name="1号楼"), road, lawn, label, point(5, 5, natural="tree")))
    assert [shape.label for shape in drawing.of("building")] == ["1号楼"]
    assert drawing.passed_over == 3


def test_the_largest_part_of_a_building_in_parts_is_taken_and_its_levels_are_its_floors():
    small, large = (house(x, 0, wide=w)["geometry"]["coordinates"] for x, w in ((0, 5), (20, 50)))
    parts = {"type": "MultiPolygon", "coordinates": [small, large]}
    tags = {"building": "yes", "ref": "7", "building:levels": "18"}
    (shape,) = read_geojson(file({"type": "Feature", "geometry": parts, "properties": tags})).shapes
    assert max(x for x, _ in shape.ring) - min(x for x, _ in shape.ring) == pytest.approx(50, abs=0.3)
    assert shape.floors == 18


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"no json", "no GeoJSON"),
        (b"\xff\xfe\x00", "no GeoJSON"),
        (b"[" * 100_000, "no GeoJSON"),
        (b'{"type": "Topology"}', "no FeatureCollection"),
        (file(), "no features"),
        (file(point(0, 0, natural="tree")), "no building"),
        (file(house(0, 0), crs={"properties": {"name": "EPSG:3857"}}), "EPSG:3857"),
        (file(house(0, 0), house(0, 90_000, name="远楼")), "Feature 1"),
        (b'{"type": "FeatureCollection", "features": [3]}', "Feature 1 is no feature"),
        (b" " * 5_000_001, "more than 5 MB"),
    ],
)
def test_a_file_that_cannot_be_a_plan_says_why_and_what_to_do(data, words):
    with pytest.raises(UserError) as refused:
        read_geojson(data)
    assert words in refused.value.message
    assert refused.value.mend


@pytest.mark.parametrize(
    ("corner", "words"),
    [
        ([LAT, LON], "seem to be swapped"),
        ([13_221_000.0, 3_772_000.0], "no place on the earth in degrees"),
        (["118", "32"], "no pair of numbers"),
        ([118.77], "no pair of numbers"),
        ([10**400, 32], "no pair of numbers"),
        (None, "no pair of numbers"),
    ],
)
def test_a_bad_corner_names_its_feature(corner, words):
    bad = house(0, 0, name="7号楼")
    bad["geometry"]["coordinates"][0][1] = corner
    with pytest.raises(UserError, match=r"Feature 2 \(“7号楼”\)") as refused:
        read_geojson(file(house(100, 0), bad))
    assert words in refused.value.message


@pytest.mark.parametrize("coordinates", [[], [[]], [[], []], [[at(0, 0), at(1, 1)]], "x", [3]])
def test_a_building_without_an_outline_names_its_feature(coordinates):
    bad = house(0, 0)
    bad["geometry"]["coordinates"] = coordinates
    with pytest.raises(UserError, match="Feature 2 has"):
        read_geojson(file(house(100, 0), bad))
    bad["geometry"] = {"type": "MultiPolygon", "coordinates": [coordinates]}
    with pytest.raises(UserError, match="Feature 2 has"):
        read_geojson(file(house(100, 0), bad))


def test_infinite_numbers_and_missing_geometry_do_not_get_through():
    with pytest.raises(UserError, match="no pair of numbers"):
        read_geojson(file(house(0, 0)).replace(b"32.06", b"1e999"))
    empty = {"type": "Feature", "geometry": None, "properties": {"building": "yes"}}
    assert read_geojson(file(house(0, 0), empty)).passed_over == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["type", "name"]), inner, max_size=2),
    max_leaves=8,
)


@settings(deadline=None)
@given(
    kind=st.sampled_from(["Point", "Polygon", "MultiPolygon", "LineString"]) | JSON, coordinates=JSON, properties=JSON
)
def test_no_shape_of_a_file_is_a_fault(kind, coordinates, properties):
    feature = {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}
    if isinstance(properties, dict):
        properties["building"] = "yes"
    assert read_or_mended(lambda: read_geojson(file(feature, house(0, 0))))


def test_a_drawing_is_kept_as_plain_json_and_comes_back_the_same():
    drawing = read_geojson(file(house(0, 0, name="1号楼", ref="1"), point(3, 0, entrance="yes", ref="2")))
    assert drawing_from_data(json.loads(json.dumps(drawing_to_data(drawing)))) == drawing


def test_metres_counted_from_another_middle_stay_the_same_distances():
    drawing = read_geojson(file(house(0, 0, name="1"), house(300, 40, name="2")))
    again = moved(drawing, (100.0, -20.0))
    assert again.shapes[0].x_m == pytest.approx(drawing.shapes[0].x_m - 100, abs=0.11)
    assert read_geojson(file(house(0, 0, name="1")), centre=again.centre).shapes[0].x_m == pytest.approx(
        again.shapes[0].x_m, abs=0.3
    )


def test_buildings_are_known_by_any_of_their_names_and_guesses_are_marked():
    drawing = read_geojson(
        file(
            house(0, 0, name="教工宿舍16号楼"),
            house(0, 50, name="教工宿舍116号楼"),
            house(0, 100, ref="7"),
            house(0, 150, **{"addr:street": "北京西路", "addr:housenumber": "5-1号"}),
            house(0, 200, name="9栋"),
            house(0, 250, wide=90, name="9栋"),
        )
    )
    known = [
        Known(1, ("16号楼",)),
        Known(2, ("七号楼",)),
        Known(3, ("东楼", "北京西路5-1号楼")),
        Known(4, ("9号楼",)),
        Known(5, ("99号楼",)),
    ]
    by_whole_name = [(m.building, m.shape, m.sure) for m in match(drawing, known)]
    assert by_whole_name == [(1, 1, False), (2, 3, True), (3, 4, True), (4, 6, False), (5, None, False)]


def test_where_two_shapes_end_alike_the_one_that_begins_like_the_rest_is_taken():
    names = ("教工宿舍16号楼", "教工宿舍17号楼", "教工宿舍-9栋", "学生公寓9栋")
    drawing = read_geojson(file(*(house(0, 50 * n, name=name) for n, name in enumerate(names))))
    found = match(drawing, [Known(1, ("9号楼",)), Known(2, ("16号楼",)), Known(3, ("17号楼",))])
    assert [(m.shape, m.sure) for m in found] == [(3, False), (1, False), (2, False)]
    assert [m.shape for m in match(drawing, [Known(1, ("9号楼",))])] == [None]


def test_one_shape_is_never_given_to_two_buildings():
    drawing = read_geojson(file(house(0, 0, name="1号楼")))
    found = match(drawing, [Known(1, ("1号楼",)), Known(2, ("1栋",))])
    assert [m.shape for m in found] == [1, None]


def test_stairs_stand_at_the_entrances_that_name_them():
    drawing = read_geojson(
        file(
            house(0, 0, name="1号楼"),
            point(50, 0, entrance="yes", ref="1"),
            point(10, 0, entrance="yes", ref="2"),
            point(300, 0, entrance="yes", ref="1"),
        )
    )
    one, two = spread(drawing.shapes[0], ["1单元", "2单元"], drawing.of("entrance"))
    assert one[0] > two[0]
    assert one[0] - two[0] == pytest.approx(40, abs=0.3)


def test_nameless_entrances_go_to_the_stairs_in_order_from_the_west():
    drawing = read_geojson(file(house(0, 0), point(50, 0, entrance="yes"), point(10, 0, entrance="yes")))
    one, two = spread(drawing.shapes[0], ["1单元", "2单元"], drawing.of("entrance"))
    assert one[0] < two[0]


def test_without_entrances_stairs_stand_evenly_along_the_building():
    (shape,) = read_geojson(file(house(0, 0, wide=60, deep=12))).shapes
    xs = [x for x, _ in spread(shape, ["1", "2", "3"], ())]
    assert [xs[1] - xs[0], xs[2] - xs[1]] == pytest.approx([20, 20], abs=0.3)
    assert spread(read_geojson(file(point(0, 0, name="1号楼"))).shapes[0], ["1", "2"], ()) == [(0.0, 0.0)] * 2


def a_png(*notes: tuple[bytes, bytes]) -> bytes:
    def part(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = part(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 8, 2, 0, 0, 0))
    pixels = part(b"IDAT", zlib.compress(b"\0" + b"\xff\0\0" * 2))
    notes_between = b"".join(part(*note) for note in notes)
    return b"\x89PNG\r\n\x1a\n" + head + notes_between + pixels + part(b"IEND", b"")


def a_jpeg(*notes: bytes) -> bytes:
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, 30, 40, 3) + b"\1\x11\0\2\x11\0\3\x11\0"
    return b"\xff\xd8" + b"".join(notes) + frame + b"\xff\xda\0\x08\1\1\0\0\x3f\0" + b"\x12\xff\0\x34" + b"\xff\xd9"


def exif(turn: int) -> bytes:
    body = b"Exif\0\0II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, turn, 0, 0) + b"GPS 32.06N 118.77E"
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def test_a_picture_loses_where_and_when_it_was_taken():
    png = clean_picture(a_png((b"tEXt", b"Location\x0032.06"), (b"eXIf", b"MM\0*")))
    assert (png.kind, png.width, png.height) == ("png", 2, 1)
    assert png.data == a_png()
    comment = b"\xff\xfe\0\x08secret"
    jpeg = clean_picture(a_jpeg(exif(1), comment) + b"a second picture after the end")
    assert (jpeg.kind, jpeg.width, jpeg.height) == ("jpeg", 40, 30)
    assert jpeg.data == a_jpeg()


def test_a_picture_taken_with_the_phone_upright_stays_upright():
    jpeg = clean_picture(a_jpeg(exif(6)))
    assert (jpeg.width, jpeg.height) == (30, 40)
    assert b"GPS" not in jpeg.data
    assert clean_picture(jpeg.data) == jpeg


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        a_png()[:-15],
        a_png()[:40],
        a_png().replace(b"IDAT", b"IDAX"),
        a_jpeg()[:-2],
        a_jpeg()[:20],
        b"\xff\xd8\xff",
        b"\xff\xd8" + b"\xff\xd9",
        b"\0" * 5_000_001,
    ],
)
def test_what_is_no_whole_picture_is_refused_with_a_mend(data):
    with pytest.raises(UserError) as refused:
        clean_picture(data)
    assert refused.value.field == "picture"
    assert "PNG or JPEG" in refused.value.mend


@settings(deadline=None)
@given(st.integers(2, 100), st.binary(min_size=1, max_size=6))
def test_a_damaged_picture_is_refused_or_read_but_never_a_fault(where, bytes_put):
    for data in (a_png((b"tEXt", b"x")), a_jpeg(exif(6))):
        spoilt = data[:where] + bytes_put + data[where + len(bytes_put) :]
        assert read_or_mended(partial(clean_picture, spoilt))
