"""The pages of the log: the live list with its one line, an entry with its thread, what is written in full."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.command.forms.fields import LocalInstant
from doorstep.command.log import acts, queries
from doorstep.command.log.addressing import book_of
from doorstep.command.log.forms import EntryForm, LineForm, kinds_for
from doorstep.command.log.rules import rules
from doorstep.command.models import Incident, LogEntry, Member
from doorstep.command.plan.workstreams import stream_choices
from doorstep.command.queries import workers
from doorstep.errors import NotAllowedError, UserError
from doorstep.wiring.access import needs
from doorstep.wiring.pages import table, table_asked, tried


def reads_log(request: Any) -> Incident:
    """The incident at work; the right to read its log stands at the door of the view."""
    if not request.incident:
        raise Http404
    found: Incident = request.incident
    return found


def may_write(request: Any, area: Any = None) -> None:
    """Raises NotAllowedError where the member may neither write nor advise (there)."""
    act = "write_log" if request.rights.may("write_log") or not request.rights.may("advise") else "advise"
    request.rights.require(act, area)


@needs("see_log")
def home(request: Any) -> HttpResponse:
    """The log, newest first, with its one line on top; as XLSX or CSV, too."""
    incident = reads_log(request)
    if request.method == "POST":
        return _say(request, incident)
    asked = _asked(request, incident)
    if table_asked(request):
        at = incident.now()
        found = queries.narrowed(_seen(request, incident), asked, request.member or None, incident, at)
        found = found.select_related("area", "answers", "strikes", "task")
        lines = queries.lines_of(found, request.member or None, incident, at)
        return table(request, "log", queries.headings(), queries.rows_of(lines, incident.tz))
    return _home(request, incident, asked, _line_form(request, incident))


@needs("see_log")
def live(request: Any) -> HttpResponse:
    """The list as it stands; 204 where nothing moved since the page (`seen`) looked, 304 for a program with an ETag."""
    incident = reads_log(request)
    context = _context(request, incident, _asked(request, incident))
    etag = f'"{context["stamp"]}"'
    if request.GET.get("seen") == context["stamp"]:
        return HttpResponse(status=204)
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers={"ETag": etag})
    answer = render(request, "command/log/_list.html", context)
    answer.headers["ETag"] = etag
    return answer


def _say(request: Any, incident: Incident) -> HttpResponse:
    may_write(request)
    form = LineForm(incident, request.rights, book_of(incident), request.POST)

    def say() -> LogEntry:
        said = form.said()
        may_write(request, said.area)
        return acts.write(incident, said, at=incident.now(), by=request.member or None)

    done, made = tried(form, say)
    if not done:
        return _home(request, incident, queries.Asked(), form, status=422)
    request.session["log_kind"] = made.kind
    return redirect("command:log")


def _line_form(request: Any, incident: Incident) -> LineForm | None:
    kinds = [code for code, _label in kinds_for(request.rights)]
    if not kinds:
        return None
    last = request.session.get("log_kind")
    first = {"kind": last} if last in kinds else {}
    return LineForm(incident, request.rights, book_of(incident), **first)


def _seen(request: Any, incident: Incident) -> Any:
    return queries.entries_for(incident, request.rights, request.member or None)


def _asked(request: Any, incident: Incident) -> queries.Asked:
    given = {name: request.GET.get(name, "").strip()[:120] for name in ("words", "kind", "who", "to", "workstream")}
    area = request.GET.get("area", "")

    def day(name: str, more: int = 0) -> datetime | None:
        field = LocalInstant(required=False)
        field.tz = incident.tz
        try:
            found = field.clean(f"{request.GET[name]}T00:00") if request.GET.get(name) else None
        except ValidationError:  # a day that nobody can read narrows nothing
            return None
        return found + timedelta(days=more) if found else None

    return queries.Asked(
        **given,
        area=int(area) if area.isdecimal() and len(area) < 18 else None,
        since=day("since"),
        until=day("until", 1),
    )


def _context(request: Any, incident: Incident, asked: queries.Asked) -> dict[str, Any]:
    at, member = incident.now(), request.member or None
    before = request.GET.get("before", "")
    found = queries.narrowed(_seen(request, incident), asked, member, incident, at)
    entries, more = queries.page_before(found, int(before) if before.isdecimal() and len(before) < 10 else None)
    lines = queries.lines_of(entries, member, incident, at)
    late = queries.waiting_in(incident, at).filter(entry__in=_seen(request, incident))[:20]
    waiting = [(one, queries.label_of(one)) for one in late]
    return {
        "lines": lines,
        "more": more,
        "before": before,
        "waiting": waiting,
        "at": at,
        "stamp": queries.stamp_of(lines, len(waiting)),
        "asked": asked,
        "seconds": rules()["refresh_seconds"],
        "may_write": bool(kinds_for(request.rights)),
    }


def _home(
    request: Any, incident: Incident, asked: queries.Asked, form: LineForm | None, status: int = 200
) -> HttpResponse:
    context = _context(request, incident, asked)
    context |= {
        "form": form,
        "kinds": LogEntry.Kind.choices,
        "authors": queries.authors_of(incident),
        "areas": incident.areas.all(),
        "streams": stream_choices(incident),
        "narrow": any(vars(asked).values()),
    }
    return render(request, "command/log/home.html", context, status=status)


@needs("see_log")
def new(request: Any) -> HttpResponse:
    """Write an entry with everything: whose words, when, until when, a report asked for, an answer to another."""
    incident = reads_log(request)
    may_write(request)
    answers = _entry(request, request.GET["answers"]) if request.GET.get("answers", "").isdecimal() else None
    first: dict[str, Any] = {}
    if answers is not None:
        first = {"area": answers.area_id, "workstream": answers.workstream}
        first["to"] = [f"member:{answers.author_id}"] if answers.author_id else []
    asked_kind = request.GET.get("kind")
    if asked_kind in LogEntry.Kind.values:
        first["kind"] = asked_kind
    form = EntryForm(
        incident, request.rights, book_of(incident), stream_choices(incident), request.POST or None, **first
    )
    if request.method == "POST":

        def say() -> LogEntry:
            said = form.said(answers=answers)
            may_write(request, said.area)
            return acts.write(incident, said, at=incident.now(), by=request.member or None)

        done, made = tried(form, say)
        if done:
            messages.success(request, _("Written down as number %(n)d.") % {"n": made.number})
            return redirect("command:log_entry", made.pk)
    context = {"form": form, "answers": answers}
    return render(request, "command/log/new.html", context, status=422 if request.method == "POST" else 200)


@needs("see_log")
def entry(request: Any, pk: int) -> HttpResponse:
    """One entry with its thread: who read it, who did it, what was asked, advised and decided."""
    return _page(request, _entry(request, pk))


@needs("see_log")
@require_POST
def do(request: Any, pk: int) -> HttpResponse:
    """Read, done, not done after all, struck by a correction, made into a task."""
    found = _entry(request, pk)
    order, at, by = request.POST.get("do"), found.incident.now(), request.member
    asking = request.POST.get("asking", "")[:80] or str(uuid4())
    if not by:
        raise NotAllowedError(_("You are no member here."), mend=_("Ask a commander of the incident."))
    try:
        if order == "read":
            acts.mark_read(found, by, at=at)
        elif order == "done":
            acts.mark_done(found, by, request.POST.get("done_text", ""), at=at)
        elif order == "not_done":
            acts.not_done(found, by, at=at)
        elif order == "strike":
            may_write(request, found.area)
            made = acts.strike(found, request.POST.get("text", ""), client_id=asking, at=at, by=by)
            messages.success(request, _("Number %(n)d strikes it. The old words stay, struck.") % {"n": made.number})
        elif order == "task":
            request.rights.require("work_tasks", found.area)
            _task(request, found, at, by)
    except UserError as refused:
        if isinstance(refused, NotAllowedError):
            raise
        return _page(request, found, refused)
    return redirect("command:log") if request.POST.get("back") == "log" else redirect("command:log_entry", pk)


def _task(request: Any, found: LogEntry, at: datetime, by: Member) -> None:
    owner = workers(found.incident).filter(pk=request.POST.get("owner") or 0).first()
    due = LocalInstant(required=False)
    due.tz = found.incident.tz
    try:
        due_at = due.clean(request.POST.get("due_at", ""))
    except ValidationError as error:
        raise UserError(
            _("The due time cannot be read."), field="due_at", mend=_("Write it as 2021-12-08T20:00.")
        ) from error
    acts.make_task(found, at=at, by=by, owner=owner, due_at=due_at)
    messages.success(request, _("The task is open."))


def _entry(request: Any, pk: Any) -> LogEntry:
    incident = reads_log(request)
    found = _seen(request, incident).select_related("incident", "area", "author", "task__owner")
    return get_object_or_404(found, pk=pk)


def _page(request: Any, found: LogEntry, error: UserError | None = None) -> HttpResponse:
    incident, at, member = found.incident, found.incident.now(), request.member or None
    thread = queries.thread_of(found).filter(pk__in=_seen(request, incident))
    lines = queries.lines_of(thread, member, incident, at)
    kinds = {line.entry.kind for line in lines}
    context = {
        "entry": found,
        "line": next(line for line in lines if line.entry.pk == found.pk),
        "lines": lines,
        "error": error,
        "at": at,
        "people": workers(incident).order_by("name"),
        "may_write": bool(kinds_for(request.rights)),
        "may_decide": request.rights.may(rules()["who_decides"]),
        "undecided": LogEntry.Kind.ADVICE in kinds and LogEntry.Kind.DECISION not in kinds,
        "asking": str(uuid4()),
        "typed": request.POST,
    }
    return render(request, "command/log/entry.html", context, status=422 if error else 200)
