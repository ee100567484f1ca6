"""For how many days what somebody has will last, as they say it."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache

from doorstep.desk.triage.model import Reason
from doorstep.desk.triage.patterns import Words, any_of
from doorstep.desk.triage.people import number_of
from doorstep.desk.triage.text import Text, words_of

N = r"(?P<n>\d{1,3}|半|[一二两三四五六七八九十]{1,3}|a|an|one|two|three|four|five|six|seven|eight|nine|ten|couple of|few)"
UNITS = {
    "天": 1,
    "日": 1,
    "周": 7,
    "星期": 7,
    "礼拜": 7,
    "个星期": 7,
    "个礼拜": 7,
    "个月": 30,
    "day": 1,
    "week": 7,
    "month": 30,
}
UNIT_ZH = r"(?P<unit>天|日|个?星期|个?礼拜|周|个月)"
PIECES_LEFT = re.compile(
    r"(?:还剩|只剩|剩下?|还有|就剩)(?:下|了)?(?P<n>\d{1,3}|[一二两三四五六七八九十]{1,3})(?:片|颗|粒|袋|支|包|瓶|针)\D{0,8}?(?:一天|每天|每日|一日)(?:吃|用|打)?(?P<m>\d{1,2}|[一二两三四五六七八九十]{1,2})(?:片|颗|粒|袋|支|包|瓶|针|次)"
)
AFTER = 14


@cache
def _list(name: str) -> Words:
    return any_of(words_of("facts")["days"][name])


@cache
def _left_zh() -> re.Pattern[str]:
    before = "|".join(words_of("facts")["days"]["before_zh"])
    return re.compile(rf"(?:{before})[^，。,.;；\n\d]{{0,4}}?{N}{UNIT_ZH}(?:多|左右|半)?(?!前|没|一次|后)")


@cache
def _left_en() -> tuple[re.Pattern[str], ...]:
    left = "|".join(words_of("facts")["days"]["left_en"])
    unit = r"(?P<unit>day|week|month)s?'?s?"
    lead = "only|last|lasts|for|enough for|about|have|has"
    return (
        re.compile(rf"\b{N} (?:more )?{unit} (?:{left})"),
        re.compile(
            rf"\b(?P<lead>{lead})(?: about| another| only)? {N} (?:more )?{unit}(?! (?:ago|old|now|without|of rain))"
        ),
    )


def find_days_left(text: Text, needs: Collection[str]) -> tuple[int | None, Reason | None]:
    """Whole days until it ends, and the words; None where the message does not say or nothing that can end is asked for."""
    if not set(needs) & set(words_of("facts")["days"]["stock_needs"]):
        return None, None
    read = text.read
    for days, start, end in (*_by_pieces(read), *_by_length(read), *_by_day(read), *_by_nothing(read)):
        where = text.span(start, end)
        return days, Reason(*where, text.original[slice(*where)], "days_left")
    return None, None


def _by_pieces(read: str) -> list[tuple[int, int, int]]:
    return [
        (number_of(hit["n"]) // number_of(hit["m"]), hit.start(), hit.end())
        for hit in PIECES_LEFT.finditer(read)
        if number_of(hit["m"])
    ]


def _by_length(read: str) -> list[tuple[int, int, int]]:
    found = []
    for hit in _left_zh().finditer(read):
        n, unit = hit["n"], UNITS[hit["unit"]]
        days = 15 if n == "半" and unit == 30 else number_of(n) * unit if n != "半" else 0
        found.append((days, hit.start(), hit.end()))
    for hit in (hit for pattern in _left_en() for hit in pattern.finditer(read)):
        n = hit["n"]
        if re.search(r"(?:not|n't) .{0,25}$", read[: hit.start()]) or re.match(r" (?:ago|old)", read[hit.end() :]):
            continue
        if hit.groupdict().get("lead") == "for" and not _of_stock(read[: hit.end()][-45:]):
            continue
        days = {"few": 3, "couple of": 2}.get(n) or number_of(n)
        found.append((days * UNITS[hit["unit"]], hit.start(), hit.end()))
    return found


def _of_stock(text: str) -> bool:
    return bool(re.search("more|enough|insulin|pills|meds|medic|left|supply|food", text))


def _by_day(read: str) -> list[tuple[int, int, int]]:
    found = []
    for days, name in ((2, "after_tomorrow"), (1, "tomorrow"), (0, "today")):
        for hit in _list(name).finditer(read):
            piece = read[max(0, hit.start() - AFTER) : hit.end() + AFTER]
            if _list("ends").search(piece):
                found.append((days, hit.start(), hit.end()))
    return found


def _by_nothing(read: str) -> list[tuple[int, int, int]]:
    found = []
    for hit in _list("nothing").finditer(read):
        before = read[max(0, hit.start() - 5) : hit.start()]
        if not re.search("快|要|会|明天|后天|怕|别|没有$|以免", before):
            found.append((0, hit.start(), hit.end()))
    return found
