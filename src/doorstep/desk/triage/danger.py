"""A second look at danger to life: a small linear model over characters and words, for what the lists do not name.

benchmarks/desk/train.py makes its weights from our own tune lines. It can only add a sign, never take one away.
"""

from __future__ import annotations

import re
import struct
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from doorstep.desk.triage.text import FOLDER, Text

BUCKETS = 1 << 15
WEIGHTS = FOLDER / "danger.weights"
TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|[\u3400-\u9fff]+|\d+(?:\.\d+)?|[!?]")
LONGEST_GRAM = 3
STEM = 5
SHOWN = 3


@dataclass(frozen=True)
class Opinion:
    """Above nothing it reads like a danger; `words` are the places in `read` that say so most."""

    value: float
    words: tuple[tuple[int, int], ...]


def grams(text: Text) -> Iterator[tuple[str, int, int]]:
    """One to three Chinese characters in a row; English words, their stems, two in a row; how long a number is."""
    before = ""
    before_at = 0
    for found in TOKEN.finditer(text.read):
        token, at = found[0], found.start()
        if token[0] >= "\u3400":
            for size in range(1, LONGEST_GRAM + 1):
                for start in range(len(token) - size + 1):
                    yield token[start : start + size], at + start, at + start + size
            before = ""
            continue
        if token[0].isdigit():
            token = f"#{min(9, len(token))}"
        elif len(token) > STEM:
            yield f"{token[:STEM]}-", at, found.end()
        yield token, at, found.end()
        if before:
            yield f"{before} {token}", before_at, found.end()
        before, before_at = token, at


def bucket_of(gram: str) -> int:
    """Where the weight of a gram stands."""
    return zlib.crc32(gram.encode("utf-8", "surrogatepass")) % BUCKETS


@cache
def _weights() -> tuple[float, float, array[int]]:
    data = WEIGHTS.read_bytes()
    scale, cut = struct.unpack("<ff", data[:8])
    weights = array("b")
    weights.frombytes(data[8:])
    return scale, cut, weights


def opinion(text: Text) -> Opinion:
    """What the model thinks of a message."""
    scale, cut, weights = _weights()
    found: dict[str, tuple[int, int]] = {}
    for gram, start, end in grams(text):
        found.setdefault(gram, (start, end))
    if not found:
        return Opinion(-1.0, ())
    says = {gram: scale * weights[bucket_of(gram)] for gram in found}
    strongest = sorted((gram for gram in says if says[gram] > 0), key=lambda gram: (-says[gram], gram))[:SHOWN]
    return Opinion(sum(says.values()) / len(found) ** 0.5 - cut, tuple(sorted(found[gram] for gram in strongest)))
