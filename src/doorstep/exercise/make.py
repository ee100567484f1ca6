"""An invented compound or district of any size, with the figures of a census and in the form committees keep."""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import accumulate, count
from pathlib import Path
from typing import Any, Literal

import xlsxwriter
import yaml

from doorstep.errors import UserError

Format = Literal["xlsx", "csv"]
Cells = list[Any]
AS_OF = date(2021, 12, 8)
MOST_IN_ONE = 3_000
USUAL_IN_ONE = 1_500


@dataclass(frozen=True, slots=True)
class MadePerson:
    """An invented person; `note` is what a committee would write."""

    name: str
    sex: str
    age: int
    relation: str
    phone: str
    present: str
    note: str


@dataclass(frozen=True, slots=True)
class MadeHousehold:
    """Who lives behind one door, the head first."""

    building: str
    stair: int
    floor: int
    room: str
    persons: tuple[MadePerson, ...]


@dataclass(frozen=True, slots=True)
class MadeStair:
    """A stair with its entrance in metres east and north of the compound's gate."""

    building: str
    stair: int
    floors: int
    lift: bool
    x_m: float
    y_m: float


@dataclass(frozen=True)
class MadeCompound:
    """One compound: its gate is its origin and lies at `east_m`, `north_m` in the district."""

    name: str
    east_m: float
    north_m: float
    stairs: tuple[MadeStair, ...]
    households: tuple[MadeHousehold, ...]


@dataclass(frozen=True)
class MadeDistrict:
    """What was drawn. Carriers are (name, start, end), times of day."""

    seed: int
    compounds: tuple[MadeCompound, ...]
    carriers: tuple[tuple[str, str, str], ...]


@cache
def census() -> dict[str, Any]:
    """census.yaml."""
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "census.yaml").read_text("utf-8"))
    return loaded


def make_district(
    households: int, seed: int, out: Path, *, compounds: int | None = None, fmt: Format = "xlsx"
) -> MadeDistrict:
    """Draw a district and write its folder: one list a compound, buildings.csv, compounds.csv, carriers.csv.

    The same arguments write the same bytes. Raises UserError for a size that cannot be or a folder that holds files.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out.name} is not an empty folder.", field="out", mend="Name a new folder.")
    district = draw_district(households, seed, compounds=compounds)
    out.mkdir(parents=True, exist_ok=True)
    for number, compound in enumerate(district.compounds):
        _write(out / f"{number + 1:02}-{compound.name}.{fmt}", _list(compound, number), fmt)
    _write(out / "buildings.csv", _buildings(district), "csv")
    _write(out / "compounds.csv", _compounds(district, fmt), "csv")
    _write(out / "carriers.csv", [["name", "start", "end"], *map(list, district.carriers)], "csv")
    return district


def draw_district(households: int, seed: int, *, compounds: int | None = None) -> MadeDistrict:
    """Draw compounds of at most 3,000 households each, side by side on a grid of streets. Writes nothing."""
    if households < 1:
        raise UserError("A district needs at least one household.", field="households", mend="Give 1 or more.")
    least = math.ceil(households / MOST_IN_ONE)
    number = compounds or max(least, round(households / USUAL_IN_ONE))
    if not least <= number <= households:
        raise UserError(
            f"{households} households do not make {number} compounds.",
            field="compounds",
            mend=f"Give {least} to {households}: a compound holds 1 to {MOST_IN_ONE} households.",
        )
    chance, phones = random.Random(f"{seed}/{households}/{number}"), count()
    sizes = [households // number + (place < households % number) for place in range(number)]
    drawn: list[MadeCompound] = []
    wide, across = math.ceil(math.sqrt(number)), 0.0
    for place, size in enumerate(sizes):
        stairs, doors = _draw_buildings(chance, size)
        homes = tuple(_household(chance, door, phones) for door in doors)
        side = max(max(abs(s.x_m) for s in stairs), max(s.y_m for s in stairs)) * 2 + census()["compound_apart_m"]
        across = max(across, side)
        drawn.append(MadeCompound(_compound_name(place), place % wide, place // wide, stairs, homes))
    placed = tuple(MadeCompound(c.name, c.east_m * across, c.north_m * across, c.stairs, c.households) for c in drawn)
    return MadeDistrict(seed, placed, tuple(_carriers(chance, households)))


def _pick(chance: random.Random, shares: Sequence[Sequence[Any]]) -> Any:
    """One of rows whose last cell is a share: its first cell, or a whole number between its first two."""
    row = chance.choices(shares, cum_weights=list(accumulate(one[-1] for one in shares)))[0]
    return row[0] if len(row) == 2 else chance.randint(row[0], row[1])


def _compound_name(place: int) -> str:
    names, places = census()["names"]["compounds"], census()["names"]["places"]
    again, number = divmod(place, len(names))
    if again == 0:
        return str(names[number])
    return f"{names[number]}{places[again - 1] if again <= len(places) else f'{again}区'}"


Door = tuple[str, int, int, str]


def _draw_buildings(chance: random.Random, households: int) -> tuple[tuple[MadeStair, ...], list[Door]]:
    """Buildings in rows behind the gate until every household has a door."""
    facts, stairs, doors = census(), [], list[Door]()
    width = math.sqrt(households) * 7.5 + 60
    x, y, row_depth, in_lifts = -width / 2, 12.0, 0.0, 0
    for number in count(1):
        lift = in_lifts < facts["lift_share"] / 100 * (len(doors) + 18)
        kind = facts["lift" if lift else "walk_up"]
        floors, entrances, landing = (_pick(chance, kind[key]) for key in ("floors", "stairs", "landing"))
        length = entrances * kind["stair_apart_m"]
        if x + length > width / 2:
            x, y, row_depth = -width / 2, y + row_depth, 0.0
        name = f"{number}号楼"
        before = len(doors)
        for stair in range(1, entrances + 1):
            place = x + (stair - 0.5) * kind["stair_apart_m"]
            homes = [
                (name, stair, floor, f"{floor}{door:02}")
                for floor in range(1, floors + 1)
                for door in range(1, landing + 1)
                if chance.random() < facts["occupied"]
            ][: households - len(doors)]
            if homes:
                stairs.append(MadeStair(name, stair, floors, lift, round(place, 1), round(y, 1)))
                doors += homes
        in_lifts += (len(doors) - before) * lift
        if len(doors) >= households:
            return tuple(stairs), doors
        row_depth = max(row_depth, kind["depth_m"] + kind["gap_m"])
        x += length + facts["road_m"]
    raise AssertionError("buildings are drawn until every household has a door")


def _household(chance: random.Random, door: Door, phones: Iterator[int]) -> MadeHousehold:
    facts = census()
    rows = [[(line["shape"], line["size"]), line["share"]] for line in facts["households"]]
    shape, size = _pick(chance, rows)
    ages = _ages(chance, shape, size, _pick(chance, facts["ages"][shape]))
    members = _relations(shape, ages)
    family = _pick(chance, facts["names"]["family"])
    extra = [
        chance.choice(line["words"])
        for line in facts["household_notes"]
        if shape in line.get("shapes", [shape]) and chance.random() < line["chance"]
    ]
    persons: list[MadePerson] = []
    for number, (age, relation) in enumerate(members):
        sex = chance.choice("男女") if number == 0 or relation not in ("配偶", "儿媳") else ""
        sex = sex or ("女" if relation == "儿媳" or persons[0].sex == "男" else "男")
        own = family if relation not in ("配偶", "儿媳") else _pick(chance, facts["names"]["family"])
        noted = _notes(chance, age, sex, alone=size == 1) + (extra if number == 0 else [])
        given = chance.choice(facts["names"]["first"])
        if chance.random() < 0.8:
            given += chance.choice(facts["names"]["second"])
        phone = f"199-0000-{next(phones) % 10_000:04}" if 12 <= age <= 88 else ""
        present = _pick(chance, facts["present"]) if size > 1 or age < 60 else "在家"
        persons.append(MadePerson(own + given, sex, age, relation, phone, present, "，".join(noted)))
    return MadeHousehold(*door, tuple(persons))


def _ages(chance: random.Random, shape: str, size: int, oldest: int) -> list[int]:
    """Ages by generation, the oldest first: couples are near in age, children a generation younger."""

    def younger(parent: int) -> int:
        age = parent - chance.randint(*census()["generation_years"])
        return age if age > 0 else chance.randint(0, 6)

    def children(first: int, number: int) -> list[int]:
        return [max(0, first - 3 * place) if first > 3 * place else chance.randint(0, 9) for place in range(number)]

    if shape == "single":
        return [oldest]
    if shape == "couple":
        return [oldest, max(20, oldest - chance.randint(-2, 5))]
    if shape == "parents":
        adults = [oldest, max(20, oldest - chance.randint(0, 4))][: 1 if size == 2 else 2]
        return adults + children(younger(oldest), size - len(adults))
    grandparents = [oldest, oldest - chance.randint(0, 4)][: 1 if size <= 4 else 2]
    middle = max(20, younger(oldest))
    adults = [middle, max(20, middle - chance.randint(0, 3))][: 1 if size == 3 else 2]
    return [*grandparents, *adults, *children(younger(middle), size - len(grandparents) - len(adults))]


def _relations(shape: str, ages: list[int]) -> list[tuple[int, str]]:
    """Each with what it is to the head. A child is one generation below, a grandchild two."""
    if shape in ("single", "couple"):
        return list(zip(ages, ("户主", "配偶"), strict=False))
    if shape == "parents":
        adults = 1 if len(ages) == 2 else 2
        words = ["户主", "配偶"][:adults] + ["子女"] * (len(ages) - adults)
        return list(zip(ages, words, strict=True))
    old, adults = (1 if len(ages) <= 4 else 2), (1 if len(ages) == 3 else 2)
    words = ["户主", "配偶"][:old] + ["子女", "儿媳"][:adults] + ["孙子女"] * (len(ages) - old - adults)
    return list(zip(ages, words, strict=True))


def _notes(chance: random.Random, age: int, sex: str, *, alone: bool) -> list[str]:
    found = []
    for line in census()["notes"]:
        if "alone_from" in line:
            fits = alone and age >= line["alone_from"]
        else:
            fits = line["ages"][0] <= age <= line["ages"][1] and line.get("sex", sex) == sex
        if fits and chance.random() < line["chance"]:
            found.append(chance.choice(line["words"]))
    return found


def _carriers(chance: random.Random, households: int) -> Iterator[tuple[str, str, str]]:
    facts, names = census()["carriers"], census()["names"]
    for number in range(max(2, math.ceil(households / facts["households_each"]))):
        start, end = facts["shifts"][number % len(facts["shifts"])]
        given = chance.choice(names["first"]) + chance.choice(names["second"])
        yield f"{_pick(chance, names['family'])}{given}", start, end


def _list(compound: MadeCompound, number: int) -> list[Cells]:
    """A compound's list under two title rows, in one of three forms, as committees differ."""
    forms: tuple[tuple[list[str], Callable[[MadeHousehold], Iterable[Cells]]], ...] = (
        (["楼栋", "单元", "室号", "姓名", "性别", "年龄", "与户主关系", "联系电话", "目前所在", "备注"], _in_columns),
        (["居住地址", "姓名", "性别", "出生年月", "关系", "手机号码", "目前所在", "特殊情况"], _by_address),
        (["楼号", "单元号", "房号", "姓名", "性别", "年龄", "目前所在", "说明"], _place_once),
    )
    heading, form = forms[number % len(forms)]
    rows: list[Cells] = [
        [f"{compound.name}居民登记表"],
        [f"填表日期：{AS_OF.year}年{AS_OF.month}月（演练用，人物均为虚构）"],
        ["序号", *heading],
    ]
    serial = count(1)
    rows += [[next(serial), *row] for home in compound.households for row in form(home)]
    return rows


def _in_columns(home: MadeHousehold) -> Iterable[Cells]:
    for one in home.persons:
        yield [
            home.building,
            f"{home.stair}单元",
            home.room,
            one.name,
            one.sex,
            one.age,
            one.relation,
            one.phone,
            one.present,
            one.note,
        ]


def _by_address(home: MadeHousehold) -> Iterable[Cells]:
    for number, one in enumerate(home.persons):
        born = f"{AS_OF.year - one.age - 1}年12月" if number % 2 else f"{AS_OF.year - one.age}-{1 + one.age % 11}"
        address = f"{home.building}{home.stair}单元{home.room}室"
        yield [address, one.name, one.sex, born, one.relation, one.phone, one.present, one.note]


def _place_once(home: MadeHousehold) -> Iterable[Cells]:
    """The door in the household's first row only, and ages as people say them."""
    place: Cells = [home.building.removesuffix("号楼") + "栋", home.stair, home.room]
    for one in home.persons:
        yield [*place, one.name, one.sex, f"{one.age}岁", one.present, one.note]
        place = ["", "", ""]


def _buildings(district: MadeDistrict) -> Iterator[Cells]:
    yield ["compound", "building", "stair", "floors", "lift", "x_m", "y_m"]
    for compound in district.compounds:
        for one in compound.stairs:
            yield [compound.name, one.building, one.stair, one.floors, int(one.lift), one.x_m, one.y_m]


def _compounds(district: MadeDistrict, fmt: Format) -> Iterator[Cells]:
    yield ["compound", "list", "households", "persons", "gate", "gate_x_m", "gate_y_m", "east_m", "north_m"]
    for number, one in enumerate(district.compounds, start=1):
        persons = sum(len(home.persons) for home in one.households)
        file = f"{number:02}-{one.name}.{fmt}"
        yield [one.name, file, len(one.households), persons, "大门", 0, 0, round(one.east_m, 1), round(one.north_m, 1)]


def _write(path: Path, rows: Iterable[Cells], fmt: Format) -> None:
    if fmt == "csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(rows)
        return
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": datetime(AS_OF.year, AS_OF.month, AS_OF.day)})  # noqa: DTZ001
    page = book.add_worksheet("名单")
    for number, row in enumerate(rows):
        page.write_row(number, 0, row)
    book.close()
