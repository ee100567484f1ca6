"""What households say on their page of how many are at home, beside the register's count (S43)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from doorstep.register.models import Door
from doorstep.resident.models import Headcount
from doorstep.wiring.contributions import Told


def page(incident: Any, doors: QuerySet[Door], at: datetime) -> dict[int, Told]:
    """The newest word of each household behind some doors; several households of a door add up. One query."""
    rows = Headcount.objects.filter(
        undone_at=None, said_at__lte=at, household__active=True, household__door__in=doors.values("pk")
    ).order_by("said_at", "pk")
    newest: dict[int, tuple[int, int, datetime]] = {}
    for household, door, persons, when in rows.values_list("household_id", "household__door_id", "persons", "said_at"):
        newest[household] = (door, persons, when)
    found: dict[int, Told] = {}
    for door, persons, when in newest.values():
        before = found.get(door)
        total = persons + (before.persons or 0 if before else 0)
        text = _("%(n)d at home, as said on the household's page") % {"n": total}
        found[door] = Told(max(when, before.at) if before else when, total, lives=total > 0, text=text)
    return found
