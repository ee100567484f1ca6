"""The coordinator's pages: ask for a plan, look at it, change it by hand, print it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.errors import UserError
from doorstep.rounds import changes, packing, papers, queries
from doorstep.rounds.actions import request_plan
from doorstep.rounds.demand import next_due
from doorstep.rounds.differences import open_conflicts
from doorstep.rounds.duties import protection_short
from doorstep.rounds.forms import PlanForm
from doorstep.rounds.jobs import queue
from doorstep.rounds.live_views import plan_of, round_of
from doorstep.rounds.models import Round, RoundPlan, Stop
from doorstep.rounds.progress import counts_by_plan, plan_progress, round_progress
from doorstep.rounds.running import running_in
from doorstep.supplies.duty import set_aside
from doorstep.wiring.access import needs
from doorstep.wiring.pages import download, is_part, page_of, table, table_asked, tried, zipped


@needs("plan_rounds")
def home(request: Any) -> HttpResponse:
    """The plans in force (as XLSX and CSV too) and the form for a new one."""
    if not request.incident:
        raise Http404
    if table_asked(request):
        plans = queries.plans_in(request.incident, request.rights)
        return table(request, "plans", queries.PLANS_HEADINGS, queries.plans_rows(plans))
    return _home(request, _form(request))


@needs("plan_rounds")
@require_POST
def new(request: Any) -> HttpResponse:
    """Ask for a plan; the page that follows shows its progress."""
    if not request.incident:
        raise Http404
    form = _form(request, request.POST)

    def ask() -> RoundPlan:
        starts, ends = form.window()
        areas = form.chosen_areas()
        for area in areas:
            request.rights.require("plan_rounds", area)
        at, lines, because = request.incident.now(), form.lines(), form.cleaned_data["because"]
        short = protection_short(request.incident, areas, lines, at)
        if short and not because.strip():
            raise UserError(short, field="because", mend=_("Order more, or say why it must be so."))
        made = request_plan(
            request.incident, areas, starts, ends, carriers=lines, at=at, by=request.member, ready=form.ready()
        )
        if short:
            set_aside(request.incident, f"plan:{made.pk}", reason=because, at=at, by=request.member)
        return made

    done, made = tried(form, ask)
    if not done:
        return _home(request, form, status=422)
    queue(made)
    return redirect("rounds:plan", made.pk)


@needs("plan_rounds")
def plan(request: Any, pk: int) -> HttpResponse:
    """One plan: its figures, its rounds, what no round reaches; as a page, XLSX, CSV or JSON."""
    found = plan_of(request, pk)
    page = queries.plan_page(found)
    if table_asked(request):
        return table(request, f"rounds-{pk}", queries.PLAN_HEADINGS, queries.plan_rows(page))
    if request.GET.get("format") == "json":
        request.rights.require("export")
        text = json.dumps(queries.plan_as_data(page), cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
        return download(text.encode(), "application/json", f"rounds-{pk}.json")
    at = request.incident.now()
    live = plan_progress(found, at)
    by_round = {walk.round_id: walk for walk in live.rounds}
    context = {
        "page": page,
        "plan": found,
        "at": at,
        "live": live,
        "progress": by_round,
        "pairs": [(view.round, by_round[view.round.pk]) for view in page.rounds],
        "may_export": request.rights.may("export"),
    }
    context["joinable"] = queries.areas_to_join(found, request.rights)
    if not page.doors and found.state == RoundPlan.State.READY:
        context["next_due"] = next_due(found.incident, list(found.areas.all()), found.ends_at)
    context["conflicts"] = open_conflicts(found.incident, request.rights)
    context["kits"] = packing.kits_of_plan(found, at)
    return render(request, "rounds/_plan.html" if is_part(request) else "rounds/plan.html", context)


@needs("plan_rounds")
@require_POST
def again(request: Any, pk: int) -> HttpResponse:
    """Plan anew what is still open; locked rounds stay."""
    found = plan_of(request, pk)
    made = changes.replan(found, at=request.incident.now(), by=request.member)
    queue(made)
    return redirect("rounds:plan", made.pk)


@needs("plan_rounds")
@require_POST
def withdraw(request: Any, pk: int) -> HttpResponse:
    """Take a plan back."""
    found = plan_of(request, pk)
    changes.withdraw_plan(found, at=request.incident.now(), by=request.member)
    messages.success(request, _("The plan is taken back; its doors are on no list again."))
    return redirect("rounds:home")


@needs("plan_rounds")
def one_round(request: Any, pk: int) -> HttpResponse:
    """One carrier's round, with its stops to be moved."""
    walk = round_of(request, pk)
    view = queries.rounds_of(walk.plan.incident, Round.objects.filter(pk=pk))[0]
    others = walk.plan.rounds.exclude(pk=pk).filter(out=False)
    at = request.incident.now()
    live = round_progress(walk, at)
    context = {"view": view, "round": walk, "plan": walk.plan, "others": others, "at": at}
    context |= {"live": live, "now": live.rounds[0]}
    return render(request, "rounds/round.html", context)


@needs("plan_rounds")
@require_POST
def take_out(request: Any, pk: int) -> HttpResponse:
    """A carrier falls out: the rest is planned anew."""
    walk = round_of(request, pk)
    made = changes.take_out_carrier(walk, at=request.incident.now(), by=request.member)
    queue(made)
    messages.success(request, _("%(name)s is out; the open doors are planned anew.") % {"name": walk.carrier_name})
    return redirect("rounds:plan", made.pk)


@needs("plan_rounds")
@require_POST
def lock(request: Any, pk: int) -> HttpResponse:
    """Keep a round as it is, or let it go."""
    walk = round_of(request, pk)
    changes.lock_round(walk, request.POST.get("locked") == "1", at=request.incident.now(), by=request.member)
    return redirect("rounds:plan", walk.plan_id)


@needs("plan_rounds")
@require_POST
def move(request: Any, pk: int) -> HttpResponse:
    """Give a door to another carrier."""
    stop = get_object_or_404(Stop.objects.select_related("round__plan__incident", "door__stair__building"), pk=pk)
    walk = round_of(request, stop.round_id)
    to = get_object_or_404(Round, pk=request.POST.get("round") or 0, plan=walk.plan)
    changes.move_stop(stop, to=to, at=request.incident.now(), by=request.member)
    messages.success(request, _("The door is with %(name)s now.") % {"name": to.carrier_name})
    return redirect("rounds:round", walk.pk)


@needs("plan_rounds")
def door_lists(request: Any, pk: int) -> HttpResponse:
    """The door lists as PDF: a part for each carrier."""
    page = queries.plan_page(plan_of(request, pk))
    return zipped(papers.door_lists(page), f"door-lists-{pk}")


@needs("plan_rounds")
def labels(request: Any, pk: int) -> HttpResponse:
    """The kit labels as PDF, in the order of loading."""
    page = queries.plan_page(plan_of(request, pk))
    return zipped(papers.labels(page), f"labels-{pk}")


def _form(request: Any, data: Any = None) -> PlanForm:
    incident = request.incident
    areas = queries.areas_to_plan(incident, request.rights)
    members = queries.possible_carriers(incident)
    usual = queries.usual_carriers(incident)
    first = {
        "areas": [str(area.pk) for area in areas],
        "starts": _quarter(incident.now()).astimezone(incident.tz).replace(tzinfo=None),
        "hours": 24,
        "carriers": [str(member.pk) for member in members if member.pk in usual],
    }
    return PlanForm(incident, areas, members, data, initial=first)


def _quarter(at: datetime) -> datetime:
    """The next quarter of an hour."""
    on = at.replace(second=0, microsecond=0)
    return on + timedelta(minutes=-on.minute % 15)


def _home(request: Any, form: PlanForm, status: int = 200) -> HttpResponse:
    plans = page_of(request, queries.plans_in(request.incident, request.rights), 10)
    counts = counts_by_plan([plan for plan in plans if plan.state == RoundPlan.State.READY], request.incident.now())
    context = {
        "running": running_in(request.incident, list(form.by_id.values()), request.incident.now()),
        "counts": counts,
        "conflicts": open_conflicts(request.incident, request.rights),
        "form": form,
        "plans": plans,
        "areas": form.by_id,
        "may_export": request.rights.may("export"),
    }
    return render(request, "rounds/home.html", context, status=status)
