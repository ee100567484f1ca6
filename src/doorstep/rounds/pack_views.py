"""The page that orders the kits of a plan at the packing table."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorstep.rounds import packing as kits
from doorstep.rounds.live_views import plan_of
from doorstep.supplies import stock
from doorstep.supplies.pack_forms import PlacesForm
from doorstep.supplies.rules import defaults
from doorstep.wiring.access import needs
from doorstep.wiring.pages import tried


@needs("plan_rounds")
def packing(request: Any, pk: int) -> HttpResponse:
    """Where the kits of a plan are packed and wait; then they are ordered, round by round."""
    plan = plan_of(request, pk)
    for area in plan.areas.all():
        request.rights.require("manage_supplies", area)
    places, at = list(stock.places_of(plan.incident)), plan.incident.now()
    form = PlacesForm(places, request.POST or None)
    if request.method == "POST":
        done, made = tried(
            form, lambda: kits.order_plan(plan, form.chosen_store(), form.chosen_staging(), at=at, by=request.member)
        )
        if done:
            text = ngettext("%(n)d kit is ordered.", "%(n)d kits are ordered.", made.kits)
            messages.success(request, text % {"n": made.kits})
            if made.without:
                names = " · ".join(f"{words} ({count})" for words, count in made.without.most_common(6))
                said = _("No design in use is for these households: %(names)s. Design their kit and put it to use.")
                messages.error(request, said % {"names": names})
            return redirect("supplies:packing" if made.kits else "supplies:kits")
    context = {
        "plan": plan,
        "form": form,
        "places": places,
        "to_order": kits.kits_of_plan(plan, at).to_order,
        "minutes": defaults()["packing"]["before_minutes"],
    }
    return render(request, "rounds/packing.html", context, status=422 if form.errors else 200)
