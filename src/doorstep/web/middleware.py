"""Who is at work, on which incident: put on every request once."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject

from doorstep.command.models import Incident, Member
from doorstep.command.rights import Rights, incidents_of, rights_of
from doorstep.errors import NotAllowedError, UserError


class WorkplaceMiddleware:
    """Adds `request.member`, `request.incident` and `request.rights` (lazy), and turns our errors into pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.member = SimpleLazyObject(lambda: _member(request))  # type: ignore[attr-defined]
        request.incident = SimpleLazyObject(lambda: _incident(request))  # type: ignore[attr-defined]
        request.rights = SimpleLazyObject(lambda: _rights(request))  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, NotAllowedError):
            return render(request, "web/error.html", {"error": exception}, status=403)
        if isinstance(exception, UserError):
            return render(request, "web/error.html", {"error": exception}, status=422)
        return None


def _member(request: HttpRequest) -> Member | None:
    if not request.user.is_authenticated:
        return None
    return Member.objects.filter(user_id=request.user.pk).select_related("organisation").first()


def _incident(request: HttpRequest) -> Incident | None:
    """The one chosen in this session, else the newest open one, of those in which the member has a duty."""
    member: Member | None = request.member or None  # type: ignore[attr-defined]
    mine = incidents_of(member)
    chosen = request.session.get("incident")
    if chosen and (found := mine.filter(pk=chosen).first()):
        return found
    return mine.first() or Incident.objects.order_by("-state", "-trigger_at", "-pk").first()


def _rights(request: HttpRequest) -> Rights:
    member: Member | None = request.member or None  # type: ignore[attr-defined]
    incident: Incident | None = request.incident or None  # type: ignore[attr-defined]
    return rights_of(member, incident)
