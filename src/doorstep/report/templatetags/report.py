"""How figures and periods are shown."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any

from django import template
from django.utils.translation import gettext as _

from doorstep.report.content import spoken as figure_in_words
from doorstep.report.periods import INSTANT

register = template.Library()


@register.filter
def spoken(line: Any) -> str:
    """A figure with what it is out of and its unit."""
    return figure_in_words(asdict(line) if is_dataclass(line) and not isinstance(line, type) else line)


@register.filter
def plain(value: float) -> str:
    """A number without needless decimals."""
    return f"{value:g}"


@register.filter
def iso(value: datetime) -> str:
    """An instant with its zone, for a form to send back."""
    return value.isoformat()


@register.inclusion_tag("report/_period.html", takes_context=True)
def period_picker(context: Any) -> dict[str, Any]:
    """The form that chooses a period; it stands on every page of figures."""
    period, tz = context["period"], context["incident"].tz
    choices = [
        ("since", _("since the last report")),
        ("today", _("today")),
        ("day", _("the last 24 hours")),
        ("all", _("the whole incident")),
        ("between", _("from – until, as chosen beside")),
    ]
    return {
        "choices": choices,
        "period": period,
        "starts": f"{period.start.astimezone(tz):%Y-%m-%dT%H:%M}",
        "ends": f"{(period.end - INSTANT).astimezone(tz):%Y-%m-%dT%H:%M}",
        "error": context.get("error"),
    }
