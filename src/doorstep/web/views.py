"""Sign in, find home, choose a theme, say that we are well."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from doorstep import __version__
from doorstep.exercise.load import logins
from doorstep.firststeps.actions import nobody_here
from doorstep.web.search import find
from doorstep.wiring.contributions import contributions


class Login(auth.LoginView):
    """The door of the program; an exercise shows its invented accounts."""

    template_name = "web/login.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, exercise_logins=logins())


def home(request: HttpRequest) -> HttpResponse:
    """To the first page of one's duties; to the first steps where there is no account, or no incident, yet."""
    if not request.user.is_authenticated:
        return redirect("firststeps:home" if nobody_here() else "login")
    rights = request.rights  # type: ignore[attr-defined]
    if not request.incident and rights.may("open_incident"):  # type: ignore[attr-defined]
        return redirect("firststeps:home")
    mine = [item.url_name for item in contributions.nav if rights.may(item.act)]
    return redirect(rights.home or (mine[0] if mine else "board:home"))


@login_required
def search(request: HttpRequest) -> HttpResponse:
    """One box for everything: each room adds what it can find, within the member's rights."""
    words = request.GET.get("q", "").strip()[:80]
    hits = find(request, words)
    if len(hits) == 1 and not request.GET.get("all"):
        return redirect(hits[0].url)
    return render(request, "web/search.html", {"words": words, "hits": hits[:100], "more": len(hits) > 100})


@login_required
def components(request: HttpRequest) -> HttpResponse:
    """Every component of the style sheet, by day and by night: what a new page is made of."""
    return render(request, "web/components.html")


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Day, night, or as the device says; kept in a cookie."""
    chosen = request.POST.get("theme", "")
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    answer = redirect(target)
    if chosen in ("light", "dark"):
        answer.set_cookie("theme", chosen, max_age=31_536_000, samesite="Lax")
    else:
        answer.delete_cookie("theme")
    return answer


def healthz(request: HttpRequest) -> JsonResponse:
    """Whether the server and its database answer: 200, or 503 for the load balancer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"ok": False, "database": "does not answer"}, status=503)
    return JsonResponse({"ok": True, "version": __version__})
