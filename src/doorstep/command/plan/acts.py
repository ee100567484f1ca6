"""Acts on the plan: a period opened, a meeting held, a decision made a task, the plan signed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from doorstep.command import journal, tasks
from doorstep.command.log.acts import Said, write
from doorstep.command.models import (
    Incident,
    LogEntry,
    Meeting,
    Member,
    Period,
    PlanLine,
    PlanVersion,
    Task,
    Team,
)
from doorstep.command.rights import rights_of
from doorstep.errors import UserError


@transaction.atomic
def open_period(
    incident: Incident,
    starts_at: datetime,
    ends_at: datetime,
    *,
    at: datetime,
    by: Member | None = None,
    objectives: str = "",
    safety: str = "",
) -> Period:
    """Open the next operational period. It takes over the lines of the last one whose task is still open.

    Asking for the same start again gives the period there is.
    """
    _window(starts_at, ends_at)
    journal.one_writer_at_a_time()
    last = Period.objects.filter(incident=incident).order_by("-number").first()
    if last is not None and last.starts_at == starts_at:
        return last
    if last is not None and starts_at < last.starts_at:
        raise UserError(
            _("It begins before the period that there is."), field="starts_at", mend=_("Begin where the last one ends.")
        )
    period = Period.objects.create(
        incident=incident,
        number=last.number + 1 if last else 1,
        starts_at=starts_at,
        ends_at=ends_at,
        objectives=objectives.strip() or (last.objectives if last else ""),
        safety=safety.strip() or (last.safety if last else ""),
    )
    taken = [] if last is None else [_taken_over(line, period) for line in _open_lines(last)]
    PlanLine.objects.bulk_create(taken)
    _noted("open_period", period, at, by, taken_over=len(taken))
    return period


def _open_lines(period: Period) -> list[PlanLine]:
    lines = PlanLine.objects.filter(period=period, dropped_at=None).select_related("task")
    return [line for line in lines if line.task is None or line.task.state == Task.State.OPEN]


def _taken_over(line: PlanLine, period: Period) -> PlanLine:
    names = ("client_id", "workstream", "text", "owner_id", "team_id", "due_at", "resource", "entry_id", "task_id")
    return PlanLine(period=period, **{name: getattr(line, name) for name in names})


@transaction.atomic
def change_period(
    period: Period,
    *,
    at: datetime,
    starts_at: datetime,
    ends_at: datetime,
    objectives: str,
    safety: str = "",
    by: Member | None = None,
) -> Period:
    """Change what a period is to reach, or its times. A signed version stays as it was signed."""
    _window(starts_at, ends_at)
    before = (period.starts_at, period.ends_at, period.objectives, period.safety)
    after = (starts_at, ends_at, objectives.strip(), safety.strip())
    if before != after:
        period.starts_at, period.ends_at, period.objectives, period.safety = after
        period.save()
        _noted("change_period", period, at, by)
    return period


def _window(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at:
        raise UserError(_("It ends before it begins."), field="ends_at", mend=_("Say until when the period lasts."))


@transaction.atomic
def hold_meeting(
    period: Period,
    title: str,
    starts_at: datetime,
    *,
    client_id: str,
    at: datetime,
    by: Member | None = None,
    place: str = "",
    chair: Member | None = None,
    participants: Iterable[Member] = (),
    others: str = "",
    agenda: str = "",
) -> Meeting:
    """Write a meeting down: who is there, what is on the agenda. Once a `client_id`."""
    if (there := Meeting.objects.filter(incident=period.incident, client_id=client_id).first()) is not None:
        return there
    if not title.strip():
        raise UserError(_("The meeting has no name."), field="title", mend=_("Say what it is about."))
    meeting = Meeting.objects.create(
        incident=period.incident,
        period=period,
        client_id=client_id,
        title=title.strip()[:160],
        place=place.strip(),
        starts_at=starts_at,
        chair=chair,
        others=others.strip(),
        agenda=agenda.strip(),
    )
    meeting.participants.set(participants)
    _noted("hold_meeting", meeting, at, by, label=meeting.title)
    return meeting


@transaction.atomic
def end_meeting(meeting: Meeting, *, at: datetime, by: Member | None = None) -> Meeting:
    """The meeting is over; its minutes are closed. Once."""
    if meeting.ended_at is None:
        meeting.ended_at = at
        meeting.save(update_fields=["ended_at"])
        _noted("end_meeting", meeting, at, by, label=meeting.title)
    return meeting


@dataclass(frozen=True)
class Decided:
    """One line of the plan. `client_id` names it, so that sending it twice makes one task."""

    client_id: str
    workstream: str
    text: str
    owner: Member | None = None
    team: Team | None = None
    due_at: datetime | None = None
    resource: str = ""
    decided_by: Member | None = None


@transaction.atomic
def decide(
    period: Period, decided: Decided, *, at: datetime, by: Member | None = None, meeting: Meeting | None = None
) -> PlanLine:
    """A decision of a meeting (or of command alone): a line of the plan, an entry of the log, a task with its owner."""
    if (there := PlanLine.objects.filter(period=period, client_id=decided.client_id).first()) is not None:
        return there
    _sound(decided)
    owner = decided.owner or (decided.team.leader if decided.team else None)
    to = ([f"member:{decided.owner.pk}"] if decided.owner else []) + (
        [f"team:{decided.team.pk}"] if decided.team else []
    )
    author = decided.decided_by or (meeting.chair if meeting else None) or by
    said = Said(
        f"plan:{decided.client_id}",
        LogEntry.Kind.DECISION if _decides(author, period.incident) else LogEntry.Kind.INSTRUCTION,
        decided.text,
        author=author,
        author_name="" if author else _("the meeting"),
        to=tuple(to),
        workstream=decided.workstream,
        due_at=decided.due_at,
        source=LogEntry.Source.MEETING if meeting else LogEntry.Source.TYPED,
    )
    entry = write(period.incident, said, at=at, by=by)
    task = tasks.open_task(
        period.incident,
        decided.text.splitlines()[0],
        at=at,
        by=by,
        owner=owner,
        due_at=decided.due_at,
        detail="\n".join(filter(None, ("\n".join(decided.text.splitlines()[1:]), decided.resource))),
        key=f"plan:{period.incident_id}:{decided.client_id}",
    )
    task.workstream, task.team = decided.workstream, decided.team
    task.save(update_fields=["workstream", "team"])
    entry.task = task
    entry.save(update_fields=["task"])
    line = PlanLine.objects.create(
        period=period,
        meeting=meeting,
        client_id=decided.client_id,
        workstream=decided.workstream,
        text=decided.text.strip(),
        owner=owner,
        team=decided.team,
        due_at=decided.due_at,
        resource=decided.resource.strip(),
        entry=entry,
        task=task,
    )
    _noted("decide_line", line, at, by, label=line.text[:200], workstream=line.workstream)
    return line


def _decides(author: Member | None, incident: Incident) -> bool:
    return author is None or rights_of(author, incident).may("sign_plan")


def _sound(decided: Decided) -> None:
    if not decided.text.strip():
        raise UserError(_("Nothing is decided yet."), field="text", mend=_("Say in one sentence what is to be done."))
    if not decided.workstream.strip():
        raise UserError(_("No line of work is chosen."), field="workstream", mend=_("Choose who it falls to."))


@transaction.atomic
def change_line(line: PlanLine, decided: Decided, *, at: datetime, by: Member | None = None) -> PlanLine:
    """Change a line and the task behind it. What was signed before stays as it was signed."""
    _sound(decided)
    line.workstream, line.text, line.resource = decided.workstream, decided.text.strip(), decided.resource.strip()
    line.team, line.due_at = decided.team, decided.due_at
    line.owner = decided.owner or (decided.team.leader if decided.team else None)
    line.save()
    if line.task is not None and line.task.state == Task.State.OPEN:
        line.task.title, line.task.workstream = line.text.splitlines()[0][:240], line.workstream
        line.task.owner, line.task.team, line.task.due_at = line.owner, line.team, line.due_at
        line.task.save(update_fields=["title", "workstream", "owner", "team", "due_at"])
    _noted("change_line", line, at, by, label=line.text[:200], workstream=line.workstream)
    return line


@transaction.atomic
def drop_line(line: PlanLine, *, at: datetime, by: Member | None = None, back: bool = False) -> PlanLine:
    """Take a line out of the plan with its task, or (`back`) put both in again. Nothing is erased."""
    if (line.dropped_at is None) == back:
        return line
    line.dropped_at = None if back else at
    line.save(update_fields=["dropped_at"])
    before, after = Task.State.OPEN, Task.State.DROPPED
    if back:
        before, after = after, before
    if line.task is not None and line.task.state == before:
        line.task.state = after
        line.task.save(update_fields=["state"])
    _noted("undrop_line" if back else "drop_line", line, at, by, label=line.text[:200])
    return line


def content_of(period: Period) -> dict[str, Any]:
    """The plan of a period as plain data: what a signature stands under. Two queries."""
    lines = period.lines.filter(dropped_at=None).select_related("owner", "team", "meeting").order_by("pk")
    meetings = period.meetings.prefetch_related("participants").select_related("chair")
    return {
        "incident": period.incident.name,
        "period": period.number,
        "starts_at": _instant(period.starts_at),
        "ends_at": _instant(period.ends_at),
        "objectives": period.objectives.splitlines(),
        "safety": period.safety,
        "meetings": [
            {
                "title": one.title,
                "starts_at": _instant(one.starts_at),
                "chair": one.chair.name if one.chair else "",
                "participants": sorted(member.name for member in one.participants.all()) + one.others.splitlines(),
            }
            for one in meetings
        ],
        "lines": [
            {
                "workstream": line.workstream,
                "text": line.text,
                "owner": line.owner.name if line.owner else "",
                "team": line.team.name if line.team else "",
                "due_at": _instant(line.due_at),
                "resource": line.resource,
            }
            for line in lines
        ],
    }


def _instant(value: datetime | None) -> str:
    return value.isoformat(timespec="minutes") if value else ""


def hash_of(content: dict[str, Any]) -> str:
    """The hash that stands on every page of a signed plan."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def sign(period: Period, *, at: datetime, by: Member, because: str = "") -> PlanVersion:
    """Sign the plan as it stands. The same plan is signed once; a changed one makes a new version.

    A basic line of work without an owner must be said to be left so, in `because`.
    """
    from doorstep.command.plan.queries import streams_in

    journal.one_writer_at_a_time()
    content = content_of(period)
    digest = hash_of(content)
    last = period.versions.order_by("-number").first()
    if last is not None and last.hash == digest:
        return last
    if not content["lines"]:
        raise UserError(_("The plan is empty."), mend=_("Write down what was decided first."))
    unowned = [stream.title for stream in streams_in(period) if not stream.owned]
    if unowned and not because.strip():
        raise UserError(
            _("Nobody answers for: %(names)s.") % {"names": ", ".join(unowned)},
            field="because",
            mend=_("Name an owner, or say why it must be so."),
        )
    highest = period.versions.aggregate(last=Max("number"))["last"] or 0
    sequence, link = journal.newest()
    version = PlanVersion.objects.create(
        period=period,
        number=highest + 1,
        content=content,
        hash=digest,
        signed_by=by,
        signed_name=by.name,
        signed_at=at,
        anchor=f"{sequence}:{link}",
    )
    facts = {"hash": digest, "version": version.number, "reason": because.strip(), "unowned": unowned}
    label = _("Period %(period)d, version %(version)d") % {"period": period.number, "version": version.number}
    _noted("sign_plan", version, at, by, label=label, incident=period.incident, **facts)
    return version


def _noted(act: str, subject: Any, at: datetime, by: Member | None, label: str = "", **data: Any) -> None:
    period = getattr(subject, "period", subject)
    data.pop("incident", None)
    journal.record(act, incident=period.incident, subject=subject, by=by, occurred_at=at, label=label, **data)
