"""The plan for machines: the period that runs with its lines, a decision written down, the plan signed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import uuid4

from django.http import Http404
from django.shortcuts import get_object_or_404
from ninja import Schema
from pydantic import Field

from doorstep.command.models import Incident, Period, PlanLine, PlanVersion, Team
from doorstep.command.plan import acts, queries
from doorstep.command.plan.acts import Decided
from doorstep.command.queries import workers
from doorstep.wiring.api import Instant, Key, Line, Room, Text, incident_of


class PlanLineOut(Schema):
    """One line of the plan and its task."""

    id: int
    workstream: str
    text: str
    owner: str
    team: str
    due_at: datetime | None
    resource: str
    task: int | None
    state: str
    meeting: int | None


class StreamOut(Schema):
    """A line of work and who answers for it; nobody is red."""

    code: str
    title: str
    owners: list[str]


class PlanVersionOut(Schema):
    """A version as it was signed: its hash, and the newest link of the journal then."""

    id: int
    number: int
    hash: str
    anchor: str
    signed_by: str
    signed_at: datetime


class ActionPlanOut(Schema):
    """The plan of one period. `changed` says whether it differs from the newest signed version."""

    period: int
    number: int
    starts_at: datetime
    ends_at: datetime
    objectives: list[str]
    lines: list[PlanLineOut]
    streams: list[StreamOut]
    versions: list[PlanVersionOut]
    changed: bool


class PlanLineIn(Schema):
    """What is decided. `id` (made by the caller) makes it count once."""

    workstream: Annotated[Line, Field(min_length=1, max_length=40)]
    text: Annotated[Text, Field(min_length=1, max_length=2000)]
    id: Annotated[Line, Field(max_length=60)] = ""
    owner: Key | None = None
    team: Key | None = None
    due_at: Instant | None = None
    resource: Line = ""


class SignIn(Schema):
    """Why a line of work may stay without an owner, where one does."""

    because: Line = ""


def add_plan(room: Room) -> None:
    """The endpoints of the plan."""

    @room.reads("/action-plan", ActionPlanOut, act="see_log")
    def plan(request: Any) -> Any:
        """The plan of the period that runs."""
        return _plan(_period(incident_of(request)))

    @room.does("/action-plan/lines", PlanLineOut, act="write_log")
    def decide(request: Any, body: PlanLineIn) -> Any:
        """Write a decision down: a line of the plan, an entry of the log and a task."""
        incident = incident_of(request)
        request.rights.require_everywhere("write_log")
        decided = Decided(
            body.id or str(uuid4()),
            body.workstream,
            body.text,
            owner=get_object_or_404(workers(incident), pk=body.owner) if body.owner else None,
            team=get_object_or_404(Team, pk=body.team, incident=incident) if body.team else None,
            due_at=body.due_at,
            resource=body.resource,
        )
        return _line(acts.decide(_period(incident), decided, at=incident.now(), by=request.member or None))

    @room.does("/action-plan/sign", PlanVersionOut, act="sign_plan")
    def sign(request: Any, body: SignIn) -> Any:
        """Sign the plan as it stands. The same plan is signed once."""
        incident = incident_of(request)
        request.rights.require_everywhere("sign_plan")
        if not request.member:
            raise Http404
        return _version(acts.sign(_period(incident), at=incident.now(), by=request.member, because=body.because))


def _period(incident: Incident) -> Period:
    found = queries.current_period(incident, incident.now())
    if found is None:
        raise Http404
    found.incident = incident
    return found


def _plan(period: Period) -> ActionPlanOut:
    page = queries.plan_page(period)
    return ActionPlanOut(
        period=period.pk,
        number=period.number,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        objectives=period.objectives.splitlines(),
        lines=[_line(line) for stream in page.streams for line in stream.lines],
        streams=[StreamOut(code=one.code, title=one.title, owners=list(one.owners)) for one in page.streams],
        versions=[_version(version) for version in page.versions],
        changed=page.changed,
    )


def _line(line: PlanLine) -> PlanLineOut:
    return PlanLineOut(
        id=line.pk,
        workstream=line.workstream,
        text=line.text,
        owner=line.owner.name if line.owner else "",
        team=line.team.name if line.team else "",
        due_at=line.due_at,
        resource=line.resource,
        task=line.task_id,
        state=line.task.state if line.task else "",
        meeting=line.meeting_id,
    )


def _version(version: PlanVersion) -> PlanVersionOut:
    return PlanVersionOut(
        id=version.pk,
        number=version.number,
        hash=version.hash,
        anchor=version.anchor,
        signed_by=version.signed_name,
        signed_at=version.signed_at,
    )
