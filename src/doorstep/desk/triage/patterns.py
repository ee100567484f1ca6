"""Word lists of the data files as patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from doorstep.desk.triage.text import HAN, words_of

CHINESE_GAP = "[^,.;!?，。；！？\n]{0,8}?"
ENGLISH_GAP = "[^.;!?\n]{0,25}?"


def pattern_of(word: str) -> str:
    """One entry of a list as a regular expression: `~` is a short gap, English stands as whole words."""
    if HAN.search(word):
        return word.replace("~", CHINESE_GAP)
    if re.search("[a-z]", word):
        body = word.replace(" ~", "[ ]?~").replace("~ ", "~").replace("~", ENGLISH_GAP)
        body = body.replace("[ ]?" + ENGLISH_GAP, ENGLISH_GAP)
        left = "" if word.startswith(("^", "\\b", "(?", "[")) else r"(?<![a-z])"
        return f"{left}(?:{body})(?:e?s)?(?![a-z])"
    return word


def any_of(words: Iterable[object]) -> re.Pattern[str]:
    """A pattern that finds each of the words; longer entries first."""
    ordered = sorted({str(word) for word in words}, key=lambda word: (-len(word), word))
    return re.compile("|".join(f"(?:{pattern_of(word)})" for word in ordered) or r"(?!)", re.MULTILINE)


@cache
def vocabulary() -> frozenset[str]:
    """Every English word of the lists: what a slip may have meant."""
    found: set[str] = set()
    for name in ("signs", "needs", "kinds", "facts"):
        for word in _strings(words_of(name)):
            if not HAN.search(word):
                found.update(re.findall(r"(?<![\\a-z?(\[])[a-z]{4,}(?:'[a-z]+)?(?![a-z*+?\\\[])", word))
    return frozenset(found)


def _strings(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for value in data.values():
            yield from _strings(value)
    elif isinstance(data, list):
        for value in data:
            yield from _strings(value)
    else:
        yield str(data)
