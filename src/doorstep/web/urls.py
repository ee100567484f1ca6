"""Every room's pages under one root."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.urls import include, path

from doorstep import __version__, protocol


def healthz(request: HttpRequest) -> JsonResponse:
    """Whether the server and its database answer: 200, or 503 for the load balancer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"ok": False, "database": "does not answer"}, status=503)
    return JsonResponse({"ok": True, "version": __version__})


def protocols(request: HttpRequest) -> JsonResponse:
    """The protocols that are installed."""
    found = [protocol.shipped(code) for code in protocol.shipped_ids()]
    return JsonResponse({"protocols": [{"id": p.id, "title": p.title} for p in found]})


urlpatterns = [
    path("", protocols, name="home"),
    path("healthz", healthz, name="healthz"),
    path("i18n/", include("django.conf.urls.i18n")),
]
