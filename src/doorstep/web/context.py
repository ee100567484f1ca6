"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def workplace(request: HttpRequest) -> dict[str, Any]:
    """The member, the incident and the rights; lazy, so that they cost a query only where a template reads them."""
    theme = request.COOKIES.get("theme", "")
    return {
        "member": getattr(request, "member", None),
        "incident": getattr(request, "incident", None),
        "rights": getattr(request, "rights", None),
        "theme": theme if theme in ("light", "dark") else "",
    }
