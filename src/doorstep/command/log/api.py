"""The log for machines: read from a number on, written, read, done, struck."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import uuid4

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import Field

from doorstep.command.log import acts, queries
from doorstep.command.log.acts import Said
from doorstep.command.models import Area, Incident, LogEntry, Member
from doorstep.errors import UserError
from doorstep.wiring.api import Instant, Key, Line, Room, Text, incident_of

Kind = Literal["decision", "instruction", "report", "advice", "question"]
Many = Annotated[int, Field(ge=1, le=500)]


class AddresseeOut(Schema):
    """To whom an entry goes, and its `state`: sent, read or done. `code` is member:, team:, org: or role: with its key."""

    code: str
    label: str
    state: str
    read_at: datetime | None
    done_at: datetime | None


class LogOut(Schema):
    """One entry. `number` is its place in the one order; a struck one names what struck it."""

    id: int
    number: int
    kind: str
    text: str
    author: str
    occurred_at: datetime
    recorded_at: datetime
    area: int | None
    workstream: str
    due_at: datetime | None
    needs_report: bool
    answers: int | None
    strikes: int | None
    struck_by: int | None
    task: int | None
    to: list[AddresseeOut]
    digest: str


class LogIn(Schema):
    """What is said. Its author is whose key this is; `id` (made by the caller) makes it count once."""

    kind: Kind
    text: Annotated[Text, Field(min_length=1)]
    id: Annotated[Line, Field(max_length=60)] = ""
    to: Annotated[list[Annotated[Line, Field(max_length=40)]], Field(max_length=100)] = []
    area: Key | None = None
    workstream: Annotated[Line, Field(max_length=40)] = ""
    occurred_at: Instant | None = None
    due_at: Instant | None = None
    needs_report: bool = False
    answers: Key | None = None


class StrikeIn(Schema):
    """The right words; `id` makes the correction count once."""

    text: Annotated[Text, Field(min_length=1)]
    id: Annotated[Line, Field(max_length=60)] = ""


class EntryDoneIn(Schema):
    """What came of it; needed where a report is asked for."""

    text: Text = ""


def add_log(room: Room) -> None:
    """The endpoints of the log."""

    @room.reads("/log", list[LogOut], act="see_log")
    def log(request: Any, since: Annotated[int, Field(ge=0, le=2**31)] = 0, limit: Many = 100) -> list[Any]:
        """Entries after the number `since`, in their order: ask again with the last one to follow the log."""
        incident = incident_of(request)
        found = queries.entries_for(incident, request.rights, request.member or None).filter(number__gt=since)
        return _out(request, incident, found.order_by("number")[:limit])

    @room.reads("/log/{pk}", LogOut, act="see_log")
    def log_entry(request: Any, pk: Key) -> Any:
        """One entry."""
        return _one(request, _entry(request, pk))

    @room.does("/log", LogOut, act="see_log")
    def write_log(request: Any, body: LogIn) -> Any:
        """Write an entry; needs the right to write in the log, or to advise."""
        incident, by = incident_of(request), _member(request)
        area = get_object_or_404(Area, pk=body.area, incident=incident) if body.area else None
        _may_write(request, area)
        given = body.model_dump(exclude={"id", "area", "answers", "to"})
        said = Said(
            f"api:{by.pk}:{body.id or uuid4()}",
            **given,
            to=tuple(body.to),
            area=area,
            answers=_entry(request, body.answers) if body.answers else None,
        )
        return _one(request, acts.write(incident, said, at=incident.now(), by=by))

    @room.does("/log/{pk}/read", LogOut, act="see_log")
    def read_log(request: Any, pk: Key) -> Any:
        """Say that one has read it. Saying it twice changes nothing."""
        found = _entry(request, pk)
        acts.mark_read(found, _member(request), at=found.incident.now())
        return _one(request, found)

    @room.does("/log/{pk}/done", LogOut, act="see_log")
    def do_log(request: Any, pk: Key, body: EntryDoneIn) -> Any:
        """Say that it is done, and what came of it. Saying it twice changes nothing."""
        found = _entry(request, pk)
        acts.mark_done(found, _member(request), body.text, at=found.incident.now())
        return _one(request, found)

    @room.does("/log/{pk}/strike", LogOut, act="see_log")
    def strike_log(request: Any, pk: Key, body: StrikeIn) -> Any:
        """Correct an entry by a new one that strikes it; returns the new one."""
        found, by = _entry(request, pk), _member(request)
        _may_write(request, found.area)
        client_id = f"api:{by.pk}:{body.id or uuid4()}"
        return _one(request, acts.strike(found, body.text, client_id=client_id, at=found.incident.now(), by=by))


def _may_write(request: Any, area: Area | None) -> None:
    act = "write_log" if request.rights.may("write_log") or not request.rights.may("advise") else "advise"
    if area is None and not request.rights.covers(act):
        request.rights.require(act)
        raise UserError(_("Your duty is in one area."), field="area", mend=_("Name the area."))
    request.rights.require(act, area)


def _member(request: Any) -> Member:
    if not request.member:
        raise Http404
    found: Member = request.member
    return found


def _entry(request: Any, pk: int) -> LogEntry:
    found = queries.entries_for(incident_of(request), request.rights, request.member or None)
    return get_object_or_404(found.select_related("incident", "area"), pk=pk)


def _one(request: Any, entry: LogEntry) -> Any:
    return _out(request, entry.incident, [entry])[0]


def _out(request: Any, incident: Incident, entries: Any) -> list[Any]:
    lines = queries.lines_of(entries, request.member or None, incident, incident.now())
    return [
        LogOut(
            **{
                name: getattr(line.entry, name)
                for name in ("number", "kind", "text", "occurred_at", "recorded_at", "workstream", "due_at")
            },
            id=line.entry.pk,
            author=line.entry.author_name,
            area=line.entry.area_id,
            needs_report=line.entry.needs_report,
            answers=line.entry.answers_id,
            strikes=line.entry.strikes_id,
            struck_by=line.struck_by.pk if line.struck_by else None,
            task=line.entry.task_id,
            to=[
                AddresseeOut(
                    code=view.addressee.code,
                    label=view.label,
                    state=view.state,
                    read_at=view.addressee.read_at,
                    done_at=view.addressee.done_at,
                )
                for view in line.to
            ],
            digest=line.entry.digest,
        )
        for line in lines
    ]
