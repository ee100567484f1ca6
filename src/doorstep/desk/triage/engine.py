"""One message in, one suggestion out."""

from __future__ import annotations

import re
from functools import cache

from doorstep.desk.triage.corrections import LEARNED_SIGN, SIGN_FROM, URGENCY_FROM, Corrections, corrected
from doorstep.desk.triage.days import find_days_left
from doorstep.desk.triage.doors import find_door
from doorstep.desk.triage.model import KINDS, URGENCIES, Door, Reason, Triage
from doorstep.desk.triage.patterns import any_of, vocabulary
from doorstep.desk.triage.people import find_persons
from doorstep.desk.triage.scores import Scores, score
from doorstep.desk.triage.signs import find_signs
from doorstep.desk.triage.text import Text, language_of, read, words_of
from doorstep.desk.triage.urgency import find_urgency

LONGEST = 4_000
NOT_OF_THE_BODY = {"fire", "trapped", "violence", "gas", "no_answer", "help", "oxygen"}


def door_of(text: str) -> Door | None:
    """The door that a text names, or None."""
    return find_door(read(text[:LONGEST], vocabulary))


def triage(text: str, *, language: str | None = None, corrections: Corrections | None = None) -> Triage:
    """What a message asks for, how soon, for whom, and why. Any text can be read; nothing is raised.

    `language` is a hint (zh or en) for what is handed back; the rules read both. Of very long texts the first 4,000 characters count.
    `corrections` are what people taught in this incident (`learn`).
    """
    seen = read(text[:LONGEST], vocabulary)
    signs, sign_reasons = find_signs(seen)
    sums = corrections.sums(seen) if corrections else {}
    if sums.get(f"sign:{LEARNED_SIGN}", 0.0) >= SIGN_FROM:
        signs = tuple(dict.fromkeys((*signs, LEARNED_SIGN)))
    scores = corrected(score(seen), sums)
    kind, kind_share = _kind(seen, scores, signs)
    needs, need_share = _needs(scores, kind, signs)
    days_left, days_reason = find_days_left(seen, needs)
    persons, person_reasons = find_persons(seen)
    door = find_door(seen)
    urgency, urgency_reason = find_urgency(seen, kind, needs, signs, days_left)
    taught = max(URGENCIES[1:], key=lambda level: sums.get(f"urgency:{level}", 0.0))
    if not signs and sums.get(f"urgency:{taught}", 0.0) >= URGENCY_FROM:
        urgency, urgency_reason = taught, Reason(0, len(text), text, "corrected:urgency")
    reasons = [*sign_reasons, *scores.reasons, *person_reasons]
    reasons += [reason for reason in (days_reason, urgency_reason) if reason]
    if door:
        reasons.append(Reason(door.start, door.end, text[door.start : door.end], "door"))
    return Triage(
        kind,
        needs,
        urgency,
        signs,
        persons,
        door,
        days_left,
        tuple(sorted(set(reasons), key=lambda reason: (reason.start, reason.end, reason.says))),
        round(min(kind_share, need_share), 3),
        language or language_of(text),
    )


@cache
def _turns() -> re.Pattern[str]:
    return any_of(words_of("kinds")["turns"])


def _kind(text: Text, scores: Scores, signs: tuple[str, ...]) -> tuple[str, float]:
    sums = dict(scores.kinds)
    if signs:
        asked = sums["request"] > 0 or bool(set(signs) & NOT_OF_THE_BODY)
        return ("request" if asked else "symptoms"), 0.9
    if _turns().search(text.read) and any(scores.needs.values()):
        sums["thanks"] *= words_of("kinds")["after_turn"]
        sums["none"] *= words_of("kinds")["after_turn"]
    if sums["none"] >= 3:
        sums["request"] *= 0.5
        sums["symptoms"] *= 0.3
    best = max(KINDS, key=lambda kind: (sums[kind], -KINDS.index(kind)))
    total = sum(sums.values())
    if not total:
        best = "request" if any(value >= 2 for value in scores.needs.values()) else "none"
        return best, 0.4
    return best, sums[best] / total


def _needs(scores: Scores, kind: str, signs: tuple[str, ...]) -> tuple[tuple[str, ...], float]:
    data = words_of("needs")
    of_signs = words_of("signs")["needs_of"]
    first = dict.fromkeys(need for sign in signs for need in of_signs.get(sign, of_signs["other"]))
    if kind in ("none", "thanks") and not signs:
        return (), 0.7
    ranked = sorted(scores.needs.items(), key=lambda item: -item[1])
    best = ranked[0][1]
    chosen = [need for need, value in ranked if value >= data["least"] and value >= data["share"] * best]
    if first:
        chosen = [need for need in chosen if need not in data["hidden_by_signs"]]
    return tuple(dict.fromkeys([*first, *chosen])), (0.9 if chosen or first else 0.4)
