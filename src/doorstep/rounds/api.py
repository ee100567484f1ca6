"""Rounds for machines: plans asked for and changed, one's own round, knocks recorded one by one or in batches."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import Field

from doorstep.command.models import Area, AreaDoor
from doorstep.errors import UserError
from doorstep.rounds import changes, queries
from doorstep.rounds.actions import request_plan
from doorstep.rounds.demand import CarrierLine
from doorstep.rounds.jobs import queue
from doorstep.rounds.models import Round, RoundPlan, Stop, Visit
from doorstep.rounds.visits import SPOKEN, VisitReport, record_visit, undo_visit
from doorstep.rounds.welfare import fitting
from doorstep.wiring.api import Instant, Key, Line, Paged, PageNumber, Problem, Room, Text, incident_of, paged

room = Room(tags=["rounds"])
LONGEST = timedelta(hours=72)
AHEAD = timedelta(minutes=5)  # a phone's clock may be so much fast


class CarrierIn(Schema):
    """Who carries: a member, or a helper by name; without hours for the whole window."""

    member: Key | None = None
    name: Annotated[Line, Field(max_length=80)] = ""
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    skills: Annotated[list[Annotated[Line, Field(max_length=40)]], Field(max_length=20)] = []
    budget_kg_storeys: Annotated[float | None, Field(gt=0, le=1_000_000)] = None


class PlanIn(Schema):
    """What to plan: areas in force, a window of at most 72 hours, carriers; `ready`: when goods of a kind are packed."""

    areas: Annotated[list[Key], Field(min_length=1, max_length=200)]
    starts_at: Instant
    ends_at: Instant
    carriers: Annotated[list[CarrierIn], Field(min_length=1, max_length=500)]
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 1
    ready: Annotated[dict[Line, Instant], Field(max_length=30)] = {}


class PlanState(Schema):
    """How a plan stands: poll this while it is queued or running."""

    id: int
    state: str
    progress: float
    progress_text: str
    starts_at: datetime
    ends_at: datetime
    areas: list[int]
    cost_s: float | None
    by_hand_cost_s: float | None
    lower_bound_s: float | None
    gap: float | None
    seconds: float | None
    seed: int
    unserved: int
    error: str


class LostOut(Schema):
    """A door that no round reaches, and why."""

    door: int
    label: str
    why: str


class ItemOut(Schema):
    """One thing to hand over or do at a door."""

    kind: str
    title: str
    kg: float
    persons: int


class StopOut(Schema):
    """A door of a round."""

    id: int
    door: int
    label: str
    floor: int
    trip: int
    climb: int
    order: int
    arrives_at: datetime
    kg: float
    items: list[ItemOut]
    notes: list[str]
    due_at: datetime | None
    priority: int
    conflicts: list[str]
    moved_from: str
    locked: bool
    visit: int | None
    outcome: str


class RestOut(Schema):
    """A rest at the gate, out of the suit."""

    starts_at: datetime
    ends_at: datetime


class MovedOut(Schema):
    """A door that has another carrier than in the plan before."""

    door: int
    label: str
    before: str
    now: str
    why: str


class AlreadyOut(Schema):
    """A door that is on the round of another plan, and is not planned a second time."""

    door: int
    label: str
    plan: int
    round: int
    carrier: str
    at: datetime


class LackingOut(Schema):
    """Something owed at a door that this plan does not bring: it is `short`, or opens `later`."""

    door: int
    label: str
    kind: str
    title: str
    why: Literal["short", "later"]


class RoundOut(Schema):
    """A carrier's round."""

    id: int
    plan: int
    number: int
    carrier: int | None
    carrier_name: str
    starts_at: datetime
    ends_at: datetime
    locked: bool
    out: bool
    load_kg: float
    climb_kg_storeys: float
    suit_minutes: int
    rests: list[RestOut]
    stops: list[StopOut]


class PlanOut(PlanState):
    """A plan whole: rounds, and what no round reaches."""

    rounds: list[RoundOut]
    lost: list[LostOut]
    moved: list[MovedOut]
    already: list[AlreadyOut]
    lacking: list[LackingOut]
    out: list[str]


class ShortIn(Schema):
    """Of one kind there are only so many left."""

    kind: Annotated[Line, Field(max_length=40)]
    count: Annotated[int, Field(ge=0, le=99_999)]


class JoinIn(Schema):
    """Areas sealed meanwhile that join a plan."""

    areas: Annotated[list[Key], Field(min_length=1, max_length=200)]


class BackIn(Schema):
    """Who comes back to a plan."""

    name: Annotated[Line, Field(max_length=80)]


class MoveIn(Schema):
    """To which round of the same plan."""

    round: Key


class LockIn(Schema):
    """Whether the round stays as it is when the rest is planned anew."""

    locked: bool


class QuestionOut(Schema):
    """A welfare question with its answers; `serious` ones open a task. Where `many`, several are joined by `+`."""

    code: str
    title: dict[str, str]
    answers: dict[str, dict[str, str]]
    serious: list[str]
    many: bool


class WorkOut(Schema):
    """One's own work now: the rounds, the questions to ask at a door."""

    at: datetime
    rounds: list[RoundOut]
    questions: list[QuestionOut]


class VisitIn(Schema):
    """One knock. `client_id` is made by the phone, once for each knock; repeating it changes nothing."""

    client_id: UUID
    door: Key
    stop: Key | None = None
    outcome: Literal["opened", "through_door", "no_answer", "refused", "moved"]
    occurred_at: Instant | None = None
    handed: Annotated[list[Annotated[Line, Field(max_length=40)]], Field(max_length=30)] = []
    welfare: Annotated[dict[Line, Line], Field(max_length=30)] = {}
    note: Annotated[Text, Field(max_length=1000)] = ""


class VisitOut(Schema):
    """A knock as it is stored."""

    id: int
    client_id: UUID
    door: int
    stop: int | None
    outcome: str
    occurred_at: datetime
    recorded_at: datetime
    handed: list[str]
    undone_at: datetime | None


class BatchIn(Schema):
    """Up to 50 knocks of a phone that had no network."""

    visits: Annotated[list[VisitIn], Field(min_length=1, max_length=50)]


class EventAnswer(Schema):
    """What became of one knock of a batch: stored (200), or why not."""

    client_id: UUID
    status: int
    visit: VisitOut | None = None
    problem: Problem | None = None


class BatchOut(Schema):
    """An answer for each knock, in the order in which they were sent."""

    answers: list[EventAnswer]


@room.reads("/plans", Paged[PlanState], act="plan_rounds")
def plans(request: Any, page: PageNumber = 1) -> dict[str, Any]:
    """The plans of the member's areas, the newest first."""
    return paged(request, queries.plans_in(incident_of(request), request.rights), _state)


@room.does("/plans", PlanState, act="plan_rounds", status=202)
def ask(request: Any, body: PlanIn) -> Any:
    """Ask for a plan. The job runner makes it: poll its state."""
    incident = incident_of(request)
    areas = list(Area.objects.filter(incident=incident, pk__in=body.areas))
    if len(areas) != len(set(body.areas)):
        raise UserError(_("An area is not of this incident."), field="areas", mend=_("See the list of areas."))
    for area in areas:
        request.rights.require("plan_rounds", area)
    if body.ends_at - body.starts_at > LONGEST:
        raise UserError(_("The window is longer than 72 hours."), field="ends_at", mend=_("Plan it in parts."))
    lines = [_carrier(incident, line, body, number) for number, line in enumerate(body.carriers)]
    made = request_plan(
        incident,
        areas,
        body.starts_at,
        body.ends_at,
        carriers=lines,
        at=incident.now(),
        by=request.member or None,
        seed=body.seed,
        ready=dict(body.ready),
    )
    return _asked(made)


@room.reads("/plans/{pk}/state", PlanState, act="plan_rounds")
def state(request: Any, pk: Key) -> PlanState:
    """How a plan stands."""
    return _state(_plan(request, pk))


@room.reads("/plans/{pk}", PlanOut, act="plan_rounds")
def plan(request: Any, pk: Key) -> PlanOut:
    """A plan with its rounds and its figures."""
    found = _plan(request, pk)
    page = queries.plan_page(found)
    lost = [LostOut(door=line.door.pk, label=line.label, why=line.why) for line in page.lost]
    told = page.told
    lacking = [LackingOut(**asdict(one), why="short") for one in told.short]
    lacking += [LackingOut(**asdict(one), why="later") for one in told.later]
    return PlanOut(
        **_state(found).dict(),
        rounds=[_round(view) for view in page.rounds],
        lost=lost,
        moved=[MovedOut(**asdict(one)) for one in told.moved],
        already=[AlreadyOut(**asdict(one)) for one in told.already],
        lacking=lacking,
        out=list(told.out),
    )


@room.does("/plans/{pk}/replan", PlanState, act="plan_rounds", status=202)
def replan(request: Any, pk: Key) -> Any:
    """Plan anew what is still open, with few moves; locked rounds stay."""
    found = _plan(request, pk)
    return _asked(changes.replan(found, at=found.incident.now(), by=request.member or None))


@room.does("/plans/{pk}/short", PlanState, act="plan_rounds", status=202)
def short(request: Any, pk: Key, body: ShortIn) -> Any:
    """Of one kind there are only so many: who comes first keeps it, the others are named and still owed it."""
    found = _plan(request, pk)
    at = found.incident.now()
    return _asked(changes.short_of(found, body.kind, body.count, at=at, by=request.member or None))


@room.does("/plans/{pk}/join", PlanState, act="plan_rounds", status=202)
def join(request: Any, pk: Key, body: JoinIn) -> Any:
    """Areas sealed meanwhile join a plan that is walked."""
    found = _plan(request, pk)
    areas = list(Area.objects.filter(incident=found.incident, pk__in=body.areas))
    if len(areas) != len(set(body.areas)):
        raise UserError(_("An area is not of this incident."), field="areas", mend=_("See the list of areas."))
    for area in areas:
        request.rights.require("plan_rounds", area)
    return _asked(changes.join_areas(found, areas, at=found.incident.now(), by=request.member or None))


@room.does("/plans/{pk}/back", PlanState, act="plan_rounds", status=202)
def back(request: Any, pk: Key, body: BackIn) -> Any:
    """A carrier who was taken out comes back."""
    found = _plan(request, pk)
    return _asked(changes.bring_back(found, body.name, at=found.incident.now(), by=request.member or None))


@room.does("/plans/{pk}/withdraw", PlanState, act="plan_rounds")
def withdraw(request: Any, pk: Key) -> PlanState:
    """Take a plan back before anybody has knocked."""
    found = _plan(request, pk)
    return _state(changes.withdraw_plan(found, at=found.incident.now(), by=request.member or None))


@room.does("/rounds/{pk}/lock", RoundOut, act="plan_rounds")
def lock(request: Any, pk: Key, body: LockIn) -> RoundOut:
    """Keep a round as it is, or let it go."""
    walk = _walk(request, pk)
    changes.lock_round(walk, body.locked, at=walk.plan.incident.now(), by=request.member or None)
    return _round_of(walk)


@room.does("/rounds/{pk}/out", PlanState, act="plan_rounds", status=202)
def take_out(request: Any, pk: Key) -> Any:
    """A carrier falls out: the rest is planned anew."""
    walk = _walk(request, pk)
    return _asked(changes.take_out_carrier(walk, at=walk.plan.incident.now(), by=request.member or None))


@room.does("/stops/{pk}/move", RoundOut, act="plan_rounds")
def move(request: Any, pk: Key, body: MoveIn) -> RoundOut:
    """Give a door to another carrier of the same plan."""
    stop = get_object_or_404(Stop.objects.select_related("round__plan__incident", "door__stair__building"), pk=pk)
    walk = _walk(request, stop.round_id)
    to = get_object_or_404(Round.objects.select_related("plan__incident"), pk=body.round, plan=walk.plan)
    changes.move_stop(stop, to=to, at=walk.plan.incident.now(), by=request.member or None)
    return _round_of(to)


@room.reads("/work", WorkOut, act="walk_rounds")
def my_work(request: Any) -> WorkOut:
    """My rounds, with every stop, and the questions to ask."""
    incident = incident_of(request)
    at = incident.now()
    page = queries.work_of(incident, request.member or None, at)
    questions = [
        QuestionOut(code=q.code, title=q.title, answers=q.answers, serious=list(q.serious), many=q.many)
        for q in incident.protocol.welfare
    ]
    return WorkOut(at=at, rounds=[_round(view) for view in page.rounds], questions=questions)


@room.does("/visits", VisitOut, act="walk_rounds")
def visit(request: Any, body: VisitIn) -> VisitOut:
    """Record one knock. The same client_id again gets what is stored."""
    return _visit(_record(request, body))


@room.does("/visits/batch", BatchOut, act="walk_rounds")
def batch(request: Any, body: BatchIn) -> BatchOut:
    """Record up to 50 knocks in the order in which they happened; each gets its own answer, a bad one stops no other."""
    answers: dict[int, EventAnswer] = {}
    at = incident_of(request).now()
    order = sorted(range(len(body.visits)), key=lambda place: body.visits[place].occurred_at or at)
    for place in order:
        one = body.visits[place]
        try:
            with transaction.atomic():
                answers[place] = EventAnswer(client_id=one.client_id, status=200, visit=_visit(_record(request, one)))
        except UserError as error:
            problem = Problem(message=error.message, field=error.field, mend=error.mend)
            answers[place] = EventAnswer(client_id=one.client_id, status=422, problem=problem)
        except Http404:
            problem = Problem(message=_("There is no such door here."), field="door", mend=_("Load the round again."))
            answers[place] = EventAnswer(client_id=one.client_id, status=404, problem=problem)
    return BatchOut(answers=[answers[place] for place in range(len(body.visits))])


@room.does("/visits/{pk}/undo", VisitOut, act="walk_rounds")
def undo(request: Any, pk: Key) -> VisitOut:
    """Take a knock back: one's own, or (with the right to plan) anybody's."""
    incident = incident_of(request)
    found = get_object_or_404(Visit.objects.select_related("incident", "door"), pk=pk, incident=incident)
    if found.member_id is None or found.member_id != getattr(request.member, "pk", None):
        request.rights.require("plan_rounds")
    return _visit(undo_visit(found, by=request.member or None, at=incident.now()))


def _asked(made: RoundPlan) -> Any:
    from ninja.responses import Status

    queue(made)
    made.refresh_from_db()
    return Status(202, _state(made))


def _carrier(incident: Any, line: CarrierIn, body: PlanIn, number: int) -> CarrierLine:
    starts, ends = line.starts_at or body.starts_at, line.ends_at or body.ends_at
    field = f"carriers.{number}"
    if ends <= starts or starts < body.starts_at or ends > body.ends_at:
        raise UserError(_("These hours lie outside the window."), field=field, mend=_("Check the hours."))
    if line.member is None:
        if not line.name.strip():
            raise UserError(_("Nobody is named."), field=field, mend=_("Give a member or a name."))
        return CarrierLine(None, line.name.strip(), starts, ends, tuple(line.skills), line.budget_kg_storeys)
    member = next((m for m in queries.possible_carriers(incident) if m.pk == line.member), None)
    if member is None:
        raise UserError(_("This member walks no rounds here."), field=field, mend=_("Give the duty first."))
    return CarrierLine(member.pk, member.name, starts, ends, tuple(member.skills), line.budget_kg_storeys)


def _record(request: Any, body: VisitIn) -> Visit:
    incident = incident_of(request)
    at = incident.now()
    occurred = body.occurred_at or at
    if occurred > at + AHEAD:
        raise UserError(_("This knock lies in the future."), field="occurred_at", mend=_("Set the phone's clock."))
    earlier = Visit.objects.filter(client_id=body.client_id).first()
    mine = getattr(request.member, "pk", None)
    if earlier:
        if earlier.incident_id != incident.pk or earlier.member_id != mine:
            raise UserError(_("This client_id stands for another knock."), field="client_id", mend=_("Make a new one."))
        return earlier
    _may_knock(request, incident, body)
    report = VisitReport(
        body.client_id,
        body.door,
        body.outcome,
        min(occurred, at),
        handed=tuple(body.handed),
        welfare=fitting(incident, body.welfare) if body.outcome in SPOKEN else {},
        note=body.note.strip(),
        stop_id=body.stop,
    )
    return record_visit(incident, report, by=request.member or None, at=at)


def _may_knock(request: Any, incident: Any, body: VisitIn) -> None:
    """A door of one's own round, or one in an area where one walks or plans rounds."""
    if body.stop:
        stop = get_object_or_404(
            Stop.objects.select_related("round"), pk=body.stop, door_id=body.door, round__plan__incident=incident
        )
        if stop.round.carrier_id and stop.round.carrier_id == getattr(request.member, "pk", None):
            return
    areas = list(AreaDoor.objects.filter(door_id=body.door, area__incident=incident).values_list("area_id", flat=True))
    if not areas:
        raise Http404
    if not any(request.rights.may("walk_rounds", area) or request.rights.may("plan_rounds", area) for area in areas):
        request.rights.require("walk_rounds", areas[0])


def _plan(request: Any, pk: int) -> RoundPlan:
    incident = incident_of(request)
    found = get_object_or_404(queries.plans_in(incident, request.rights).select_related("incident"), pk=pk)
    for area in found.areas.all():
        request.rights.require("plan_rounds", area)
    return found


def _walk(request: Any, pk: int) -> Round:
    walk = get_object_or_404(Round.objects.select_related("plan__incident"), pk=pk)
    _plan(request, walk.plan_id)
    return walk


def _state(found: RoundPlan) -> PlanState:
    same = [name for name in PlanState.model_fields if name not in ("id", "areas", "unserved")]
    return PlanState(
        id=found.pk,
        areas=[area.pk for area in found.areas.all()],
        unserved=len(found.unserved),
        **{name: getattr(found, name) for name in same},
    )


def _round_of(walk: Round) -> RoundOut:
    return _round(queries.rounds_of(walk.plan.incident, Round.objects.filter(pk=walk.pk))[0])


def _round(view: queries.RoundView) -> RoundOut:
    walk = view.round
    return RoundOut(
        id=walk.pk,
        plan=walk.plan_id,
        number=walk.number,
        carrier=walk.carrier_id,
        carrier_name=walk.carrier_name,
        starts_at=walk.starts_at,
        ends_at=walk.ends_at,
        locked=walk.locked,
        out=walk.out,
        load_kg=walk.load_kg,
        climb_kg_storeys=walk.climb_kg_storeys,
        suit_minutes=view.suit_minutes,
        rests=[RestOut(starts_at=start, ends_at=end) for start, end in view.rests],
        stops=[_stop(stop) for stop in view.stops],
    )


def _stop(view: queries.StopView) -> StopOut:
    stop = view.stop
    return StopOut(
        id=stop.pk,
        door=stop.door_id,
        label=view.label,
        floor=stop.door.floor,
        trip=stop.trip,
        climb=stop.climb,
        order=stop.order,
        arrives_at=stop.arrives_at,
        kg=stop.weight_kg,
        items=[ItemOut(kind=i.kind, title=i.title, kg=i.kg, persons=i.persons) for i in view.items],
        notes=list(view.notes),
        due_at=stop.due_at,
        priority=stop.priority,
        conflicts=list(stop.conflicts),
        moved_from=stop.moved_from,
        locked=stop.locked,
        visit=view.visit.pk if view.visit else None,
        outcome=view.visit.outcome if view.visit else "",
    )


def _visit(found: Visit) -> VisitOut:
    return VisitOut(
        id=found.pk,
        client_id=found.client_id,
        door=found.door_id,
        stop=found.stop_id,
        outcome=found.outcome,
        occurred_at=found.occurred_at,
        recorded_at=found.recorded_at,
        handed=found.handed,
        undone_at=found.undone_at,
    )
