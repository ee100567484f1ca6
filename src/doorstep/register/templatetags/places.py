"""How acts on places and their times are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from doorstep.register import place_queries
from doorstep.register.drawing import Shape

register = template.Library()


@register.filter
def act_words(act: str) -> str:
    """An act on places in words."""
    return place_queries.act_words(act)


@register.filter
def at_place(value: datetime, incident: Any) -> str:
    """Day and time in the incident's zone, or in the server's where no incident is open."""
    zone = incident.tz if incident else timezone.get_current_timezone()
    return formats.date_format(value.astimezone(zone), _("M j, H:i"))


@register.filter
def screen_ring(shape: Shape) -> str:
    """The corners of a shape as SVG has them: y downwards."""
    return " ".join(f"{x:.1f},{-y:.1f}" for x, y in shape.ring)


@register.filter
def screen_y(shape: Shape) -> str:
    """The height of a shape's middle as SVG has it."""
    return f"{-shape.y_m:.1f}"
