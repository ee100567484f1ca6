"""Tasks: listed, opened, taken, handed over, done, opened again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.command import queries
from doorstep.command import tasks as acts
from doorstep.command.forms.tasks import TaskForm
from doorstep.command.models import Member, Task
from doorstep.command.posts.words import unit_word
from doorstep.errors import UserError
from doorstep.wiring.access import needs
from doorstep.wiring.pages import page_of, table, table_asked, tried


@needs("work_tasks")
def home(request: Any) -> HttpResponse:
    """Tasks by mine, without an owner, late, done or all that are open."""
    if not request.incident:
        raise Http404
    shows = [
        ("mine", _("Mine")),
        ("unowned", _("Nobody's")),
        ("late", _("Late")),
        ("all", _("All open")),
        ("done", _("Done")),
    ]
    show = request.GET.get("show", "")
    if show not in dict(shows):
        show = "all"
    at = request.incident.now()
    every = {code: queries.tasks_of(request.incident, request.rights, request.member, code, at) for code, _t in shows}
    if table_asked(request):
        return table(
            request, f"tasks-{show}", queries.TASK_HEADINGS, queries.task_rows(every[show], request.incident.tz)
        )
    tabs = [(code, title, every[code].count()) for code, title in shows]
    context = {"tasks": page_of(request, every[show]), "tabs": tabs, "show": show, "at": at}
    return render(request, "command/tasks.html", context)


@needs("work_tasks")
def new(request: Any) -> HttpResponse:
    """Open a task."""
    if not request.incident:
        raise Http404
    form = TaskForm(request.incident, request.rights, request.POST or None)
    if request.method == "POST":
        at = request.incident.now()
        done, made = tried(
            form, lambda: acts.open_task(request.incident, at=at, by=request.member or None, **form.facts())
        )
        if done:
            messages.success(request, _("The task is open."))
            return redirect("command:task", made.pk)
    return render(request, "command/task_new.html", {"form": form}, status=422 if request.method == "POST" else 200)


@needs("work_tasks")
def task(request: Any, pk: int) -> HttpResponse:
    """One task with what can be done about it."""
    return _page(request, _task(request, pk))


@needs("work_tasks")
@require_POST
def do(request: Any, pk: int) -> HttpResponse:
    """Take it, hand it over, write down that it is done, open it again."""
    found = _task(request, pk)
    order, at, by = request.POST.get("do"), found.incident.now(), request.member
    try:
        if order == "take":
            acts.hand_over(found, by, at=at, by=by)
            messages.success(request, _("It is yours now."))
        elif order == "hand":
            to = queries.workers(found.incident).filter(pk=request.POST.get("to") or 0).first()
            if to is None:
                raise UserError(_("Nobody is chosen."), field="to", mend=_("Choose who takes it over."))
            acts.hand_over(found, to, at=at, by=by)
            messages.success(request, _("%(name)s has it now.") % {"name": to.name})
        elif order == "done":
            amount = _number(request.POST.get("measured", ""))
            unit = request.POST.get("unit", "")
            acts.finish(found, request.POST.get("result", ""), at=at, by=by, measured=amount, unit=unit)
            messages.success(request, _("Written down as done. It can be opened again on its page."))
        elif order == "reopen":
            acts.reopen(found, at=at, by=by)
            messages.success(request, _("The task is open again."))
    except UserError as refused:
        return _page(request, found, refused)
    return redirect("command:task", pk)


def _number(text: str) -> float | None:
    """What was typed as an amount: 4000, 4,000 or nothing."""
    text = text.replace(",", "").replace("，", "").strip()
    if not text:
        return None
    try:
        return float(text)
    except ValueError as error:
        raise UserError(_("This is no amount."), field="measured", mend=_("Write a number such as 4000.")) from error


def _task(request: Any, pk: int) -> Task:
    found = get_object_or_404(
        Task.objects.select_related("incident", "area", "owner", "door__stair__building", "team"), pk=pk
    )
    if not request.incident or found.incident_id != request.incident.pk:
        raise Http404
    mine = found.owner_id is not None and found.owner_id == getattr(request.member, "pk", None)
    if found.area_id is not None and not mine:
        request.rights.require("work_tasks", found.area_id)
    return found


def _page(request: Any, found: Task, error: UserError | None = None) -> HttpResponse:
    others = queries.workers(found.incident).exclude(pk=found.owner_id or 0).order_by("name")
    people: list[Member] = list(others)
    journal = queries.journal_of(found.incident).filter(subject_kind="task", subject_id=str(found.pk))
    context = {
        "task": found,
        "others": people,
        "error": error,
        "at": found.incident.now(),
        "journal": journal[:12],
        "typed": request.POST.get("result", ""),
        "amount": request.POST.get("measured", ""),
        "unit": unit_word(request.POST.get("unit", "") or found.unit),
    }
    return render(request, "command/task.html", context, status=422 if error else 200)
