"""The right at the door of each view: who is not signed in signs in, who lacks the duty is told so."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse


class Held(Protocol):
    """What a member may do and where; command holds the grants (command/rights.py)."""

    @property
    def full_names_in(self) -> frozenset[int] | None: ...

    def may(self, act: str, area: Any = None) -> bool: ...

    def areas(self, act: str) -> frozenset[int] | None: ...


class _Source:
    ask: Callable[[Any, Any], Held] | None = None


def answer_for_rights(ask: Callable[[Any, Any], Held]) -> None:
    """Said once at start-up by the room that holds the grants."""
    _Source.ask = staticmethod(ask)


def rights_for(member: Any, incident: Any) -> Held:
    """A member's rights in an incident, for rooms below the one that holds the grants. One query."""
    if _Source.ask is None:
        raise RuntimeError("no room has said that it holds the grants")
    return _Source.ask(member, incident)


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
