"""Ages, birth dates and notes as people write them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

FULL = re.compile(r"^(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?")
MONTH = re.compile(r"^(\d{4})[-./年](\d{1,2})月?$")
YEAR = re.compile(r"^((?:19|20)\d{2})年?(?:生|出生)?$")
COMPACT = re.compile(r"^((?:19|20)\d{2})(\d{2})(\d{2})$")
AGE = re.compile(r"^(\d{1,3})(?:岁|周岁|years?|yrs?|y)?(?:old)?$", re.I)
MONTHS = re.compile(r"^(\d{1,2})个?(?:月|months?)(?:大|old)?$", re.I)


@dataclass(frozen=True)
class Birth:
    """A birth date and how exactly it is known: day, month or year."""

    date: date
    precision: str


@lru_cache(maxsize=20_000)
def _birth_of_text(text: str, today: date) -> Birth | None:
    value = unicodedata.normalize("NFKC", text).strip().replace(" ", "")
    try:
        for pattern in (FULL, COMPACT):
            if found := pattern.match(value):
                return _plausible(Birth(date(int(found[1]), int(found[2]), int(found[3])), "day"), today)
        if found := MONTH.match(value):
            return _plausible(Birth(date(int(found[1]), int(found[2]), 1), "month"), today)
    except ValueError:
        return None
    if found := YEAR.match(value):
        return _plausible(Birth(date(int(found[1]), 1, 1), "year"), today)
    if found := MONTHS.match(value):
        return Birth(today - timedelta(days=30 * int(found[1])), "month")
    if (found := AGE.match(value)) and int(found[1]) <= 120:
        return Birth(date(today.year - int(found[1]), 1, 1), "year")
    return None


def parse_birth(value: Any, today: date) -> Birth | None:
    """A birth date from a date, "1938-5", "1938年5月", 19380512, an age such as 83 or 83岁, or "3个月"; else None."""
    if isinstance(value, datetime):
        return _plausible(Birth(value.date(), "day"), today)
    if isinstance(value, date):
        return _plausible(Birth(value, "day"), today)
    if isinstance(value, float):
        if not value.is_integer():
            return None
        value = int(value)
    if isinstance(value, int) and 10_000 < value < 60_000:  # a spreadsheet's serial day
        return _plausible(Birth(date(1899, 12, 30) + timedelta(days=value), "day"), today)
    return _birth_of_text(str(value), today)


def _plausible(birth: Birth, today: date) -> Birth | None:
    return birth if date(today.year - 121, 1, 1) <= birth.date <= today else None


@dataclass(frozen=True)
class NoteFacts:
    """What the words of a note mean, by kind."""

    classes: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    diets: tuple[str, ...] = ()
    pets: tuple[str, ...] = ()
    tenancy: str = ""
    present: str = ""


@cache
def _lexicon() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "lexicon.yaml").read_text("utf-8"))
    return loaded


@lru_cache(maxsize=50_000)
def parse_note(text: str) -> NoteFacts:
    """The vulnerability classes, conditions, diets, pets, tenancy and place that a note names. Negations count."""
    value = unicodedata.normalize("NFKC", text).lower()
    if not value.strip():
        return NoteFacts()
    lexicon = _lexicon()
    negations = tuple(lexicon["negations"])

    def named(kind: str) -> tuple[str, ...]:
        return tuple(code for code, words in lexicon[kind].items() if any(_says(value, w, negations) for w in words))

    tenancy, present = named("tenancy"), named("present")
    return NoteFacts(
        named("classes"),
        named("conditions"),
        named("diets"),
        named("pets"),
        tenancy[0] if tenancy else "",
        present[0] if present else "",
    )


def _says(text: str, word: str, negations: tuple[str, ...]) -> bool:
    start = text.find(word)
    while start >= 0:
        if not text[:start].endswith(negations):
            return True
        start = text.find(word, start + len(word))
    return False
