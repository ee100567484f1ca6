"""How instants, states and texts of the data are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils import formats
from django.utils.html import format_html
from django.utils.translation import gettext as _

from doorstep.command.watches import in_language
from doorstep.register.place_queries import act_words

register = template.Library()


@register.filter
def when(value: datetime | None, incident: Any) -> str:
    """Day and time in the incident's zone."""
    return formats.date_format(value.astimezone(incident.tz), _("M j, H:i")) if value else "—"


@register.filter
def text(value: dict[str, str]) -> str:
    """A {zh, en} text in the language of the page."""
    return in_language(value)


@register.simple_tag
def look(code: str) -> str:
    """The name of a promise's look."""
    names = {
        "kept": _("kept"),
        "open": _("open"),
        "risk": _("at risk"),
        "broken": _("broken"),
        "waived": _("waived"),
    }
    return names.get(code, "")


@register.simple_tag
def count_badge(code: str, counts: dict[str, int]) -> str:
    """A count in the shape and colour of its look; nothing stands quiet."""
    count = counts.get(code, 0)
    return format_html('<span class="badge is-{}">{}</span>', code if count else "zero", count)


@register.simple_tag
def kind_title(incident: Any, kind: str) -> str:
    """A kind of promise in words."""
    from doorstep.board.queries import kind_title as title

    return title(incident, kind)


@register.filter
def item(mapping: dict[str, Any], key: str) -> Any:
    """mapping[key], or 0."""
    return mapping.get(key, 0)


@register.simple_tag
def act_title(act: str) -> str:
    """An act of the journal in words."""
    titles = {
        "open_incident": _("incident opened"),
        "propose_area": _("area proposed"),
        "change_places": _("area redrawn"),
        "seal": _("area sealed"),
        "extend": _("restriction extended"),
        "lift": _("area lifted"),
        "derive": _("promises brought up to date"),
        "waive": _("promise waived"),
        "import": _("list imported"),
        "undo_import": _("import undone"),
        "correct": _("register corrected"),
        "open_task": _("task opened"),
        "plan_rounds": _("rounds planned"),
        "take_out_carrier": _("carrier taken out"),
        "lock_round": _("round locked"),
        "unlock_round": _("round unlocked"),
        "move_stop": _("door moved to another round"),
        "withdraw_plan": _("plan taken back"),
        "visit": _("door visited"),
        "undo_visit": _("visit taken back"),
        "export": _("list exported"),
    }
    return titles.get(act) or act_words(act)
