"""Orders to suppliers: proposed, approved, sent, confirmed, short, cancelled; who sells or gives goods."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import Field

from doorstep.errors import UserError
from doorstep.supplies import handling, order_queries, orders
from doorstep.supplies.api.lots import Payer
from doorstep.supplies.api.shared import Code, Counted, Packs, Reason, act_of, item_of, supplier_of
from doorstep.supplies.models import PurchaseOrder, Supplier
from doorstep.wiring.api import Instant, Key, Line, Paged, PageNumber, Room, incident_of, paged, whole

room = Room(tags=["supplies"])


class SupplierOut(Schema):
    """Who sells or gives goods, with how much came."""

    id: int
    name: str
    phone: str
    licence: str
    donor: bool
    lots: int
    packs: int


class SupplierIn(Schema):
    """A supplier or donor. A name that is there already is that one."""

    name: Annotated[Line, Field(min_length=1)]
    phone: Annotated[Line, Field(max_length=40)] = ""
    licence: Annotated[Line, Field(max_length=80)] = ""
    donor: bool = False


class OrderedLineOut(Schema):
    """Packs of an item: ordered, as the supplier confirmed, received."""

    id: int
    item: str
    packs: int
    confirmed: int | None
    received: int
    payer: str


class OrderOut(Schema):
    """An order. `order_by`: the last instant at which it can go out and be in time; `in_time`: whether it will be."""

    id: int
    state: str
    supplier: int | None
    area: int | None
    need_by: datetime
    comes_at: datetime | None
    order_by: datetime | None
    late: bool
    in_time: bool
    proposed_at: datetime
    changed_at: datetime
    note: str
    lines: list[OrderedLineOut]


class OrderLineIn(Schema):
    """Packs of an item."""

    item: Code
    packs: Packs
    payer: Payer = "public"


class OrderIn(Schema):
    """An order to propose. Without an area it is for the whole incident."""

    lines: Annotated[list[OrderLineIn], Field(min_length=1, max_length=300)]
    need_by: Instant
    supplier: Key | None = None
    area: Key | None = None
    note: Reason = ""


class OrderChangeIn(Schema):
    """An order that has not gone out, as it shall be: packs by item code (0 drops the line), more lines, when, from whom."""

    packs: Annotated[dict[Code, Counted], Field(max_length=300)] = {}
    add: OrderLineIn | None = None
    need_by: Instant | None = None
    supplier: Key | None = None


class ConfirmIn(Schema):
    """What the supplier says: packs by item code (left out: as ordered), and when it comes."""

    packs: Annotated[dict[Code, Counted], Field(max_length=300)] = {}
    comes_at: Instant | None = None


class PostponeIn(Schema):
    """When it comes, as the supplier says now."""

    comes_at: Instant


class OrderReasonIn(Schema):
    """Why."""

    reason: Reason


@room.reads("/suppliers", list[SupplierOut], act="see_supplies")
def suppliers(request: Any) -> list[Any]:
    """Suppliers and donors."""
    return whole(order_queries.suppliers_of(incident_of(request)), _supplier)


@room.does("/suppliers", SupplierOut, act="manage_supplies")
def add_supplier(request: Any, body: SupplierIn) -> dict[str, Any]:
    """Add a supplier or donor."""
    incident = incident_of(request)
    made = handling.save_supplier(incident, **body.dict(), at=incident.now(), by=request.member or None)
    return _supplier(next(one for one in order_queries.suppliers_of(incident) if one.supplier.pk == made.pk))


@room.reads("/orders", Paged[OrderOut], act="see_supplies")
def orders_now(request: Any, show: Literal["open", "past"] = "open", page: PageNumber = 1) -> dict[str, Any]:
    """Orders that are awaited, or those that are over."""
    incident = incident_of(request)
    at = incident.now()
    return paged(request, order_queries.orders_in(incident, request.rights, show), lambda one: _order(one, at))


@room.does("/orders", OrderOut, act="manage_supplies")
def propose(request: Any, body: OrderIn) -> OrderOut:
    """Propose an order."""
    incident = incident_of(request)
    area = None
    if body.area is None:
        request.rights.require_everywhere("manage_supplies")
    else:
        area = get_object_or_404(incident.areas.all(), pk=body.area)
        request.rights.require("manage_supplies", area)
    wanted = [
        orders.Wanted(item_of(line.item, f"lines.{number}.item"), line.packs, line.payer)
        for number, line in enumerate(body.lines)
    ]
    made = orders.propose(
        incident,
        wanted,
        need_by=body.need_by,
        at=incident.now(),
        by=request.member or None,
        supplier=supplier_of(incident, body.supplier),
        area=area,
        key=orders.new_key("api", act_of(request)),
        note=body.note,
    )
    return _told(request, made.pk)


@room.does("/orders/minimum", OrderOut | None, act="manage_supplies")
def propose_minimum(request: Any) -> OrderOut | None:
    """Propose what the minimum stock lacks; null where nothing does."""
    incident = incident_of(request)
    request.rights.require_everywhere("manage_supplies")
    made = order_queries.propose_minimum(incident, at=incident.now(), by=request.member or None)
    return None if made is None else _told(request, made.pk)


@room.reads("/orders/{pk}", OrderOut, act="see_supplies")
def one_order(request: Any, pk: Key) -> OrderOut:
    """One order."""
    return _told(request, pk)


@room.does("/orders/{pk}", OrderOut, act="manage_supplies", method="PATCH")
def change(request: Any, pk: Key, body: OrderChangeIn) -> OrderOut:
    """Change an order that has not gone out; what is left out stays."""
    found = _mine(request, pk)
    add = body.add
    orders.change(
        found,
        _by_item(found, body.packs),
        need_by=body.need_by or found.need_by,
        supplier=supplier_of(found.incident, body.supplier) or found.supplier,
        add=orders.Wanted(item_of(add.item, "add.item"), add.packs, add.payer) if add else None,
        at=found.incident.now(),
        by=request.member or None,
    )
    return _told(request, pk)


@room.does("/orders/{pk}/approve", OrderOut, act="manage_supplies")
def approve(request: Any, pk: Key) -> OrderOut:
    """Somebody answers for it."""
    return _step(request, pk, orders.approve)


@room.does("/orders/{pk}/send", OrderOut, act="manage_supplies")
def sent(request: Any, pk: Key) -> OrderOut:
    """It is with its supplier."""
    return _step(request, pk, orders.send)


@room.does("/orders/{pk}/confirm", OrderOut, act="manage_supplies")
def confirm(request: Any, pk: Key, body: ConfirmIn) -> OrderOut:
    """What the supplier says that it brings, and when."""
    found = _mine(request, pk)
    return _step(request, pk, orders.confirm, packs=_by_item(found, body.packs), comes_at=body.comes_at)


@room.does("/orders/{pk}/comes-at", OrderOut, act="manage_supplies")
def comes_at(request: Any, pk: Key, body: PostponeIn) -> OrderOut:
    """The supplier names another time."""
    return _step(request, pk, orders.expect, comes_at=body.comes_at)


@room.does("/orders/{pk}/short", OrderOut, act="manage_supplies")
def short(request: Any, pk: Key, body: OrderReasonIn) -> OrderOut:
    """Nothing more comes."""
    return _step(request, pk, orders.close_short, reason=body.reason)


@room.does("/orders/{pk}/cancel", OrderOut, act="manage_supplies")
def cancel(request: Any, pk: Key, body: OrderReasonIn) -> OrderOut:
    """Take it back before anything of it came."""
    return _step(request, pk, orders.cancel, reason=body.reason)


@room.does("/orders/{pk}/back", OrderOut, act="manage_supplies")
def step_back(request: Any, pk: Key) -> OrderOut:
    """Take its last step back."""
    return _step(request, pk, orders.step_back)


def _mine(request: Any, pk: int, act: str = "manage_supplies") -> PurchaseOrder:
    rows = incident_of(request).purchase_orders.select_related("supplier", "area", "incident")
    found: PurchaseOrder = get_object_or_404(rows.prefetch_related("lines__item"), pk=pk)
    if found.area_id is not None:
        request.rights.require(act, found.area_id)
    return found


def _step(request: Any, pk: int, act: Any, **given: Any) -> OrderOut:
    found = _mine(request, pk)
    act(found, at=found.incident.now(), by=request.member or None, **given)
    return _told(request, pk)


def _by_item(found: PurchaseOrder, packs: dict[str, int]) -> dict[int, int]:
    known = {line.item.code: line.item_id for line in found.lines.all()}
    for code in packs:
        if code not in known:
            raise UserError(
                _("The order has no such line: %(item)s.") % {"item": code},
                field=f"packs.{code}"[:120],
                mend=_("See the lines of the order."),
            )
    return {known[code]: count for code, count in packs.items()}


def _told(request: Any, pk: int) -> OrderOut:
    found = _mine(request, pk, "see_supplies")
    return _order(found, found.incident.now())


def _order(found: PurchaseOrder, at: datetime) -> OrderOut:
    row = order_queries.order_row(found, at)
    lines = [
        OrderedLineOut(
            id=line.pk,
            item=line.item.code,
            packs=line.packs,
            confirmed=line.confirmed,
            received=line.received,
            payer=line.payer,
        )
        for line in row.lines
    ]
    facts = ("state", "need_by", "comes_at", "proposed_at", "changed_at", "note")
    told: dict[str, Any] = {name: getattr(found, name) for name in facts}
    told |= {"order_by": row.order_by, "late": row.late, "in_time": not row.too_late}
    return OrderOut(id=found.pk, supplier=found.supplier_id, area=found.area_id, lines=lines, **told)


def _supplier(line: order_queries.SupplierLine) -> dict[str, Any]:
    one: Supplier = line.supplier
    facts = ("name", "phone", "licence", "donor")
    told = {name: getattr(one, name) for name in facts}
    return {"id": one.pk, "lots": line.lots, "packs": line.packs, **told}
