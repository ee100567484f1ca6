"""What the gate says of how many are at home, beside the register's count (S43): who went out and is not back."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorstep.command.models import Incident
from doorstep.gate.queries import differences, still_home
from doorstep.register.models import Door, Person
from doorstep.wiring.contributions import Told


def out(incident: Incident | None, doors: QuerySet[Door], at: datetime) -> dict[int, Told]:
    """For doors of which somebody is out: how many are left at home, and why the register says more. Two queries."""
    if not incident:  # a page may hand over a lazy nothing
        return {}
    found = differences(incident, doors, at)
    if not found:
        return {}
    home = Q(
        households__active=True, households__persons__active=True, households__persons__present=Person.Present.HOME
    )
    rows = Door.objects.filter(pk__in=found).annotate(n=Count("households__persons", filter=home))
    told = {}
    for door, registered in rows.values_list("pk", "n"):
        crossings = found[door]
        away = sum(still_home(one) for one in crossings)
        if not away:
            continue
        last = max(one.occurred_at for one in crossings)
        clock = f"{last.astimezone(incident.tz):%m-%d %H:%M}"
        numbers = ", ".join(one.permit.number for one in crossings if one.permit)
        text = ngettext("%(n)d went out at %(when)s", "%(n)d went out, the last at %(when)s", away)
        said = text % {"n": away, "when": clock}
        if numbers:
            said = _("%(said)s with permit %(numbers)s") % {"said": said, "numbers": numbers}
        people = tuple(one.permit.person_id for one in crossings if one.permit and one.permit.person_id)
        told[door] = Told(last, max(0, registered - away), text=said, person_ids=people)
    return told
