"""The door of the page: a code, tried from somewhere. Wrong ones are counted; nobody learns whether a code exists."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum
from django.http import HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from doorstep.command.models import Area, AreaDoor, Incident
from doorstep.command.queries import bound_area_of
from doorstep.register.models import Household
from doorstep.resident.models import Responder
from doorstep.resident.rules import defaults
from doorstep.wiring.homes import AtHome

GUESSING = {"username": "household code"}  # wrong codes of one address are counted like wrong passwords
DEVICE = "home"
LONGEST = 12


def plain(code: str) -> str:
    """A code as it is kept: typed small, with spaces or dashes, it is the same."""
    return "".join(character for character in code.upper() if character.isalnum())[: LONGEST + 1]


def open_door(request: Any, code: str) -> Household | None:
    """The household of a code. None for a wrong one, an old one, and for any after too many wrong ones.

    A device that has opened this very page before is not shut out by what others try from its address.
    """
    code = plain(code)
    known = constant_time_compare(request.COOKIES.get(DEVICE, ""), _mark(code))
    if not known and not (AxesProxyHandler.is_allowed(request, GUESSING) and _few_wrong()):
        return None
    homes = Household.objects.filter(private_code=code, active=True) if code else Household.objects.none()
    home = homes.select_related("door__stair__building__compound").first()
    if home is None:
        AxesProxyHandler.user_login_failed(sender=open_door, credentials=GUESSING, request=request)
    return home


def remember(request: Any, answer: HttpResponse, home: Household) -> None:
    """This device has opened this page: kept with the device as a mark that says nothing to others."""
    answer.set_cookie(
        DEVICE,
        _mark(home.private_code),
        max_age=int(timedelta(days=defaults()["device_days"]).total_seconds()),
        path="/door/",
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def at_home(home: Household) -> AtHome | None:
    """The household in its incident: the newest open one that binds its door, else one that did. None where none does."""
    lines = AreaDoor.objects.filter(door=home.door, area__incident__state=Incident.State.OPEN)
    lines = lines.exclude(area__state=Area.State.PROPOSED).select_related("area__incident")
    found = sorted(lines, key=lambda line: (line.area.state == Area.State.IN_FORCE, line.area.incident.trigger_at))
    if not found:
        return None
    incident = found[-1].area.incident
    area = bound_area_of(incident, home.door_id)
    who = Responder.objects.filter(household=home).first()
    contact = f"{who.name} {who.phone}" if who else home.phone
    return AtHome(home, incident, area, incident.now(), contact)


def _few_wrong() -> bool:
    """Whether all addresses together have tried few wrong codes of late."""
    since = timezone.now() - timedelta(hours=float(settings.AXES_COOLOFF_TIME))
    tried = AccessAttempt.objects.filter(username=GUESSING["username"], attempt_time__gte=since)
    wrong: int = tried.aggregate(n=Sum("failures_since_start"))["n"] or 0
    return wrong < defaults()["wrong_codes_overall"]


def _mark(code: str) -> str:
    return salted_hmac("doorstep.resident.device", code).hexdigest()
