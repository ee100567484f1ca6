"""The room's part of the watch list: parcels without a holder or too long at the gate (12), duty without equipment (15)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.command.models import AreaDoor, Incident
from doorstep.supplies import duty, parcels
from doorstep.supplies.models import Parcel
from doorstep.supplies.stock import door_label
from doorstep.wiring.contributions import WatchRow

MOST = 500


def parcels_waiting(incident: Incident, at: datetime) -> list[WatchRow]:
    """Invariant 12, F13: a parcel past its limit at the gate or without a holder; a refusal that one side has not heard."""
    state, untold_side = Parcel.State, Q(told_sender_at=None) | Q(told_door_at=None)
    open_ones = Q(state=state.WAITS) | Q(untold_side, state=state.REFUSED)
    rows = list(
        incident.parcels.filter(open_ones, registered_at__lte=at).select_related("door__stair__building", "holder")
    )
    waiting = [one for one in rows if one.state == state.WAITS and (parcels.limit_of(one) <= at or one.holder is None)]
    untold = [one for one in rows if one.state == state.REFUSED]
    if not waiting and not untold:
        return []
    doors = {one.door_id for one in (*waiting, *untold)}
    areas = dict(AreaDoor.objects.filter(area__incident=incident, door__in=doors).values_list("door_id", "area_id"))
    found = [_waits(one, at, areas.get(one.door_id)) for one in waiting]
    found += [_untold(one, areas.get(one.door_id)) for one in untold]
    return sorted(found, key=lambda row: (-row.level, row.since))[:MOST]


def _waits(parcel: Parcel, at: datetime, area: int | None) -> WatchRow:
    limit = parcels.limit_of(parcel)
    what = _("nobody holds it") if parcel.holder is None else _("too long at the gate")
    if parcel.cold and limit <= at:
        what = _("cold goods too long at the gate")
    return WatchRow(
        what=what,
        since=min(limit, at) if parcel.holder else parcel.registered_at,
        who_acts=parcel.holder.name if parcel.holder else _("gate"),
        next_step=_("carry it to the door now"),
        subject=_("parcel for %(door)s") % {"door": door_label(parcel.door)},
        url=reverse("supplies:parcels"),
        level=3 if parcel.cold else 2,
        area_id=area,
        door_id=parcel.door_id,
        due=limit,
    )


def _untold(parcel: Parcel, area: int | None) -> WatchRow:
    return WatchRow(
        what=_("refused, and not told to both sides"),
        since=parcel.ended_at or parcel.registered_at,
        who_acts=parcel.holder.name if parcel.holder else _("gate"),
        next_step=_("tell who brought it and the household why"),
        subject=_("parcel for %(door)s") % {"door": door_label(parcel.door)},
        url=reverse("supplies:parcels"),
        level=2,
        area_id=area,
        door_id=parcel.door_id,
    )


def duty_without_protection(incident: Incident, at: datetime) -> list[WatchRow]:
    """Invariant 15: somebody on duty in a zone that binds, to whom no equipment was issued for it."""
    if not duty.counts_here(incident):
        return []
    zones = incident.protocol.zones
    here = [one for one in duty.duties_in(incident, at, at) if one.here and duty.level_of(incident, one.work, one.zone)]
    bound = [one for one in here if one.zone in zones and zones[one.zone].binding]
    given = duty.issued_for(incident, [one.key for one in bound])
    return [
        WatchRow(
            what=_("on duty without protective equipment issued"),
            since=one.starts_at,
            who_acts=_("supply"),
            next_step=_("issue it, or relieve them"),
            subject=f"{one.title} · {one.member_name}",
            url=reverse("supplies:duty"),
            level=3,
            area_id=one.area_id,
        )
        for one in bound
        if one.key not in given
    ]
