"""What was said at a door comes to the desk: a serious answer is a message with what it asks for (S116)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from doorstep import protocol
from doorstep.command.models import Incident, Member
from doorstep.desk import messages
from doorstep.desk.models import Channel, Message
from doorstep.desk.requests import Asked, open_request
from doorstep.desk.rules import defaults
from doorstep.register.models import Door
from doorstep.wiring.texts import in_both, in_language

MARK = "visit"


@dataclass(frozen=True)
class Answers:
    """The serious answers of one knock: question and answer codes, which came with which note."""

    visit_id: int
    door: Door
    serious: tuple[tuple[str, str], ...]
    note: str = ""


@transaction.atomic
def from_visit(
    incident: Incident, answers: Answers, *, occurred_at: datetime, at: datetime, by: Member | None
) -> Message | None:
    """A message of what was said, with a line for each serious answer. None where nothing is serious.

    Danger to life does not wait for anybody to take it: its request opens in the same act.
    """
    if not answers.serious:
        return None
    lines = [_line(incident, question, answer) for question, answer in answers.serious]
    grave = [line for line in lines if protocol.is_emergency(incident.protocol, line["urgency"])]
    said = messages.Said(
        Channel.VISIT,
        "\n".join(filter(None, (*(line["text"] for line in lines), answers.note))),
        occurred_at,
        door=answers.door,
        household=answers.door.households.filter(active=True).order_by("pk").first(),
        external_id=f"{MARK}:{answers.visit_id}",
        origin=f"{MARK}:{answers.visit_id}",
        kind=Message.Kind.SYMPTOMS if any(line["need"] == "medical_care" for line in lines) else Message.Kind.REQUEST,
        urgent=bool(grave),
        suggested=lines,
    )
    message, is_new = messages.receive(incident, said, at=at, by=by)
    for line in grave if is_new else ():
        asked = Asked(line["need"], line["text"], line["urgency"], door=answers.door, said_at=occurred_at)
        open_request(incident, asked, at=at, by=by, messages=[message])
    return message


@transaction.atomic
def take_back(visit_id: int, *, at: datetime, by: Member | None) -> None:
    """A knock was taken back: its message is dealt with, unless somebody has already begun to work on it."""
    for message in Message.objects.filter(origin=f"{MARK}:{visit_id}").exclude(state=Message.State.DONE):
        if not message.requests.exists():
            messages.finish(message, kind=Message.Kind.NONE, outcome="—", by=by, at=at)


def _line(incident: Incident, question: str, answer: str) -> dict[str, Any]:
    """What a serious answer asks for, by defaults.yaml, in both languages."""
    rule: dict[str, Any] = defaults()["welfare"].get(f"{question}:{answer}", {})
    need = rule.get("need", defaults()["need_of_a_serious_answer"])
    asked = next(one for one in incident.protocol.welfare if one.code == question)

    def say() -> str:
        return f"{in_language(asked.title)} {in_language(asked.answers[answer])}"

    texts = in_both(say)
    return {
        "text": texts["zh"],
        "texts": texts,
        "need": need,
        "urgency": rule.get("level", "urgent"),
        "days_left": rule.get("days_left"),
        "persons": 1,
        "reasons": [f"welfare:{question}:{answer}"],
    }
