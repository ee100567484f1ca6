"""What one entry says besides its words: who, which door, how many, what else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from doorstep.desk.triage import Door, door_of
from doorstep.desk.triage.people import number_of

NUMBER = r"(?P<n>\d{1,4}(?:\.\d)?|半|[一二两俩三四五六七八九十]{1,3})"
LONGEST_NAME = 10
NAME = re.compile(r"^[\s@]*(?P<name>[A-Za-z\u3400-\u9fff·.]{1,10}?)(?=[\s,，、:：/|\-—(（]|\d|$)")
TIMES = re.compile(r"(?:[+＋xX×*])\s*(?P<n>\d{1,3})(?!\d)")
LAST_NUMBER = re.compile(r"(?<=[\s,，、])(?P<n>\d{1,2})\s*$")
TRIM = " \t\r\n,，、;；:：/|-—。.()（）"


@dataclass(frozen=True)
class Entry:
    """The parts of one entry of a chain; what could not be told apart stays in `remark`."""

    sender: str
    door: Door | None
    quantity: float | None
    unit: str
    remark: str


@cache
def lists() -> dict[str, Any]:
    """The words of this package."""
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "words.yaml").read_text("utf-8"))
    return loaded


@cache
def _counted() -> re.Pattern[str]:
    units = "|".join(sorted(map(str, lists()["units"]), key=len, reverse=True))
    return re.compile(rf"{NUMBER}\s*(?P<unit>{units})(?![a-z])", re.I)


def quantity_of(text: str) -> tuple[float | None, str, tuple[int, int]]:
    """How many of what, and where it stands: 两份, 3 bags, +1, x2; nothing where no number says so."""
    if found := _counted().search(text):
        return _value(found["n"]), found["unit"], found.span()
    for pattern in (TIMES, LAST_NUMBER):
        if found := pattern.search(text):
            return float(found["n"]), "", found.span()
    return None, "", (0, 0)


def _value(word: str) -> float:
    if word == "半":
        return 0.5
    return float(word) if re.fullmatch(r"\d+(?:\.\d)?", word) else float(number_of(word))


def read_entry(text: str) -> Entry:
    """Name, door, quantity and remark of one entry: 张 501 两份 · 李 302 一份不要辣 · 3-2-501 王阿姨 +1 少盐."""
    rest = text
    door = door_of(text)
    if door:
        rest = text[: door.start] + "\n" + " " * max(0, door.end - door.start - 1) + text[door.end :]
    quantity, unit, (start, end) = quantity_of(rest)
    before = rest[:start] if end else rest
    name = ""
    for piece in before.split("\n"):
        if (found := NAME.match(piece)) and not re.fullmatch(r"[一二两三四五六七八九十]", found["name"]):
            name = found["name"].strip(TRIM)
            break
    kept = (rest[:start] + "\n" + rest[end:]) if end else rest
    if name:
        kept = kept.replace(name, "\n", 1)
    remark = " ".join(piece.strip(TRIM) for piece in kept.split("\n") if piece.strip(TRIM))
    return Entry(name, door, quantity, unit, " ".join(remark.split()))
