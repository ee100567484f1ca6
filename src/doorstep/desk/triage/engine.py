"""One message in, one suggestion out."""

from __future__ import annotations

from functools import cache

from doorstep.desk.triage.corrections import LEARNED_SIGN, SIGN_FROM, URGENCY_FROM, Corrections, corrected
from doorstep.desk.triage.danger import opinion
from doorstep.desk.triage.days import find_days_left
from doorstep.desk.triage.doors import find_door
from doorstep.desk.triage.model import KINDS, URGENCIES, Door, Reason, Triage
from doorstep.desk.triage.patterns import Words, any_of, vocabulary
from doorstep.desk.triage.people import find_persons
from doorstep.desk.triage.scores import Scores, score
from doorstep.desk.triage.signs import find_signs
from doorstep.desk.triage.text import Text, language_of, read, words_of
from doorstep.desk.triage.urgency import find_urgency

LONGEST = 4_000
SECOND_LOOK = "second_look"
CLEAR = 3.0  # what one word of a list says by itself
NOT_OF_THE_BODY = {"fire", "trapped", "violence", "gas", "no_answer", "help", "oxygen"}


def door_of(text: str) -> Door | None:
    """The door that a text names, or None."""
    return find_door(read(text[:LONGEST], vocabulary))


def triage(
    text: str, *, language: str | None = None, corrections: Corrections | None = None, second_look: bool = True
) -> Triage:
    """What a message asks for, how soon, for whom, and why. Any text can be read; nothing is raised.

    `language` is a hint (zh or en) for what is handed back; the rules read both. Of very long texts the first 4,000 characters count.
    `corrections` are what people taught in this incident (`learn`). Without `second_look` the lists alone find danger to life.
    """
    seen = read(text[:LONGEST], vocabulary)
    signs, sign_reasons = find_signs(seen)
    of_lists = score(seen)
    if second_look and not sign_reasons and (second := _second_look(seen, of_lists)):
        signs, sign_reasons = (SECOND_LOOK,), second
    sums = corrections.sums(seen) if corrections else {}
    if sums.get(f"sign:{LEARNED_SIGN}", 0.0) >= SIGN_FROM:
        signs = (*signs, LEARNED_SIGN)
        sign_reasons = (*sign_reasons, Reason(0, len(text), text, f"sign:{LEARNED_SIGN}"))
    scores = corrected(of_lists, sums)
    named = tuple(sign for sign in signs if sign != SECOND_LOOK)
    kind, kind_share = _kind(seen, scores, named)
    needs, need_share = _needs(seen, scores, kind, named)
    if signs and not named:
        kind, needs = ("symptoms" if kind == "none" else kind), needs or ("medical_emergency",)
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


def _second_look(text: Text, scores: Scores) -> tuple[Reason, ...]:
    """Why the trained model reads a danger where the lists see none; empty where it does not, or where nothing is asked."""
    rules = words_of("signs")["second_look"]
    if len(text.read) > rules["longest"] or _kind(text, scores, ())[0] in rules["not_for"]:
        return ()
    found = opinion(text)
    if found.value <= rules["above"]:
        return ()
    places = [text.span(start, end) for start, end in found.words]
    return tuple(
        Reason(start, end, text.original[start:end], f"sign:{SECOND_LOOK}", round(found.value, 3))
        for start, end in places
    )


@cache
def _turns() -> Words:
    return any_of(words_of("kinds")["turns"])


def _kind(text: Text, scores: Scores, signs: tuple[str, ...]) -> tuple[str, float]:
    sums = dict(scores.kinds)
    if signs:
        asked = bool(_asks().search(text.read)) or bool(set(signs) & NOT_OF_THE_BODY)
        return ("request" if asked else "symptoms"), 0.9
    if _turns().search(text.read) and any(scores.needs.values()):
        sums["thanks"] *= words_of("kinds")["after_turn"]
        sums["none"] *= words_of("kinds")["after_turn"]
        sums["request"] += words_of("kinds")["turned_to"]
    if sums["offer"] >= CLEAR:
        sums["request"] *= words_of("kinds")["offered"]
    if sums["none"] >= CLEAR:
        sums["request"] *= 0.5
        sums["symptoms"] *= 0.3
    best = max(KINDS, key=lambda kind: (sums[kind], -KINDS.index(kind)))
    total = sum(sums.values())
    if not total:
        best = "request" if any(value >= 2 for value in scores.needs.values()) else "none"
        return best, 0.4
    return best, sums[best] / total


@cache
def _asks() -> Words:
    return any_of(words_of("kinds")["asks"])


def _needs(text: Text, scores: Scores, kind: str, signs: tuple[str, ...]) -> tuple[tuple[str, ...], float]:
    data = words_of("needs")
    of_signs = words_of("signs")["needs_of"]
    first = dict.fromkeys(need for sign in signs for need in of_signs.get(sign, of_signs["other"]))
    if kind in ("none", "thanks") and not signs:
        return (), 0.7
    ranked = sorted(scores.needs.items(), key=lambda item: -item[1])
    best = ranked[0][1]
    chosen = [need for need, value in ranked if value >= data["least"] and value >= data["share"] * best]
    if best > data["weak"]:
        chosen = [need for need in chosen if scores.needs[need] > data["weak"] or need in data["weak_but_kept"]]
    chosen = _without_yielding(chosen, scores, kind)
    if first:
        asking = [text.sentence(hit.start()) for words in (_asks(), _lacks()) for hit in words.finditer(text.read)]
        chosen = [
            need
            for need in chosen
            if need not in data["hidden_by_signs"]
            and any(start <= where < end for where, _ in scores.clauses[need] for start, end in asking)
        ]
    if signs and not first and not chosen:
        chosen = list(of_signs["other"])
    return tuple(dict.fromkeys([*first, *chosen])), (0.9 if chosen or first else 0.4)


@cache
def _lacks() -> Words:
    return any_of(words_of("facts")["days"]["nothing"])


def _without_yielding(chosen: list[str], scores: Scores, kind: str) -> list[str]:
    """The needs without those that step back before another (see `yields`)."""
    rules = words_of("needs")["yields"]

    def steps_back(need: str) -> bool:
        others = set(chosen) - {need}
        same_clause = {other for other in others if scores.clauses[need] <= scores.clauses[other]}
        return bool(
            same_clause & set(rules["clause"].get(need, ()))
            or others & set(rules["message"].get(need, ()))
            or (kind == "request" and others & set(rules["request"].get(need, ())))
        )

    return [need for need in chosen if not steps_back(need)]
