"""The room's lists of words, and text brought to one way of writing."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data"
NUMBER = r"\d+(?:\.\d+)?"


@cache
def words() -> dict[str, Any]:
    """words.yaml."""
    loaded: dict[str, Any] = yaml.safe_load((DATA / "words.yaml").read_text("utf-8"))
    return loaded


def plain_text(text: str) -> str:
    """Half width, lower case, one sign for "times", numerals as digits where they count something."""
    text = unicodedata.normalize("NFKC", text).lower().replace("µ", "μ")
    text = re.sub(r"[*✕✖╳×]", "×", text)
    text = re.sub(r"#(?=\d)", "×", text)
    text = re.sub(r"(?<![a-z])x(?=\s*\d)", "×", text)
    text = re.sub(r"(?<=\d)\s*[,，](?=\d{3}(?!\d))", "", text)
    return re.sub(r"\s+", " ", text).strip()


@cache
def unit_pattern() -> str:
    """A group that matches any unit of count, mass, volume or effect; the longest first."""
    every = [pattern for patterns in words()["count_units"].values() for pattern in patterns]
    every.sort(key=len, reverse=True)
    return f"(?:{'|'.join(_bounded(pattern) for pattern in every)})"


@cache
def unit_code(written: str) -> str:
    """The code of a unit as written: tablet, unit, mg …; "" for none."""
    for code, patterns in words()["count_units"].items():
        if any(re.fullmatch(pattern, written) for pattern in patterns):
            return str(code)
    return ""


def with_digits(text: str) -> str:
    """Numerals as digits, where they stand before something that is counted or after a word of dosing."""
    units = unit_pattern()
    after = rf"(?=\s*(?:{units}|次|日|天|周|小时|盒|瓶|板|个月|顿))"
    text = re.sub(r"(\d+|[一二两俩三四五六七八九十])\s*(片|粒|颗|丸|支|袋)半", _and_a_half, text)
    text = re.sub(rf"[一二两俩三四五六七八九十半]+{after}", _chinese_number, text)
    text = re.sub(r"(?<=[每各服吃打用])[一二两俩三四五六七八九十半]+", _chinese_number, text)
    text = re.sub(r"(\d+)\s*/\s*(\d)(?=\s*(?:片|粒|tab))", lambda m: f"{int(m[1]) / int(m[2]):g}", text)
    english = words()["english_numerals"]
    for word in sorted(english, key=len, reverse=True):
        text = re.sub(
            rf"(?<![a-z]){word}(?= (?:{units}|times|a? ?(?:day|tab|tablet)|in the|at ))", f"{english[word]}", text
        )
    return text


def _and_a_half(match: re.Match[str]) -> str:
    whole = match[1] if match[1].isdigit() else f"{_value(match[1]):g}"
    return f"{float(whole) + 0.5:g}{match[2]}"


def _chinese_number(match: re.Match[str]) -> str:
    return f"{_value(match[0]):g}"


def _value(numeral: str) -> float:
    numerals: dict[str, float] = words()["numerals"]
    if "十" in numeral and numeral != "十":
        tens, ones = numeral.split("十", 1)
        return (numerals[tens] if tens else 1) * 10 + (numerals[ones] if ones else 0)
    return sum(numerals[sign] for sign in numeral) if len(numeral) == 1 else numerals[numeral[0]]


def _bounded(pattern: str) -> str:
    return rf"{pattern}(?![a-z])" if re.search(r"[a-z]", pattern) else pattern
