"""Exports of forms and messengers as a table: CSV, XLSX, XLS, ODS."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from doorstep.chats.instants import Calendar, day_first, instant
from doorstep.desk.intake.entries import lists, quantity_of
from doorstep.desk.intake.model import Line, Problem, Reading, same, with_ids
from doorstep.desk.triage import Door, door_of
from doorstep.errors import gettext_noop
from doorstep.register.lists import open_table, parse_address

HEADING_ROWS = 5
LEAST_HEADINGS = 2
NO_TEXT = gettext_noop("The row says nothing in the column “%(column)s”.")
ASK = gettext_noop("Ask who sent it, or delete the row in the file.")
NO_TIME = gettext_noop("“%(value)s” is no instant that can be read.")
WRITE_TIME = gettext_noop("Write it as 2022-04-12 09:31.")
NO_HEADING = gettext_noop("No heading of the table is known; each row was kept as one text.")
NAME_COLUMN = gettext_noop("Name the column with the text “text” or “内容” in the file, and bring it again.")


@cache
def _known() -> dict[str, str]:
    return {same(str(word)): name for name, words in lists()["fields"].items() for word in words}


def field_of(heading: object) -> str:
    """Which part of a line a heading names; nothing where it names none."""
    key = same(str(heading if heading is not None else ""))
    key = re.sub(r"[(（].*?[)）]|[*＊:：?？]|^\d+[.、]|[\"'“”]", "", key)
    return _known().get(key, "")


def read_table(data: bytes, filename: str, calendar: Calendar) -> Reading:
    """The rows of every sheet. Raises UserError where the file itself cannot be opened."""
    lines: list[Line] = []
    problems: list[Problem] = []
    title = ""
    for sheet in open_table(data, filename):
        reading = read_rows(sheet.rows, calendar)
        lines += reading.lines
        problems += reading.problems
        title = title or reading.title
    return Reading(
        "table", with_ids([replace(line, external_id=line.external_id) for line in lines]), tuple(problems), title
    )


def read_rows(rows: Sequence[Sequence[object]], calendar: Calendar) -> Reading:
    """Rows with a heading among the first five; without one, each row is a text."""
    order = day_first(str(cell) for row in rows for cell in row)
    calendar = replace(calendar, day_first=order is not False)
    heading, columns = _heading(rows)
    title = "\n".join(text for row in rows[: max(heading, 0)] if (text := _joined(row)))
    lines: list[Line] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows[heading + 1 :], start=heading + 2):
        if not _joined(row):
            continue
        line, problem = _line(number, row, columns, calendar)
        lines.append(line)
        problems += problem
    if not columns and lines:
        problems.insert(0, Problem(lines[0].row, lines[0].raw, NO_HEADING, NAME_COLUMN))
    return Reading("table", with_ids(lines), tuple(problems), title)


def _heading(rows: Sequence[Sequence[object]]) -> tuple[int, dict[str, int]]:
    for index, row in enumerate(rows[:HEADING_ROWS]):
        columns: dict[str, int] = {}
        for column, cell in enumerate(row):
            if name := field_of(cell):
                columns.setdefault(name, column)
        if len(columns) >= LEAST_HEADINGS or (columns.keys() == {"text"}):
            return index, columns
    return -1, {}


def _joined(row: Sequence[object]) -> str:
    return " ".join(text for cell in row if (text := _text(cell)))


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _line(
    number: int, row: Sequence[object], columns: Mapping[str, int], calendar: Calendar
) -> tuple[Line, list[Problem]]:
    def cell(name: str) -> object:
        column = columns.get(name)
        return row[column] if column is not None and column < len(row) else None

    raw = "\t".join(_text(value) for value in row).strip()
    if not columns:
        text = _joined(row)
        return Line(number, raw, text, "table", door=door_of(text)), []
    text, remark = _text(cell("text")), _text(cell("remark"))
    problems: list[Problem] = []
    if not text:
        text = remark or _joined(row)
        if not remark:
            problems.append(Problem(number, raw, NO_TEXT, ASK, {"column": "text"}))
    at: datetime | None = instant(cell("at"), calendar)
    if at is None and _text(cell("at")):
        problems.append(Problem(number, raw, NO_TIME, WRITE_TIME, {"value": _text(cell("at"))}))
    quantity, unit, _ = quantity_of(_text(cell("quantity")))
    if quantity is None and re.fullmatch(r"\d{1,4}(?:\.\d+)?", _text(cell("quantity"))):
        quantity = float(_text(cell("quantity")))
    external_id = _text(cell("external_id"))
    return (
        Line(
            number,
            raw,
            text,
            "table",
            external_id=f"table:{external_id}" if external_id else "",
            sender=_text(cell("sender")),
            at=at,
            door=door_in(_text(cell("door"))) or door_of(text),
            quantity=quantity,
            unit=unit,
            remark=remark if remark != text else "",
            contact=_text(cell("contact")),
        ),
        problems,
    )


def door_in(text: str) -> Door | None:
    """The door of a field that holds nothing but a door."""
    if not text:
        return None
    if found := door_of(text):
        return found
    parts = parse_address(text)
    return Door(parts.building, parts.stair, parts.room, 0, 0, parts.sure) if parts else None
