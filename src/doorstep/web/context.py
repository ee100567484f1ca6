"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from doorstep.wiring.contributions import contributions


def workplace(request: HttpRequest) -> dict[str, Any]:
    """The member, the incident and the rights; lazy, so that they cost a query only where a template reads them."""
    theme = request.COOKIES.get("theme", "")
    return {
        "member": getattr(request, "member", None),
        "incident": getattr(request, "incident", None),
        "rights": getattr(request, "rights", None),
        "nav": SimpleLazyObject(lambda: _nav(request)),
        "theme": theme if theme in ("light", "dark") else "",
    }


def _nav(request: HttpRequest) -> list[dict[str, Any]]:
    """The pages of the member's duties, each once; the one that is open is marked by the longest address that fits."""
    rights = getattr(request, "rights", None)
    if rights is None or not request.user.is_authenticated:
        return []
    mine: dict[str, Any] = {}
    for item in contributions.nav:
        if rights.may(item.act):
            mine.setdefault(reverse(item.url_name), item.title)
    items = [{"title": title, "url": url} for url, title in mine.items()]
    here = [item["url"] for item in items if request.path.startswith(item["url"])]
    return [{**item, "here": bool(here) and item["url"] == max(here, key=len)} for item in items]
