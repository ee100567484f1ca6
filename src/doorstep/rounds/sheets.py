"""The sheet of a stair: its short code, its doors from the top floor down, and what is typed back from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isqrt
from typing import Any

from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.errors import UserError
from doorstep.protocol.schema import Question
from doorstep.register.models import Stair
from doorstep.rounds.models import Round, Visit
from doorstep.rounds.queries import RoundView, StopView, rounds_of
from doorstep.wiring.texts import in_language

LETTERS = "23456789ACEFHJKMNPRTWXY"  # 23 of them, a prime; none is taken for another, in print or by hand
AT_LEAST = 3
OUTCOME_KEYS = {"opened": "o", "through_door": "s", "no_answer": "n", "refused": "r", "moved": "m"}
WELL_KEY, ITEMS_KEY = "w", "x"


def code_of(round_id: int, stair_id: int) -> str:
    """The code of a sheet: round and stair as one number, and a check character that finds one wrong or two exchanged.

    It is read back without a table. Codes get longer with the numbers: 4 characters at first, 8 for millions.
    """
    both = round_id + stair_id
    number = both * (both + 1) // 2 + stair_id
    digits: list[int] = []
    while number:
        number, digit = divmod(number, len(LETTERS))
        digits.append(digit)
    digits += [0] * (AT_LEAST - len(digits))
    digits.reverse()
    return "".join(LETTERS[digit] for digit in [*digits, _check(digits)])


def read_code(text: str) -> tuple[int, int]:
    """Round and stair of a code as typed, in any case, with blanks or dashes. Raises UserError for one that cannot be."""
    typed = "".join(text.upper().split()).replace("-", "")
    mend = _("Type it as it stands at the top of the sheet: digits and capital letters.")
    if not typed:
        raise UserError(_("No code was typed."), field="code", mend=mend)
    for letter in typed:
        if letter not in LETTERS:
            raise UserError(_("No code holds “%(letter)s”.") % {"letter": letter}, field="code", mend=mend)
    digits = [LETTERS.index(letter) for letter in typed]
    if not AT_LEAST < len(digits) <= 20 or _check(digits[:-1]) != digits[-1]:
        raise UserError(_("There is a slip in this code."), field="code", mend=mend)
    number = 0
    for digit in digits[:-1]:
        number = number * len(LETTERS) + digit
    both = (isqrt(8 * number + 1) - 1) // 2
    stair = number - both * (both + 1) // 2
    return both - stair, stair


def _check(digits: Sequence[int]) -> int:
    return sum(place * digit for place, digit in enumerate(digits, start=1)) % len(LETTERS)


@dataclass(frozen=True)
class Box:
    """A serious answer as a box on the sheet, with its key."""

    question: str
    answer: str
    key: str
    title: str
    said: str


@dataclass(frozen=True)
class Sheet:
    """One stair of a round, its doors from the top floor down."""

    code: str
    round: Round
    stair: Stair
    lines: tuple[StopView, ...]
    boxes: tuple[Box, ...]

    @property
    def first_at(self) -> datetime:
        """When the plan arrives at the first of its doors."""
        return min(line.stop.arrives_at for line in self.lines)

    @property
    def last_at(self) -> datetime:
        return max(line.stop.arrives_at for line in self.lines)


def sheets_of(incident: Incident, rounds: Iterable[RoundView]) -> list[Sheet]:
    """The sheets of some rounds, round by round in the order in which the stairs are reached."""
    boxes = boxes_of(incident.protocol.welfare)
    found = []
    for view in rounds:
        stairs: dict[int, list[StopView]] = {}
        for line in view.stops:
            stairs.setdefault(line.stop.door.stair_id, []).append(line)
        for key, lines in stairs.items():
            lines.sort(key=lambda one: (-one.stop.door.floor, len(one.stop.door.number), one.stop.door.number))
            code = code_of(view.round.pk, key)
            found.append(Sheet(code, view.round, lines[0].stop.door.stair, tuple(lines), boxes))
    return found


def sheet_by_code(incident: Incident, text: str) -> Sheet:
    """The sheet whose code was typed. Raises UserError where there is none in this incident. Six queries."""
    round_id, stair_id = read_code(text)
    rounds = Round.objects.filter(pk=round_id, plan__incident=incident).select_related("plan__incident", "carrier")
    for sheet in sheets_of(incident, rounds_of(incident, rounds)):
        if sheet.stair.pk == stair_id:
            return sheet
    raise UserError(
        _("No sheet of this incident has this code."),
        field="code",
        mend=_("Check the incident at the top of this page; its doors may have been given to another round."),
    )


def boxes_of(questions: Iterable[Question]) -> tuple[Box, ...]:
    """The serious answers of the protocol's questions, each with a key of its own: the first free letter of its name."""
    taken = {*OUTCOME_KEYS.values(), WELL_KEY, ITEMS_KEY}
    found = []
    for question in questions:
        for answer in question.serious:
            free = [letter for letter in f"{question.code}{answer}abcdefghijkltuvyz" if letter not in taken]
            key = next((letter for letter in free if letter.isalpha()), "")
            taken.add(key)
            title, said = in_language(question.title), in_language(question.answers[answer])
            found.append(Box(question.code, answer, key, title, said))
    return tuple(found)


def outcome_keys() -> list[dict[str, Any]]:
    """The outcomes with their keys and words, in the order of the sheet."""
    labels = dict(Visit.Outcome.choices)
    return [
        {"code": code, "key": key, "digit": str(number), "title": str(labels[code])}
        for number, (code, key) in enumerate(OUTCOME_KEYS.items(), start=1)
    ]
