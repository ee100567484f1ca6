"""One message, several requests: where to cut it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from doorstep.desk.triage import Door, Triage, door_of, triage

CUTS = re.compile(
    r"[\n。；;!！?？]+\s*|[,，、+＋]\s*(?=\S)|\.\s+|\s+(?=(?:\d{1,2}[.、)）]|另外|还有|还要|以及|同时|顺便|and also|also)\S)|(?<=[\u3400-\u9fff])(?=另外|还有(?![\d一二两三四五六七八九十]|点|三|几)|顺便|再帮)"
)
ANOTHER = re.compile(
    r"隔壁|邻居|对门|楼上的?(?!漏)|楼下的?|我(?:妈|爸|婆婆|公公|奶奶|爷爷|爱人|老公|老婆|孩子)(?=.{0,6}(?:要|需要|的))|(?<![a-z])my (?:neighbou?r|mother|father|mom|mum|dad)(?![a-z])"
)
LONGEST = 2_000
MOST_PIECES = 40
ASKING = ("request", "symptoms", "offer", "complaint")


@dataclass(frozen=True)
class Part:
    """One request of a message: `text` is message[start:end]. `door` is its own, else the one the message names."""

    start: int
    end: int
    text: str
    triage: Triage
    door: Door | None


def split_requests(text: str) -> tuple[Part, ...]:
    """The requests of one message, in order; together they are the whole message. A danger to life is never cut in two."""
    whole = triage(text)
    pieces = _pieces(text)
    if len(pieces) < 2 or len(pieces) > MOST_PIECES or len(text) > LONGEST:
        return (Part(0, len(text), text, whole, whole.door),)
    groups = _grouped(text, pieces)
    parts = tuple(_part(text, start, end, whole) for start, end in groups)
    if not set(whole.signs) <= {sign for part in parts for sign in part.triage.signs}:
        return (Part(0, len(text), text, whole, whole.door),)
    return parts


def _pieces(text: str) -> list[tuple[int, int]]:
    ends = [found.end() for found in CUTS.finditer(text)]
    bounds = sorted({0, len(text), *(end for end in ends if 0 < end < len(text))})
    return [(start, end) for start, end in zip(bounds, bounds[1:], strict=False) if end > start]


def _grouped(text: str, pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join each piece to the group before it, unless it asks for something of its own."""
    groups: list[tuple[int, int]] = []
    last: Triage | None = None
    for start, end in pieces:
        found = triage(text[start:end])
        asks = found.kind in ASKING and bool(set(found.needs) - {"information"})
        if groups and not _apart(text[start:end], found, asks, last):
            groups[-1] = (groups[-1][0], end)
        else:
            groups.append((start, end))
        if asks:
            last = triage(text[groups[-1][0] : end])
    return groups


def _apart(piece: str, found: Triage, asks: bool, last: Triage | None) -> bool:
    if not asks or last is None:
        return False
    if found.door and last.door and found.door.key != last.door.key and found.door.sure:
        return True
    return not set(found.needs) & set(last.needs) or bool(ANOTHER.search(piece) and found.kind == "request")


def _part(text: str, start: int, end: int, whole: Triage) -> Part:
    piece = text[start:end]
    return Part(start, end, piece, triage(piece), door_of(piece) or whole.door)
