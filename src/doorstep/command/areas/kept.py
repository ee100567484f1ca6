"""Loads of areas that are dear to count: of a large incident they are counted once a minute."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Max

from doorstep.command.areas.loads import Load, loads_of
from doorstep.command.models import Area, AreaDoor, Incident
from doorstep.wiring.kept import fresh, keep

LARGE = 5000  # doors in its areas: from here on counting takes longer than a reader waits
Version = tuple[int, str, int]


def is_large(incident: Incident) -> bool:
    """Whether so many doors are in the areas of an incident that its board is counted in the background. One query."""
    return AreaDoor.objects.filter(area__incident=incident).order_by()[LARGE : LARGE + 1].exists()


def kept_loads(incident: Incident, areas: Sequence[Area]) -> dict[int, Load]:
    """Loads of areas; one whose places or class changed since they were counted is counted now."""
    known: dict[Version, Load] | None = fresh("loads", incident)
    if known is None and not is_large(incident):
        return loads_of(areas)
    if known is None:
        known = keep("loads", incident, count_loads(incident)).value
    wanted = _versions(areas)
    found = {pk: known[version] for pk, version in wanted.items() if version in known}
    return found | loads_of([area for area in areas if area.pk not in found])


def count_loads(incident: Incident) -> dict[Version, Load]:
    """The load of every area of an incident, by what it was counted of."""
    areas = list(incident.areas.select_related("incident"))
    versions, loads = _versions(areas), loads_of(areas)
    return {versions[pk]: load for pk, load in loads.items()}


def _versions(areas: Sequence[Area]) -> dict[int, Version]:
    """What a load depends on beside the register: the zone class, and the newest place of the drawing. One query."""
    rows = Area.objects.filter(pk__in=[area.pk for area in areas]).annotate(newest=Max("places__pk"))
    return {pk: (pk, zone, newest or 0) for pk, zone, newest in rows.values_list("pk", "zone", "newest")}
