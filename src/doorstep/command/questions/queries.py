"""What can be asked of questions: the list with its ages, what is late, what the public reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.command.models import Incident, Question
from doorstep.command.rights import Rights
from doorstep.wiring.contributions import WatchRow
from doorstep.wiring.texts import in_language

SHOWS = ("open", "late", "unowned", "rumours", "answered", "all")


@dataclass(frozen=True)
class QuestionLine:
    """A question in the list: how old it is, whether its time is over, how often it was asked again."""

    question: Question
    age: timedelta
    late: bool
    repeats: int


def questions_of(incident: Incident, rights: Rights) -> QuerySet[Question]:
    """The questions within the member's areas; those of no area are everybody's."""
    found = Question.objects.filter(incident=incident)
    scope = rights.areas("publish")
    return found if scope is None else found.filter(Q(area=None) | Q(area__in=scope))


def narrowed(found: QuerySet[Question], show: str, at: datetime) -> QuerySet[Question]:
    """By a tab: the oldest due first; what is answered with the newest answer first."""
    waiting = found.filter(state=Question.State.OPEN).order_by("due_at", "number")
    if show == "answered":
        return found.filter(state=Question.State.ANSWERED).order_by("-answered_at", "-number")
    if show == "all":
        return found.order_by("-number")
    narrow = {
        "late": Q(due_at__lt=at),
        "unowned": Q(owner=None),
        "rumours": Q(kind=Question.Kind.RUMOUR),
    }
    return waiting.filter(narrow.get(show, Q()))


def counts_of(found: QuerySet[Question], at: datetime) -> dict[str, int]:
    """How many each tab holds. One query."""
    is_open = Q(state=Question.State.OPEN)
    counted: dict[str, int] = found.order_by().aggregate(
        open=Count("pk", filter=is_open),
        late=Count("pk", filter=is_open & Q(due_at__lt=at)),
        unowned=Count("pk", filter=is_open & Q(owner=None)),
        rumours=Count("pk", filter=is_open & Q(kind=Question.Kind.RUMOUR)),
        answered=Count("pk", filter=Q(state=Question.State.ANSWERED)),
        all=Count("pk"),
    )
    return counted


def lines_of(questions: Iterable[Question], at: datetime) -> list[QuestionLine]:
    """Questions with their ages. One query more, for those asked again."""
    rows = list(questions)
    again = Counter(Question.objects.filter(same_as__in=rows).order_by().values_list("same_as_id", flat=True))
    return [
        QuestionLine(
            one,
            (one.answered_at if one.state == Question.State.ANSWERED and one.answered_at else at) - one.asked_at,
            one.state == Question.State.OPEN and one.due_at < at,
            again[one.pk],
        )
        for one in rows
    ]


QUESTION_HEADINGS = (
    *("number", "kind", "source", "where it was heard", "question", "area", "asked", "due", "who answers", "state"),
    *("answer in Chinese", "answer in English", "answered", "on the public page since"),
)


def question_rows(questions: QuerySet[Question], incident: Incident) -> list[list[Any]]:
    """Questions as a table, in local time; no household stands in it."""

    def local(instant: datetime | None) -> datetime | None:
        return instant.astimezone(incident.tz) if instant else None

    return [
        [
            *(one.number, one.get_kind_display(), one.get_source_display(), one.heard_where, one.text),
            *(one.area.name if one.area else "", local(one.asked_at), local(one.due_at)),
            *(one.owner.name if one.owner else "", one.get_state_display()),
            *(one.answer.get("zh", ""), one.answer.get("en", ""), local(one.answered_at), local(one.published_at)),
        ]
        for one in questions.select_related("area", "owner")
    ]


@dataclass(frozen=True)
class PublicAnswer:
    """A question and its answer as everybody reads them."""

    number: int
    kind: str
    asked: str
    answer: str
    published_at: datetime


def public_answers(incident: Incident, *, most: int = 50) -> list[PublicAnswer]:
    """What was published, in the language that is active, the newest answer first. One query."""
    found = Question.objects.filter(incident=incident, published_at__isnull=False, state=Question.State.ANSWERED)
    return [
        PublicAnswer(one.number, one.kind, in_language(one.asked), in_language(one.answer), one.published_at)
        for one in found.order_by("-published_at", "-number")[:most]
        if one.published_at
    ]


def questions_waiting(incident: Incident, at: datetime) -> list[WatchRow]:
    """Invariant 5: a question or a rumour past the hours of the protocol, or one that nobody owns by half of them."""
    rows = []
    found = Question.objects.filter(incident=incident, state=Question.State.OPEN, asked_at__lte=at)
    for one in found.select_related("owner").order_by("due_at", "number"):
        half = one.asked_at + (one.due_at - one.asked_at) / 2
        late = one.due_at < at
        if not late and (one.owner_id or half > at):
            continue
        rows.append(
            WatchRow(
                what=_("not answered in time") if late else _("nobody answers it yet"),
                since=one.due_at if late else half,
                who_acts=one.owner.name if one.owner else _("whoever publishes"),
                next_step=_("answer it") if one.owner else _("name one person"),
                subject=f"{one.get_kind_display()} {one.number}",
                url=reverse("command:question", args=[one.pk]),
                level=3 if late and one.kind == Question.Kind.RUMOUR else 2,
                area_id=one.area_id,
                due=one.due_at,
            )
        )
    return rows
