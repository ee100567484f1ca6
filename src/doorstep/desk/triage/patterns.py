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
UNBOUND = ("^", "\\b", "(?", "[")


def _gaps(word: str) -> str:
    """The short gaps of an entry: `~` is a few characters of the same clause, more of them in English."""
    if HAN.search(word):
        return word.replace("~", CHINESE_GAP)
    return word.replace(" ~", "~").replace("~ ", "~").replace("~", ENGLISH_GAP)


def _opened(word: str) -> list[str]:
    """An entry that begins with a choice as one entry a choice: what begins with a letter is looked for much faster."""
    found = re.match(r"\(([^()?\[\]\\]+)\)(?![?*+{])", word)
    return [choice + word[found.end() :] for choice in found[1].split("|")] if found else [word]


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
    """What finds each of the words; longer entries first. English stands as whole words, with or without a plural."""
    entries = {piece for word in words for piece in _opened(str(word))}
    ordered = sorted(entries, key=lambda word: (-len(word), word))
    chinese = [_gaps(word) for word in ordered if HAN.search(word)]
    rest = [word for word in ordered if not HAN.search(word)]
    english = [_gaps(word) for word in rest if re.search("[a-z]", word) and not word.startswith(UNBOUND)]
    other = [
        _gaps(word) + r"(?:e?s)?(?![a-z])" for word in rest if re.search("[a-z]", word) and word.startswith(UNBOUND)
    ]
    other += [rf"(?<!\d){word}(?!\d)" if word.isdecimal() else word for word in rest if not re.search("[a-z]", word)]
    if english:
        other.append(rf"(?<![a-z])(?:{'|'.join(english)})(?:e?s)?(?![a-z])")
    return Words(_joined(chinese), _joined(other))


def _joined(words: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(words), re.MULTILINE) if words else None


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
