"""How soon somebody has to see to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from doorstep.desk.triage.model import URGENCIES, Reason
from doorstep.desk.triage.patterns import Words, any_of
from doorstep.desk.triage.text import Text, words_of


@cache
def _list(name: str) -> Words:
    return any_of(words_of("facts")["urgency"][name])


def find_urgency(
    text: Text, kind: str, needs: Sequence[str], signs: Sequence[str], days_left: int | None
) -> tuple[str, Reason | None]:
    """One of emergency, urgent, normal, low, and the words that raised or lowered it."""
    if signs:
        return "emergency", None
    rules = words_of("facts")["urgency"]
    if kind in rules["by_kind"]:
        return rules["by_kind"][kind], None
    if kind == "complaint":
        return "normal", None
    level = min((rules["by_need"].get(need, "normal") for need in needs), key=URGENCIES.index, default="normal")
    if days_left is not None and any(days_left <= rules["sooner_days"].get(need, -1) for need in needs):
        level = "urgent"
    if hit := _list("calm_words").search(text.read):
        lowered = URGENCIES[max(URGENCIES.index(level), 2)]
        return ("low" if level == "low" else lowered), _reason(text, hit, "urgency:calm")
    for name in ("urgent_words", "serious"):
        if (hit := _list(name).search(text.read)) and (level != "low" or name == "urgent_words"):
            return "urgent", _reason(text, hit, "urgency:urgent")
    return level, None


def _reason(text: Text, hit: re.Match[str], says: str) -> Reason:
    where = text.span(hit.start(), hit.end())
    return Reason(*where, text.original[slice(*where)], says)
