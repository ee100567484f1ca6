"""What a household sees by its private code, without an account: covered until when, who comes next, whom to call."""

from __future__ import annotations

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from doorstep.command.letters import complaint_of
from doorstep.command.models import Area, AreaDoor, Incident
from doorstep.register.models import Door, Household
from doorstep.rounds.coming import next_visit
from doorstep.supplies.models import Coverage

GUESSING = {"username": "household code"}  # wrong codes of one address are counted like wrong passwords


@never_cache
@require_safe
def door(request: Any, code: str) -> HttpResponse:
    """The page of one household. A wrong code, an old one and too many wrong ones all answer the same 404."""
    if not AxesProxyHandler.is_allowed(request, GUESSING):
        raise Http404
    code = code.upper().replace("-", "")
    homes = Household.objects.filter(private_code=code, active=True)
    home = homes.select_related("door__stair__building__compound").first()
    if home is None:
        AxesProxyHandler.user_login_failed(sender=door, credentials=GUESSING, request=request)
        raise Http404
    area = _area(home.door)
    covers = Coverage.objects.filter(household=home)
    cover = (covers.filter(incident=area.incident) if area else covers).order_by("-covered_until").first()
    context: dict[str, Any] = {"home": home, "area": area, "covered_until": cover.covered_until if cover else None}
    if area is not None:
        at = area.incident.now()
        context |= {"incident": area.incident, "at": at, "office": complaint_of(area)}
        context["next"] = next_visit(area.incident, home.door, at)
    answer = render(request, "rounds/resident.html", context)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _area(door: Door) -> Area | None:
    """The area in force that binds a door, of the newest open incident."""
    lines = AreaDoor.objects.filter(
        door=door, area__state=Area.State.IN_FORCE, area__incident__state=Incident.State.OPEN
    ).select_related("area__incident", "area__supply_team__leader__organisation", "area__owner")
    line = lines.order_by("-area__incident__trigger_at", "-area_id").first()
    return line.area if line else None
