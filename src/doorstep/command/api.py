"""Command for machines: incidents and their clocks, areas, tasks, teams, the journal, the rules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import Field

from doorstep import protocol
from doorstep.command import actions, queries, tasks
from doorstep.command.areas.loads import Load, load_of
from doorstep.command.log.api import add_log
from doorstep.command.models import Area, AreaPlace, Incident, JournalEntry, Member, Notice, Task, Team
from doorstep.command.plan.api import add_plan
from doorstep.errors import UserError
from doorstep.register.models import Building, Compound, Door, Stair
from doorstep.wiring.api import Instant, Key, Line, Paged, PageNumber, Room, Text, incident_of, paged, whole

room = Room(tags=["command"])


class IncidentOut(Schema):
    """An incident; `now` is its own time."""

    id: int
    name: str
    protocol: str
    state: str
    trigger_at: datetime
    time_zone: str
    clock: str
    clock_rate: float
    now: datetime
    exercise: str


class IncidentIn(Schema):
    """What opens an incident. An `exercise` (any word) gives it a clock that stands until it is moved."""

    name: Annotated[Line, Field(min_length=1)]
    protocol: Line
    trigger_at: Instant
    time_zone: Line = "Asia/Shanghai"
    exercise: Annotated[Line, Field(max_length=80)] = ""


class ClockIn(Schema):
    """Either a step in minutes, or a new rate (1 = as fast as real time, 0 = stands)."""

    minutes: Annotated[float, Field(gt=0, le=60 * 24 * 60)] | None = None
    rate: Annotated[float, Field(ge=0, le=10_000)] | None = None


class ProtocolLine(Schema):
    """A protocol that comes with the program."""

    id: str
    title: dict[str, str]
    issuer: dict[str, str]


class ProtocolOut(Schema):
    """A protocol whole: the rules as data, and in plain words of one language."""

    id: str
    text: str
    rules: dict[str, Any]


class PlaceIn(Schema):
    """One include or except of an area: exactly one of the four places."""

    include: bool = True
    compound: Key | None = None
    building: Key | None = None
    stair: Key | None = None
    door: Key | None = None


class AreaIn(Schema):
    """A proposal. The deepest place wins; nothing is bound before it is sealed."""

    name: Annotated[Line, Field(min_length=1)]
    zone: Annotated[Line, Field(max_length=40)]
    places: Annotated[list[PlaceIn], Field(min_length=1, max_length=2000)]


class LoadOut(Schema):
    """Who an area binds, and the service that it brings."""

    doors: int
    households: int
    persons: int
    away: int
    kits: int
    kg: float
    contacts_a_day: float
    institutions: int
    shops: int
    kits_a_day: float
    kg_a_day: float
    climbs_a_day: float
    tubes: int
    gates: int
    people_a_shift: int


class AreaOut(Schema):
    """An area with what invariant 10 asks of it."""

    id: int
    name: str
    zone: str
    zone_title: str
    state: str
    effective_at: datetime | None
    reason: str
    basis: str
    ends_when: str
    review_at: datetime | None
    supply_team: int | None
    first_delivery_at: datetime | None
    letter: int | None
    emergency_phone: str
    exits_checked_at: datetime | None
    lifted_at: datetime | None
    load: LoadOut


class LackOut(Schema):
    """One thing without which an area may not be sealed."""

    field: str
    mend: str


class SealIn(Schema):
    """What a sealing decides. What is not given stays as the area has it."""

    effective_at: Instant | None = None
    reason: Text = ""
    basis: Text = ""
    ends_when: Text = ""
    review_at: Instant | None = None
    supply_team: Key | None = None
    first_delivery_at: Instant | None = None
    letter: Key | None = None
    emergency_phone: Annotated[Line, Field(max_length=40)] = ""
    exits_checked_at: Instant | None = None


class ExtendIn(Schema):
    """A review that keeps the restriction."""

    review_at: Instant
    reason: Text


class TeamOut(Schema):
    """A team of this incident."""

    id: int
    name: str
    workstream: str
    leader: str


class LetterOut(Schema):
    """A version of the letter."""

    id: int
    kind: str
    version: int
    texts: dict[str, Any]


class TaskOut(Schema):
    """A unit of work with its owner and due time; urgency 3 = at once."""

    id: int
    kind: str
    title: str
    detail: str
    urgency: int
    state: str
    owner: str
    area: int | None
    door: int | None
    opened_at: datetime
    due_at: datetime | None
    done_at: datetime | None
    result: str


class TaskIn(Schema):
    """A new task; without an owner it is on the watch list until somebody takes it."""

    title: Annotated[str, Field(max_length=240)]
    detail: Text = ""
    urgency: Literal[1, 2, 3] = 2
    area: Key | None = None
    owner: Key | None = None
    due_at: Instant | None = None


class DoneIn(Schema):
    """What came of a task."""

    result: Text = ""


class JournalOut(Schema):
    """An entry of the journal: when it happened, when it was written down, its place in the chain."""

    sequence: int
    act: str
    subject: str
    by: str
    occurred_at: datetime
    recorded_at: datetime
    data: Any
    hash: str


@room.reads("/incidents", list[IncidentOut])
def incidents(request: Any) -> list[Any]:
    """Every incident, open ones first, the newest first."""
    return whole(Incident.objects.order_by("-state", "-trigger_at"), _incident)


@room.reads("/incidents/current", IncidentOut)
def current(request: Any) -> IncidentOut:
    """The incident at work."""
    return _incident(incident_of(request))


@room.does("/incidents", IncidentOut, act="open_incident")
def open_incident(request: Any, body: IncidentIn) -> IncidentOut:
    """Open an incident at its exact trigger."""
    _shipped(body.protocol)
    made = actions.open_incident(
        body.name,
        body.protocol,
        body.trigger_at,
        at=timezone.now(),
        by=request.member or None,
        time_zone=_time_zone(body.time_zone),
        exercise=body.exercise,
    )
    return _incident(made)


@room.does("/incidents/current/clock", IncidentOut, act="open_incident")
def move_clock(request: Any, body: ClockIn) -> IncidentOut:
    """Step an exercise's clock, or let it run faster. A real clock is never moved."""
    found = incident_of(request)
    if (body.minutes is None) == (body.rate is None):
        raise UserError(_("Give minutes or rate."), field="minutes, rate", mend=_("One of the two."))
    step = timedelta(minutes=body.minutes) if body.minutes is not None else None
    return _incident(actions.move_clock(found, real=timezone.now(), by=step, rate=body.rate))


@room.reads("/protocols", list[ProtocolLine])
def protocols(request: Any) -> list[ProtocolLine]:
    """The rules that come with the program."""
    found = [protocol.find(code) for code in protocol.shipped_ids()]
    return [ProtocolLine(id=rules.id, title=rules.title, issuer=rules.issuer) for rules in found]


@room.reads("/protocols/{code}", ProtocolOut)
def one_protocol(request: Any, code: Line, language: Literal["zh", "en"] = "zh") -> ProtocolOut:
    """One set of rules."""
    if code not in protocol.shipped_ids():
        raise Http404
    rules = protocol.find(code)
    return ProtocolOut(id=rules.id, text=protocol.describe(rules, language), rules=rules.model_dump(mode="json"))


@room.reads("/areas", list[AreaOut], act="see_board")
def areas(request: Any) -> list[Any]:
    """The areas of the incident within the member's scope."""
    return whole(queries.area_lines(incident_of(request), request.rights), _area)


@room.reads("/areas/{pk}", AreaOut, act="see_board")
def one_area(request: Any, pk: Key) -> AreaOut:
    """One area."""
    return _line(found_area(request, pk, "see_board"))


@room.does("/areas", AreaOut, act="manage_areas")
def propose(request: Any, body: AreaIn) -> AreaOut:
    """Draw an area from includes and excepts."""
    incident = incident_of(request)
    if request.rights.areas("manage_areas") is not None:
        request.rights.require("manage_areas", 0)  # a new area is in nobody's scope
    if incident.areas.filter(name=body.name).exists():
        raise UserError(_("An area of this name exists."), field="name", mend=_("Choose another name."))
    made = actions.propose_area(
        incident, body.name, body.zone, _places(body.places), at=incident.now(), by=request.member or None
    )
    return _line(made)


@room.reads("/areas/{pk}/requirements", list[LackOut], act="see_board")
def requirements(request: Any, pk: Key) -> list[Any]:
    """What an area still lacks before it may be sealed; empty when nothing does."""
    lacks = actions.seal_requirements(found_area(request, pk, "see_board"))
    return [LackOut(field=lack.field, mend=lack.mend) for lack in lacks]


@room.does("/areas/{pk}/seal", AreaOut, act="manage_areas")
def seal(request: Any, pk: Key, body: SealIn) -> AreaOut:
    """Put an area in force. Refused, with everything that is missing, while invariant 10 does not hold."""
    area = found_area(request, pk, "manage_areas")
    at = area.incident.now()
    near(body.effective_at, at, "effective_at")
    near(body.review_at, at, "review_at")
    given = body.dict(exclude={"effective_at", "supply_team", "letter"})
    team = get_object_or_404(Team, pk=body.supply_team, incident=area.incident) if body.supply_team else None
    letter = get_object_or_404(Notice, pk=body.letter, incident=area.incident) if body.letter else None
    sealed = actions.seal(
        area,
        effective_at=body.effective_at or at,
        at=at,
        by=request.member or None,
        supply_team=team,
        letter=letter,
        **given,
    )
    return _line(sealed)


@room.does("/areas/{pk}/extend", AreaOut, act="manage_areas")
def extend(request: Any, pk: Key, body: ExtendIn) -> AreaOut:
    """Review a restriction and keep it; supply, care and tests are extended in the same act."""
    area = found_area(request, pk, "manage_areas")
    at = area.incident.now()
    near(body.review_at, at, "review_at")
    return _line(actions.extend_review(area, body.review_at, reason=body.reason, at=at, by=request.member or None))


@room.does("/areas/{pk}/lift", AreaOut, act="manage_areas")
def lift(request: Any, pk: Key) -> AreaOut:
    """End an area."""
    area = found_area(request, pk, "manage_areas")
    return _line(actions.lift(area, at=area.incident.now(), by=request.member or None))


@room.reads("/teams", list[TeamOut], act="see_board")
def teams(request: Any) -> list[Any]:
    """The teams of this incident."""
    found = Team.objects.filter(incident=incident_of(request), ended_at=None).select_related("leader").order_by("pk")
    return [TeamOut(id=t.pk, name=t.name, workstream=t.workstream, leader=str(t.leader or "")) for t in found]


@room.reads("/letters", list[LetterOut], act="see_board")
def letters(request: Any) -> list[Any]:
    """The letters of this incident, the newest version first."""
    found = Notice.objects.filter(incident=incident_of(request), kind=Notice.Kind.LETTER).order_by("-version")
    return [LetterOut(id=n.pk, kind=n.kind, version=n.version, texts=n.texts) for n in found]


@room.reads("/tasks", Paged[TaskOut], act="work_tasks")
def task_list(
    request: Any, show: Literal["all", "mine", "unowned", "late", "done"] = "all", page: PageNumber = 1
) -> dict[str, Any]:
    """Tasks, the most urgent first."""
    incident = incident_of(request)
    found = queries.tasks_of(incident, request.rights, request.member or None, show, incident.now())
    return paged(request, found, _task)


@room.does("/tasks", TaskOut, act="work_tasks")
def open_task(request: Any, body: TaskIn) -> TaskOut:
    """Open a task."""
    incident = incident_of(request)
    area = get_object_or_404(Area, pk=body.area, incident=incident) if body.area else None
    if area:
        request.rights.require("work_tasks", area)
    owner = get_object_or_404(queries.workers(incident), pk=body.owner) if body.owner else None
    made = tasks.open_task(
        incident,
        body.title.replace("\x00", ""),
        at=incident.now(),
        by=request.member or None,
        owner=owner,
        area=area,
        due_at=body.due_at,
        urgency=body.urgency,
        detail=body.detail,
    )
    return _task(made)


@room.does("/tasks/{pk}/take", TaskOut, act="work_tasks")
def take(request: Any, pk: Key) -> TaskOut:
    """Make oneself the owner."""
    task, member = _task_of(request, pk), _member(request)
    return _task(tasks.hand_over(task, member, at=task.incident.now(), by=member))


@room.does("/tasks/{pk}/finish", TaskOut, act="work_tasks")
def finish(request: Any, pk: Key, body: DoneIn) -> TaskOut:
    """Close a task as done. Saying it twice changes nothing."""
    task = _task_of(request, pk)
    return _task(tasks.finish(task, body.result, at=task.incident.now(), by=request.member or None))


@room.does("/tasks/{pk}/reopen", TaskOut, act="work_tasks")
def reopen(request: Any, pk: Key) -> TaskOut:
    """Take a closing back."""
    task = _task_of(request, pk)
    return _task(tasks.reopen(task, at=task.incident.now(), by=request.member or None))


@room.reads("/journal", Paged[JournalOut], act="see_journal")
def journal(request: Any, q: Line = "", what: Line = "", page: PageNumber = 1) -> dict[str, Any]:
    """Who did what to what, newest first; narrowed by words or by an act."""
    return paged(request, queries.journal_of(incident_of(request), q, what), _entry)


add_log(room)
add_plan(room)


def _incident(found: Incident) -> IncidentOut:
    return IncidentOut(
        id=found.pk,
        name=found.name,
        protocol=found.protocol_id,
        state=found.state,
        trigger_at=found.trigger_at,
        time_zone=found.time_zone,
        clock=found.clock_kind,
        clock_rate=found.clock_rate,
        now=found.now(),
        exercise=found.exercise,
    )


def found_area(request: Any, pk: int, act: str) -> Area:
    area = get_object_or_404(Area.objects.select_related("incident"), pk=pk, incident=incident_of(request))
    request.rights.require(act, area)
    return area


def _line(area: Area) -> AreaOut:
    title = queries.in_language(area.incident.protocol.zones[area.zone].title)
    return _area(queries.AreaLine(area, title, load_of(area)))


def _area(line: queries.AreaLine) -> AreaOut:
    area = line.area
    load = load_out(line.load)
    plain = {
        name: getattr(area, name)
        for name in AreaOut.model_fields
        if name not in ("id", "zone_title", "load", "supply_team", "letter")
    }
    return AreaOut(
        id=area.pk,
        zone_title=line.zone_title,
        load=load,
        supply_team=area.supply_team_id,
        letter=area.letter_id,
        **plain,
    )


def load_out(load: Load) -> LoadOut:
    """A load as it is sent."""
    return LoadOut(**{name: getattr(load, name) for name in LoadOut.model_fields})


def _places(given: Iterable[PlaceIn]) -> list[AreaPlace]:
    models: dict[str, Any] = {"compound": Compound, "building": Building, "stair": Stair, "door": Door}
    found = []
    for number, place in enumerate(given):
        named = {name: getattr(place, name) for name in models if getattr(place, name)}
        if len(named) != 1:
            raise UserError(
                _("A place is one of compound, building, stair, door."),
                field=f"places.{number}",
                mend=_("Name exactly one."),
            )
        for name, pk in named.items():
            if not models[name].objects.filter(pk=pk).exists():
                raise UserError(
                    _("There is no such place."), field=f"places.{number}.{name}", mend=_("See the register.")
                )
            found.append(AreaPlace(include=place.include, **{f"{name}_id": pk}))
    return found


def _shipped(code: str) -> None:
    """The API opens no file of the server by its path."""
    if code not in protocol.shipped_ids():
        mend = _("Choose one of %(names)s.") % {"names": ", ".join(protocol.shipped_ids())}
        raise UserError(_("There is no such protocol."), field="protocol", mend=mend)


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise UserError(_("There is no such time zone."), field="time_zone", mend=_("Such as Asia/Shanghai."))
    return name


def near(when: datetime | None, at: datetime, field: str) -> None:
    """A decision lies within a year of now: the ledger is written down to its end."""
    if when is not None and abs(when - at) > timedelta(days=365):
        raise UserError(_("This time is too far from now."), field=field, mend=_("Give a nearer time."))


def _task_of(request: Any, pk: int) -> Task:
    incident = incident_of(request)
    mine = queries.tasks_of(incident, request.rights, request.member or None, "all", incident.now())
    done = queries.tasks_of(incident, request.rights, request.member or None, "done", incident.now())
    for tasks_there in (mine, done):
        if found := tasks_there.filter(pk=pk).first():
            return found
    raise Http404


def _member(request: Any) -> Member:
    if not request.member:
        raise UserError(_("This account is of no member."), field="owner", mend=_("Sign in as a member."))
    return Member.objects.get(pk=request.member.pk)


def _task(task: Task) -> TaskOut:
    return TaskOut(
        id=task.pk,
        owner=task.owner.name if task.owner else "",
        area=task.area_id,
        door=task.door_id,
        **{name: getattr(task, name) for name in TaskOut.model_fields if name not in ("id", "owner", "area", "door")},
    )


def _entry(entry: JournalEntry) -> JournalOut:
    return JournalOut(
        sequence=entry.sequence,
        act=entry.act,
        subject=entry.subject_label,
        by=entry.by_label,
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        data=entry.data,
        hash=entry.hash,
    )
