"""What every template may use: the member, the incident, the rights, the navigation."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from doorstep.wiring.contributions import contributions


def workplace(request: HttpRequest) -> dict[str, Any]:
    """Context processor; the lazy objects cost a query only where a template reads them."""
    if not hasattr(request, "rights"):
        return {}

    def navigation() -> list[dict[str, Any]]:
        return [
            {"code": item.code, "title": item.title, "url": reverse(item.url_name), "icon": item.icon}
            for item in contributions.nav
            if request.rights.may(item.act)
        ]

    return {
        "member": request.member,  # type: ignore[attr-defined]
        "incident": request.incident,  # type: ignore[attr-defined]
        "rights": request.rights,
        "navigation": navigation,
    }
