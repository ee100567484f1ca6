"""The parts of a plan's and a round's page that move while doors are done."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from doorstep.rounds import queries
from doorstep.rounds.models import Round, RoundPlan
from doorstep.rounds.progress import plan_progress, round_progress
from doorstep.wiring.access import needs


@needs("plan_rounds")
def plan_live(request: Any, pk: int) -> HttpResponse:
    """How a plan stands now; 204 where nothing moved since the page (`seen`) looked."""
    found = plan_of(request, pk)
    at = request.incident.now()
    live = plan_progress(found, at)
    if request.GET.get("seen") == live.stamp:
        return HttpResponse(status=204)
    rounds = {walk.pk: walk for walk in found.rounds.all()}
    pairs = [(rounds[walk.round_id], walk) for walk in live.rounds]
    return render(request, "rounds/_live_plan.html", {"plan": found, "live": live, "pairs": pairs, "moved": True})


@needs("plan_rounds")
def round_live(request: Any, pk: int) -> HttpResponse:
    """How a round stands now, door by door; 204 where nothing moved."""
    walk = round_of(request, pk)
    at = request.incident.now()
    live = round_progress(walk, at)
    if request.GET.get("seen") == live.stamp:
        return HttpResponse(status=204)
    context = {"plan": walk.plan, "round": walk, "live": live, "now": live.rounds[0], "moved": True}
    return render(request, "rounds/_live_round.html", context)


def plan_of(request: Any, pk: int) -> RoundPlan:
    """A plan in whose areas the member plans rounds."""
    found = get_object_or_404(queries.plans_in(request.incident, request.rights).select_related("incident"), pk=pk)
    for area in found.areas.all():
        request.rights.require("plan_rounds", area)
    return found


def round_of(request: Any, pk: int) -> Round:
    """A round of such a plan."""
    walk = get_object_or_404(Round.objects.select_related("plan__incident"), pk=pk)
    plan_of(request, walk.plan_id)
    return walk
