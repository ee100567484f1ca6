"""How long the goods in the stores last: what kits need each day against what is there and comes; orders from it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command.models import Area, Incident, JournalEntry, Member
from doorstep.promises.events import OwedChanged
from doorstep.supplies import orders
from doorstep.supplies.handling import INSIDE
from doorstep.supplies.kit_demand import Unmatched, demand
from doorstep.supplies.models import Balance, Item, Location, Lot, OrderLine, PurchaseOrder

DAYS = 7
THERE = (*INSIDE, Location.Kind.KIT)
KEY = "forecast:"
State = PurchaseOrder.State


@dataclass(frozen=True)
class Day:
    """One item on one day: packs needed, arriving, past their date, left in the evening (below 0: so many are missing)."""

    starts: datetime
    needed: int
    arriving: int
    past: int
    left: int
    state: str  # "" | low (below the minimum) | out (not enough)


@dataclass(frozen=True)
class ItemForecast:
    """An item over the days of the window. `late` packs are ordered, past their day, and not counted."""

    item: Item
    on_hand: int
    late: int
    ordered: int  # not confirmed yet, so not counted, or late
    days: tuple[Day, ...]

    @property
    def needed(self) -> int:
        return sum(day.needed for day in self.days)

    @property
    def ends(self) -> Day | None:
        """The first day on which there is not enough."""
        return next((day for day in self.days if day.state == "out"), None)

    @property
    def low(self) -> Day | None:
        """The first day on which less than the minimum stock is left."""
        return next((day for day in self.days if day.state), None)

    @property
    def missing(self) -> int:
        """Packs to order so that the minimum stock is there on every day, with all that is ordered counted.

        Of goods that keep only for some days, no more than would be eaten before their date: later ones are ordered later.
        """
        keeps = self.item.shelf_days
        last = None if keeps is None else self.days[0].starts + timedelta(days=keeps, hours=self.item.lead_hours or 0)
        least = min(day.left for day in self.days if last is None or day.starts <= last)
        return max(0, self.item.least_packs - least - self.ordered)

    def in_time(self, at: datetime) -> bool | None:
        """Whether an order made now comes before it ends (or falls below its minimum); None where neither is known."""
        comes = orders.lead_until(self.item, at)
        first = self.ends or self.low
        return None if first is None or comes is None else comes <= max(first.starts, at)


@dataclass(frozen=True)
class Forecast:
    """The whole window: items that end first at first, what has no item, kits by day, areas reviewed before its end."""

    at: datetime
    days: tuple[datetime, ...]
    ends_at: datetime
    items: tuple[ItemForecast, ...]
    unmatched: tuple[Unmatched, ...]
    kits: tuple[int, ...]
    stays: tuple[int, ...]  # of the kits by day, those that are owed only if an area stays closed after its review
    reviews: tuple[tuple[str, datetime], ...]  # areas reviewed within the window, the first at first

    @property
    def missing(self) -> tuple[ItemForecast, ...]:
        return tuple(row for row in self.items if row.missing)


def forecast(incident: Incident, at: datetime, days: int = DAYS) -> Forecast:
    """The days from the local day of `at` on. Fourteen queries at most, whatever the number of households."""
    first = at.astimezone(incident.tz).date()
    edges = [datetime.combine(first + timedelta(days=n), time(), incident.tz) for n in range(days + 1)]
    items = {item.pk: item for item in Item.objects.all()}
    need = demand(incident, edges, items)
    stock, coming = _stock(incident, at), _Coming.of(incident, at, edges)
    wanted = need.packs.keys() | {pk for pk, item in items.items() if item.active and item.least_packs}
    rows = [_item(items[pk], need.packs.get(pk, [0] * days), stock.get(pk, []), coming, edges) for pk in wanted]
    last = edges[-1]
    rows.sort(key=lambda row: (_first(row.ends, last), _first(row.low, last), row.item.kind, str(row.item)))
    reviewed = incident.areas.filter(state=Area.State.IN_FORCE, review_at__lt=last).order_by("review_at", "name")
    kits, stays = tuple(need.kits), tuple(need.stays)
    reviews = tuple((name, when) for name, when in reviewed.values_list("name", "review_at") if when is not None)
    return Forecast(at, tuple(edges[:-1]), last, tuple(rows), tuple(need.unmatched), kits, stays, reviews)


def _first(day: Day | None, last: datetime) -> datetime:
    return day.starts if day else last


def _item(
    item: Item, needed: list[int], lots: list[tuple[datetime | None, int]], coming: _Coming, edges: list[datetime]
) -> ItemForecast:
    """Day by day: what is past its date falls away, what arrives comes in, what ends first goes first."""
    there: list[tuple[datetime | None, int]] = list(lots)
    owing, days = 0, []
    arriving = coming.packs.get(item.pk, [0] * len(needed))
    for starts, wants, comes in zip(edges, needed, arriving, strict=False):
        past = sum(packs for date, packs in there if date is not None and date <= starts)
        owing += wants
        rest: list[tuple[datetime | None, int]] = []
        for date, packs in (*there, (None, comes)):
            if date is None or date > starts:
                taken = min(packs, owing)
                owing -= taken
                rest.append((date, packs - taken))
        there = rest
        left = sum(packs for _date, packs in there) - owing
        state = "out" if left < 0 else "low" if left < item.least_packs else ""
        days.append(Day(starts, wants, comes, past, left, state))
    on_hand = sum(packs for _date, packs in lots)
    late = coming.late.get(item.pk, 0)
    return ItemForecast(item, on_hand, late, coming.ordered.get(item.pk, 0) + late, tuple(days))


def _stock(incident: Incident, at: datetime) -> dict[int, list[tuple[Any, int]]]:
    """Good packs in date in our places by item, what ends first at first. One query.

    Packs that are promised or packed count as there: they wait for the kits that are counted as needed.
    """
    rows = Balance.objects.filter(
        location__incident=incident, location__kind__in=THERE, lot__state=Lot.State.GOOD, packs__gt=0
    ).exclude(lot__best_before__lte=at)
    found: dict[int, list[tuple[Any, int]]] = defaultdict(list)
    for item, date, packs in rows.values_list("lot__item", "lot__best_before", "packs"):
        found[item].append((date, packs))
    for lots in found.values():
        lots.sort(key=lambda lot: (lot[0] is None, lot[0] or at))
    return found


@dataclass
class _Coming:
    """Packs that are confirmed, by item and day; late ones; those ordered and not confirmed."""

    packs: dict[int, list[int]] = field(default_factory=dict)
    late: dict[int, int] = field(default_factory=dict)
    ordered: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, incident: Incident, at: datetime, edges: list[datetime]) -> _Coming:
        """Two queries. A proposal of the forecast that nobody has touched is no order: it follows the forecast."""
        found, own = cls(), [order.pk for order in _untouched(incident)]
        lines = OrderLine.objects.filter(order__incident=incident, order__state__in=orders.WAITING)
        columns = ("item_id", "packs", "confirmed", "received", "order__state", "order__need_by")
        for item, packs, confirmed, came, state, by in lines.exclude(order__in=own).values_list(*columns):
            rest = max(0, (packs if confirmed is None else confirmed) - came)
            if state != State.CONFIRMED:
                found.ordered[item] = found.ordered.get(item, 0) + rest
            elif by < at:
                found.late[item] = found.late.get(item, 0) + rest
            elif by < edges[-1]:
                row = found.packs.setdefault(item, [0] * (len(edges) - 1))
                row[max(n for n, edge in enumerate(edges[:-1]) if edge <= by)] += rest
        return found


def _untouched(incident: Incident) -> list[PurchaseOrder]:
    """The forecast's own proposal, as long as no person has changed or approved it. Two queries at most."""
    found = list(incident.purchase_orders.filter(key__startswith=KEY, state=State.PROPOSED))
    if not found:
        return []
    ids = [str(order.pk) for order in found]
    touched = JournalEntry.objects.filter(act="change_order", subject_kind="purchaseorder", subject_id__in=ids)
    changed = set(touched.values_list("subject_id", flat=True))
    return [order for order in found if str(order.pk) not in changed]


def follow_owed(event: OwedChanged) -> None:
    """An area was sealed, redrawn, extended or lifted: the proposal of orders follows what it owes, in the same act (F24).

    Only where goods are kept in the books of the incident.
    """
    incident = Incident.objects.get(pk=event.incident_id)
    if Lot.objects.filter(incident=incident).exists():
        propose_orders(incident, at=event.at, by=None)


@transaction.atomic
def propose_orders(incident: Incident, *, at: datetime, by: Member | None, days: int = DAYS) -> PurchaseOrder | None:
    """One proposal for all that ends or falls below its minimum, needed by the first day on which something does.

    Asked again, the same proposal follows the forecast until somebody changes or approves it; the next is a new one.
    Where nothing is missing any more, it is cancelled and None is returned.
    """
    own = _untouched(incident)
    missing = forecast(incident, at, days).missing
    if not missing:
        for order in own:
            orders.cancel(order, reason=_("The forecast needs it no more."), at=at, by=by)
        return None
    key = own[0].key if own else f"{KEY}{incident.purchase_orders.filter(key__startswith=KEY).count()}"
    need_by = max(at, min(row.low.starts for row in missing if row.low))
    wanted = [orders.Wanted(row.item, row.missing) for row in missing]
    note = _("from the forecast of %(n)d days") % {"n": days}
    return orders.propose(incident, wanted, need_by=need_by, at=at, by=by, key=key, note=note)
