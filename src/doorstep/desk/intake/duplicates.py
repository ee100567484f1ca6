"""Is this the same request again? Proposals only, each with its why; a person merges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from doorstep.desk.intake.model import same
from doorstep.errors import gettext_noop

WHY = {
    "same_id": gettext_noop("It is the same message."),
    "same_door": gettext_noop("Both come from the same door."),
    "door_within": gettext_noop("One names the door more fully than the other."),
    "same_person": gettext_noop("Both name the same person."),
    "same_needs": gettext_noop("Both ask for the same."),
    "some_needs": gettext_noop("Both ask for some of the same."),
    "same_words": gettext_noop("They use the same words."),
    "equal_words": gettext_noop("The texts are equal."),
    "close_in_time": gettext_noop("They came within a day of one another."),
}


@dataclass(frozen=True)
class Known:
    """A request as far as likeness goes. `door` is a key such as 3-2-501; `person` a name as it was given."""

    id: str
    text: str
    door: str = ""
    person: str = ""
    needs: tuple[str, ...] = ()
    at: datetime | None = None
    external_id: str = ""


@dataclass(frozen=True)
class Match:
    """A request that may be the same one: how surely (0 to 1), and the codes of why (WHY says them in words)."""

    id: str
    score: float
    why: tuple[str, ...]


@cache
def _rules() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "duplicates.yaml").read_text("utf-8"))
    return loaded


def duplicates(new: Known, existing: Iterable[Known], *, limit: int = 5) -> tuple[Match, ...]:
    """The requests that may be the same as the new one, likeliest first."""
    rules = _rules()
    found = []
    for known in existing:
        if known.id == new.id:
            continue
        likeness = _likeness(new, known, rules)
        score = min(1.0, max(0.0, sum(likeness.values())))
        if score >= rules["least"]:
            why = tuple(code for code, value in sorted(likeness.items(), key=lambda item: -item[1]) if value > 0)
            found.append(Match(known.id, round(score, 3), why))
    return tuple(sorted(found, key=lambda match: (-match.score, match.id))[:limit])


def _likeness(new: Known, known: Known, rules: dict[str, Any]) -> dict[str, float]:
    weights: dict[str, float] = rules["weights"]
    codes = [
        code for code in (_door(new, known), _person(new, known), _needs(new, known), _time(new, known, rules)) if code
    ]
    if len(same(new.text)) >= rules["equal_from"] and same(new.text) == same(known.text):
        codes.append("equal_words")
    if new.external_id and new.external_id == known.external_id:
        codes.append("same_id")
    found = {code: weights[code] for code in codes}
    words = words_alike(new.text, known.text)
    if words >= rules["words_from"]:
        found["same_words"] = weights["same_words"] * words
    return found


def _door(new: Known, known: Known) -> str:
    if not new.door or not known.door:
        return ""
    if new.door == known.door:
        return "same_door"
    short, long = sorted((new.door.split("-"), known.door.split("-")), key=len)
    is_within = len(short) < len(long) and short[-1] == long[-1] and all(part in long for part in short)
    return "door_within" if is_within else "other_door"


def _person(new: Known, known: Known) -> str:
    first, second = same(new.person), same(known.person)
    if not first or not second:
        return ""
    return "same_person" if first == second or first in second or second in first else "other_person"


def _needs(new: Known, known: Known) -> str:
    first, second = set(new.needs), set(known.needs)
    if not first or not second:
        return ""
    if first == second:
        return "same_needs"
    return "some_needs" if first & second else "other_needs"


def _time(new: Known, known: Known, rules: dict[str, Any]) -> str:
    if new.at is None or known.at is None:
        return ""
    hours = abs((new.at - known.at).total_seconds()) / 3600
    return "close_in_time" if hours <= rules["close_hours"] else "far_in_time" if hours > rules["far_hours"] else ""


def words_alike(first: str, second: str) -> float:
    """How alike two texts are, from 0 to 1: pairs of characters that both hold."""
    a, b = _pairs(first), _pairs(second)
    if not a or not b:
        return float(same(first) == same(second) != "")
    return 2 * len(a & b) / (len(a) + len(b))


def _pairs(text: str) -> set[str]:
    plain = "".join(char for char in same(text) if char.isalnum())
    return {plain[index : index + 2] for index in range(len(plain) - 1)}
