"""A chat is pasted, looked at line by line, and brought in as entries and tasks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from doorstep.command.forms.fields import LocalInstant
from doorstep.command.log import chat as acts
from doorstep.command.log.addressing import book_of
from doorstep.command.log.views import reads_log
from doorstep.command.models import Incident, LogEntry, Member
from doorstep.command.queries import workers
from doorstep.errors import UserError
from doorstep.wiring.access import needs

LONGEST = 400_000


@needs("write_log")
def chat(request: Any) -> HttpResponse:
    """Paste, look, tick, bring in. Nothing is stored before the last step."""
    incident = reads_log(request)
    request.rights.require("write_log")
    text = request.POST.get("text", "").replace("\x00", "")[:LONGEST]
    if request.method != "POST":
        return render(request, "command/log/chat.html", {"text": ""})
    if not text.strip():
        return _asked(
            request, text, UserError(_("Nothing is pasted yet."), mend=_("Copy the messages and paste them."))
        )
    at = incident.now()
    people = list(workers(incident).order_by("name"))
    if request.POST.get("do") == "bring":
        try:
            chosen = _chosen(request, incident, {member.pk: member for member in people})
            entries, tasks = acts.bring(incident, text, chosen, at=at, by=request.member or None)
        except UserError as refused:
            return _look(request, incident, text, people, refused)
        messages.success(
            request, _("Brought in: %(entries)d entries, %(tasks)d tasks.") % {"entries": entries, "tasks": tasks}
        )
        return redirect("command:log")
    return _look(request, incident, text, people)


def _asked(request: Any, text: str, error: UserError) -> HttpResponse:
    return render(request, "command/log/chat.html", {"text": text, "error": error}, status=422)


def _look(
    request: Any, incident: Incident, text: str, people: list[Member], error: UserError | None = None
) -> HttpResponse:
    book = book_of(incident)
    found, left = acts.proposals(incident, text, at=incident.now(), book=book)
    labels = book.labels
    given = request.POST if error else None
    lines = [
        {
            "line": line,
            "to": [labels[code] for code in line.to if code in labels],
            "keep": f"keep-{line.client_id}" in given if given else True,
            "kind": given.get(f"kind-{line.client_id}", line.kind) if given else line.kind,
            "task": f"task-{line.client_id}" in given if given else line.is_task,
            "owner": given.get(f"owner-{line.client_id}", "") if given else str(line.owner or ""),
            "due": given.get(f"due-{line.client_id}", "") if given else _local(line.due_at, incident),
        }
        for line in found
    ]
    context = {
        "text": text,
        "lines": lines,
        "new": sum(line.known is None for line in found),
        "left": left,
        "people": [(str(one.pk), one.name) for one in people],
        "kinds": LogEntry.Kind.choices,
        "error": error,
    }
    return render(request, "command/log/chat_lines.html", context, status=422 if error else 200)


def _local(at: datetime | None, incident: Incident) -> str:
    return at.astimezone(incident.tz).strftime("%Y-%m-%dT%H:%M") if at else ""


def _chosen(request: Any, incident: Incident, people: dict[int, Member]) -> list[acts.Chosen]:
    due = LocalInstant(required=False)
    due.tz = incident.tz
    found = []
    for field in request.POST:
        if not field.startswith("keep-"):
            continue
        name = field.removeprefix("keep-")
        owner = request.POST.get(f"owner-{name}", "")
        try:
            due_at = due.clean(request.POST.get(f"due-{name}", ""))
        except ValidationError as error:
            raise UserError(_("A due time cannot be read."), mend=_("Write it as 2021-12-08T20:00.")) from error
        found.append(
            acts.Chosen(
                name,
                request.POST.get(f"kind-{name}", LogEntry.Kind.REPORT),
                f"task-{name}" in request.POST,
                people.get(int(owner)) if owner.isdecimal() else None,
                due_at,
            )
        )
    return found
