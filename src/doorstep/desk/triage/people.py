"""Whom a message concerns: how many, how old, who."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from doorstep.desk.triage.model import Persons, Reason
from doorstep.desk.triage.patterns import Words, any_of
from doorstep.desk.triage.text import Text, words_of

DIGITS = r"(?P<n>\d{1,4}|[零一二两俩三仨四五六七八九十]{1,3})"
ENGLISH = r"(?P<n>\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty)"
PEOPLE_EN = r"(?:people|persons?|adults?|kids?|children|babies|elders?|elderly|women|men|families|patients|of us|of them|boys?|girls?)"
WHOLE = (
    re.compile(
        rf"(?:一家|全家|我家|家里|我们家?|家有|共有?|总共)(?:有|共|老小|老少)?{DIGITS}(?:个人|口人?|人|个)(?!工|份)"
    ),
    re.compile(rf"{DIGITS}口(?:人|之家)?(?![味岸])"),
    re.compile(rf"\b(?:family|group|household|party) of {ENGLISH}\b"),
    re.compile(
        rf"\b(?:we are|we're|there are|about|around|over|more than) {ENGLISH}(?: {PEOPLE_EN}| (?=in|on|at|here))"
    ),
    re.compile(rf"\b{ENGLISH} of us\b"),
    re.compile(rf"(?<![第\d.]){DIGITS}(?:多|几)?个?(?:人|民工|工人)(?![份次家民])"),
)
PARTS = (
    re.compile(
        rf"(?<![第\d.]){DIGITS}(?:个|名|位|只)?(?:大人|小孩|孩子|老人|娃|宝宝|婴儿|儿子|女儿|成人|病人|孕妇|学生|人(?=发|困|被|都))"
    ),
    re.compile(rf"\b{ENGLISH} (?:\w+ )?(?:{PEOPLE_EN})\b"),
)
COUPLE = re.compile(
    r"老两口|老俩口|夫妻俩|夫妇|我(?:和|跟)我?(?:老伴|老婆|老公|爱人|妈|爸|孩子|儿子|女儿)|父母|爸妈|爷爷奶奶|\b(?:my |the |our )?(?:parents|grandparents)\b|elderly couple|\bcouple\b|\btwins\b|两个(?=都)"
)
WITH_SELF = re.compile(r"我(?:和|跟|带着?)(?=\S{0,3}(?:孩子|娃|老人|女儿|儿子))|\bme and\b|和妹妹|和弟弟")
AGE_ZH = re.compile(
    r"(?P<n>\d{1,3}|[一二三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])(?:多)?(?:周?岁|歲)"
)
AGE_EN = re.compile(
    r"\b(?:aged?|is|she's|he's|i'm|am|turning) (?P<n>\d{1,3})(?=\b(?!\.\d| ?(?:weeks?|months?|days?|hours?|%|percent|degrees|mg|pm|am|minutes|people|kids)))"
    r"|\b(?P<m>\d{1,3})[- ]?(?:year[s]?[- ]?old|yo\b|y/o|yrs?\b)|, (?P<k>[1-9]\d?)(?=,)|(?<=couple, )(?P<c>\d\d)(?= and)|(?<=\d\d and )(?P<d>\d\d)\b"
)
MONTHS = re.compile(
    r"(?:\d{1,2}|[一二两三四五六七八九十]{1,2})个(?:半)?月(?!身孕|没|内|的(?:药|量))(?=大|的?(?:宝|娃|婴|孩)|$|[，,。！!])|\b\d{1,2}[- ](?:month|week|day)s?[- ]old"
)
MOST_BELIEVED_AGE = 120


@cache
def _groups() -> dict[str, Words]:
    return {code: any_of(words) for code, words in words_of("facts")["groups"].items()}


@cache
def _kin() -> Words:
    return any_of(words_of("facts")["kin"])


@cache
def _single() -> Words:
    return any_of(words_of("facts")["single"])


@cache
def _not_groups() -> Words:
    return any_of(words_of("facts")["not_groups"])


def number_of(word: str) -> int:
    """A number in digits or words; 0 where it is none."""
    if word.isdecimal():
        return int(word)
    names: dict[str, int] = words_of("facts")["numbers"]
    if word in names:
        return names[word]
    if "十" in word:
        tens, _, ones = word.partition("十")
        return (names.get(tens, 0) if tens else 1) * 10 + (names.get(ones, 0) if ones else 0)
    digits = "".join(str(names[char]) for char in word if char in names)
    return int(digits) if digits else 0


def find_persons(text: Text) -> tuple[Persons, tuple[Reason, ...]]:
    """How many, their ages, and which groups, with the words that say so."""
    seen = _not_groups().sub(lambda found: "~" * len(found[0]), text.read)
    reasons: list[Reason] = []

    def because(start: int, end: int, says: str) -> None:
        where = text.span(start, end)
        reasons.append(Reason(*where, text.original[slice(*where)], says))

    ages: list[int] = []
    for found in (*AGE_ZH.finditer(seen), *AGE_EN.finditer(seen)):
        age = number_of(next(value for value in found.groupdict().values() if value))
        if age <= MOST_BELIEVED_AGE:
            ages.append(age)
            because(found.start(), found.end(), "age")
    groups: dict[str, None] = {}
    for code, pattern in _groups().items():
        if hit := pattern.search(seen):
            groups[code] = None
            because(hit.start(), hit.end(), f"group:{code}")
    _groups_by_age(ages, groups)
    if MONTHS.search(seen):
        groups["infant"] = None
    if (
        "infant" in groups
        and "child" in groups
        and not re.search("孩|儿子|女儿|child|kid|son|daughter|小朋友|妹|弟", seen)
    ):
        groups.pop("child")
    return Persons(_count(seen, groups, because), tuple(ages), tuple(groups)), tuple(reasons)


def _groups_by_age(ages: list[int], groups: dict[str, None]) -> None:
    limits = words_of("facts")["ages"]
    for age in ages:
        if age >= limits["elder_from"]:
            groups["elder"] = None
        elif age < limits["infant_below"]:
            groups["infant"] = None
        elif age < limits["child_below"]:
            groups["child"] = None
    if (
        ages
        and max(ages) < limits["elder_from"]
        and "elder" in groups
        and len(ages) == 1
        and ages[0] >= limits["child_below"]
    ):
        groups.pop("elder")


def _count(seen: str, groups: dict[str, None], because: Callable[[int, int, str], None]) -> int | None:
    parts = [found for pattern in PARTS for found in pattern.finditer(seen)]
    if len(parts) >= 2:
        for found in parts:
            because(found.start(), found.end(), "persons")
        return sum(number_of(found["n"]) for found in parts) or None
    for pattern in WHOLE:
        if (whole := pattern.search(seen)) and (count := number_of(whole["n"])):
            because(whole.start(), whole.end(), "persons")
            return count
    if parts and (count := number_of(parts[0]["n"])):
        because(parts[0].start(), parts[0].end(), "persons")
        return count + (1 if WITH_SELF.search(seen) else 0)
    if couple := COUPLE.search(seen):
        because(couple.start(), couple.end(), "persons")
        return 2
    kin = {found[0][-1] if found[0] in ("爸爸", "妈妈") else found[0] for found in _kin().finditer(seen)}
    if kin:
        return max(1, len(kin & {"爸", "妈", "爷爷", "奶奶", "外公", "外婆", "公公", "婆婆", "老伴"}))
    if _single().search(seen) or "pregnant" in groups:
        return 1
    return None
