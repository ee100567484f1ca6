"""Word lists of the data files as patterns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
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
    return rf"(?<!\d){word}(?!\d)" if word.isdecimal() else word


@dataclass(frozen=True)
class Words:
    """A list of words as two patterns: what cannot stand in a text without Chinese, or without letters, is not looked for there."""

    chinese: re.Pattern[str] | None
    other: re.Pattern[str] | None

    def _of(self, text: str) -> Iterator[re.Pattern[str]]:
        if self.chinese and HAN.search(text):
            yield self.chinese
        if self.other:
            yield self.other

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Every hit, Chinese ones first."""
        for pattern in self._of(text):
            yield from pattern.finditer(text)

    def search(self, text: str) -> re.Match[str] | None:
        """The first hit."""
        return next((found for pattern in self._of(text) if (found := pattern.search(text))), None)

    def match(self, text: str) -> re.Match[str] | None:
        """A hit at the very start."""
        return next((found for pattern in self._of(text) if (found := pattern.match(text))), None)

    def sub(self, how: Callable[[re.Match[str]], str], text: str) -> str:
        """The text with each hit replaced."""
        for pattern in list(self._of(text)):
            text = pattern.sub(how, text)
        return text


def any_of(words: Iterable[object]) -> Words:
    """What finds each of the words; longer entries first."""
    ordered = sorted({str(word) for word in words}, key=lambda word: (-len(word), word))
    chinese = [word for word in ordered if HAN.search(word)]
    return Words(_joined(chinese), _joined([word for word in ordered if not HAN.search(word)]))


def _joined(words: list[str]) -> re.Pattern[str] | None:
    if not words:
        return None
    return re.compile("|".join(f"(?:{pattern_of(word)})" for word in words), re.MULTILINE)


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
