"""How the rounds follow the rooms below, in the same transaction."""

from __future__ import annotations

from doorstep import protocol
from doorstep.command.events import ClockMoved
from doorstep.command.models import Incident
from doorstep.desk import welfare
from doorstep.rounds.events import VisitUndone, WelfareAnswered
from doorstep.rounds.follow import hand_on
from doorstep.rounds.models import Visit


def follow_clock(event: ClockMoved) -> None:
    """An exercise's clock was moved by hand: what nobody did in time has gone on to the next person."""
    if event.after > event.before:
        hand_on(Incident.objects.get(pk=event.incident_id), at=event.after)


def tell_desk(event: WelfareAnswered) -> None:
    """Serious answers of a knock become a message at the desk."""
    visit = Visit.objects.select_related("incident", "door__stair__building", "member").get(pk=event.visit_id)
    questions = {question.code: question for question in visit.incident.protocol.welfare}
    serious = tuple(
        (code, answer)
        for code, said in event.answers
        if code in event.serious
        for answer in protocol.said(said)
        if answer in questions[code].serious
    )
    answers = welfare.Answers(visit.pk, visit.door, serious, visit.note)
    welfare.from_visit(visit.incident, answers, occurred_at=visit.occurred_at, at=event.at, by=visit.member)


def tell_desk_undone(event: VisitUndone) -> None:
    """A knock was taken back: so is what it said to the desk."""
    welfare.take_back(event.visit_id, at=event.at, by=None)
