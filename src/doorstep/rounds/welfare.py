"""What is said at the door: answers that fit the protocol's questions, and the same in words."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command.models import Incident
from doorstep.errors import UserError
from doorstep.wiring.texts import in_language

PERSONS = "persons"  # beside the protocol's questions: how many are at home, as said at the door (S43)
MOST_PERSONS = 60  # behind one door, as the lists allow


def fitting(incident: Incident, welfare: Mapping[str, str], *, field: str = "welfare") -> dict[str, str]:
    """The answers, or UserError for one that the protocol does not know. Several of one question are joined by `+`."""
    questions = {question.code: question for question in incident.protocol.welfare}
    for code, answer in welfare.items():
        if code == PERSONS and answer.isascii() and answer.isdigit() and int(answer) <= MOST_PERSONS:
            continue
        if code not in questions or not protocol.answers_fit(questions[code], answer):
            mend = _("The questions stand in /rounds/work.")
            raise UserError(_("No such question or answer."), field=f"{field}.{code}"[:80], mend=mend)
    return dict(welfare)


def all_well(incident: Incident) -> dict[str, str]:
    """What "all is well" answers: the first answer of each question that is not serious; who lives there it leaves open."""
    return {
        question.code: next(code for code in question.answers if code not in question.serious)
        for question in incident.protocol.welfare
        if not question.many
    }


def in_words(incident: Incident, welfare: Mapping[str, str]) -> list[tuple[str, str, bool]]:
    """Question, answer and whether it is serious, in the reader's language and the order of the protocol."""
    found = []
    for question in incident.protocol.welfare:
        codes = [code for code in protocol.said(welfare.get(question.code, "")) if code in question.answers]
        if codes:
            text = _(", ").join(in_language(question.answers[code]) for code in codes)
            found.append((in_language(question.title), text, not set(codes).isdisjoint(question.serious)))
    if welfare.get(PERSONS):
        found.append((_("At home"), welfare[PERSONS], False))
    return found
