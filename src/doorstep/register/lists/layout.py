"""Find the heading among title rows, and say which column holds what."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml
from rapidfuzz import fuzz

from doorstep.errors import UserError, gettext_noop
from doorstep.register.lists.address import parse_address, tidy
from doorstep.register.lists.tables import Sheet

LOOK_AT = 25
SURE = 88


class NoHeadingError(UserError):
    """No row of the sheet says what its columns hold."""


@dataclass(frozen=True)
class Layout:
    """Where the data begin, one row a `person` or a `household`, and column → field. `signature` names the heading."""

    heading_row: int
    first_row: int
    shape: str
    mapping: dict[int, str]
    headings: tuple[str, ...]
    signature: str


@cache
def catalogue() -> dict[str, Any]:
    """fields.yaml."""
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "fields.yaml").read_text("utf-8"))
    return loaded


def fields() -> dict[str, dict[str, Any]]:
    """Every field with its titles, level and headings."""
    found: dict[str, dict[str, Any]] = catalogue()["fields"]
    return found


@cache
def _synonyms() -> dict[str, str]:
    return {_plain(word): code for code, field in fields().items() for word in (*field["headings"], code)}


def _plain(value: Any) -> str:
    text = unicodedata.normalize("NFKC", "" if value is None else str(value)).lower()
    return re.sub(r"[\s*:：_()（）\[\]]+", "", text)


def field_of(heading: Any) -> str | None:
    """The field that a heading means: exactly, or nearly (a slip of the keyboard, a word more)."""
    plain = _plain(heading)
    if not plain or len(plain) > 24:
        return None
    if plain in _synonyms():
        return _synonyms()[plain]
    best = max(_synonyms(), key=lambda word: fuzz.ratio(plain, word))
    if fuzz.ratio(plain, best) >= SURE and len(best) > 2:
        return _synonyms()[best]
    inside = [word for word in _synonyms() if len(word) >= 2 and word in plain and _stands(word, str(heading))]
    return _synonyms()[max(inside, key=len)] if inside else None


def _stands(word: str, heading: str) -> bool:
    """Chinese words run together; a Latin one must stand by itself: age is not in message, nor pet in type text."""
    if not word.isascii():
        return True
    parts = [part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_a-zA-Z]+", heading)]
    runs = ("".join(parts[i:j]) for i in range(len(parts)) for j in range(i + 1, len(parts) + 1))
    return word in runs


def guess_layout(
    sheet: Sheet, mapping: dict[int, str] | None = None, remembered: Mapping[str, dict[int, str]] = MappingProxyType({})
) -> Layout:
    """Read the heading, under title rows and over one or two rows.

    A corrected `mapping` replaces the guess; `remembered` holds mappings by signature that people confirmed before.
    Raises UserError where no row looks like a heading.
    """
    best: tuple[float, int, int] = (1.5, -1, 1)
    for number in range(min(LOOK_AT, len(sheet.rows))):
        for depth in (1, 2):
            headings = _headings(sheet, number, depth)
            if found := remembered.get(_signature(headings)):
                return _layout(sheet, number, depth, mapping or found)
            score = len(set(_mapping(headings).values()) - {"serial"}) - (0.4 if depth == 2 else 0) - 0.01 * number
            best = max(best, (score, number, depth), key=lambda one: one[0])
    if best[1] >= 0:
        return _layout(sheet, best[1], best[2], mapping)
    if mapping and (first := _first_full_row(sheet, len(mapping))) is not None:
        return _layout(sheet, first, 1, mapping)
    raise NoHeadingError(
        gettext_noop("No row of sheet “%(sheet)s” looks like a heading."),
        field="file",
        mend=gettext_noop("Give the columns headings such as 楼栋, 室号, 姓名 or building, room, name."),
        facts={"sheet": sheet.name},
    )


def unread_layout(sheet: Sheet) -> Layout:
    """Where no row looks like a heading: the first full one stands for it until a person says what each column holds."""
    width = max((sum(bool(str(cell or "").strip()) for cell in row) for row in sheet.rows[:LOOK_AT]), default=0)
    first = _first_full_row(sheet, width) or 0
    headings = _headings(sheet, first, 1)
    return Layout(first, first, "person", _mapping(headings), tuple(headings), _signature(headings))


def _is_a_row(row: list[Any], mapping: dict[int, str]) -> bool:
    """Whether a row in the place of the heading is a household already: a door stands where the door should."""
    for column, field in mapping.items():
        if field in ("room", "address") and column < len(row):
            cell = tidy(row[column])
            return parse_address(cell) is not None or bool(re.fullmatch(r"[A-Za-z]?\d{1,5}[A-Za-z]?室?", cell))
    return False


def _layout(sheet: Sheet, row: int, depth: int, mapping: dict[int, str] | None) -> Layout:
    headings = _headings(sheet, row, depth)
    chosen = mapping or _mapping(headings)
    names = set(chosen.values())
    shape = "household" if "name" not in names and names & {"size", "members", "head"} else "person"
    below = row if mapping and _is_a_row(sheet.rows[row], mapping) else row + depth
    return Layout(row, below, shape, chosen, tuple(headings), _signature(headings))


def _signature(headings: list[str]) -> str:
    return hashlib.sha256("|".join(_plain(heading) for heading in headings).encode()).hexdigest()


def _first_full_row(sheet: Sheet, cells: int) -> int | None:
    for number, row in enumerate(sheet.rows[:LOOK_AT]):
        if sum(bool(str(cell or "").strip()) for cell in row) >= cells:
            return number
    return None


def _headings(sheet: Sheet, row: int, depth: int) -> list[str]:
    rows = sheet.rows[row : row + depth]
    width = max(len(r) for r in rows)
    found = []
    for column in range(width):
        words = [str(r[column]).strip() for r in rows if column < len(r) and r[column] not in (None, "")]
        found.append(words[-1] if depth == 2 and words and field_of(words[-1]) else " ".join(dict.fromkeys(words)))
    return found


def _mapping(headings: list[str]) -> dict[int, str]:
    found: dict[int, str] = {}
    for column, heading in enumerate(headings):
        field = field_of(heading)
        if field and (field not in found.values() or field == "note"):
            found[column] = field
    return found
