"""Lists of goods as files: what leaves can be changed in a spreadsheet and brought in again, row by row."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

from doorstep.errors import UserError
from doorstep.register.lists.tables import Limits, Sheet, open_table
from doorstep.supplies import catalogue
from doorstep.supplies.item_forms import FIGURE, ItemForm, values_of
from doorstep.supplies.items import Facts
from doorstep.supplies.models import Item
from doorstep.wiring.texts import in_both, in_language

LIMITS = Limits(max_bytes=10_000_000, max_rows=5_000)
YES, NO = {"1", "yes", "true", "是", "有", "y", "√", "x"}, {"0", "no", "false", "否", "无", "n"}
BOOLEANS = ("needs_cooking", "energy_odd", "active")
HEADING_ROWS = 10
CODE = re.compile(r"[-a-zA-Z0-9_]{1,40}")


@dataclass(frozen=True)
class BadItem:
    """A row that cannot go in: which, which column, what stands there, and what to do."""

    row: int
    column: str
    value: str
    mend: str
    cells: tuple[str, ...]


@dataclass
class ItemReading:
    """What a list gave: good rows as (code, facts), bad rows, the headings as they stand."""

    headings: tuple[str, ...]
    good: list[tuple[str, Facts]] = field(default_factory=list)
    bad: list[BadItem] = field(default_factory=list)


@cache
def columns() -> dict[str, dict[str, str]]:
    """Column → its titles in both languages; nutrients with their unit."""
    path = Path(catalogue.__file__).parent / "columns.yaml"
    found: dict[str, dict[str, str]] = dict(yaml.safe_load(path.read_text("utf-8"))["columns"])
    for code, nutrient in catalogue.nutrients().items():
        found[FIGURE + code] = {tongue: f"{name} ({nutrient.unit})" for tongue, name in nutrient.names.items()}
    return found


def headings() -> list[str]:
    """The headings of a list that leaves, in the language of the page."""
    return [in_language(titles) for titles in columns().values()]


def rows_of(items: Iterable[Item]) -> Iterator[list[Any]]:
    """The goods as rows under these headings."""
    for item in items:
        values = values_of(item)
        yield [item.code, *(_cell(name, values.get(name)) for name in columns() if name != "code")]


def _cell(name: str, value: Any) -> Any:
    if name in BOOLEANS:
        return _("yes") if value else ""
    if name == "contains":
        return [in_language(catalogue.tags().tags[tag].names) for tag in value]
    if name == "group":
        group = catalogue.groups().get(value)
        return in_language(group.names) if group else value
    if name == "price":
        return None if value is None else float(value)
    return value


def read_items(data: bytes, filename: str) -> ItemReading:
    """Read a list of goods. Each row is good, or bad with its column and mend; nothing is stored."""
    sheet = open_table(data, filename, LIMITS)[0]
    heading, mapping = _heading(sheet, filename)
    width = max(mapping) + 1
    titles = [str(sheet.rows[heading][n] or "") if n < len(sheet.rows[heading]) else "" for n in range(width)]
    reading = ItemReading(tuple(titles))
    present = {item.code: item for item in Item.objects.all()}
    seen: set[str] = set()
    for number, row in enumerate(sheet.rows[heading + 1 :], start=heading + 2):
        cells = tuple(_text(row[n]) if n < len(row) else "" for n in range(width))
        if not any(cells):
            continue
        given = {name: cells[n] for n, name in mapping.items() if cells[n]}
        code = given.pop("code", "")
        wrong = _wrong_code(code, seen)
        if wrong:
            reading.bad.append(BadItem(number, _title("code"), code, wrong, cells))
            continue
        seen.add(code)
        problem = _row(code, given, present.get(code), reading)
        if problem:
            column, mend = problem
            reading.bad.append(BadItem(number, _title(column), given.get(column, ""), mend, cells))
    return reading


def _wrong_code(code: str, seen: set[str]) -> str:
    if not code:
        return _("The row has no code. Write one of letters, digits, - and _.")
    if not CODE.fullmatch(code):
        return _("This is no code. Write one of at most 40 letters, digits, - and _.")
    return _("This code stands in a row above. Merge the two rows.") if code in seen else ""


def _row(code: str, given: Mapping[str, str], item: Item | None, reading: ItemReading) -> tuple[str, str] | None:
    """Put a row among the good ones; or (column, what to do)."""
    values = dict(values_of(item))
    for name, text in given.items():
        value, wrong = _value(name, text)
        if wrong:
            return name, wrong
        values[name] = value
    form = ItemForm(item, {**values, "code": code})
    if form.is_valid():
        reading.good.append((code, form.facts()))
        return None
    name, errors = next(iter(form.errors.items()))
    return name, " ".join(str(error) for error in errors)


def _value(name: str, text: str) -> tuple[Any, str]:
    """A cell as the form wants it: codes for words."""
    plain = text.strip().lower()
    if name in BOOLEANS:
        if plain in YES or plain == _("yes"):
            return True, ""
        return (False, "") if plain in NO else (None, _("Write yes or no."))
    if name == "group":
        return _chosen(text, {code: group.names for code, group in catalogue.groups().items()})
    if name in ("unit", "keep"):
        return _chosen(text, _choices(Item.Unit if name == "unit" else Item.Keep))
    if name == "contains":
        tags = catalogue.tags()
        found = []
        for word in re.split(r"[、,，;；]+", text):
            code, wrong = _chosen(word, {code: tag.names for code, tag in tags.tags.items()})
            if wrong:
                return None, wrong
            if code not in tags.by_figure and code != "needs_cooking":
                found.append(code)
        return found, ""
    return text, ""


def _choices(kind: Any) -> dict[str, dict[str, str]]:
    labels = in_both(lambda: {code: str(label) for code, label in kind.choices})
    return {code: {tongue: words[code] for tongue, words in labels.items()} for code in kind.values}


def _chosen(word: str, known: Mapping[str, Mapping[str, str]]) -> tuple[str | None, str]:
    plain = word.strip().lower()
    for code, names in known.items():
        if plain in (code.lower(), *(name.lower() for name in names.values())):
            return code, ""
    some = _(", ").join(in_language(dict(names)) for names in list(known.values())[:8])
    return None, _("%(word)s is not known here. Write one of: %(some)s …") % {"word": word.strip(), "some": some}


def _heading(sheet: Sheet, filename: str) -> tuple[int, dict[int, str]]:
    """The row of the headings, and column → field."""
    known = {_plain(word): name for name, titles in columns().items() for word in (name, *titles.values())}
    known |= {_plain(name.removeprefix(FIGURE)): name for name in columns()}
    for number, row in enumerate(sheet.rows[:HEADING_ROWS]):
        mapping: dict[int, str] = {}
        for column, cell in enumerate(row):
            name = known.get(_plain(_text(cell)))
            if name and name not in mapping.values():
                mapping[column] = name
        if "code" in mapping.values() and len(mapping) > 1:
            return number, mapping
    raise UserError(
        _("%(file)s has no column of codes.") % {"file": filename},
        field="file",
        mend=_("Take the exported list as it is, change it, and bring it in again."),
    )


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[\s*:_()（）\[\]]+", "", folded)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    return text[1:] if text[:2] in ("'=", "'+", "'-", "'@") else text


def _title(name: str) -> str:
    titles = columns().get(name)
    return in_language(titles) if titles else name


def bad_rows(reading: ItemReading) -> tuple[list[str], list[list[str]]]:
    """The rows to mend as a table: as they stood, with row, column and mend beside them."""
    more = [_("Row"), _("Column"), _("What to do")]
    return [*reading.headings, *more], [[*bad.cells, str(bad.row), bad.column, bad.mend] for bad in reading.bad]
