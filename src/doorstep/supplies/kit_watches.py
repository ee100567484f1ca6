"""Invariant 14 for packed kits: one against a diet, an allergy or an age, or with a lot that is past its date or out of use."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.supplies.kit_fit import Clash
from doorstep.supplies.kit_state import clashes_of
from doorstep.supplies.models import PackedKit, PackOrder
from doorstep.supplies.pack_queries import door_of
from doorstep.wiring.contributions import WatchRow

MOST = 500


def kits_unfit(incident: Incident, at: datetime) -> list[WatchRow]:
    """Kits that wait, are begun or carried and do not suit; and those handed over against a diet whose food still lasts."""
    rows = PackedKit.objects.filter(order__incident=incident, dropped_at=None, place__isnull=False)
    longest = max((kit.covers_days for kit in incident.protocol.supply.kits), default=0)
    lately = Q(handed_at=None) | Q(handed_at__gt=at - timedelta(days=longest))
    kits = list(rows.filter(lately).select_related("household__door__stair__building"))
    if not kits:
        return []
    orders = PackOrder.objects.select_related("incident", "design").in_bulk({kit.order_id for kit in kits})
    for kit in kits:
        kit.order = orders[kit.order_id]
    wrong = clashes_of(incident, kits, at)
    found = [_row(kit, wrong[kit.pk][0], at) for kit in kits if kit.pk in wrong]
    return sorted(found, key=lambda row: (-row.level, row.since, row.subject))[:MOST]


def _row(kit: PackedKit, clash: Clash, at: datetime) -> WatchRow:
    what = {
        "diet": _("packed against a diet or an allergy"),
        "age": _("packed against an age"),
        "date": _("a lot past its date in a packed kit"),
        "held": _("a lot that is held back in a packed kit"),
        "recalled": _("a lot called back in a packed kit"),
    }[clash.kind]
    step = _("open it, take these goods out and pack it anew")
    if kit.handed_at:
        what = _("handed over, and does not suit this household")
        step = _("ring them now, and bring what they may have")
    elif kit.taken_at:
        step = _("ring the carrier: it is not to be handed over; bring another")
    return WatchRow(
        what=what,
        since=kit.handed_at or kit.taken_at or kit.packed_at or at,
        who_acts=_("supply"),
        next_step=step,
        subject=_("kit %(code)s for %(door)s: %(why)s")
        % {"code": kit.code, "door": door_of(kit), "why": clash.message},
        url=reverse("supplies:packed_kit", args=[kit.code]),
        level=3 if kit.taken_at or kit.handed_at else 2,
        area_id=kit.order.area_id,
        door_id=kit.household.door_id if kit.household else None,
    )
