"""Notices, questions and letters at the doors, for machines."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import Http404
from django.shortcuts import get_object_or_404
from ninja import Schema
from pydantic import Field

from doorstep.command.models import Area, Notice, Question
from doorstep.command.notices import doors, publishing
from doorstep.command.questions import actions, queries
from doorstep.wiring.api import Instant, Key, Line, Paged, PageNumber, Room, Text, incident_of, paged, whole

room = Room(tags=["public"])
Said = dict[Annotated[str, Field(max_length=12, pattern=r"^[A-Za-z][A-Za-z-]*$")], Text]


class SaidOut(Schema):
    """A notice in one language."""

    title: str
    body: str


class NoticeOut(Schema):
    """A public notice in its newest version; `state` is draft, published or withdrawn."""

    number: int
    version: int
    message: str
    state: str
    texts: dict[str, SaidOut]
    areas: list[int]
    published_at: datetime | None
    holds_until: datetime | None


class SaidIn(Schema):
    """A notice in one language."""

    title: Annotated[Line, Field(min_length=1)]
    body: Annotated[Text, Field(min_length=1)]


class NoticeIn(Schema):
    """A draft. With `number` it is a new version of that notice. Chinese (zh-hans) is needed."""

    texts: dict[Annotated[str, Field(max_length=12, pattern=r"^[A-Za-z][A-Za-z-]*$")], SaidIn]
    areas: Annotated[list[Key], Field(max_length=200)] = []
    number: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class PublishIn(Schema):
    """Until when it holds; without a time as long as the protocol says."""

    holds_until: Instant | None = None


class WithdrawIn(Schema):
    """Why, in Chinese and where possible in English."""

    zh: Annotated[Text, Field(min_length=1)]
    en: Text = ""


class AskedOut(Schema):
    """A question or a rumour; no household stands in it."""

    id: int
    number: int
    kind: str
    source: str
    heard_where: str
    text: str
    area: int | None
    asked_at: datetime
    due_at: datetime
    owner: str
    state: str
    answer: dict[str, str]
    answered_at: datetime | None
    published_at: datetime | None


class AskedIn(Schema):
    """What was asked or heard."""

    text: Annotated[Text, Field(min_length=1, max_length=2000)]
    kind: Literal["question", "rumour"] = "question"
    source: Literal["desk", "phone", "press", "chat", "other"] = "other"
    heard_where: Line = ""
    area: Key | None = None


class AnswerIn(Schema):
    """The answer, and the question as it is published, in zh and en."""

    answer: Said
    asked: Said = {}
    publish: bool = False


class DoorLetterOut(Schema):
    """A door and its letter; `state` is has, other (not in their language), older or none."""

    door: int
    state: str
    version: int | None
    languages: list[str]
    read: list[str]
    handed_at: datetime | None


@room.reads("/notices", list[NoticeOut], act="publish")
def notices(request: Any) -> list[Any]:
    """The public notices of this incident, the newest first."""
    found = Notice.objects.filter(incident=incident_of(request), kind=Notice.Kind.NOTICE)
    return whole(publishing.standing_of(found.prefetch_related("areas")), _notice)


@room.does("/notices", NoticeOut, act="publish")
def write_notice(request: Any, body: NoticeIn) -> Any:
    """Write a draft; nobody sees it before it is published."""
    incident = incident_of(request)
    areas = [get_object_or_404(Area, pk=pk, incident=incident) for pk in body.areas]
    if body.number:
        _standing(request, body.number)
    _may_publish(request, areas)
    texts = {code.lower(): text.dict() for code, text in body.texts.items()}
    by, at = request.member or None, incident.now()
    made = publishing.write_notice(incident, texts, areas, at=at, by=by, number=body.number)
    return _notice(_standing(request, made.number))


@room.does("/notices/{number}/publish", NoticeOut, act="publish")
def publish_notice(request: Any, number: Key, body: PublishIn) -> Any:
    """Show the draft to everybody; without a draft nothing changes."""
    standing = _standing(request, number)
    if standing.draft is not None:
        at, by = incident_of(request).now(), request.member or None
        sender = request.get_host().partition(":")[0]
        publishing.publish_notice(standing.draft, sender=sender, at=at, by=by, holds_until=body.holds_until)
    return _notice(_standing(request, number))


@room.does("/notices/{number}/withdraw", NoticeOut, act="publish")
def withdraw_notice(request: Any, number: Key, body: WithdrawIn) -> Any:
    """Take it back; the public page says so."""
    standing = _standing(request, number)
    why = {"zh-hans": {"body": body.zh}, "en": {"body": body.en}}
    publishing.withdraw_notice(standing.newest, why, at=incident_of(request).now(), by=request.member or None)
    return _notice(_standing(request, number))


@room.reads("/questions", Paged[AskedOut], act="publish")
def questions(
    request: Any,
    show: Literal["open", "late", "unowned", "rumours", "answered", "all"] = "open",
    page: PageNumber = 1,
) -> dict[str, Any]:
    """Questions and rumours, those due soonest first."""
    incident = incident_of(request)
    found = queries.narrowed(queries.questions_of(incident, request.rights), show, incident.now())
    return paged(request, found.select_related("owner"), _question)


@room.does("/questions", AskedOut, act="publish")
def ask(request: Any, body: AskedIn) -> Any:
    """Take down a question or a rumour."""
    incident = incident_of(request)
    area = get_object_or_404(Area, pk=body.area, incident=incident) if body.area else None
    _may_publish(request, [area] if area else [])
    asked = actions.Asked(body.text, body.kind, body.source, body.heard_where, area)
    return _question(actions.take_down(incident, asked, at=incident.now(), by=request.member or None))


@room.does("/questions/{pk}/answer", AskedOut, act="publish")
def answer(request: Any, pk: Key, body: AnswerIn) -> Any:
    """Answer it in both languages, and publish the answer where that is wanted."""
    incident = incident_of(request)
    found = get_object_or_404(queries.questions_of(incident, request.rights), pk=pk)
    by = request.member or None
    return _question(actions.answer(found, body.asked, body.answer, at=incident.now(), by=by, publish=body.publish))


@room.reads("/areas/{pk}/letters", Paged[DoorLetterOut], act="see_board")
def area_letters(request: Any, pk: Key, page: PageNumber = 1) -> dict[str, Any]:
    """Which letter reached which door of an area."""
    incident = incident_of(request)
    area = get_object_or_404(Area.objects.select_related("incident", "letter"), pk=pk, incident=incident)
    request.rights.require("see_board", area)
    return paged(request, doors.letters_of(area, incident.now()).doors, _door)


def _may_publish(request: Any, areas: list[Area]) -> None:
    for area in areas:
        request.rights.require("publish", area)
    if not areas:
        request.rights.require_everywhere("publish")


def _standing(request: Any, number: int) -> publishing.Standing:
    found = Notice.objects.filter(incident=incident_of(request), kind=Notice.Kind.NOTICE, number=min(number, 2**31 - 1))
    standing = publishing.standing_of(found.prefetch_related("areas"))
    if not standing:
        raise Http404
    _may_publish(request, list(standing[0].newest.areas.all()))
    return standing[0]


def _notice(one: publishing.Standing) -> NoticeOut:
    newest = one.newest
    return NoticeOut(
        number=one.number,
        version=newest.version,
        message=newest.message,
        state=one.state,
        texts={code: SaidOut(**text) for code, text in sorted(newest.texts.items())},
        areas=[area.pk for area in newest.areas.all()],
        published_at=newest.published_at,
        holds_until=newest.holds_until,
    )


def _question(one: Question) -> AskedOut:
    return AskedOut(
        id=one.pk,
        number=one.number,
        kind=one.kind,
        source=one.source,
        heard_where=one.heard_where,
        text=one.text,
        area=one.area_id,
        asked_at=one.asked_at,
        due_at=one.due_at,
        owner=one.owner.name if one.owner else "",
        state=one.state,
        answer=one.answer,
        answered_at=one.answered_at,
        published_at=one.published_at,
    )


def _door(one: doors.DoorLetter) -> DoorLetterOut:
    return DoorLetterOut(
        door=one.door_id,
        state=one.state,
        version=one.version,
        languages=list(one.languages),
        read=list(one.spoken),
        handed_at=one.handed_at,
    )
