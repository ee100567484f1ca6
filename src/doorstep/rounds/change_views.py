"""Changes of a plan that is being walked: goods that are short, areas that join, a carrier who comes back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.command.models import Area
from doorstep.errors import UserError
from doorstep.rounds import changes
from doorstep.rounds.jobs import queue
from doorstep.rounds.live_views import plan_of
from doorstep.wiring.access import needs


@needs("plan_rounds")
@require_POST
def short(request: Any, pk: int) -> HttpResponse:
    """Of one kind there are only so many: who comes first keeps it."""
    found = plan_of(request, pk)
    count = request.POST.get("count", "").strip()
    if not (count.isascii() and count.isdigit() and len(count) < 6):
        raise UserError(_("That is no number."), field="count", mend=_("Say how many are left, such as 12."))
    made = changes.short_of(
        found, request.POST.get("kind", ""), int(count), at=request.incident.now(), by=request.member
    )
    queue(made)
    messages.success(request, _("Planned anew with what there is; the doors that get none are named below."))
    return redirect("rounds:plan", made.pk)


@needs("plan_rounds")
@require_POST
def join(request: Any, pk: int) -> HttpResponse:
    """Areas sealed meanwhile join this plan."""
    found = plan_of(request, pk)
    keys = [key for key in request.POST.getlist("areas") if key.isascii() and key.isdigit()]
    areas = list(Area.objects.filter(incident=found.incident, pk__in=keys))
    for area in areas:
        request.rights.require("plan_rounds", area)
    made = changes.join_areas(found, areas, at=request.incident.now(), by=request.member)
    queue(made)
    messages.success(request, _("The new doors are put among the others."))
    return redirect("rounds:plan", made.pk)


@needs("plan_rounds")
@require_POST
def back(request: Any, pk: int) -> HttpResponse:
    """A carrier who was taken out comes back to the doors that nobody has visited."""
    found = plan_of(request, pk)
    name = request.POST.get("name", "")
    made = changes.bring_back(found, name, at=request.incident.now(), by=request.member)
    queue(made)
    messages.success(request, _("%(name)s is back; the doors go to whom they were with before.") % {"name": name})
    return redirect("rounds:plan", made.pk)
