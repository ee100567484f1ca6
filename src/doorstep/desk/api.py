"""The desk for machines: the queue, one request, and the same acts as its pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.shortcuts import get_object_or_404
from ninja import Schema
from pydantic import Field

from doorstep.desk import emergencies, messages, places, queries, request_queries, requests, turning
from doorstep.desk.arriving import arrive
from doorstep.desk.models import Channel, Message, Request
from doorstep.wiring.api import Instant, Key, Line, Paged, PageNumber, Room, Text, incident_of, paged

room = Room(tags=["desk"])


class RequestOut(Schema):
    """A request in the queue. `points` is its place, the greatest first; `alarm` says what is wrong: unowned, unanswered, late."""

    id: int
    number: int
    need: str
    level: str
    state: str
    text: str
    persons: int
    door: str
    door_id: int | None
    owner_id: int | None
    said_at: datetime
    due_at: datetime
    points: int
    alarm: str


class EventOut(Schema):
    """One thing that happened to a request."""

    at: datetime
    what: str
    who: str
    words: str


class RequestPageOut(RequestOut):
    """A request with all that happened to it and what may be the same."""

    decision: str
    reason: str
    result: str
    told_at: datetime | None
    events: list[EventOut]
    perhaps_the_same: list[int]


class RequestIn(Schema):
    """A new request. `door` is as people say it, such as 3-2-501."""

    need: Line
    text: Text
    level: Line = ""
    persons: int = Field(default=1, ge=1, le=60)
    door: Line = ""
    contact: Line = ""
    days_left: float | None = Field(default=None, ge=0, le=365)
    said_at: Instant | None = None
    channel: Literal["phone", "voice", "paper", "neighbour", "chat", "email", "sms", "page", "file"] = "phone"
    client_id: UUID
    mine: bool = False


class ActIn(Schema):
    """What is done, with the words that it needs: a reason, a result, a note."""

    act: Literal["take", "accept", "accept_part", "decline", "tell", "note", "done", "confirm", "reopen", "emergency"]
    words: Text = ""


class MessageIn(Schema):
    """A message in its own words, with the sender's own id of it."""

    external_id: Line = Field(min_length=1)
    text: Text
    channel: Literal["phone", "voice", "paper", "neighbour", "chat", "email", "sms", "page", "file"] = "chat"
    door: Line = ""
    sender: Line = ""
    contact: Line = ""
    said_at: Instant | None = None


class MessageOut(Schema):
    """A message and what became of it."""

    id: int
    channel: str
    kind: str
    text: str
    state: str
    urgent: bool
    occurred_at: datetime
    taken_by_id: int | None
    outcome: str


@room.reads("/requests", Paged[RequestOut], act="see_requests")
def queue(request: Any, show: Line = "all", need: Line = "", level: Line = "", page: PageNumber = 1) -> Any:
    """The queue in its order. `show` is mine, nobody, late, all, ask or closed."""
    incident = incident_of(request)
    at, asked = incident.now(), queries.Asked(show if show in queries.SHOWS else "all", need, level)
    every = queries.requests_in(incident, request.rights)
    rows = queries.narrowed(every, asked, request.member or None, at)
    answer = paged(request, queries.keys(rows, asked, at), lambda pk: pk)
    lines = queries.page_lines(every, answer["items"], request.rights, at)
    return {**answer, "items": [_line(line) for line in lines]}


@room.does("/requests", RequestPageOut, act="work_requests", status=201)
def tell(request: Any, body: RequestIn) -> Any:
    """Write a request down. The same `client_id` again gives the one there is."""
    incident = incident_of(request)
    at, place = incident.now(), places.one(body.door, request.rights)
    asked = requests.Asked(
        body.need,
        body.text,
        body.level,
        body.persons,
        place.door if place else None,
        place.household if place else None,
        place.person if place else None,
        body.contact,
        body.days_left,
        body.said_at or at,
        body.client_id,
    )
    owner = request.member if body.mine else None
    made = turning.tell(incident, asked, channel=body.channel, at=at, by=request.member or None, owner=owner)
    return 201, _page(request, made)


@room.reads("/requests/{pk}", RequestPageOut, act="see_requests")
def one(request: Any, pk: Key) -> Any:
    """One request with everything that happened to it."""
    return _page(request, _found(request, pk, "see_requests"))


@room.does("/requests/{pk}", RequestPageOut, act="work_requests")
def act(request: Any, pk: Key, body: ActIn) -> Any:
    """Take it, decide, note, close, open again, or call command: the acts of the page."""
    found = _found(request, pk, "work_requests")
    at, by, words = found.incident.now(), request.member, body.words
    acts = {
        "take": lambda: requests.take(found, by=by, at=at),
        "accept": lambda: requests.accept(found, by=by, at=at, words=words),
        "accept_part": lambda: requests.accept(found, part=words, in_part=True, by=by, at=at),
        "decline": lambda: requests.decline(found, reason=words, by=by, at=at),
        "tell": lambda: requests.tell(found, by=by, at=at, words=words),
        "note": lambda: requests.work(found, words, by=by, at=at),
        "done": lambda: requests.finish(found, words, by=by, at=at),
        "confirm": lambda: requests.confirm(found, by=by, at=at, words=words),
        "reopen": lambda: requests.reopen(found, words, by=by, at=at),
        "emergency": lambda: emergencies.promote(found, by=by, at=at, words=words),
    }
    acts[body.act]()
    return _page(request, found)


@room.reads("/messages", Paged[MessageOut], act="see_requests")
def inbox(request: Any, state: Line = "new", page: PageNumber = 1) -> Any:
    """Messages by state: new (nobody has taken them), taken, done."""
    rows = queries.messages_in(incident_of(request), request.rights).filter(state=state)
    return paged(request, rows.order_by("-urgent", "occurred_at", "pk"), _message)


@room.does("/messages", MessageOut, act="work_requests", status=201)
def bring(request: Any, body: MessageIn) -> Any:
    """Bring a message in. The same id of the sender again gives the one there is; danger to life goes to command at once."""
    incident = incident_of(request)
    at, place = incident.now(), places.one(body.door, request.rights)
    said = messages.Said(
        Channel(body.channel),
        body.text,
        body.said_at or at,
        door=place.door if place else None,
        household=place.household if place else None,
        sender=body.sender,
        contact=body.contact,
        external_id=body.external_id,
    )
    made, _is_new = arrive(incident, said, at=at, by=request.member or None)
    return 201, _message(made)


def _found(request: Any, pk: int, act: str) -> Request:
    found: Request = get_object_or_404(queries.requests_in(incident_of(request), request.rights, act), pk=pk)
    return found


def _page(request: Any, found: Request) -> dict[str, Any]:
    again = _found(request, found.pk, "see_requests")
    page = request_queries.request_page(again, request.rights, again.incident.now())
    return {
        **_line(page.line),
        "decision": again.decision,
        "reason": again.reason,
        "result": again.result,
        "told_at": again.told_at,
        "events": [{"at": one.at, "what": one.what, "who": one.who, "words": one.words} for one in page.events],
        "perhaps_the_same": [other.pk for other, _why in page.pairs],
    }


def _line(line: queries.Line) -> dict[str, Any]:
    row = line.request
    return {
        "id": row.pk,
        "number": row.number,
        "need": row.need,
        "level": row.level,
        "state": row.state,
        "text": row.text,
        "persons": row.persons,
        "door": line.door,
        "door_id": row.door_id,
        "owner_id": row.owner_id,
        "said_at": row.said_at,
        "due_at": row.due_at,
        "points": line.points,
        "alarm": line.why,
    }


def _message(message: Message) -> dict[str, Any]:
    return {
        "id": message.pk,
        "channel": message.channel,
        "kind": message.kind,
        "text": message.text,
        "state": message.state,
        "urgent": message.urgent,
        "occurred_at": message.occurred_at,
        "taken_by_id": message.taken_by_id,
        "outcome": message.outcome,
    }
