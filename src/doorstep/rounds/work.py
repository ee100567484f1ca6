"""The carrier's phone: the next door, the knock, the big undo."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.command.models import Task
from doorstep.errors import UserError
from doorstep.register.models import Door
from doorstep.rounds import queries
from doorstep.rounds.models import Round, Stop, Visit
from doorstep.rounds.visits import SPOKEN, VisitReport, record_visit, undo_visit
from doorstep.rounds.welfare import MOST_PERSONS, PERSONS, all_well, fitting
from doorstep.supplies import kit_ways
from doorstep.wiring.access import needs


@needs("walk_rounds")
def my_work(request: Any, pk: int | None = None) -> HttpResponse:
    """My round with the next door, or (with a key) the round that a coordinator walks for somebody."""
    if not request.incident:
        raise Http404
    walk = _round(request, pk) if pk else None
    at = request.incident.now()
    page = queries.work_of(request.incident, request.member, at, walk)
    knock = None
    if page.current and (stop := page.current.next):
        knock = queries.knock_page(request.incident, stop.stop.door, stop.stop, request.rights)
    done = Visit.objects.filter(pk=request.GET.get("done") or 0, undone_at=None).first() if _number(request) else None
    context = {"page": page, "knock": knock, "at": at, "client_id": uuid4(), "done": done, "walk": walk}
    return render(request, "rounds/work.html", context)


@needs("walk_rounds")
def knock(request: Any, pk: int) -> HttpResponse:
    """One door of a round: the outcome first, then (where somebody spoke) the welfare questions."""
    stop = get_object_or_404(Stop.objects.select_related("round__plan", "door__stair__building__compound"), pk=pk)
    _round(request, stop.round_id)
    return _knock(request, stop.door, stop, reverse("rounds:knock", args=[pk]))


@needs("walk_rounds")
def knock_again(request: Any, pk: int) -> HttpResponse:
    """A door at which nobody answered, knocked at again."""
    task = get_object_or_404(
        Task.objects.select_related("door__stair__building__compound"),
        pk=pk,
        incident=request.incident,
        kind="follow_up",
        door__isnull=False,
    )
    request.rights.require("walk_rounds", task.area_id)
    assert task.door is not None
    last = Visit.objects.filter(door=task.door, incident=request.incident, undone_at=None).order_by("-occurred_at")
    stop = next((visit.stop for visit in last.select_related("stop") if visit.stop), None)
    return _knock(request, task.door, stop, reverse("rounds:knock_again", args=[pk]))


def _knock(request: Any, door: Door, stop: Stop | None, here: str) -> HttpResponse:
    page = queries.knock_page(request.incident, door, stop, request.rights)
    if request.method != "POST":
        return render(request, "rounds/knock.html", {"knock": page, "client_id": uuid4(), "here": here})
    outcome = request.POST.get("outcome", "")
    if outcome not in Visit.Outcome.values:
        raise UserError(_("No outcome was chosen."), field="outcome", mend=_("Say what happened at the door."))
    try:
        handed = _handed(request, door)
    except UserError as error:
        context = {"knock": page, "client_id": _client_id(request), "here": here, "wrong": error}
        return render(request, "rounds/knock.html", context, status=422)
    if outcome in SPOKEN and page.questions and "asked" not in request.POST:
        context = {"knock": page, "client_id": _client_id(request), "here": here, "outcome": outcome, "handed": handed}
        return render(request, "rounds/ask.html", context)
    report = VisitReport(
        _client_id(request),
        door.pk,
        outcome,
        request.incident.now(),
        handed=tuple(handed) if outcome in SPOKEN else (),
        welfare=_answers(request, page),
        note=request.POST.get("note", "").strip()[:1000],
        stop_id=stop.pk if stop else None,
    )
    visit = record_visit(request.incident, report, by=request.member, at=request.incident.now())
    return _back(request, visit)


@needs("walk_rounds")
@require_POST
def undo(request: Any, pk: int) -> HttpResponse:
    """Take the last knock back: one's own, or (with the right to plan) anybody's."""
    visit = get_object_or_404(Visit.objects.select_related("incident", "door"), pk=pk, incident=request.incident)
    if visit.member_id != getattr(request.member, "pk", None):
        request.rights.require("plan_rounds")
    undo_visit(visit, by=request.member, at=request.incident.now())
    return _back(request, visit, undone=True)


def _handed(request: Any, door: Door) -> list[str]:
    """What is ticked, and the kit whose label was scanned. Raises UserError for a kit that is not for this door."""
    ticked = request.POST.getlist("handed")
    if not (text := request.POST.get("kit_code", "").strip()):
        return ticked
    kit = kit_ways.suits_door(request.incident, door, text, request.incident.now())
    return list(dict.fromkeys([*ticked, f"kit:{kit.order.design.kind}", f"{kit_ways.CODE}:{kit.code}"]))


def _round(request: Any, pk: int) -> Round:
    walk = get_object_or_404(
        Round.objects.select_related("plan__incident"), pk=pk, plan__incident_id=getattr(request.incident, "pk", None)
    )
    if walk.carrier_id is None or walk.carrier_id != getattr(request.member, "pk", None):
        for area in walk.plan.areas.all():
            request.rights.require("plan_rounds", area)
    return walk


def _answers(request: Any, page: queries.KnockPage) -> dict[str, str]:
    """The answers given; "all well" stands for the first of each question that is not serious."""
    counted = request.POST.get(PERSONS, "").strip()
    said = {PERSONS: counted} if counted.isdecimal() and int(counted) <= MOST_PERSONS else {}
    given = {question.code: "+".join(request.POST.getlist(f"q-{question.code}")) for question in page.questions}
    answered = {code: answer for code, answer in given.items() if answer}
    well = all_well(request.incident) if "well" in request.POST else {}
    return fitting(request.incident, {**answered, **well}) | said


def _client_id(request: Any) -> UUID:
    try:
        return UUID(request.POST.get("client_id", ""))
    except ValueError as error:
        raise UserError(
            _("This page is incomplete."), field="client_id", mend=_("Go back and open the door again.")
        ) from error


def _back(request: Any, visit: Visit, undone: bool = False) -> HttpResponse:
    query = {} if undone else {"done": visit.pk}
    own = visit.stop is None or visit.stop.round.carrier_id == getattr(request.member, "pk", None)
    target = reverse("rounds:my_work") if own else reverse("rounds:walk", args=[visit.stop.round_id])  # type: ignore[union-attr]
    return redirect(f"{target}?{urlencode(query)}" if query else target)


def _number(request: Any) -> bool:
    return request.GET.get("done", "").isdigit()
