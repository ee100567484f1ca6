"""Rows of a sheet as facts. No row is lost: each is good, bad with its reason, or blank."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from doorstep.register.lists.address import building_key, floor_of, parse_address, tidy
from doorstep.register.lists.facts import parse_birth, parse_note
from doorstep.register.lists.layout import Layout, catalogue
from doorstep.register.lists.tables import Sheet

Text = dict[str, str]
BLANKS = {"", "-", "—", "/", "无", "暂无", "暂无资料", "不详", "n/a", "none", "null", "nan"}
ROOM, STAIR_TAIL = re.compile(r"[A-Za-z]?\d{1,5}[A-Za-z]?室?"), re.compile(r"(单元|门栋|门洞|梯|门)$")
DIGITS = re.compile(r"\d+")
LONGEST = {"compound": 120, "building": 120, "stair": 40, "room": 40, "household": 80, "name": 80}
SEXES = {"男": "m", "m": "m", "male": "m", "女": "f", "f": "f", "female": "f"}


@dataclass(frozen=True, slots=True)
class RowFacts:
    """One good row. Place texts are tidy, `building_key` makes spellings equal; a household row may name members."""

    row: int
    compound: str
    building: str
    stair: str
    room: str
    floor: int | None
    household: str
    name: str
    members: tuple[str, ...]
    size: int | None
    sex: str
    birth: date | None
    birth_precision: str
    relation: str
    phone: str
    present: str
    classes: tuple[str, ...]
    conditions: tuple[str, ...]
    diets: tuple[str, ...]
    pets: tuple[str, ...]
    tenancy: str
    note: str
    warnings: tuple[str, ...] = ()

    @property
    def door_key(self) -> tuple[str, str, str, str]:
        return (self.compound, building_key(self.building), self.stair, self.room)


@dataclass(frozen=True)
class BadRow:
    """One row that cannot go in: which, which column, why, and what to do."""

    row: int
    column: str
    value: str
    reason: Text
    mend: Text


@dataclass
class Reading:
    """What a sheet gave: `seen` = good + bad + blank."""

    good: list[RowFacts] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    blank: int = 0

    @property
    def seen(self) -> int:
        return len(self.good) + len(self.bad) + self.blank


def read_rows(sheet: Sheet, layout: Layout, *, compound: str = "", today: date) -> Reading:
    """Read every row below the heading. `compound` names it where the list does not."""
    reading = Reading()
    last_place: dict[str, Any] = {}
    for number, values in _named(sheet, layout):
        if all(_text(value) == "" for name, value in values.items() if name != "serial"):
            reading.blank += 1
            continue
        found = _read(number, values, layout, compound, today, last_place)
        if isinstance(found, BadRow):
            reading.bad.append(found)
        else:
            reading.good.append(found)
    return reading


def _named(sheet: Sheet, layout: Layout) -> Iterator[tuple[int, dict[str, Any]]]:
    columns = list(layout.mapping.items())
    for index in range(layout.first_row, len(sheet.rows)):
        row = sheet.rows[index]
        values: dict[str, Any] = {}
        for column, name in columns:
            value = row[column] if column < len(row) else ""
            if name == "note" and values.get("note"):
                value = f"{values['note']}；{_text(value)}" if _text(value) else values["note"]
            values[name] = value
        yield index + 1, values


def _read(
    number: int, values: dict[str, Any], layout: Layout, compound: str, today: date, last: dict[str, Any]
) -> RowFacts | BadRow:
    place = _place(values, last)
    name = _text(values.get("name")) or _text(values.get("head"))
    if place is None:
        address = _text(values.get("address")) or _text(values.get("room"))
        if not name and not address:
            return _bad(
                number,
                layout,
                "room",
                "",
                "行内没有门牌",
                "no door in this row",
                "请填写楼栋和室号",
                "give building and room",
            )
        return _bad(
            number,
            layout,
            "room",
            address,
            "看不出是哪一户",
            "this is no door",
            "请写成“2单元501室”这样",
            "write it like 2-1-501",
        )
    if long := _too_long(values, place, name):
        return _bad(
            number,
            layout,
            long[0],
            long[1],
            "内容太长",
            "too long",
            "请写短一些",
            f"write at most {LONGEST[long[0]]} letters",
        )
    last.update(place)
    note = " ".join(_text(values.get(key)) for key in ("note", "diet", "pets", "tenancy", "present") if values.get(key))
    said = parse_note(note)
    birth_value = values.get("birth_date") if _text(values.get("birth_date")) else values.get("age")
    birth = parse_birth(birth_value, today) if _text(birth_value) else None
    warnings = [] if birth or not _text(birth_value) else ["birth"]
    size = _size(values.get("size"))
    if size is not None and not 0 <= size <= 60:
        return _bad(
            number,
            layout,
            "size",
            str(values["size"]),
            "人数不合理",
            "that many persons?",
            "请核对人数",
            "check the number",
        )
    members = tuple(part for part in re.split(r"[、,，;；/\s]+", _text(values.get("members"))) if part)
    classes = set(said.classes)
    if birth:
        years = (today - birth.date).days / 365.25
        classes |= {"infant"} if years < 1 else {"child"} if years < 14 else {"elder"} if years >= 65 else set()
    return RowFacts(
        row=number,
        compound=tidy(values.get("compound")) or compound,
        building=place["building"],
        stair=place["stair"],
        room=place["room"],
        floor=place["floor"],
        household=_text(values.get("household")),
        name=name,
        members=members,
        size=size,
        sex=SEXES.get(_text(values.get("sex")).lower(), ""),
        birth=birth.date if birth else None,
        birth_precision=birth.precision if birth else "",
        relation=_text(values.get("relation"))[:20],
        phone=tidy(values.get("phone"))[:40],
        present=_present(_text(values.get("present"))) or said.present or "home",
        classes=tuple(sorted(classes)),
        conditions=said.conditions,
        diets=said.diets,
        pets=said.pets,
        tenancy=said.tenancy,
        note=_text(values.get("note")),
        warnings=tuple(warnings),
    )


def _too_long(values: dict[str, Any], place: dict[str, Any], name: str) -> tuple[str, str] | None:
    """The first field that holds more than the register keeps, with what it holds."""
    texts = {**{key: place[key] for key in ("building", "stair", "room")}, "name": name}
    texts |= {key: _text(values.get(key)) for key in ("compound", "household")}
    return next(((key, text) for key, text in texts.items() if len(text) > LONGEST[key]), None)


def _place(values: dict[str, Any], last: dict[str, Any]) -> dict[str, Any] | None:
    """The door of a row: from columns, else from the address, else the row above's (a list kept household by household)."""
    building, stair, room = (tidy(values.get(key)) for key in ("building", "stair", "room"))
    if not room and (address := tidy(values.get("address"))):
        parts = parse_address(address)
        if parts is None:
            return None
        building, stair, room = building or parts.building, stair or parts.stair, parts.room
    elif room and not building and (address := tidy(values.get("address"))):
        parts = parse_address(address) or parse_address(f"{address}{room}")
        if parts is not None:
            building, stair = parts.building, stair or parts.stair
    elif room and not ROOM.fullmatch(room):
        parts = parse_address(room)
        if parts is None:
            return None
        building, stair, room = building or parts.building, stair or parts.stair, parts.room
    if not room:
        if last and not building and not tidy(values.get("address")):
            return dict(last)
        return None
    room = room.removesuffix("室").upper()
    stair = STAIR_TAIL.sub("", stair)
    floor = floor_of(room)
    stated = DIGITS.search(tidy(values.get("floor")))
    if stated:
        floor = int(stated[0])
    return {"building": building or "1", "stair": stair or "1", "room": room, "floor": floor}


def _size(value: Any) -> int | None:
    found = re.search(r"-?\d+", tidy(value))
    return int(found[0]) if found else None


def _present(text: str) -> str:
    plain = text.lower()
    if not plain:
        return ""
    for place, words in catalogue()["present"].items():
        if any(word in plain for word in words):
            return str(place)
    return ""


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).replace("\x00", "").strip()
    return "" if text.lower() in BLANKS else text


def _bad(number: int, layout: Layout, code: str, value: str, zh: str, en: str, mend_zh: str, mend_en: str) -> BadRow:
    heading = next(
        (layout.headings[c] for c, f in layout.mapping.items() if f == code and c < len(layout.headings)), code
    )
    return BadRow(number, heading, value[:120], {"zh": zh, "en": en}, {"zh": mend_zh, "en": mend_en})


def bad_rows_file(sheet: Sheet, layout: Layout, bad: list[BadRow], path: Path | Any) -> None:
    """The bad rows as they stood, with row, column, reason and mend beside them: mend it and import it again."""
    book = xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    page = book.add_worksheet("to mend")
    extra = ["原行号 row", "列 column", "原因 reason", "办法 mend"]
    for column, heading in enumerate([*layout.headings, *extra]):
        page.write_string(0, column, str(heading))
    for line, wrong in enumerate(bad, start=1):
        source = sheet.rows[wrong.row - 1]
        for column in range(len(layout.headings)):
            value = source[column] if column < len(source) else ""
            page.write_string(line, column, "" if value is None else _text(value))
        tail = [str(wrong.row), wrong.column]
        tail += [f"{text['zh']} / {text['en']}" for text in (wrong.reason, wrong.mend)]
        for offset, value in enumerate(tail):
            page.write_string(line, len(layout.headings) + offset, value)
    book.close()
