"""Which medicine a name means: generic names, brands, usual misspellings; its class and its alternatives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml
from rapidfuzz import fuzz, process

from doorstep.desk.dosing.words import DATA, plain_text, words

LEAST_ALIKE = 74.0


@dataclass(frozen=True)
class Drug:
    """One medicine or device of the table."""

    code: str
    zh: str
    en: str
    klass: str
    group: str = ""
    form: str = ""
    cold: bool = False
    special: bool = False
    also: tuple[str, ...] = ()

    @property
    def title(self) -> dict[str, str]:
        return {"zh": self.zh, "en": self.en}


@dataclass(frozen=True)
class Found:
    """A medicine that a text names, with the words that name it. `sure` is false for a guess."""

    drug: Drug
    words: str
    written: str  # as the table writes it
    start: int
    end: int
    sure: bool = True

    @property
    def brand(self) -> str:
        """The words where they are not the generic name itself."""
        generic = any(plain_text(name) in self.words for name in (self.drug.zh, self.drug.en))
        return "" if generic or self.drug.klass in words()["no_brands"] else self.written


@cache
def drugs() -> dict[str, Drug]:
    """drugs.yaml, by code."""
    return {
        code: Drug(
            code,
            body["zh"],
            body["en"],
            body["class"],
            body.get("group", ""),
            body.get("form", ""),
            body.get("cold", False),
            body.get("special", False),
            tuple(str(name) for name in body.get("also", ())),
        )
        for code, body in _file()["drugs"].items()
    }


def drug(code: str) -> Drug | None:
    """One medicine by code."""
    return drugs().get(code)


@cache
def classes() -> dict[str, dict[str, str]]:
    """The classes with their titles and the class of the protocol file whose hours count."""
    loaded: dict[str, dict[str, str]] = _file()["classes"]
    return loaded


def rule_of_class(klass: str) -> str:
    """The protocol's class for a class of this table: essential or other."""
    return classes().get(klass, {}).get("rule", str(_file()["unknown_class"]))


def find(text: str) -> Found | None:
    """The medicine that a text names: the earliest of the longest names; failing that, one spelt nearly so."""
    text = plain_text(text)
    best: tuple[int, int, str] | None = None
    for name in _names():
        start = text.find(name)
        while start >= 0 and not _stands_alone(text, start, name):
            start = text.find(name, start + 1)
        if start >= 0 and (best is None or (start, -len(name)) < (best[0], best[1])):
            best = (start, -len(name), name)
    if best is not None:
        code, written = _names()[best[2]]
        return Found(drugs()[code], best[2], written, best[0], best[0] - best[1])
    return _nearly(text)


def alternatives(code: str) -> list[Drug]:
    """Medicines of the same group: what a clinician might choose instead."""
    own = drug(code)
    if own is None or not own.group:
        return []
    return [one for one in drugs().values() if one.group == own.group and one.code != code]


@cache
def _file() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DATA / "drugs.yaml").read_text("utf-8"))
    return loaded


@cache
def _names() -> dict[str, tuple[str, str]]:
    """Every name in lower case → code and the name as the table writes it; the longest first."""
    every = {plain_text(name): (one.code, name) for one in drugs().values() for name in (one.zh, one.en, *one.also)}
    return dict(sorted(every.items(), key=lambda pair: -len(pair[0])))


def _stands_alone(text: str, start: int, name: str) -> bool:
    """A Latin name is a whole word: "iron" is not in "environment"."""
    if not name[0].isascii():
        return True
    end = start + len(name)
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isascii() and before.isalpha()) and not (
        after.isascii() and after.isalpha() and name[-1].isalpha() and text[end : end + 2].rstrip() not in ("s",)
    )


def _nearly(text: str) -> Found | None:
    """A name written with a slip, such as 二甲双瓜: a guess, shown as one."""
    head = text
    for sign in "0123456789,，。;；(（×:":
        head = head.split(sign, 1)[0]
    head = head.strip()
    if len(head) < 3 or (head.isascii() and len(head) < 5):
        return None
    near = [name for name in _names() if abs(len(name) - len(head)) <= max(2, len(head) // 2) and len(name) > 2]
    match = process.extractOne(head, near, scorer=fuzz.ratio, score_cutoff=LEAST_ALIKE)
    if match is None:
        return None
    return Found(drugs()[_names()[match[0]][0]], head, head, 0, len(head), sure=False)
