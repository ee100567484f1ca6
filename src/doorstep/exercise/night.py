"""The command room of an exercise, played through the acts that people have: its log, its meeting, its signed plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from doorstep.command import tasks
from doorstep.command.log import acts as log
from doorstep.command.log.acts import Said
from doorstep.command.models import Incident, LogEntry, Member, Period, Task
from doorstep.command.plan import acts as plan
from doorstep.command.plan.acts import Decided
from doorstep.exercise.description import CommandLine, DecisionLine, Exercise, LogLine


@dataclass(frozen=True)
class Moment:
    """One thing that happens in the command room. Doing it twice changes nothing."""

    at: datetime
    act: Callable[[Incident], object]


def moments(exercise: Exercise, after: datetime, until: datetime) -> list[Moment]:
    """What happens in the command room in (after, until]."""
    room = exercise.command
    return [] if room is None else [one for one in _all(room) if after < one.at <= until]


def _all(room: CommandLine) -> Iterator[Moment]:
    for line in room.log:
        yield Moment(line.at, partial(_log, line=line))
    for act, at in ((_meet, room.meeting.at), (_end, room.meeting.ends), (_sign, room.signed)):
        yield Moment(at, partial(act, room=room))


def _log(incident: Incident, line: LogLine) -> None:
    by = _login(line.by)
    if line.do == "finish":
        task = Task.objects.filter(key=f"plan:{incident.pk}:{line.of}", state=Task.State.OPEN).first()
        if task is not None:
            tasks.finish(task, line.text, at=line.at, by=task.owner)
    elif line.do == "write":
        said = Said(
            f"exercise:{line.key}",
            line.kind,
            line.text,
            to=tuple(_code(code) for code in line.to),
            due_at=line.due,
            needs_report=line.report,
            answers=_entry(incident, line.answers),
        )
        log.write(incident, said, at=line.at, by=by)
    elif (entry := _entry(incident, line.of)) is not None and line.do == "read":
        log.mark_read(entry, by, at=line.at)
    elif entry is not None:
        log.mark_done(entry, by, line.text, at=line.at)


def _meet(incident: Incident, room: CommandLine) -> None:
    lead, line = _login(room.meeting.chair), room.meeting
    period = plan.open_period(
        incident,
        room.starts,
        room.ends,
        at=line.at,
        by=lead,
        objectives="\n".join(room.objectives),
        safety=room.safety,
    )
    meeting = plan.hold_meeting(
        period,
        line.title,
        line.at,
        client_id="exercise",
        at=line.at,
        by=lead,
        place=line.place,
        chair=lead,
        participants=[_login(login) for login in line.there],
        others="\n".join(line.others),
        agenda="\n".join(line.agenda),
    )
    for decision in line.decisions:
        plan.decide(period, _decided(decision), at=line.at, by=lead, meeting=meeting)


def _decided(line: DecisionLine) -> Decided:
    owner = Member.objects.filter(name=line.owner).order_by("pk").first()
    return Decided(line.key, line.stream, line.text, owner=owner, due_at=line.due, resource=line.resource)


def _end(incident: Incident, room: CommandLine) -> None:
    if meeting := incident.meetings.filter(client_id="exercise").first():
        plan.end_meeting(meeting, at=room.meeting.ends, by=_login(room.meeting.chair))


def _sign(incident: Incident, room: CommandLine) -> None:
    period = Period.objects.filter(incident=incident, starts_at=room.starts).first()
    if period is not None and not period.versions.exists():
        plan.sign(period, at=room.signed, by=_login(room.meeting.chair), because=room.without_owner)


def _login(login: str) -> Member:
    return Member.objects.get(user__username=login)


def _code(code: str) -> str:
    kind, _colon, key = code.partition(":")
    return f"member:{_login(key).pk}" if kind == "login" else code


def _entry(incident: Incident, key: str) -> LogEntry | None:
    return LogEntry.objects.filter(incident=incident, client_id=f"exercise:{key}").first() if key else None
