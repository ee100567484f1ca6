"""A message as the rules read it: half-width, simplified, slips mended, and each character knows where it came from."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz.distance import OSA

FOLDER = Path(__file__).parent / "data"
HAN = re.compile(r"[\u3400-\u9fff]")
WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
BREAK = re.compile(
    r"[,.;!?，。；！？、\n~…]+|(?<=[\u3400-\u9fff)）])\s+|\s+(?=[\u3400-\u9fff])|\b(?:but|however)\b|但是|不过|可是|另外|然后"
)
STOPS = ".!?。！？；;\n"
LEAST_FOR_A_SLIP = 6
LEAST_FOR_ANOTHER_LETTER = 8
ENDINGS = ("ing", "ed", "ly", "er", "ers", "'s")
QUOTES = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "“": '"', "”": '"'})


@dataclass(frozen=True)
class Text:
    """`read` is what the rules see; `at[i]` is where its i-th character stands in `original`."""

    original: str
    read: str
    at: tuple[int, ...]
    breaks: tuple[tuple[int, int], ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original of a piece of `read`."""
        if end <= start:
            return self.at[start], self.at[start]
        return self.at[start], max(self.at[end - 1] + 1, self.at[end] if end < len(self.at) - 1 else self.at[-1])

    def clause(self, where: int) -> tuple[int, int]:
        """Start and end in `read` of the clause that holds a place."""
        index = bisect_left([end for _, end in self.breaks], where + 1)
        start = self.breaks[index - 1][1] if index else 0
        end = self.breaks[index][0] if index < len(self.breaks) else len(self.read)
        return min(start, where), max(end, where)

    def sentence(self, where: int) -> tuple[int, int]:
        """Start and end in `read` of the sentence that holds a place."""
        start = max((self.read.rfind(mark, 0, where) for mark in STOPS), default=-1) + 1
        ends = [found for mark in STOPS if (found := self.read.find(mark, where)) >= 0]
        return start, min(ends, default=len(self.read))


@cache
def words_of(name: str) -> dict[str, Any]:
    """One data file of this room."""
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    return loaded


@cache
def _characters() -> dict[str, str]:
    return {pair[0]: pair[1] for pair in words_of("spelling")["traditional"].split() if len(pair) == 2}


@cache
def _slips() -> tuple[re.Pattern[str], Mapping[str, str]]:
    slips = {str(wrong): str(right) for wrong, right in words_of("spelling")["slips"].items() if wrong != right}
    return re.compile("|".join(sorted(map(re.escape, slips), key=len, reverse=True))), slips


@cache
def _english_slips() -> dict[str, str]:
    return {str(wrong): str(right) for wrong, right in words_of("spelling")["english_slips"].items()}


@cache
def _real_words() -> frozenset[str]:
    return frozenset(words_of("spelling")["real_words"])


def read(text: str, vocabulary: Callable[[], frozenset[str]]) -> Text:
    """The message in the form that the rules read. Any text can be read, an empty one too."""
    out, at = _half_width(text)
    pattern, slips = _slips()
    out, at = _replaced(out, at, pattern, lambda word: slips[word])
    if re.search("[a-z]{3}", out):
        known = vocabulary()
        out, at = _replaced(out, at, WORD, lambda word: _mended(word, known))
    breaks = tuple((found.start(), found.end()) for found in BREAK.finditer(out))
    return Text(text, out, (*at, len(text)), breaks)


def _half_width(text: str) -> tuple[str, list[int]]:
    characters = _characters()
    out: list[str] = []
    at: list[int] = []
    for index, char in enumerate(text):
        folded = char if char < "\x80" else unicodedata.normalize("NFKC", char)
        for piece in folded.translate(QUOTES).lower():
            out.append(characters.get(piece, piece))
            at.append(index)
    return "".join(out), at


def _replaced(text: str, at: list[int], pattern: re.Pattern[str], meant: Callable[[str], str]) -> tuple[str, list[int]]:
    out: list[str] = []
    places: list[int] = []
    last = 0
    for found in pattern.finditer(text):
        right = meant(found[0])
        if right == found[0]:
            continue
        out.append(text[last : found.start()] + right)
        places += at[last : found.start()]
        size = found.end() - found.start()
        places += [at[found.start() + min(index, size - 1)] for index in range(len(right))]
        last = found.end()
    if not last:
        return text, at
    return "".join(out) + text[last:], places + at[last:]


def _mended(word: str, known: frozenset[str]) -> str:
    if word in known:
        return word
    return _english_slips().get(word) or _nearest(word, known)


@lru_cache(maxsize=20_000)
def _nearest(word: str, known: frozenset[str]) -> str:
    """The known word that is a slip of the finger away; else the word itself.

    A letter too many, too few or two swapped from six letters on; another letter in place of one only from eight on.
    """
    if len(word) < LEAST_FOR_A_SLIP or word in _real_words() or word.rstrip("s") in known or word.endswith(ENDINGS):
        return word
    near = sorted(
        (abs(len(other) - len(word)), other)
        for other in known
        if other[0] == word[0]
        and abs(len(other) - len(word)) <= 1
        and other.rstrip("s") != word
        and (len(other) != len(word) or len(word) >= LEAST_FOR_ANOTHER_LETTER or sorted(other) == sorted(word))
        and OSA.distance(word, other, score_cutoff=1) <= 1
    )
    return near[0][1] if near else word


def language_of(text: str) -> str:
    """`zh` where Chinese characters stand, else `en`."""
    return "zh" if HAN.search(text) else "en"
