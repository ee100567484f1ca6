"""The room's part of the watch list: orders that come late (1), parcels without a holder or too long at the gate (12),
bad lots at doors (14), duty without equipment (15)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorstep.command.models import AreaDoor, Incident, JournalEntry
from doorstep.supplies import duty, order_queries, orders, parcels
from doorstep.supplies.models import Balance, Location, Lot, Move, Parcel
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


def lots_at_doors(incident: Incident, at: datetime) -> list[WatchRow]:
    """Invariant 14, F7: doors that have a lot called back, or that were given one past its date; a row a lot and area."""
    late = Move.objects.filter(
        lot=OuterRef("lot"), target=OuterRef("location"), occurred_at__gte=OuterRef("lot__best_before")
    )
    rows = Balance.objects.filter(location__incident=incident, location__kind=Location.Kind.DOOR, packs__gt=0)
    rows = rows.filter(Q(lot__state=Lot.State.RECALLED) | Exists(late))
    there = list(rows.values_list("lot_id", "location__door_id"))
    if not there:
        return []
    doors = {door for _lot, door in there}
    areas = dict(AreaDoor.objects.filter(area__incident=incident, door__in=doors).values_list("door_id", "area_id"))
    found: Counter[tuple[int, int | None]] = Counter((lot, areas.get(door)) for lot, door in there)
    lots = Lot.objects.select_related("item").in_bulk({lot for lot, _door in there})
    recalls = JournalEntry.objects.filter(
        act="recall_lot", subject_kind="lot", subject_id__in=[str(lot) for lot in lots]
    )
    since = {int(lot): when for lot, when in recalls.order_by("sequence").values_list("subject_id", "occurred_at")}
    return [
        _lot(lots[lot], area, count, since.get(lot, lots[lot].best_before or at))
        for (lot, area), count in sorted(found.items(), key=str)
    ]


def _lot(lot: Lot, area: int | None, doors: int, since: datetime) -> WatchRow:
    recalled = lot.state == Lot.State.RECALLED
    return WatchRow(
        what=_("called back, and still at doors") if recalled else _("handed over past its date"),
        since=since,
        who_acts=_("supply"),
        next_step=_("warn these doors") if recalled else _("call it back and warn these doors"),
        subject=ngettext("%(lot)s at %(n)d door", "%(lot)s at %(n)d doors", doors) % {"lot": lot, "n": doors},
        url=reverse("supplies:lot", args=[lot.pk]),
        level=3,
        area_id=area,
        count=doors,
    )


def orders_late(incident: Incident, at: datetime) -> list[WatchRow]:
    """Goods for the doors that will not be there in time: late orders, those confirmed for later than they are needed,
    and proposals whose lead time no longer fits. Two queries."""
    rows = incident.purchase_orders.filter(state__in=orders.WAITING).select_related("supplier", "area")
    every = [order_queries.order_row(one, at) for one in rows.prefetch_related("lines__item")]
    found = [_order(row, at) for row in every if row.late or row.too_late]
    return sorted(found, key=lambda row: (-row.level, row.since))[:MOST]


def _order(row: order_queries.OrderRow, at: datetime) -> WatchRow:
    order = row.order
    out = order.state not in orders.CHANGEABLE
    if out:
        what = _("ordered, and not here yet") if row.late else _("the supplier brings it after it is needed")
        step = _("ring the supplier, or order elsewhere")
    else:
        what = _("not sent, and cannot come in time any more")
        step = _("send it now and say so, or get it elsewhere")
    named = _("Order %(n)d") % {"n": order.pk}
    since = order.expected_at if row.late else order.changed_at if out else row.order_by
    return WatchRow(
        what=what,
        since=min(since or at, at),
        who_acts=_("supply"),
        next_step=step,
        subject=" · ".join(filter(None, [named, str(order.supplier or ""), row.text])),
        url=reverse("supplies:order", args=[order.pk]),
        level=3 if row.late else 2,
        area_id=order.area_id,
        due=order.need_by,
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
