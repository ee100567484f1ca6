"""What can be done with a question or a rumour: taken down, owned, answered, published, put together with another, closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command import journal
from doorstep.command.models import Area, Incident, Member, Question
from doorstep.errors import UserError

State = Question.State


@dataclass(frozen=True)
class Asked:
    """What somebody asked or heard. `client_id` is made once for each telling."""

    text: str
    kind: str = Question.Kind.QUESTION
    source: str = Question.Source.OTHER
    heard_where: str = ""
    area: Area | None = None
    household_id: int | None = None
    client_id: UUID | None = None


@transaction.atomic
def take_down(incident: Incident, asked: Asked, *, at: datetime, by: Member | None) -> Question:
    """Keep a question or a rumour; from now on it stays open until it is answered. The same telling counts once."""
    if asked.client_id is not None and (found := Question.objects.filter(client_id=asked.client_id).first()):
        return found
    if not asked.text.strip():
        raise UserError(_("Nothing is asked."), field="text", mend=_("Write the question in a sentence."))
    rules = protocol.answer_rules(incident.protocol)
    hours = rules.rumour_hours if asked.kind == Question.Kind.RUMOUR else rules.question_hours
    Incident.objects.select_for_update().get(pk=incident.pk)  # numbers follow one another
    last: int | None = Question.objects.filter(incident=incident).aggregate(last=Max("number"))["last"]
    made = Question.objects.create(
        incident=incident,
        number=(last or 0) + 1,
        kind=asked.kind,
        source=asked.source,
        heard_where=asked.heard_where.strip(),
        text=asked.text.strip(),
        area=asked.area,
        household_id=asked.household_id,
        asked_at=at,
        due_at=at + timedelta(hours=hours),
        client_id=asked.client_id,
    )
    _write("ask_question", made, by, at)
    return made


@transaction.atomic
def own(question: Question, owner: Member | None, *, at: datetime, by: Member | None) -> Question:
    """Say who answers it."""
    found = _locked(question)
    if found.owner_id == (owner.pk if owner else None):
        return found
    found.owner = owner
    found.save(update_fields=["owner"])
    _write("own_question", found, by, at, owner=owner.name if owner else "")
    return found


@transaction.atomic
def answer(
    question: Question,
    asked: dict[str, str],
    answered: dict[str, str],
    *,
    at: datetime,
    by: Member | None,
    publish: bool,
) -> Question:
    """Answer it in both languages, and put it on the public page where that is wanted. An answer may be bettered."""
    found = _locked(question)
    if found.state in (State.MERGED, State.CLOSED):
        raise UserError(_("This question is closed."), mend=_("Open it again first."))
    said = {code: text.strip() for code, text in answered.items()}
    words = {code: text.strip() for code, text in asked.items() if text.strip()}
    if missing := [code for code in ("zh", "en") if not said.get(code)]:
        raise UserError(
            _("The answer is needed in both languages."),
            field=f"answer_{missing[0]}",
            mend=_("One sentence is enough."),
        )
    if publish and (short := [code for code in ("zh", "en") if not words.get(code)]):
        raise UserError(
            _("The public page shows the question in both languages."),
            field=f"asked_{short[0]}",
            mend=_("Write it as anybody might ask it, without a name or a door."),
        )
    shown = found.published_at is not None
    if (found.state, found.answer, found.asked, shown) == (State.ANSWERED, said, words, publish):
        return found
    found.state, found.answer, found.asked = State.ANSWERED, said, words
    found.answered_at, found.answered_by = at, by
    found.published_at = (found.published_at or at) if publish else None
    found.owner = found.owner or by
    found.save()
    _write("answer_question", found, by, at, published=publish)
    return found


@transaction.atomic
def merge(question: Question, into_number: int, *, at: datetime, by: Member | None) -> Question:
    """It was asked already: from now on it has the answer of the other one."""
    found = _locked(question)
    other = Question.objects.filter(incident=found.incident, number=into_number).exclude(pk=found.pk).first()
    while other is not None and other.same_as_id:
        other = Question.objects.filter(pk=other.same_as_id).first()
    if other is None or other.pk == found.pk:
        raise UserError(_("There is no other question of this number."), field="into", mend=_("Look at the list."))
    if found.same_as_id == other.pk:
        return found
    found.state, found.same_as, found.published_at = State.MERGED, other, None
    found.save(update_fields=["state", "same_as", "published_at"])
    _write("merge_question", found, by, at, into=other.number)
    return found


@transaction.atomic
def close(question: Question, reason: str, *, at: datetime, by: Member | None) -> Question:
    """End it without an answer, and say why."""
    found = _locked(question)
    if found.state == State.CLOSED:
        return found
    if not reason.strip():
        raise UserError(_("Say why it needs no answer."), field="reason", mend=_("One sentence is enough."))
    found.state, found.closed_reason, found.published_at = State.CLOSED, reason.strip()[:240], None
    found.save(update_fields=["state", "closed_reason", "published_at"])
    _write("close_question", found, by, at)
    return found


@transaction.atomic
def reopen(question: Question, *, at: datetime, by: Member | None) -> Question:
    """Open it again: it waits for an answer once more. What was answered before is kept to write on from."""
    found = _locked(question)
    if found.state == State.OPEN:
        return found
    found.state, found.same_as, found.published_at, found.closed_reason = State.OPEN, None, None, ""
    found.save(update_fields=["state", "same_as", "published_at", "closed_reason"])
    _write("reopen_question", found, by, at)
    return found


def _locked(question: Question) -> Question:
    return Question.objects.select_for_update().get(pk=question.pk)


def _write(act: str, question: Question, by: Member | None, at: datetime, **data: Any) -> None:
    label = f"{question.get_kind_display()} {question.number}"
    journal.record(act, incident=question.incident, subject=question, by=by, occurred_at=at, label=label, **data)
