"""The command room for machines: activation, posts, lines of work, calls and answers, what was sent."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.shortcuts import get_object_or_404
from ninja import Schema
from pydantic import Field

from doorstep.command.calling import acts
from doorstep.command.calling.offices import heads_of, members_of
from doorstep.command.models import Call, CallOut, CommandPost, Delivery, Member, Organisation, Team, Telling
from doorstep.command.posts import activating, holding, queries
from doorstep.command.posts.clocks import response_clocks
from doorstep.command.sending import telling
from doorstep.command.sending.queries import told
from doorstep.wiring.api import Instant, Key, Line, Paged, PageNumber, Room, Text, incident_of, paged, whole

room = Room(tags=["command room"])


class ActivateIn(Schema):
    """Where those who are called should come, and what they should know."""

    place: Line = ""
    text: Annotated[Text, Field(max_length=600)] = ""


class ActivatedOut(Schema):
    """What an activation did; `holes` are required posts without anybody."""

    is_new: bool
    posts: int
    calls: int
    tasks: int
    holes: list[str]


class CommandPostOut(Schema):
    """A post and who holds it; `look` is kept, open, risk, broken (a hole) or waived."""

    id: int
    code: str
    title: str
    workstream: str
    required: bool
    holder: int | None
    deputy: int | None
    held_since: datetime | None
    phone: str
    look: str


class HoldIn(Schema):
    """Who holds the post from now on; none leaves it empty."""

    member: Key | None


class WorkstreamOut(Schema):
    """A line of work with its progress."""

    id: int
    code: str
    title: str
    owner: int | None
    organisation: int | None
    total: int
    done: int
    late: int


class ResponseClockOut(Schema):
    """A first act against its target."""

    code: str
    title: str
    target_h: float
    due_at: datetime
    first_at: datetime | None
    real_h: float | None
    look: str


class CallLine(Schema):
    """One person of a call-out."""

    id: int
    order: int
    member: int | None
    name: str
    asked_at: datetime | None
    times: int
    answer: str
    answered_at: datetime | None
    via: str
    eta_at: datetime | None
    arrived_at: datetime | None


class CallOutOut(Schema):
    """A call-out with everybody who is called, in order."""

    id: int
    title: str
    place: str
    way: str
    state: str
    called_at: datetime
    calls: list[CallLine]


class CallOutIn(Schema):
    """Whom to call: members, a team, or an organisation (its head, then the deputy)."""

    title: Annotated[Line, Field(min_length=1)]
    key: Annotated[Line, Field(min_length=1, max_length=60)]
    way: Literal["first", "all"] = "first"
    place: Line = ""
    text: Annotated[Text, Field(max_length=600)] = ""
    members: Annotated[list[Key], Field(max_length=500)] = []
    team: Key | None = None
    organisation: Key | None = None


class CallAnswerIn(Schema):
    """What the one who was called says."""

    answer: Literal["coming", "cannot", "there"]
    eta_at: Instant | None = None
    note: Annotated[Line, Field(max_length=240)] = ""


class DeliveryOut(Schema):
    """One message by one channel."""

    channel: str
    state: str
    attempts: int
    sent_at: datetime | None
    error: str


class ToldOut(Schema):
    """A message to one member or organisation, with what became of it."""

    id: int
    at: datetime
    member: int | None
    organisation: int | None
    title: str
    urgency: int
    acknowledged_at: datetime | None
    deliveries: list[DeliveryOut]


@room.does("/activate", ActivatedOut, act="activate")
def activate(request: Any, body: ActivateIn) -> ActivatedOut:
    """Fill the posts, open the checklists, call people out. Doing it again calls nobody twice."""
    incident = incident_of(request)
    request.rights.require_everywhere("activate")
    made = activating.activate(incident, at=incident.now(), by=request.member or None, **body.dict())
    return ActivatedOut(
        is_new=made.is_new, posts=made.posts, calls=made.calls, tasks=made.tasks, holes=list(made.holes)
    )


@room.reads("/posts", list[CommandPostOut], act="see_log")
def posts(request: Any) -> list[Any]:
    """Who holds which post."""
    incident = incident_of(request)
    return whole(queries.post_lines(incident, list(queries.callouts_of(incident))), _post)


@room.does("/posts/{pk}/hold", CommandPostOut, act="activate")
def hold(request: Any, pk: Key, body: HoldIn) -> Any:
    """Name who holds a post, or leave it empty."""
    incident = incident_of(request)
    request.rights.require_everywhere("activate")
    post = get_object_or_404(
        CommandPost.objects.select_related("incident", "holder", "given"), pk=pk, incident=incident
    )
    at, by = incident.now(), request.member or None
    if body.member is None:
        holding.leave_post(post, at=at, by=by)
    else:
        holding.assign_post(post, get_object_or_404(Member, pk=body.member), at=at, by=by)
    lines = queries.post_lines(incident, list(queries.callouts_of(incident)))
    return _post(next(line for line in lines if line.post.pk == pk))


@room.reads("/workstreams", list[WorkstreamOut], act="see_log")
def workstreams(request: Any) -> list[Any]:
    """The lines of work; one without an owner is red."""
    incident = incident_of(request)
    return whole(queries.work_lines(incident, incident.now()), _work)


@room.reads("/clocks", list[ResponseClockOut], act="see_log")
def clocks(request: Any) -> list[Any]:
    """From the trigger to each first act."""
    incident = incident_of(request)
    return whole(response_clocks(incident, incident.now()), lambda clock: {**vars(clock), "look": clock.look})


@room.reads("/calls", Paged[CallOutOut], act="see_log")
def call_outs(request: Any, page: PageNumber = 1) -> dict[str, Any]:
    """Every call-out with its answers, the newest first."""
    return paged(request, queries.callouts_of(incident_of(request)), _callout)


@room.does("/calls", CallOutOut, act="activate", status=201)
def call(request: Any, body: CallOutIn) -> Any:
    """Call people out. The same `key` calls once."""
    incident = incident_of(request)
    request.rights.require_everywhere("activate")
    team = get_object_or_404(Team, pk=body.team, incident=incident) if body.team else None
    office = get_object_or_404(Organisation, pk=body.organisation) if body.organisation else None
    wanted = [*(members_of(team) if team else []), *(heads_of(office) if office else [])]
    wanted += [acts.Wanted(one.name, one.phone, one) for one in Member.objects.filter(pk__in=body.members)]
    made = acts.call_out(
        incident,
        body.title,
        wanted,
        key=f"{incident.pk}:api:{body.key}",
        at=incident.now(),
        by=request.member or None,
        way=body.way,
        text=body.text,
        place=body.place,
        team=team,
        organisation=office,
    )
    return 201, _callout(made)


@room.does("/calls/{pk}/answer", CallOutOut, act="")
def answer(request: Any, pk: Key, body: CallAnswerIn) -> Any:
    """Write down an answer or an arrival: one's own, or (whoever may activate) that of somebody who was telephoned."""
    incident = incident_of(request)
    found = get_object_or_404(Call.objects.select_related("member"), pk=pk, callout__incident=incident)
    mine = bool(request.member) and found.member_id == request.member.pk
    if not mine:
        request.rights.require_everywhere("activate")
    at, by = incident.now(), request.member or None
    if body.answer == "there":
        acts.arrive(found, at=at, by=by)
    else:
        via = Call.Via.PAGE if mine else Call.Via.PHONE
        acts.answer(found, body.answer, at=at, via=via, by=by, eta_at=body.eta_at, note=body.note)
    return _callout(CallOut.objects.get(pk=found.callout_id))


@room.reads("/sent", Paged[ToldOut], act="activate")
def sent(request: Any, state: Line = "", page: PageNumber = 1) -> dict[str, Any]:
    """What was sent, and how each delivery stands. No address stands in it."""
    return paged(request, told(incident_of(request), state), _told)


@room.reads("/told", Paged[ToldOut], act="")
def mine(request: Any, page: PageNumber = 1) -> dict[str, Any]:
    """What the signing member was told."""
    found = Telling.objects.filter(incident=incident_of(request), member=request.member or None)
    return paged(request, found.prefetch_related("deliveries"), _told)


@room.does("/told/{pk}/acknowledge", ToldOut, act="")
def acknowledge(request: Any, pk: Key) -> Any:
    """Say that one knows."""
    incident = incident_of(request)
    found = get_object_or_404(Telling, pk=pk, incident=incident, member=request.member or None)
    return _told(telling.acknowledge(found, at=incident.now(), by=request.member or None))


def _post(line: queries.PostLine) -> CommandPostOut:
    post = line.post
    return CommandPostOut(
        id=post.pk,
        code=post.code,
        title=str(post),
        workstream=post.workstream,
        required=post.required,
        holder=post.holder_id,
        deputy=post.deputy_id,
        held_since=post.held_since,
        phone=line.phone,
        look=line.look,
    )


def _work(line: queries.WorkLine) -> WorkstreamOut:
    work = line.work
    facts = {"owner": work.owner_id, "organisation": work.organisation_id}
    return WorkstreamOut(
        id=work.pk, code=work.code, title=str(work), total=line.total, done=line.done, late=line.late, **facts
    )


def _callout(found: CallOut) -> CallOutOut:
    calls = [
        CallLine(
            id=call.pk,
            member=call.member_id,
            **{name: getattr(call, name) for name in CallLine.model_fields if name not in ("id", "member")},
        )
        for call in found.calls.all()
    ]
    names = ("title", "place", "way", "state", "called_at")
    return CallOutOut(id=found.pk, calls=calls, **{name: getattr(found, name) for name in names})


def _told(found: Telling) -> ToldOut:
    return ToldOut(
        id=found.pk,
        at=found.at,
        member=found.member_id,
        organisation=found.organisation_id,
        title=found.title,
        urgency=found.urgency,
        acknowledged_at=found.acknowledged_at,
        deliveries=[_delivery(one) for one in found.deliveries.all()],
    )


def _delivery(one: Delivery) -> DeliveryOut:
    return DeliveryOut(channel=one.label, state=one.state, attempts=one.attempts, sent_at=one.sent_at, error=one.error)
