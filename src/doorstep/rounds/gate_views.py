"""The gate's pages: what goes out with each trip, what comes back, all carriers of a plan in one table."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.errors import UserError
from doorstep.rounds import gatework
from doorstep.rounds.models import Round, RoundPlan
from doorstep.wiring.access import needs
from doorstep.wiring.pages import table, table_asked


@needs("count_goods")
def home(request: Any) -> HttpResponse:
    """The rounds that leave from the gate and come back to it."""
    if not request.incident:
        raise Http404
    goods = gatework.goods_of(request.incident, gatework.rounds_at_gate(request.incident, request.rights))
    return render(request, "rounds/gate_home.html", {"goods": goods, "at": request.incident.now()})


@needs("count_goods")
def gate(request: Any, pk: int) -> HttpResponse:
    """One round: load list by trip, counts, differences."""
    return _gate(request, _round(request, pk))


@needs("count_goods")
@require_POST
def count(request: Any, pk: int) -> HttpResponse:
    """Count a trip out or back. What was typed stays on the page where it cannot be."""
    walk = _round(request, pk)
    try:
        trip, way = int(request.POST.get("trip", "")), request.POST.get("way")
        counts, notes = _counts(request)
    except ValueError:
        error = UserError(
            _("A number is missing."), field="counts", mend=_("Give a whole number for each kind; 0 for none.")
        )
        return _gate(request, walk, error=error, status=422)
    at = request.incident.now()
    try:
        if way == "out":
            gatework.count_out(walk, trip, counts, by=request.member, at=at)
        else:
            gatework.count_back(walk, trip, counts, notes, by=request.member, at=at)
    except UserError as error:
        return _gate(request, walk, error=error, status=422)
    text = _("Trip %(n)d is counted out.") if way == "out" else _("Trip %(n)d is counted back.")
    messages.success(request, text % {"n": trip})
    return redirect("rounds:gate", walk.pk)


@needs("count_goods")
def plan_goods(request: Any, pk: int) -> HttpResponse:
    """All carriers of a plan: planned, out, handed over, back, difference; as XLSX and CSV too."""
    plans = RoundPlan.objects.filter(incident_id=_incident(request)).select_related("incident")
    plan = get_object_or_404(plans, pk=pk)
    _require(request, plan)
    goods = gatework.goods_of(plan.incident, list(plan.rounds.filter(out=False).order_by("number")))
    if table_asked(request):
        return table(request, f"gate-{pk}", gatework.SUMMARY_HEADINGS, gatework.summary_rows(goods))
    context = {
        "plan": plan,
        "goods": goods,
        "totals": gatework.totals(goods),
        "may_export": request.rights.may("export"),
    }
    return render(request, "rounds/gate_plan.html", context)


def _gate(request: Any, walk: Round, *, error: UserError | None = None, status: int = 200) -> HttpResponse:
    (goods,) = gatework.goods_of(walk.plan.incident, [walk])
    context: dict[str, Any] = {"round": walk, "plan": walk.plan, "goods": goods, "at": request.incident.now()}
    if error is not None:
        given = {key: value for key, value in request.POST.items() if key.startswith(("n-", "why-"))}
        context |= {
            "error": error,
            "given": given,
            "trip": request.POST.get("trip", ""),
            "way": request.POST.get("way"),
        }
    return render(request, "rounds/gate.html", context, status=status)


def _counts(request: Any) -> tuple[dict[str, int], dict[str, str]]:
    given = {key.removeprefix("n-"): value for key, value in request.POST.items() if key.startswith("n-")}
    notes = {key.removeprefix("why-"): value for key, value in request.POST.items() if key.startswith("why-")}
    return {kind: int(value) for kind, value in given.items()}, notes


def _round(request: Any, pk: int) -> Round:
    rounds = Round.objects.filter(plan__incident_id=_incident(request))
    walk = get_object_or_404(rounds.select_related("plan__incident"), pk=pk)
    _require(request, walk.plan)
    return walk


def _incident(request: Any) -> int:
    return request.incident.pk if request.incident else 0


def _require(request: Any, plan: RoundPlan) -> None:
    """Who counts in one area of a plan counts its trolleys: they are loaded together."""
    areas = list(plan.areas.all())
    if not any(request.rights.may("count_goods", area) for area in areas):
        request.rights.require("count_goods", areas[0] if areas else None)
