"""What can be asked of command."""

from __future__ import annotations

from doorstep.command.models import Area, AreaDoor, Incident


def bound_doors(incident: Incident) -> dict[int, int]:
    """Door → the area in force that rules it: the strictest zone class, then the newest. Two queries."""
    zones = incident.protocol.zones
    areas = Area.objects.filter(incident=incident, state=Area.State.IN_FORCE)
    ranks = {area.pk: (zones[area.zone].tone, area.pk) for area in areas}
    found: dict[int, int] = {}
    for door, area in AreaDoor.objects.filter(area_id__in=ranks).values_list("door_id", "area_id"):
        if door not in found or ranks[area] > ranks[found[door]]:
            found[door] = area
    return found
