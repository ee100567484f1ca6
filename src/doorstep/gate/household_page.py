"""What the gate brings to a household's own page: its permits, with the number and the square."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.safestring import mark_safe

from doorstep.gate.models import Permit
from doorstep.gate.slips import square, window
from doorstep.gate.words import kind_title
from doorstep.wiring.homes import AtHome

SHOWN_AFTER = timedelta(hours=12)


def permits(home: AtHome) -> dict[str, Any] | None:
    """The permits of this household that hold, wait, or ended a short while ago. Two queries."""
    states = [Permit.State.GRANTED, Permit.State.ASKED, Permit.State.REFUSED]
    rows = Permit.objects.filter(
        incident=home.incident,
        door=home.household.door,
        state__in=states,
        bearer__in=[Permit.Bearer.RESIDENT, Permit.Bearer.HOUSEHOLD],
        ends_at__gt=home.at - SHOWN_AFTER,
    )
    mine = rows.select_related("incident", "person", "door__stair__building").prefetch_related("gates")
    found = [one for one in mine[:6] if one.person is None or one.person.household_id == home.household.pk]
    lines = [
        {
            "permit": one,
            "kind": kind_title(home.incident, one.kind),
            "window": window(one),
            "square": mark_safe(square(one)),
        }
        for one in found
        if one.ends_at > home.at or one.state != Permit.State.GRANTED
    ]
    return {"permits": lines} if lines else None
