"""The gates of an exercise while its clock is played: barriers put up and opened each day, crossings written down.

Everything goes through the acts that users have. What somebody has put up or looked at is left to them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from doorstep.command.models import Incident, Member
from doorstep.exercise.description import BarrierLine, CrossLine, Work
from doorstep.gate import barriers, crossings
from doorstep.gate.models import Barrier, Crossing
from doorstep.gate.queries import open_ones, seen_in
from doorstep.gate.rules import area_of_gate
from doorstep.register.models import Gate

LOOKED_LATELY = timedelta(hours=6)
USUAL_SECONDS = 10.0


def work(incident: Incident, lines: Work) -> None:
    """Put up what is to stand there, and write down who and what crosses."""
    at, by = lines.at, keeper(incident)
    for barrier in lines.barriers:
        _put_up(incident, barrier, at, by)
    for tent in lines.tents:
        gate = _gate(tent.gate)
        area = area_of_gate(incident, gate)
        if gate is not None and area is not None:
            facts = {"kind": tent.kind, "equipment": tent.equipment}
            barriers.set_facility(area, tent.name, gate=gate, at=at, by=by, **facts)
    for crossing in lines.crossings:
        _cross(incident, crossing, at, by)


def look(incident: Incident, *, at: datetime) -> None:
    """Open every barrier once, unless somebody has done so a short while ago."""
    by = keeper(incident)
    for barrier in Barrier.objects.filter(incident=incident, removed_at=None).select_related("area", "incident"):
        if barrier.checked_at is None or barrier.checked_at < at - LOOKED_LATELY:
            seconds = barrier.opened_in_s or USUAL_SECONDS
            barriers.check(barrier, _id(incident, at, barrier.name), True, at=at, by=by, seconds=seconds)


def keeper(incident: Incident) -> Member | None:
    """Who keeps the gate in the exercise."""
    return Member.objects.filter(grants__incident=incident, grants__role="gate").first()


def _put_up(incident: Incident, line: BarrierLine, at: datetime, by: Member | None) -> None:
    gate = _gate(line.gate)
    area = area_of_gate(incident, gate)
    if gate is None or area is None or Barrier.objects.filter(area=area, name=line.name).exists():
        return
    facts = barriers.PutUp(
        _id(incident, at, f"{line.gate}:{line.name}"),
        area,
        line.name,
        line.kind,
        gate,
        opener=Barrier.Opener.POST,
        opener_name=line.post,
        phone=line.phone,
    )
    made = barriers.put_up(incident, facts, at=at, by=by)
    barriers.check(made, _id(incident, at, f"look:{made.pk}"), True, at=at, by=by, seconds=line.seconds)


def _cross(incident: Incident, line: CrossLine, at: datetime, by: Member | None) -> None:
    before = open_ones(seen_in(incident, None)).filter(label=line.label, occurred_at__lt=at)
    ends = before.exclude(direction=line.way).first()
    if line.way == Crossing.Direction.OUT and ends is None and line.right in ("duty", "visitor"):
        return  # somebody who plays along has let them out already
    seen = crossings.Seen(
        _id(incident, at, f"{line.gate}:{line.way}:{line.label}"),
        line.way,
        line.right,
        at,
        _gate(line.gate),
        line.what,
        role=line.role,
        label=line.label,
        count=line.count,
        reason=line.reason,
        ends=ends,
    )
    crossings.record(incident, seen, at=at, by=by)


def _gate(name: str) -> Gate | None:
    compound, _dot, gate = name.partition(" · ")
    return Gate.objects.filter(compound__name=compound, name=gate).first()


def _id(incident: Incident, at: datetime, what: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"gatehouse:{incident.pk}:{at.isoformat()}:{what}")
