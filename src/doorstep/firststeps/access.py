"""Who may open which step: before the first account the holder of the link, afterwards whoever has the duty."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from doorstep.command.rights import rights_of
from doorstep.firststeps.models import Setup
from doorstep.firststeps.queries import steps_of

SESSION = "first_steps"
LINKED = ("language", "organisation")  # the steps before there is an account


def step(code: str, act: str = "open_incident") -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Give the view its walk (`view(request, setup)`): only in its order, only to whom it belongs, with the duty `act`."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def checked(request: Any, pk: int) -> HttpResponse:
            related = ("started_by", "organisation__territory", "compound", "listimport", "incident", "area", "plan")
            setup = get_object_or_404(Setup.objects.select_related(*related), pk=pk)
            if not (code in LINKED and holds_link(request, setup)):
                if not request.user.is_authenticated:
                    return redirect_to_login(request.get_full_path())
                rights = rights_of(request.member or None, setup.incident) if setup.incident else request.rights
                rights.require("open_incident")
                rights.require(act)
                if setup.started_by is None:
                    return redirect("firststeps:home")
            lines = {line.code: line for line in steps_of(setup)}
            if code in lines and not lines[code].reachable:
                return redirect("firststeps:resume", pk)
            return view(request, setup)

        checked.needs_act = act  # type: ignore[attr-defined]
        return checked

    return decorate


def holds_link(request: Any, setup: Setup) -> bool:
    """Whether this browser has opened the link that the terminal printed, and it still holds."""
    return bool(setup.link_digest) and request.session.get(SESSION) == setup.link_digest


def now_of(setup: Setup) -> Any:
    """The time of the incident where there is one (an exercise has its own clock), else the time of day."""
    return setup.incident.now() if setup.incident else timezone.now()


def set_language(answer: HttpResponse, language: str) -> HttpResponse:
    """Keep the language with the browser, as the switch above each page does."""
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, max_age=31_536_000, samesite="Lax", path=settings.LANGUAGE_COOKIE_PATH
    )
    return answer
