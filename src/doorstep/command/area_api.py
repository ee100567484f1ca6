"""Areas for machines, beyond drawing and sealing: supply's word, advice, decisions, measures, changes, the smallest area."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.shortcuts import get_object_or_404
from ninja import Schema
from pydantic import Field

from doorstep.command.api import LoadOut, found_area, load_out, near, room
from doorstep.command.areas import changing, deciding, keeping, measures, sealing
from doorstep.command.areas.outlook import outlook
from doorstep.command.areas.smallest import smallest
from doorstep.command.drawing import CODE
from doorstep.command.models import Area, AreaAdvice, AreaChange, AreaDecision
from doorstep.errors import UserError
from doorstep.wiring.api import Instant, Key, Line, Text, incident_of

Code = Annotated[str, Field(pattern=f"^{CODE.pattern}$")]
Said = Annotated[Text, Field(min_length=1)]


class SupplyWordIn(Schema):
    """The supply team's word: its first delivery, and whose word it is where the caller is not of the team."""

    first_delivery_at: Instant
    word_of: Annotated[Line, Field(max_length=120)] = ""


class AreaAdviceIn(Schema):
    """What an adviser recommends."""

    stance: Literal["for", "conditions", "against"] = "for"
    text: Said


class AreaDecisionIn(Schema):
    """A decision on a proposal."""

    kind: Literal["approve", "refuse"]
    reason: Said


class AreaSaidOut(Schema):
    """Advice (`of` advice) or a decision, with who and when."""

    of: Literal["advice", "decision"]
    kind: str
    about: str
    text: str
    by: str
    at: datetime


class AreaMeasureIn(Schema):
    """One more measure: a code of the protocol, or a title of one's own."""

    code: Annotated[Line, Field(max_length=60)] = ""
    title: Annotated[Line, Field(max_length=50)] = ""
    reason: Said
    basis: Annotated[Line, Field(max_length=200)] = ""
    within_hours: Annotated[float, Field(gt=0, le=240)] | None = None


class AreaMeasureOut(Schema):
    """A measure and how it stands; `id` is empty where the rules have it and the area has not."""

    id: int | None
    code: str
    title: str
    look: Literal["in_force", "waiting", "late", "planned", "ended", "missing"]
    started_at: datetime | None
    due_at: datetime | None
    confirmed_at: datetime | None
    evidence: str
    review_at: datetime | None
    max_until: datetime | None
    ended_at: datetime | None


class MeasureSeenIn(Schema):
    """What was seen of a measure."""

    evidence: Annotated[Line, Field(min_length=1, max_length=240)]


class MeasureEndIn(Schema):
    """Why a measure ends; of a way of supply also what takes its place."""

    reason: Said
    replacement: Text = ""


class AreaChangeIn(Schema):
    """Places (codes such as s12, b3) taken out into a zone class, or without places the whole area's new class.

    An empty zone sets the places free; no instant is at once, a later one is carried out then.
    """

    places: Annotated[list[Code], Field(max_length=500)] = []
    zone: Annotated[Line, Field(max_length=40)] = ""
    effective_at: Instant | None = None
    reason: Text = ""
    replacement: Text = ""


class AreaChangeOut(Schema):
    """A change: planned, done or taken back; `made` is the area that took the places on."""

    id: int
    kind: str
    zone: str
    state: str
    effective_at: datetime
    made: int | None


class AreaOutlookOut(Schema):
    """What a change would do: promises by kind before and after, ways of supply that end."""

    doors: int
    persons: int
    owed: dict[str, list[int]]
    lost: list[str]


class SmallestStepOut(Schema):
    """One way to draw an area around places: its depth, its codes, whom it binds."""

    depth: str
    reason: str
    places: list[str]
    proposed: bool
    load: LoadOut


@room.does("/areas/{pk}/accept", list[AreaSaidOut], act="work_tasks")
def accept(request: Any, pk: Key, body: SupplyWordIn) -> list[AreaSaidOut]:
    """The supply team takes an area on, or somebody who manages areas writes its word down."""
    area = found_area(request, pk, "see_board")
    me = request.member or None
    if not (me and area.supply_team and area.supply_team.leader_id == me.pk):
        request.rights.require("manage_areas", area)
    at = area.incident.now()
    near(body.first_delivery_at, at, "first_delivery_at")
    sealing.accept_supply(area, body.first_delivery_at, at=at, by=me, word_of=body.word_of)
    return _said(area)


@room.reads("/areas/{pk}/said", list[AreaSaidOut], act="see_board")
def said(request: Any, pk: Key) -> list[AreaSaidOut]:
    """Advice and decisions of an area, the newest first."""
    return _said(found_area(request, pk, "see_board"))


@room.does("/areas/{pk}/advise", list[AreaSaidOut], act="advise")
def advise(request: Any, pk: Key, body: AreaAdviceIn) -> list[AreaSaidOut]:
    """Recommend; somebody else decides."""
    area = found_area(request, pk, "advise")
    deciding.advise(area, body.text, stance=body.stance, at=area.incident.now(), by=request.member or None)
    return _said(area)


@room.does("/areas/{pk}/decide", list[AreaSaidOut], act="manage_areas")
def decide(request: Any, pk: Key, body: AreaDecisionIn) -> list[AreaSaidOut]:
    """Decide on a proposal."""
    area = found_area(request, pk, "manage_areas")
    at = area.incident.now()
    advice = deciding.newest_advice(area, at)
    deciding.decide(area, body.kind, body.reason, at=at, by=request.member or None, advice=advice)
    return _said(area)


@room.reads("/areas/{pk}/measures", list[AreaMeasureOut], act="see_board")
def measure_list(request: Any, pk: Key) -> list[AreaMeasureOut]:
    """The measures of an area: in force, waiting to be seen, late, missing, ended."""
    return _measures(found_area(request, pk, "see_board"))


@room.does("/areas/{pk}/measures", list[AreaMeasureOut], act="manage_areas")
def add_measure(request: Any, pk: Key, body: AreaMeasureIn) -> list[AreaMeasureOut]:
    """Bring one more measure in."""
    area = found_area(request, pk, "manage_areas")
    measures.add_measure(area, **body.dict(), at=area.incident.now(), by=request.member or None)
    return _measures(area)


@room.does("/areas/{pk}/measures/{number}/confirm", list[AreaMeasureOut], act="work_tasks")
def confirm_measure(request: Any, pk: Key, number: Key, body: MeasureSeenIn) -> list[AreaMeasureOut]:
    """Say what was seen of a measure."""
    area = found_area(request, pk, "work_tasks")
    one = get_object_or_404(area.restrictions.select_related("area__incident"), pk=number)
    measures.confirm_measure(one, body.evidence, at=area.incident.now(), by=request.member or None)
    return _measures(area)


@room.does("/areas/{pk}/measures/{number}/end", list[AreaMeasureOut], act="manage_areas")
def end_measure(request: Any, pk: Key, number: Key, body: MeasureEndIn) -> list[AreaMeasureOut]:
    """End a single measure."""
    area = found_area(request, pk, "manage_areas")
    one = get_object_or_404(area.restrictions.select_related("area__incident"), pk=number)
    at, by = area.incident.now(), request.member or None
    measures.end_measure(one, reason=body.reason, replacement=body.replacement, at=at, by=by)
    return _measures(area)


@room.does("/areas/{pk}/renew", list[AreaMeasureOut], act="manage_areas")
def renew(request: Any, pk: Key, body: MeasureEndIn) -> list[AreaMeasureOut]:
    """Decide the restrictions of an area anew: their longest time counts from now."""
    area = found_area(request, pk, "manage_areas")
    keeping.renew(area, reason=body.reason, at=area.incident.now(), by=request.member or None)
    return _measures(area)


@room.does("/areas/{pk}/outlook", AreaOutlookOut, act="manage_areas")
def look(request: Any, pk: Key, body: AreaChangeIn) -> AreaOutlookOut:
    """What a change would do. Nothing of it stays."""
    area, at = found_area(request, pk, "manage_areas"), incident_of(request).now()
    near(body.effective_at, at, "effective_at")
    _zone(area, body.zone)
    kind = "part" if body.places else "zone"
    found = outlook(area, kind, body.zone, body.places, effective_at=body.effective_at or at, at=at)
    owed = {line.kind: [line.before, line.after] for line in found.owed}
    return AreaOutlookOut(doors=found.doors, persons=found.persons, owed=owed, lost=found.lost)


@room.does("/areas/{pk}/change", AreaChangeOut, act="manage_areas")
def change(request: Any, pk: Key, body: AreaChangeIn) -> AreaChangeOut:
    """Lift a part of an area, or change its class, with what its doors are owed."""
    area, at = found_area(request, pk, "manage_areas"), incident_of(request).now()
    near(body.effective_at, at, "effective_at")
    given: dict[str, Any] = {
        "effective_at": body.effective_at or at,
        "reason": body.reason,
        "replacement": body.replacement,
    }
    by = request.member or None
    if body.places:
        return _change(changing.change_part(area, body.places, body.zone, at=at, by=by, **given))
    return _change(changing.change_zone(area, body.zone, at=at, by=by, **given))


@room.does("/areas/{pk}/changes/{number}/undo", AreaChangeOut, act="manage_areas")
def undo(request: Any, pk: Key, number: Key) -> AreaChangeOut:
    """Take a change back while nothing was built on it."""
    area = found_area(request, pk, "manage_areas")
    made = get_object_or_404(area.changes.select_related("area__incident", "made"), pk=number)
    return _change(changing.undo_change(made, at=area.incident.now(), by=request.member or None))


@room.reads("/smallest-area", list[SmallestStepOut], act="manage_areas")
def smallest_area(request: Any, zone: Line, places: Line) -> list[SmallestStepOut]:
    """Ways to draw an area that holds some places (codes joined by commas), the smallest that the class allows first."""
    incident = incident_of(request)
    if zone not in incident.protocol.zones:
        raise UserError("The protocol has no such zone.", field="zone", mend="Choose one of its zones.")
    codes = [code for code in places.split(",")[:200] if CODE.fullmatch(code)]
    return [
        SmallestStepOut(
            depth=step.depth,
            reason=step.reason,
            places=list(step.codes),
            proposed=step.proposed,
            load=load_out(step.load),
        )
        for step in smallest(incident, zone, codes)
    ]


def _zone(area: Area, zone: str) -> None:
    if zone and zone not in area.incident.protocol.zones:
        raise UserError("The protocol has no such zone.", field="zone", mend="Choose one of its zones.")


def _said(area: Area) -> list[AreaSaidOut]:
    def out(one: AreaAdvice | AreaDecision) -> AreaSaidOut:
        if isinstance(one, AreaAdvice):
            return AreaSaidOut(of="advice", kind=one.stance, about="", text=one.text, by=one.by_label, at=one.at)
        return AreaSaidOut(of="decision", kind=one.kind, about=one.about, text=one.reason, by=one.by_label, at=one.at)

    every: list[AreaAdvice | AreaDecision] = [*area.advice.all(), *area.decisions.all()]
    return [out(one) for one in sorted(every, key=lambda one: one.at, reverse=True)]


def _measures(area: Area) -> list[AreaMeasureOut]:
    names = ("started_at", "due_at", "confirmed_at", "review_at", "max_until", "ended_at")
    return [
        AreaMeasureOut(
            id=line.restriction.pk if line.restriction else None,
            code=line.code,
            title=line.title,
            look=line.look,  # type: ignore[arg-type]
            evidence=line.restriction.evidence if line.restriction else "",
            **{name: getattr(line.restriction, name, None) for name in names},
        )
        for line in measures.measure_lines(area, area.incident.now())
    ]


def _change(made: AreaChange) -> AreaChangeOut:
    return AreaChangeOut(
        id=made.pk,
        kind=made.kind,
        zone=made.zone,
        state=made.state,
        effective_at=made.effective_at,
        made=made.made_id,
    )
