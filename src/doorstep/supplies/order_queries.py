"""What the pages of orders read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from doorstep.command.models import Incident, Member
from doorstep.command.rights import Rights
from doorstep.supplies import orders
from doorstep.supplies.models import Item, OrderLine, PurchaseOrder
from doorstep.supplies.stock import Asked, stock_lines

State = PurchaseOrder.State


@dataclass(frozen=True)
class OrderRow:
    """An order in the list: what is in it, whether it is late or cannot come in time, until when it must go out."""

    order: PurchaseOrder
    lines: tuple[OrderLine, ...]
    late: bool
    too_late: bool
    order_by: datetime | None = None  # the last instant at which it can go out and be in time
    earliest: datetime | None = None  # when it comes if it goes out now

    @property
    def text(self) -> str:
        """Its first lines in words."""
        said = [f"{line.item} × {line.packs}" for line in self.lines[:3]]
        more = len(self.lines) - len(said)
        return " · ".join([*said, *([_("%(n)d more") % {"n": more}] if more else [])])

    @property
    def look(self) -> str:
        state = self.order.state
        if state == State.RECEIVED:
            return "kept"
        if state == State.CANCELLED:
            return "waived"
        if state == State.SHORT or self.late:
            return "broken"
        return "risk" if self.too_late else "open"


def orders_in(incident: Incident, rights: Rights, show: str = "open") -> QuerySet[PurchaseOrder]:
    """The orders within a member's duty: those still awaited, or those that are over."""
    found = incident.purchase_orders.select_related("supplier", "area", "incident").prefetch_related("lines__item")
    scope = rights.areas("see_supplies")
    if scope is not None:
        found = found.filter(Q(area=None) | Q(area_id__in=scope))
    waiting = found.filter(state__in=orders.WAITING)
    return waiting if show == "open" else found.exclude(state__in=orders.WAITING).order_by("-changed_at", "-pk")


def order_row(order: PurchaseOrder, at: datetime) -> OrderRow:
    """One order as the list shows it; its lines must be fetched.

    One that has not gone out is too late where its longest lead time no longer fits; one that has, where the supplier
    named a later time than it is needed.
    """
    lines = tuple(sorted(order.lines.all(), key=lambda line: line.pk))
    waits = order.state in orders.WAITING
    leads = [line.item.lead_hours for line in lines if line.item.lead_hours is not None]
    order_by = earliest = None
    if order.state in orders.CHANGEABLE:
        if leads:
            order_by, earliest = (
                base + sign * timedelta(hours=max(leads)) for base, sign in ((order.need_by, -1), (at, 1))
            )
        too_late = order_by is not None and order_by < at
    else:
        too_late = waits and order.expected_at > order.need_by
    return OrderRow(order, lines, waits and order.expected_at < at, too_late, order_by, earliest)


def payer_title(code: str) -> str:
    """Who pays, in words."""
    return str({"household": _("the households"), "donor": _("given free")}.get(code, _("public funds")))


def headings() -> list[str]:
    """The headings of the orders as a table: a row for each line."""
    return [
        _("order"), _("state"), _("supplier"), _("area"), _("needed by"), _("send by"), _("comes at"), _("late"),
        _("goods"), _("packs"), _("confirmed"), _("received"), _("who pays"), _("note"),
    ]  # fmt: skip


def rows_of(found: list[OrderRow], incident: Incident) -> list[list[Any]]:
    """The orders as a table."""
    return [
        [
            row.order.pk,
            row.order.get_state_display(),
            row.order.supplier.name if row.order.supplier else "",
            row.order.area.name if row.order.area else "",
            row.order.need_by.astimezone(incident.tz),
            row.order_by.astimezone(incident.tz) if row.order_by else "",
            row.order.comes_at.astimezone(incident.tz) if row.order.comes_at else "",
            _("late") if row.late else _("comes too late") if row.too_late else "",
            str(line.item),
            line.packs,
            "" if line.confirmed is None else line.confirmed,
            line.received,
            payer_title(line.payer),
            row.order.note,
        ]
        for row in found
        for line in row.lines
    ]


def awaited(incident: Incident) -> dict[int, int]:
    """Packs by item that are ordered and have not come. One query."""
    lines = OrderLine.objects.filter(order__incident=incident, order__state__in=orders.WAITING)
    found: dict[int, int] = {}
    for item, packs, came in lines.values_list("item_id", "packs", "received"):
        found[item] = found.get(item, 0) + max(0, packs - came)
    return found


def below_minimum(incident: Incident, at: datetime) -> list[tuple[Item, int]]:
    """What falls short of the minimum stock, with what is ordered already counted: item and packs to order."""
    coming = awaited(incident)
    found = []
    for line in stock_lines(incident, Asked(only="low"), at):
        packs = line.item.least_packs - max(0, line.free) - coming.get(line.item.pk, 0)
        if packs > 0 and line.item.active:
            found.append((line.item, packs))
    return found


def propose_minimum(incident: Incident, *, at: datetime, by: Member | None) -> PurchaseOrder | None:
    """One proposal that fills the stock up to its minimum; the same day's proposal is brought up to date."""
    short = below_minimum(incident, at)
    if not short:
        return None
    lead = max((item.lead_hours or 0 for item, _packs in short), default=0)
    day = f"minimum:{at.astimezone(incident.tz):%Y-%m-%d}:"
    earlier = incident.purchase_orders.filter(key__startswith=day)
    gone = earlier.exclude(state=State.PROPOSED).count()
    waiting = OrderLine.objects.filter(order__in=earlier.filter(state=State.PROPOSED)).select_related("item")
    lines = [orders.Wanted(item, packs) for item, packs in short]
    lines += [orders.Wanted(line.item, line.packs, line.payer) for line in waiting]
    given = {"need_by": at + timedelta(hours=lead), "key": f"{day}{gone}", "note": _("up to the minimum stock")}
    return orders.propose(incident, lines, at=at, by=by, **given)  # type: ignore[arg-type]


@dataclass(frozen=True)
class SupplierLine:
    """A supplier with what came from it."""

    supplier: Any
    lots: int
    packs: int


def suppliers_of(incident: Incident) -> list[SupplierLine]:
    """Suppliers and donors, with lots and packs that came from each. Two queries."""
    came = dict(incident.moves.filter(reason="receipt").values_list("lot__supplier").annotate(Sum("packs")).order_by())
    lots: dict[int, int] = {}
    for supplier in incident.lots.values_list("supplier_id", flat=True):
        lots[supplier] = lots.get(supplier, 0) + 1
    return [SupplierLine(one, lots.get(one.pk, 0), came.get(one.pk, 0)) for one in incident.suppliers.all()]
