"""Errands: planned, printed, in the courier's hands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages as flash
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from doorstep.command.models import Incident
from doorstep.desk.medicines import errand_planning, errand_queries, errands, papers, refills, rules, sources
from doorstep.desk.medicines.forms import PlanForm
from doorstep.desk.medicines.models import Errand, Refill, Source
from doorstep.desk.views import incident_of
from doorstep.errors import UserError
from doorstep.wiring.access import needs
from doorstep.wiring.pages import download, page_of, tried

WHY: dict[str, Any] = {
    "no_source": gettext_lazy("no source is known to have it"),
    "not_confirmed": gettext_lazy("a source has it, but nobody has confirmed lately that it is open"),
    "stock": gettext_lazy("not enough packs"),
    "time": gettext_lazy("not within these hours"),
    "couriers": gettext_lazy("too few couriers"),
}


@needs("see_requests")
def home(request: Any) -> HttpResponse:
    """What is to be had, who goes, and the errands that there are."""
    incident = incident_of(request)
    at = incident.now()
    wanted = errand_queries.to_plan(incident, request.rights, at)
    choices = [(str(one.refill.pk), str(one.shown.line)) for one in wanted]
    members = errand_queries.couriers(incident)
    form = PlanForm(choices, members, rules.defaults()["errand"]["hours"], request.POST or None)
    short: list[tuple[Refill, str]] = []
    if request.method == "POST":
        request.rights.require("work_requests")
        done, outcome = tried(form, lambda: _plan(request, incident, form, at))
        if done:
            made, found = outcome
            for one in found.short:
                flash.error(request, f"{one.refill.line}: {WHY.get(one.why, one.why)}")
            flash.success(
                request,
                _(
                    "%(errands)d errands for %(lines)d lines: %(hours).1f courier hours, %(saved)d %% less than each by itself."
                )
                % {
                    "errands": len(made),
                    "lines": sum(len(stop.refills) for route in found.routes for stop in route.stops),
                    "hours": found.courier_s / 3600,
                    "saved": max(0, round(100 * found.saved)),
                },
            )
            return redirect("desk:errand", made[0].pk) if len(made) == 1 else redirect("desk:errands")
    context = {
        "form": form,
        "wanted": wanted,
        "chosen": set(request.POST.getlist("refills")) if form.is_bound else {key for key, _name in choices},
        "going": set(request.POST.getlist("couriers")) if form.is_bound else set(),
        "members": members,
        "pages": page_of(request, errand_queries.errands_in(incident), 30),
        "short": short,
        "unsure": errand_planning.ground(incident, at, at + timedelta(hours=24), at).unsure,
        "may_work": request.rights.may("work_requests"),
        "at": at,
    }
    return render(request, "desk/errands.html", context, status=422 if form.errors else 200)


@needs("walk_rounds")
def mine(request: Any) -> HttpResponse:
    """The errands of whoever is signed in, those to come first."""
    incident = incident_of(request)
    rows = errand_queries.errands_in(incident).filter(courier=request.member)
    open_ones = [one for one in rows if one.state in (Errand.State.PLANNED, Errand.State.OUT)]
    return render(
        request, "desk/my_errands.html", {"open": open_ones, "done": [one for one in rows if one not in open_ones]}
    )


@needs("work_tasks")
def errand(request: Any, pk: int) -> HttpResponse:
    """One errand, for its courier and for the desk."""
    return _page(request, _found(request, pk))


@needs("work_tasks")
@require_POST
def do(request: Any, pk: int) -> HttpResponse:
    """What the courier (or the desk for them) says on the way."""
    found = _found(request, pk)
    act = ACTS.get(request.POST.get("do", ""))
    if act is None:
        raise Http404
    if act in (_cancel, _give):
        request.rights.require("work_requests")
    try:
        said = act(request, found, found.incident.now())
    except UserError as refused:
        return _page(request, _found(request, pk), refused)
    if said:
        flash.success(request, said)
    return redirect("desk:errand", pk)


@needs("work_tasks")
def sheet(request: Any, pk: int) -> HttpResponse:
    """The errand sheet, as PDF."""
    found = _found(request, pk)
    content = papers.sheet(found, errand_queries.stops_of(found, found.incident.now()), found.incident.now())
    return download(content, "application/pdf", f"errand-{found.number}.pdf")


def _found(request: Any, pk: int) -> Errand:
    """An errand that this member may see: its courier's own, or the desk's. Names and phones on it are for this errand only."""
    incident = incident_of(request)
    found: Errand = get_object_or_404(errand_queries.errands_in(incident), pk=pk)
    mine = request.member is not None and found.courier_id == request.member.pk
    if not mine:
        request.rights.require("work_requests")
        scope = request.rights.areas("work_requests")
        doors = Refill.objects.filter(stop__errand=found)
        if scope is not None and doors.exclude(line__person__household__door__area_doors__area__in=scope).exists():
            raise Http404
    return found


def _page(request: Any, found: Errand, error: UserError | None = None) -> HttpResponse:
    at = found.incident.now()
    stops = errand_queries.stops_of(found, at)
    doors: dict[str, list[Any]] = {}
    for stop in stops:
        for line in stop.lines:
            if line.refill.state in (Refill.State.COLLECTED, Refill.State.IN_HAND):
                doors.setdefault(f"{line.door} {line.who}", []).append(line)
    context = {
        "errand": found,
        "stops": stops,
        "doors": doors.items(),
        "most": rules.cold_minutes(found.incident),
        "error": error,
        "bad": request.POST.get("refill", "") if error else "",
        "typed": request.POST,
        "next": request.session.pop("next_source", None),
        "members": errand_queries.couriers(found.incident),
        "works": request.rights.may("work_requests"),
        "at": at,
    }
    return render(request, "desk/errand.html", context, status=422 if error else 200)


def _plan(
    request: Any, incident: Incident, form: PlanForm, at: datetime
) -> tuple[list[Errand], errand_planning.Outcome]:
    given = form.cleaned_data
    start = at + timedelta(minutes=given["in_minutes"])
    rows = Refill.objects.filter(pk__in=given["refills"], line__incident=incident, state=Refill.State.WANTED)
    outcome = errand_planning.plan(
        incident,
        list(rows.select_related("line__incident", "line__person__household").order_by("pk")),
        [form.members[key] for key in given["couriers"]],
        start=start,
        end=start + timedelta(hours=given["hours"]),
        at=at,
        cool_box=given["cool_box"],
    )
    if not outcome.routes:
        why = "; ".join(f"{one.refill.line}: {WHY.get(one.why, one.why)}" for one in outcome.short[:6])
        raise UserError(
            _("Nothing can be fetched: %(why)s.") % {"why": why},
            field="refills",
            mend=_("Ring the sources, confirm that they are open and what they have, then plan again."),
        )
    return errands.make(incident, outcome, at=at, by=request.member, client_id=form.act), outcome


def _refill(request: Any, found: Errand) -> Refill:
    rows = Refill.objects.select_related("line__incident", "line__person", "request", "stop__errand", "stop__source")
    refill: Refill = get_object_or_404(rows, pk=_number(request, "refill"), stop__errand=found)
    return refill


def _leave(request: Any, found: Errand, at: datetime) -> str:
    errands.leave(found, at=at, by=request.member)
    return ""


def _arrive(request: Any, found: Errand, at: datetime) -> str:
    stop = get_object_or_404(
        found.stops.select_related("source__incident", "errand__incident"), pk=_number(request, "stop")
    )
    errands.arrive(stop, at=at, by=request.member)
    return ""


def _closed(request: Any, found: Errand, at: datetime) -> str:
    stop = get_object_or_404(
        found.stops.select_related("source__incident", "errand__incident"), pk=_number(request, "stop")
    )
    for refill in stop.refills.filter(state=Refill.State.PLANNED).select_related("line", "request"):
        errands.not_had(refill, _("closed"), at=at, by=request.member)
    sources.say_doors(stop.source, Source.Doors.CLOSED, at=at, by=request.member)
    return _("Written down: it is closed. Its lines go to the next source that has them, or wait.")


def _collect(request: Any, found: Errand, at: datetime) -> str:
    posted = request.POST
    refill = errands.collect(
        _refill(request, found),
        box=posted.get("box", "")[:240],
        packs=_number(request, "packs") or None,
        cooled=bool(posted.get("cooled")),
        resident_agrees=bool(posted.get("agrees")),
        clinician=posted.get("clinician", "")[:80],
        at=at,
        by=request.member,
    )
    return _("Collected: %(line)s.") % {"line": refill.line}


def _not_had(request: Any, found: Errand, at: datetime) -> str:
    refill = _refill(request, found)
    further = errands.not_had(refill, request.POST.get("note", "")[:240], at=at, by=request.member)
    if further is None:
        return _("The try is kept. No other source is known to have it: it waits at the desk.")
    refill.refresh_from_db()
    if refill.stop_id is None:
        request.session["next_source"] = {
            "refill": refill.pk,
            "line": str(refill.line),
            "source": further.pk,
            "name": str(further),
        }
        return ""
    return _("The try is kept. It is on the sheet of the next stop: %(name)s.") % {"name": further}


def _go_too(request: Any, found: Errand, at: datetime) -> str:
    rows = Refill.objects.filter(line__incident=found.incident, state=Refill.State.WANTED).select_related(
        "line", "request"
    )
    refill = get_object_or_404(rows, pk=_number(request, "refill"))
    source = get_object_or_404(Source, incident=found.incident, active=True, pk=_number(request, "source"))
    errands.go_there_too(refill, found, source, at=at, by=request.member)
    return _("One more stop.")


def _undo(request: Any, found: Errand, at: datetime) -> str:
    errands.not_collected(_refill(request, found), at=at, by=request.member)
    return ""


def _cool(request: Any, found: Errand, at: datetime) -> str:
    errands.cool(_refill(request, found), at=at, by=request.member)
    return ""


def _warm(request: Any, found: Errand, at: datetime) -> str:
    errands.cool(_refill(request, found), warm=True, at=at, by=request.member)
    return ""


def _hand(request: Any, found: Errand, at: datetime) -> str:
    refill = refills.hand_over(_refill(request, found), at=at, by=request.member)
    return _("In the hand: %(line)s.") % {"line": refill.line}


def _unhand(request: Any, found: Errand, at: datetime) -> str:
    refills.not_handed(_refill(request, found), at=at, by=request.member)
    return ""


def _back(request: Any, found: Errand, at: datetime) -> str:
    errands.come_back(found, at=at, by=request.member)
    return _("Back. What was not had is open again.")


def _again(request: Any, found: Errand, at: datetime) -> str:
    errands.out_again(found, at=at, by=request.member)
    return ""


def _cancel(request: Any, found: Errand, at: datetime) -> str:
    errands.cancel(found, at=at, by=request.member)
    return _("Nobody goes. Its lines are open again.")


def _give(request: Any, found: Errand, at: datetime) -> str:
    to = next((one for one in errand_queries.couriers(found.incident) if one.pk == _number(request, "to")), None)
    if to is None:
        raise UserError(_("Nobody is chosen."), field="to", mend=_("Choose who goes."))
    errands.give_to(found, to, at=at, by=request.member)
    return ""


def _number(request: Any, name: str) -> int:
    value = request.POST.get(name, "")
    return int(value[:18]) if value.isascii() and value.isdigit() else 0


ACTS: dict[str, Callable[[Any, Errand, datetime], str]] = {
    "leave": _leave,
    "arrive": _arrive,
    "closed": _closed,
    "collect": _collect,
    "not_had": _not_had,
    "go_too": _go_too,
    "undo": _undo,
    "cool": _cool,
    "warm": _warm,
    "hand": _hand,
    "unhand": _unhand,
    "back": _back,
    "again": _again,
    "cancel": _cancel,
    "give": _give,
}
