"""The gate's part of the watch list: somebody not back (5), barriers (10), what waits too long between two gates (12)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.command.models import Area, Incident
from doorstep.gate.models import Barrier
from doorstep.gate.queries import elsewhere_now, line_of, seen_in, waiting
from doorstep.gate.rules import check_hours
from doorstep.wiring.contributions import WatchRow

MOST = 500


def not_back(incident: Incident, at: datetime) -> list[WatchRow]:
    """Invariant 5: somebody is out past the end of their permit, or a visitor is inside too long."""
    rows = []
    seen = seen_in(incident, None).filter(occurred_at__lte=at)
    for crossing in elsewhere_now(seen)[:MOST]:
        line = line_of(incident, crossing, at)
        if not line.late or line.until is None:
            continue
        is_out = crossing.direction == crossing.Direction.OUT
        rows.append(
            WatchRow(
                what=_("not back from outside") if is_out else _("still inside after the end of the visit"),
                since=line.until,
                who_acts=_("gate"),
                next_step=_("ring them, then ask at the place they went to") if is_out else _("ask where they are"),
                subject=line.label,
                url=reverse("gate:home"),
                level=3 if is_out else 2,
                area_id=crossing.area_id,
                door_id=crossing.door_id,
                due=line.until,
            )
        )
    return rows


def buffer_waits(incident: Incident, at: datetime) -> list[WatchRow]:
    """Invariant 12, S67: goods, vehicles or persons wait between two gates longer than the protocol lets them."""
    rows = []
    for crossing in waiting(seen_in(incident, None).filter(occurred_at__lte=at))[:MOST]:
        line = line_of(incident, crossing, at)
        if line.late and line.until is not None:
            rows.append(
                WatchRow(
                    what=_("waits too long between the gates"),
                    since=line.until,
                    who_acts=_("gate"),
                    next_step=_("let it through or hand it over now"),
                    subject=line.label,
                    url=reverse("gate:home"),
                    level=3 if crossing.cold or crossing.what == crossing.What.PERSON else 2,
                    area_id=crossing.area_id,
                    door_id=crossing.door_id,
                    due=line.until,
                )
            )
    return rows


def barriers_lacking(incident: Incident, at: datetime) -> list[WatchRow]:
    """Invariant 10, F16: a barrier that does not open, without an opener, or not looked at or tested in time."""
    barriers = Barrier.objects.filter(incident=incident, removed_at=None, put_up_at__lte=at).exclude(
        area__state=Area.State.LIFTED
    )
    rows = []
    for barrier in barriers.select_related("gate__compound")[:MOST]:
        for what, since, level in faults(incident, barrier, at):
            rows.append(
                WatchRow(
                    what=what,
                    since=since,
                    who_acts=barrier.opener_name or _("gate"),
                    next_step=_("open it, write down what was found, name who opens it"),
                    subject=barrier.name,
                    url=reverse("gate:barrier", args=[barrier.pk]),
                    level=level,
                    area_id=barrier.area_id,
                )
            )
    return rows


def faults(incident: Incident, barrier: Barrier, at: datetime) -> list[tuple[str, datetime, int]]:
    """What is wrong with a barrier: words, since when, how grave."""
    rules, every = incident.protocol.gate, check_hours(incident)
    found = []
    if barrier.check_ok is False and barrier.checked_at:
        found.append((_("does not open from inside"), barrier.checked_at, 3))
    if barrier.opener == Barrier.Opener.NOBODY:
        found.append((_("nobody opens it day and night"), barrier.put_up_at, 3))
    looked = barrier.checked_at or barrier.put_up_at
    if every and looked + timedelta(hours=every) < at:
        text = _("nobody has looked at it for %(n)d h") % {"n": (at - looked).total_seconds() // 3600}
        found.append((text, looked + timedelta(hours=every), 3))
    tested = barrier.tested_at or barrier.put_up_at
    if rules.opener_test_days and tested + timedelta(days=rules.opener_test_days) < at:
        text = _("its opening is not tested any more")
        found.append((text, tested + timedelta(days=rules.opener_test_days), 2))
    if rules.open_seconds and barrier.opened_in_s and barrier.opened_in_s > rules.open_seconds and barrier.tested_at:
        text = _("it takes %(n)d s to open") % {"n": barrier.opened_in_s}
        found.append((text, barrier.tested_at, 2))
    return found


def last_look(incident: Incident) -> datetime | None:
    """When somebody last looked at any barrier."""
    found: datetime | None = Barrier.objects.filter(incident=incident).aggregate(last=Max("checked_at"))["last"]
    return found
