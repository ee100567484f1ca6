"""Read an address as committees write it: building, stair and room out of one text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

NUMERALS = {char: str(number) for number, char in enumerate("零一二三四五六七八九")}
ENGLISH = (
    (re.compile(r"\b(?:building|bldg|block)\.?\s*#?\s*([\w-]+)", re.I), r"\1号楼"),
    (re.compile(r"\b(?:unit|stair|entrance)\.?\s*#?\s*(\w+)", re.I), r"\1单元"),
    (re.compile(r"\b(?:apartment|apt|room|flat)\.?\s*#?\s*(\w+)", re.I), r"\1室"),
)
WHOLE, GAPS = re.compile(r"\d+\.0"), re.compile(r"[\s,，、]+")
LETTER_O, SLIPS = re.compile(r"(?<=\d)[oO](?=[\doO室]|$)"), re.compile(r"(?<=\d)(?:是|市|事)$")
ROOM = re.compile(r"(?P<room>[A-Za-z]?\d{2,4}[A-Za-z]?)(?:室|房|户|号房)?$")
STAIR = re.compile(r"(?P<stair>\d{1,2}|[一二三四五六七八九十]{1,3}|[A-Za-z甲乙丙丁])(?:单元|门栋|门洞|梯|门)$")
DASHED = re.compile(r"^(?P<a>\d{1,3}|[A-Za-z])[-—–/](?:(?P<b>\d{1,2})[-—–/])?(?P<room>\d{2,4})(?:室|房)?$")
BUILDING_TAIL = re.compile(r"(号楼|号院|栋|幢|座|楼|号)$")


@dataclass(frozen=True)
class AddressParts:
    """What an address says. `sure` is False where a person should look."""

    building: str
    stair: str
    room: str
    sure: bool = True


def tidy(text: object) -> str:
    """Full-width to half-width, spaces out, and the slips of tired fingers: 501是, 50o."""
    return _tidy("" if text is None else str(text))


@lru_cache(maxsize=50_000)
def _tidy(text: str) -> str:
    value = unicodedata.normalize("NFKC", text).strip()
    if WHOLE.fullmatch(value):
        value = value[:-2]
    for pattern, chinese in ENGLISH:
        value = pattern.sub(chinese, value)
    value = GAPS.sub("", value)
    value = LETTER_O.sub("0", value)
    return SLIPS.sub("室", value)


def parse_address(text: object) -> AddressParts | None:
    """Building, stair and room of an address, or None where no room can be found."""
    value = tidy(text)
    if dashed := DASHED.match(value):
        return AddressParts(dashed["a"], dashed["b"] or "", dashed["room"])
    room = ROOM.search(value)
    if room is None:
        return None
    before = value[: room.start()].rstrip("-—–/")
    stair = ""
    if found := STAIR.search(before):
        stair, before = arabic(found["stair"]), before[: found.start()].rstrip("-—–/")
    sure = bool(before) and (bool(stair) or bool(BUILDING_TAIL.search(before)))
    return AddressParts(before, stair, room["room"].upper(), sure)


def arabic(text: str) -> str:
    """Chinese numerals below a hundred as digits; anything else as it is."""
    if not text or any(char not in "零一二三四五六七八九十" for char in text):
        return text
    if "十" not in text:
        return "".join(NUMERALS[char] for char in text)
    tens, _, ones = text.partition("十")
    return str((int(NUMERALS[tens]) if tens else 1) * 10 + (int(NUMERALS[ones]) if ones else 0))


def building_key(name: object) -> str:
    """What makes two spellings the same building: 7, 7号楼, 7栋 and 七号楼 are one; 7-3号南楼 is another."""
    return _building_key(tidy(name).lower())


@lru_cache(maxsize=20_000)
def _building_key(value: str) -> str:
    value = re.sub(r"^([一二三四五六七八九十]+)(?=号|栋|幢|座|楼|$)", lambda found: arabic(found[1]), value)
    value = re.sub(r"号?([东南西北])楼?$", r"\1", value)
    return BUILDING_TAIL.sub("", value)


def floor_of(room: str) -> int | None:
    """The floor that a room number tells: 501 → 5, 1203 → 12; None where it tells nothing."""
    found = re.search(r"\d+", room)
    digits = found[0] if found else ""
    if len(digits) in (3, 4) and int(digits[:-2]) > 0:
        return int(digits[:-2])
    return None


def counted(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts as people count: 2 before 10, 1单元 before 2单元."""
    parts = re.split(r"(\d+)", name)
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts if part)
