"""Lines of work: the list, one with its checklist, a new one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from doorstep.command.models import Incident, Task, Workstream
from doorstep.command.posts import queries, working
from doorstep.command.posts.forms import ItemsForm, OwnerForm, WorkForm
from doorstep.command.posts.words import unit_word
from doorstep.wiring.access import needs
from doorstep.wiring.pages import table, table_asked, tried

HEADINGS = ("line of work", "task", "area", "who", "due", "state", "done", "measured", "unit", "result")


@needs("see_log")
def home(request: Any) -> HttpResponse:
    """All lines of work with their progress; as a file, every task of every checklist."""
    incident = _incident(request)
    if table_asked(request):
        return table(request, "checklists", HEADINGS, _rows(incident))
    at = incident.now()
    return render(request, "command/room/works.html", {"works": queries.work_lines(incident, at), "at": at})


@needs("see_log")
def new(request: Any) -> HttpResponse:
    """Add a line of work that the rules do not have (S34)."""
    incident = _incident(request)
    request.rights.require_everywhere("activate")
    form = WorkForm(request.POST or None)
    if request.method == "POST":
        done, made = tried(form, lambda: _add(request, incident, form))
        if done:
            messages.success(request, _("%(name)s is kept.") % {"name": made})
            return redirect("command:workstream", made.pk)
    return render(
        request, "command/room/work_new.html", {"form": form}, status=422 if request.method == "POST" else 200
    )


@needs("see_log")
def one(request: Any, pk: int) -> HttpResponse:
    """The checklist of one line of work; who answers for it is named here."""
    incident = _incident(request)
    found = get_object_or_404(Workstream.objects.select_related("owner", "organisation"), pk=pk, incident=incident)
    do, at = request.POST.get("do", ""), incident.now()
    owner = OwnerForm(found, request.POST if do == "own" else None)
    items = ItemsForm(request.POST if do == "items" else None)
    if request.method == "POST":
        request.rights.require_everywhere("activate")
        form = items if do == "items" else owner
        acts = {
            "items": lambda: working.add_items(found, form.cleaned_data["items"], at=at, by=request.member),
            "own": lambda: working.own_workstream(found, **form.cleaned_data, at=at, by=request.member),
        }
        done, _made = tried(form, acts.get(do, acts["own"]))
        if done:
            messages.success(request, _("Kept."))
            return redirect("command:workstream", pk)
    tasks = Task.objects.filter(incident=incident, workstream=found.code).select_related("owner", "area")
    context = {
        "work": found,
        "tasks": [(task, unit_word(task.unit)) for task in tasks.order_by("-state", "due_at", "pk")],
        "owner_form": owner,
        "items_form": items,
        "at": at,
    }
    return render(request, "command/room/work.html", context, status=422 if request.method == "POST" else 200)


def _add(request: Any, incident: Incident, form: WorkForm) -> Workstream:
    given = form.cleaned_data
    people = {"owner": given["owner"], "organisation": given["organisation"]}
    return working.add_workstream(
        incident, given["title"], given["items"], at=incident.now(), by=request.member, **people
    )


def _rows(incident: Incident) -> list[list[Any]]:
    titles = {work.code: str(work) for work in incident.workstreams.all()}
    tasks = Task.objects.filter(incident=incident, workstream__in=titles).select_related("owner", "area")
    return [
        [
            titles[task.workstream],
            str(task),
            task.area.name if task.area else "",
            task.owner.name if task.owner else "",
            task.due_at.astimezone(incident.tz) if task.due_at else None,
            task.get_state_display(),
            task.done_at.astimezone(incident.tz) if task.done_at else None,
            task.measured,
            unit_word(task.unit),
            task.result,
        ]
        for task in tasks.order_by("workstream", "due_at", "pk")
    ]


def _incident(request: Any) -> Incident:
    if not request.incident:
        raise Http404
    incident: Incident = request.incident
    return incident
