"""Call-outs: the list, a new one, one with its answers; and the page of the one who is called, without an account."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from doorstep.command.calling import acts
from doorstep.command.calling.forms import AnswerForm, CallOutForm
from doorstep.command.calling.offices import heads_of, members_of
from doorstep.command.calling.tokens import call_of
from doorstep.command.models import Call, CallOut, Incident, Member
from doorstep.command.posts.figures import call_row
from doorstep.command.posts.queries import callouts_of
from doorstep.errors import UserError
from doorstep.wiring.access import needs
from doorstep.wiring.pages import page_of, table, table_asked, tried

HEADINGS = ("call", "who", "asked", "answer", "there", "minutes from call to arrival")


@needs("see_log")
def home(request: Any) -> HttpResponse:
    """Every call-out with its answers; as a file, every call."""
    incident = _incident(request)
    if table_asked(request):
        calls = Call.objects.filter(callout__incident=incident).select_related("callout").order_by("callout", "order")
        return table(request, "calls", HEADINGS, [call_row(call, incident) for call in calls])
    context = {"callouts": page_of(request, callouts_of(incident), 20), "at": incident.now()}
    return render(request, "command/room/calls.html", context)


@needs("see_log")
def new(request: Any) -> HttpResponse:
    """Call people out."""
    incident = _incident(request)
    request.rights.require_everywhere("activate")
    form = CallOutForm(incident, request.POST or None)
    if request.method == "POST":
        done, made = tried(form, lambda: _call(request, incident, form))
        if done:
            messages.success(request, _("The call is out."))
            return redirect("command:callout", made.pk)
    return render(
        request, "command/room/call_new.html", {"form": form}, status=422 if request.method == "POST" else 200
    )


def _call(request: Any, incident: Incident, form: CallOutForm) -> CallOut:
    given = form.cleaned_data
    wanted: list[acts.Wanted] = []
    if given["team"]:
        wanted += members_of(given["team"])
    if given["organisation"]:
        wanted += heads_of(given["organisation"])
    wanted += [acts.Wanted(one.name, one.phone, one) for one in given["members"]]
    once = list({one.member.pk if one.member else one.name: one for one in wanted}.values())
    return acts.call_out(
        incident,
        given["title"],
        once,
        key=f"{incident.pk}:{given['asking']}",
        at=incident.now(),
        by=request.member or None,
        way=given["way"],
        text=given["text"],
        place=given["place"],
        team=given["team"],
        organisation=given["organisation"],
    )


@needs("see_log")
def one(request: Any, pk: int) -> HttpResponse:
    """One call-out. Whoever leads writes down what was said on the phone, and who is there."""
    incident = _incident(request)
    found = get_object_or_404(callouts_of(incident), pk=pk)
    error = None
    if request.method == "POST":
        if not _mine(request, found):
            request.rights.require_everywhere("activate")
        try:
            _do(request, found, incident.now())
            return redirect("command:callout", pk)
        except UserError as refused:
            error = refused
    context = {"callout": found, "at": incident.now(), "error": error}
    return render(request, "command/room/call.html", context, status=422 if error else 200)


def _do(request: Any, found: CallOut, at: datetime) -> None:
    do = request.POST.get("do", "")
    if do == "off":
        acts.call_off(found, at=at, by=request.member)
        messages.success(request, _("Called off. Who was asked is told."))
        return
    call = get_object_or_404(Call, pk=request.POST.get("call") or 0, callout=found)
    if do == "there":
        acts.arrive(call, at=at, by=request.member)
        messages.success(request, _("%(name)s is there.") % {"name": call.name})
        return
    form = AnswerForm({**request.POST.dict(), "answer": do})
    if not form.is_valid():
        raise UserError(_("Give whole minutes."), field="minutes", mend=_("Such as 30."))
    acts.answer(
        call, do, at=at, via=Call.Via.PHONE, by=request.member, eta_at=_eta(form, at), note=form.cleaned_data["note"]
    )
    messages.success(request, _("Written down."))


def _mine(request: Any, found: CallOut) -> bool:
    """Whether only the member's own call is meant."""
    member = getattr(request.member, "pk", None)
    mine = [call.pk for call in found.calls.all() if call.member_id == member]
    return request.POST.get("do") != "off" and request.POST.get("call", "") in map(str, mine)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: Any, token: str) -> HttpResponse:
    """The page behind the link: coming, there by when, or cannot. The link is the key; it opens this one call only."""
    call = call_of(token)
    if call is None:
        return render(request, "command/room/answer_unknown.html", status=404)
    at = call.callout.incident.now()
    form = AnswerForm(request.POST or None)
    done = False
    if request.method == "POST":
        if request.POST.get("answer") == "there":
            acts.arrive(call, at=at, by=call.member)
            done = True
        else:
            done, _made = tried(form, lambda: _answer(request, call, form, at))
        if done:
            return redirect("command:call_answer", token)
    context = {"call": call, "callout": call.callout, "form": form, "at": at, "of": call.callout.incident}
    answer = render(request, "command/room/answer.html", context, status=422 if request.method == "POST" else 200)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _answer(request: Any, call: Call, form: AnswerForm, at: datetime) -> Call:
    member: Member | None = request.member or None
    via = Call.Via.PAGE if member is not None and member.pk == call.member_id else Call.Via.LINK
    given = form.cleaned_data
    return acts.answer(call, given["answer"], at=at, via=via, by=call.member, eta_at=_eta(form, at), note=given["note"])


def _eta(form: AnswerForm, at: datetime) -> datetime | None:
    minutes = form.cleaned_data["minutes"]
    return None if minutes is None else at + timedelta(minutes=minutes)


def _incident(request: Any) -> Incident:
    if not request.incident:
        raise Http404
    incident: Incident = request.incident
    return incident
