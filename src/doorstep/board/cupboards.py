"""The elevation by how long food lasts behind each door."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Min

from doorstep.command.models import Area
from doorstep.supplies.models import Coverage

FOOD_DAYS = "food_days"  # beside the kinds of promises by which an elevation is coloured


def lasts_by_door(area: Area, at: datetime) -> dict[int, tuple[str, float]]:
    """Door → its look and the days that food lasts, of the household whose food ends first; 0 where it has ended.

    Within the protocol's margin it is at risk. A door of which no delivery is confirmed is not in it: nothing is known.
    One query.
    """
    margin = timedelta(hours=area.incident.protocol.supply.margin_hours)
    covers = Coverage.objects.filter(
        incident=area.incident, household__active=True, household__door__area_doors__area=area
    )
    found = {}
    for door, until in covers.order_by().values_list("household__door_id").annotate(Min("covered_until")):
        look = "broken" if until <= at else "risk" if until - margin <= at else "kept"
        found[door] = (look, max((until - at).total_seconds(), 0.0) / 86_400)
    return found
