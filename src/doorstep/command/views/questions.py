"""Questions and rumours: the list with its ages, a new one, one with everything that may be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.command.forms.notices import AnswerForm, OwnerForm, QuestionForm
from doorstep.command.models import JournalEntry, Question
from doorstep.command.questions import actions, queries
from doorstep.errors import UserError
from doorstep.wiring.access import needs
from doorstep.wiring.pages import page_of, table, table_asked, tell, tried


@needs("publish")
def home(request: Any) -> HttpResponse:
    """Open ones first, those due soonest on top; a form for a new one below."""
    return _home(request, QuestionForm(_incident(request), request.rights))


def _home(request: Any, form: QuestionForm) -> HttpResponse:
    incident = _incident(request)
    at, show = incident.now(), request.GET.get("show", "")
    show = show if show in queries.SHOWS else "open"
    mine = queries.questions_of(incident, request.rights)
    found = queries.narrowed(mine, show, at).select_related("owner", "area", "same_as")
    if table_asked(request):
        headings = [_(heading) for heading in queries.QUESTION_HEADINGS]
        return table(request, f"questions-{show}", headings, queries.question_rows(found, incident))
    page, counts = page_of(request, found), queries.counts_of(mine, at)
    titles = {
        "open": _("open"),
        "late": _("past their time"),
        "unowned": _("nobody answers yet"),
        "rumours": _("rumours"),
        "answered": _("answered"),
        "all": _("all"),
    }
    context = {
        "page": page,
        "lines": queries.lines_of(page, at),
        "show": show,
        "tabs": [(code, titles[code], counts[code]) for code in queries.SHOWS],
        "form": form,
    }
    return render(request, "command/questions/home.html", context, status=422 if form.errors else 200)


@needs("publish")
@require_POST
def new(request: Any) -> HttpResponse:
    """Take down what was asked or heard."""
    incident = _incident(request)
    form = QuestionForm(incident, request.rights, request.POST)

    def act() -> Question:
        given = form.cleaned_data
        if given["area"]:
            request.rights.require("publish", given["area"])
        told = {name: given[name] for name in ("kind", "text", "source", "heard_where", "area", "client_id")}
        return actions.take_down(incident, actions.Asked(**told), at=incident.now(), by=request.member or None)

    done, made = tried(form, act)
    if not done:
        return _home(request, form)
    messages.success(request, _("It is number %(n)s and stays open until it is answered.") % {"n": made.number})
    return redirect("command:question", made.pk)


@needs("publish")
def question(request: Any, pk: int) -> HttpResponse:
    """One question: what is asked, who answers, the answer, what was done with it."""
    found = _found(request, pk)
    return _one(request, found, AnswerForm(found))


def _one(request: Any, found: Question, form: AnswerForm, problem: forms.Form | None = None) -> HttpResponse:
    at = found.incident.now()
    (line,) = queries.lines_of([found], at)
    entries = JournalEntry.objects.filter(subject_kind="question", subject_id=str(found.pk)).order_by("sequence")
    context = {
        "question": found,
        "line": line,
        "at": at,
        "form": form,
        "owner": OwnerForm(found.incident, owner=found.owner),
        "problem": problem,
        "repeats": found.repeats.order_by("number"),
        "journal": entries,
    }
    bad = form.errors or (problem is not None and problem.errors)
    return render(request, "command/questions/question.html", context, status=422 if bad else 200)


@needs("publish")
@require_POST
def answer(request: Any, pk: int) -> HttpResponse:
    """Answer it; publish the answer where that is wanted."""
    found = _found(request, pk)
    form = AnswerForm(found, request.POST)
    facts: dict[str, Any] = {"at": found.incident.now(), "by": request.member or None}
    done, made = tried(
        form,
        lambda: actions.answer(
            found, form.both("asked"), form.both("answer"), publish=form.cleaned_data["publish"], **facts
        ),
    )
    if not done:
        return _one(request, found, form)
    messages.success(
        request,
        _("Answered, and on the public page.") if made.published_at else _("Answered. It is not on the public page."),
    )
    return redirect("command:question", pk)


@needs("publish")
@require_POST
def do(request: Any, pk: int, act: str) -> HttpResponse:
    """Name who answers, put it together with another, close it without an answer, open it again."""
    found = _found(request, pk)
    facts: dict[str, Any] = {"at": found.incident.now(), "by": request.member or None}
    form = _DoForm(request.POST)
    owner = OwnerForm(found.incident, request.POST)
    acts: dict[str, Callable[[], Any]] = {
        "own": lambda: actions.own(found, owner.cleaned_data["owner"] if owner.is_valid() else found.owner, **facts),
        "take": lambda: actions.own(found, request.member or None, **facts),
        "merge": lambda: actions.merge(found, form.cleaned_data["into"] or 0, **facts),
        "close": lambda: actions.close(found, form.cleaned_data["reason"], **facts),
        "reopen": lambda: actions.reopen(found, **facts),
    }
    if act not in acts:
        raise Http404
    if form.is_valid():
        try:
            acts[act]()
        except UserError as error:
            tell(form, error)
    if form.errors:
        return _one(request, found, AnswerForm(found), form)
    messages.success(request, _("Done."))
    return redirect("command:question", pk)


class _DoForm(forms.Form):
    into = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    reason = forms.CharField(required=False, max_length=240)


def _incident(request: Any) -> Any:
    if not request.incident:
        raise Http404
    return request.incident


def _found(request: Any, pk: int) -> Question:
    mine = queries.questions_of(_incident(request), request.rights)
    return get_object_or_404(mine.select_related("incident", "area", "owner", "same_as", "answered_by"), pk=pk)
