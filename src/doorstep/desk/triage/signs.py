"""Danger to life: what is looked for before anything else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from doorstep.desk.triage.model import Reason
from doorstep.desk.triage.patterns import Words, any_of
from doorstep.desk.triage.text import Text, words_of

BACK = 40
SURE = 3.0
TWICE = 2
PLEAS = re.compile(r"(?<![a-z])(?:we|i|my|our|us|me|help|please|sos)(?![a-z])|我|求|救|快|请|来人")


@dataclass(frozen=True)
class _Sign:
    code: str
    words: Words
    together: tuple[tuple[Words, ...], ...]
    within: int
    evidence: tuple[tuple[float, float, Words], ...]
    enough: float


@dataclass(frozen=True)
class _Frames:
    denied: re.Pattern[str]
    denied_reach: int
    not_denials: Words
    denial_stops: Words
    past_before: Words
    past_after: Words
    now: Words
    over_before: Words
    over_after: Words
    over_reach: int
    supposed: Words
    supposed_after: Words
    figure: Words
    not_people: Words
    people: Words
    news: Words


@cache
def _signs() -> tuple[_Sign, ...]:
    return tuple(
        _Sign(
            code,
            any_of(rule.get("words", ())),
            tuple(tuple(any_of(part) for part in parts) for parts in rule.get("together", ())),
            int(rule.get("within", 400)),
            tuple(
                (float(part["weight"]), float(part["most"]), any_of(part["words"])) for part in rule.get("evidence", ())
            ),
            float(rule.get("enough", 0)),
        )
        for code, rule in words_of("signs")["signs"].items()
    )


@cache
def _frames() -> _Frames:
    data = words_of("signs")["frames"]
    denied = "|".join(sorted((re.escape(str(word)) for word in data["denied_before"]), key=len, reverse=True))
    return _Frames(
        re.compile(rf"(?:{denied})"),
        int(data["denied_reach"]),
        any_of(data["not_denials"]),
        any_of(data["denial_stops"]),
        any_of(data["past_before"]),
        any_of(data["past_after"]),
        any_of(data["now"]),
        any_of(data["over_before"]),
        any_of(data["over_after"]),
        int(data["over_reach"]),
        any_of(data["supposed_before"]),
        any_of(data["supposed_after"]),
        any_of(data["figure"]),
        any_of(data["not_people"]),
        any_of(data["people"]),
        any_of(data["news"]),
    )


def find_signs(text: Text) -> tuple[tuple[str, ...], tuple[Reason, ...]]:
    """The codes of the signs that stand, and every sign seen with what became of it (denied, over, past, supposed)."""
    frames = _frames()
    masked = frames.figure.sub(lambda found: "~" * len(found[0]), text.read)
    elsewhere = sum(1 for _ in frames.news.finditer(masked)) >= TWICE and not PLEAS.search(masked)
    standing: dict[str, None] = {}
    reasons: list[Reason] = []

    def state_of(start: int, end: int) -> str:
        return "news" if elsewhere else _state(frames, text, masked, start, end)

    def because(state: str, code: str, start: int, end: int, weight: float) -> None:
        where = text.span(start, end)
        reasons.append(Reason(*where, text.original[slice(*where)], f"{state}:{code}", weight))

    for code, start, end in _hits(masked):
        state = state_of(start, end)
        if state == "sign":
            standing[code] = None
        because(state, code, start, end, SURE)
    for sign in _signs():
        total, counted = _weighed(sign, masked, state_of)
        if sign.evidence and total >= sign.enough:
            standing[sign.code] = None
            for start, end in counted:
                because("sign", sign.code, start, end, 1.0)
    return tuple(standing), tuple(reasons)


def _weighed(sign: _Sign, masked: str, state_of: Callable[[int, int], str]) -> tuple[float, list[tuple[int, int]]]:
    """The sum of the weaker words that stand, each word once, and where those that speak for the sign are."""
    total = 0.0
    counted: list[tuple[int, int]] = []
    for weight, most, words in sign.evidence:
        places = {hit[0]: hit.span() for hit in words.finditer(masked)}
        standing = [place for place in places.values() if weight < 0 or state_of(*place) == "sign"]
        total += max(-most, min(most, weight * len(standing)))
        counted += standing if weight > 0 else []
    return total, counted


def stands(text: Text, start: int, end: int) -> bool:
    """Whether what is said there is neither denied nor over, past or supposed."""
    return _state(_frames(), text, text.read, start, end) == "sign"


def _hits(masked: str) -> Iterator[tuple[str, int, int]]:
    for sign in _signs():
        for found in sign.words.finditer(masked):
            if found.end() > found.start():
                yield sign.code, found.start(), found.end()
        for parts in sign.together:
            if pair := _nearest_pair(masked, parts, sign.within):
                yield sign.code, *pair


def _nearest_pair(masked: str, parts: tuple[Words, ...], within: int) -> tuple[int, int] | None:
    first, second = ([(hit.start(), hit.end()) for hit in part.finditer(masked)] for part in parts[:2])
    best: tuple[int, int, int] | None = None
    for a, b in first:
        for c, d in second:
            gap = max(c - b, a - d, 0)
            if gap <= within and (best is None or gap < best[0]):
                best = (gap, c, d)
    return best[1:] if best else None


def _state(frames: _Frames, text: Text, masked: str, start: int, end: int) -> str:
    """Whether a sign stands: `sign`, or what takes it away."""
    clause_start, clause_end = text.clause(start)
    before = masked[max(clause_start, start - BACK) : start]
    after = masked[end : max(clause_end, min(len(masked), end + frames.over_reach))]
    rest = masked[end:clause_end]
    if _denied(frames, before):
        return "denied"
    if frames.not_people.search(before) and not frames.people.search(masked[clause_start:clause_end]):
        return "thing"
    if frames.supposed.search(before) or frames.supposed_after.match(rest.lstrip()):
        return "supposed"
    is_now = bool(frames.now.search(before))
    if not is_now and (
        frames.past_before.search(before) or frames.past_after.match(rest[:8]) or _past_en(frames, rest)
    ):
        return "past"
    if frames.over_before.search(before):
        return "over"
    over = frames.over_after.search(after)
    if over and not frames.now.search(after[over.end() :]) and not _again(after[: over.start()]):
        return "over"
    return "sign"


def _past_en(frames: _Frames, rest: str) -> bool:
    return bool(re.search("[a-z]", rest)) and bool(frames.past_after.search(rest[:25]))


def _again(text: str) -> bool:
    return bool(re.search("不|没|又|(?<![a-z])(?:not|again|isn't)(?![a-z])", text))


def _denied(frames: _Frames, before: str) -> bool:
    """Whether the nearest denial in the clause reaches the sign with nothing of its own between."""
    before = frames.not_denials.sub(lambda found: "~" * len(found[0]), before)
    last = None
    for last in frames.denied.finditer(before):  # noqa: B007 - the last one is what counts
        pass
    if last is None:
        return False
    between = before[last.end() :]
    reach = frames.denied_reach * (1 if re.search("[\u3400-\u9fff]", between or "一") else 3)
    return len(between) <= reach and not frames.denial_stops.search(between)
