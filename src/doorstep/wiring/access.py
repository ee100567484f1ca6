"""The right at the door of each view: who is not signed in signs in, who lacks the duty is told so."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse


def needs(act: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Let the view run only for a member with the right `act` (a key of roles.yaml) somewhere in this incident.

    A view about one area calls `request.rights.require(act, area)` itself, too.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            request.rights.require(act)  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        checked.needs_act = act  # type: ignore[attr-defined]
        return checked

    return decorate
