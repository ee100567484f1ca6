"""Who is at work, on which incident: put on every request once."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from uuid import uuid4

import structlog
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from doorstep.command.models import Incident, Member
from doorstep.command.rights import Rights, incidents_of, rights_of
from doorstep.errors import NotAllowedError, UserError
from doorstep.web.tokens import token_of

log = structlog.get_logger("doorstep.request")
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
TOKENS_OPEN = ("/api/", "/metrics")


class RequestLogMiddleware:
    """One line a request: its id, its address without the query, its member's number; no name, no words of a search."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid4().hex
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            answer = self.get_response(request)
            log.info(
                "request",
                method=request.method,
                path=request.path,
                status=answer.status_code,
                ms=round(1000 * (time.perf_counter() - started)),
                member=_member_id(request),
            )
        answer.headers["X-Request-ID"] = request_id
        return answer


def _member_id(request: HttpRequest) -> int | None:
    """Who asked, where the request itself wanted to know; a page for everybody asks no database."""
    known = hasattr(request, "_cached_user") or getattr(request, "by_token", None)
    return getattr(getattr(request, "member", None), "pk", None) if known else None


class TokenMiddleware:
    """A personal token in the header signs a request of the API; `request.by_token` says which. No page takes one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() == "bearer" and request.path.startswith(TOKENS_OPEN):
            token = token_of(secret.strip(), timezone.now())
            request.by_token = token  # type: ignore[attr-defined]
            request.user = token.member.user if token and token.member.user else AnonymousUser()
        return self.get_response(request)


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
    if request.path.startswith("/api/") and (named := request.GET.get("incident")) is not None:
        return _named(Incident.objects.all(), named)
    chosen = request.session.get("incident")
    if chosen and (found := mine.filter(pk=chosen).first()):
        return found
    return mine.first() or Incident.objects.order_by("-state", "-trigger_at", "-pk").first()


def _named(incidents: QuerySet[Incident], named: str) -> Incident:
    """The incident that a request of the API names. Raises Http404 for one that is not."""
    found = incidents.filter(pk=int(named)).first() if named.isdecimal() and len(named) < 19 else None
    if found is None:
        raise Http404
    return found


def _rights(request: HttpRequest) -> Rights:
    member: Member | None = request.member or None  # type: ignore[attr-defined]
    incident: Incident | None = request.incident or None  # type: ignore[attr-defined]
    return rights_of(member, incident)
