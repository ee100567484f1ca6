"""Orders to suppliers: proposed by a forecast or a person, approved, sent, confirmed, received line by line, short."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Area, Incident, JournalEntry, Member
from doorstep.errors import UserError
from doorstep.supplies import lots
from doorstep.supplies.models import Item, Location, Lot, Move, OrderLine, PurchaseOrder, Supplier

State = PurchaseOrder.State
WAITING = (State.PROPOSED, State.APPROVED, State.SENT, State.CONFIRMED)  # still expected
CHANGEABLE = (State.PROPOSED, State.APPROVED)
COMING = (State.SENT, State.CONFIRMED)


@dataclass(frozen=True)
class Wanted:
    """Packs of an item that an order asks for."""

    item: Item
    packs: int
    payer: str = "public"


@transaction.atomic
def propose(
    incident: Incident,
    lines: Iterable[Wanted],
    *,
    need_by: datetime,
    at: datetime,
    by: Member | None = None,
    supplier: Supplier | None = None,
    area: Area | None = None,
    key: str = "",
    note: str = "",
) -> PurchaseOrder:
    """Propose an order. One with a `key` is proposed once: asked again it takes the new lines as long as nobody has
    changed or approved it, and is left alone afterwards."""
    wanted = _together(lines)
    facts = {"supplier": supplier, "area": area, "need_by": need_by, "note": note.strip()[:240]}
    facts |= {"proposed_at": at, "changed_at": at}
    if not key:
        order = PurchaseOrder.objects.create(incident=incident, **facts)
    else:
        order, is_new = PurchaseOrder.objects.get_or_create(incident=incident, key=key[:120], defaults=facts)
        if not is_new:
            return _follow(PurchaseOrder.objects.select_for_update().get(pk=order.pk), wanted, need_by, supplier)
    _set_lines(order, wanted)
    return _noted("propose_order", order, at, by, lines=len(wanted))


def _follow(order: PurchaseOrder, wanted: list[Wanted], need_by: datetime, supplier: Supplier | None) -> PurchaseOrder:
    """A proposal that no person has touched follows its forecast."""
    touched = JournalEntry.objects.filter(act="change_order", subject_kind="purchaseorder", subject_id=str(order.pk))
    if order.state != State.PROPOSED or touched.exists():
        return order
    _set_lines(order, wanted)
    order.need_by, order.supplier = need_by, supplier or order.supplier
    order.save(update_fields=["need_by", "supplier"])
    return order


@transaction.atomic
def change(
    order: PurchaseOrder,
    packs: Mapping[int, int],
    *,
    need_by: datetime,
    supplier: Supplier | None,
    at: datetime,
    by: Member | None,
    add: Wanted | None = None,
) -> PurchaseOrder:
    """Change an order that is not sent: packs by item (0 drops the line), when, from whom."""
    _allowed(order, CHANGEABLE, _("This order has gone out."), _("Cancel it, and propose another."))
    lines = [
        replace(_of(line), packs=packs.get(line.item_id, line.packs)) for line in order.lines.select_related("item")
    ]
    wanted = _together([line for line in (*lines, *([add] if add else [])) if line.packs])
    _set_lines(order, wanted)
    order.need_by, order.supplier, order.changed_at = need_by, supplier, at
    order.save(update_fields=["need_by", "supplier", "changed_at"])
    return _noted("change_order", order, at, by)


@transaction.atomic
def approve(order: PurchaseOrder, *, at: datetime, by: Member | None) -> PurchaseOrder:
    """Somebody answers for the order. Doing it twice changes nothing."""
    return _step(order, "approve_order", State.APPROVED, (State.PROPOSED,), at, by)


@transaction.atomic
def send(order: PurchaseOrder, *, at: datetime, by: Member | None) -> PurchaseOrder:
    """The order is with its supplier."""
    if order.supplier is None:
        raise UserError(
            _("The order has no supplier."), field="supplier", mend=_("Choose who is to deliver, then send it.")
        )
    return _step(order, "send_order", State.SENT, (State.APPROVED,), at, by)


@transaction.atomic
def confirm(
    order: PurchaseOrder, packs: Mapping[int, int], *, at: datetime, by: Member | None, comes_at: datetime | None = None
) -> PurchaseOrder:
    """What the supplier says that it will bring, by item, and when. It may be less."""
    if order.state == State.CONFIRMED:
        return order
    _allowed(order, (State.SENT,), _("This order is not with the supplier."), _("Send it first."))
    for line in order.lines.all():
        line.confirmed = packs.get(line.item_id, line.packs)
        if line.confirmed < 0:
            raise UserError(_("Fewer than none cannot come."), field=f"packs-{line.item_id}", mend=_("Give 0 or more."))
        line.save(update_fields=["confirmed"])
    order.comes_at = comes_at
    order.save(update_fields=["comes_at"])
    return _step(order, "confirm_order", State.CONFIRMED, (State.SENT,), at, by)


@transaction.atomic
def expect(order: PurchaseOrder, *, comes_at: datetime, at: datetime, by: Member | None) -> PurchaseOrder:
    """The supplier names another time at which the order comes. The same time again changes nothing."""
    _allowed(order, COMING, _("This order is not with the supplier."), _("Send it first."))
    if order.comes_at != comes_at:
        order.comes_at = comes_at
        order.save(update_fields=["comes_at"])
        _noted("expect_order", order, at, by, comes_at=comes_at.isoformat())
    return order


@transaction.atomic
def receive_line(line: OrderLine, receipt: lots.Receipt, *, store: Location, at: datetime, by: Member | None) -> Lot:
    """A line that came, or a part of it, into a lot with its check. Saying it twice receives it once."""
    order = line.order
    known = Move.objects.filter(ref_kind="order_line", ref_id=str(line.pk), reason="receipt").values("client_id")
    mine = [
        uuid5(receipt.client_id, str(lot)) for lot in Lot.objects.filter(item=line.item).values_list("pk", flat=True)
    ]
    if not known.filter(client_id__in=mine).exists():
        _allowed(
            order,
            (State.SENT, State.CONFIRMED, State.SHORT),
            _("Nothing of this order is awaited."),
            _("Send it first, or take the goods in without an order."),
        )
    lot = lots.receive(
        order.incident,
        replace(receipt, item=line.item, supplier=receipt.supplier or order.supplier, order_line=line.pk),
        store=store,
        at=at,
        by=by,
    )
    recount(line.pk, at=at, by=by)
    return lot


@transaction.atomic
def close_short(order: PurchaseOrder, *, reason: str, at: datetime, by: Member | None) -> PurchaseOrder:
    """Nothing more comes: the order is short, and says why."""
    if not reason.strip():
        raise UserError(_("A reason is missing."), field="reason", mend=_("Say why the rest does not come."))
    order.note = reason.strip()[:240]
    order.save(update_fields=["note"])
    return _step(order, "order_short", State.SHORT, (State.SENT, State.CONFIRMED), at, by, reason=reason.strip())


@transaction.atomic
def cancel(order: PurchaseOrder, *, reason: str, at: datetime, by: Member | None) -> PurchaseOrder:
    """Take an order back before anything of it came."""
    if not reason.strip():
        raise UserError(_("A reason is missing."), field="reason", mend=_("Say why the order is taken back."))
    if any(line.received for line in order.lines.all()):
        raise UserError(_("A part of it has come."), field="reason", mend=_("Say instead that the rest does not come."))
    order.note = reason.strip()[:240]
    order.save(update_fields=["note"])
    return _step(order, "cancel_order", State.CANCELLED, WAITING, at, by, reason=reason.strip())


@transaction.atomic
def step_back(order: PurchaseOrder, *, at: datetime, by: Member | None) -> PurchaseOrder:
    """Take the last step of an order back, where it went wrong by hand."""
    before = {
        State.APPROVED: State.PROPOSED,
        State.SENT: State.APPROVED,
        State.CONFIRMED: State.SENT,
        State.CANCELLED: State.PROPOSED,
        State.SHORT: State.SENT,
    }.get(State(order.state))
    if before is None:
        raise UserError(_("There is no step to take back."), field="order", mend=_("Take back what was received."))
    if order.state == State.CONFIRMED:
        order.comes_at = None
        order.save(update_fields=["comes_at"])
        order.lines.update(confirmed=None)
    return _step(order, "step_back_order", before, (State(order.state),), at, by)


def recount(line_id: int, *, at: datetime, by: Member | None) -> None:
    """What of a line has come, from the moves; an order of which all lines came is received."""
    line = OrderLine.objects.select_for_update().select_related("order__incident").get(pk=line_id)
    came = Move.objects.filter(ref_kind="order_line", ref_id=str(line.pk), reason="receipt")
    back = Move.objects.filter(
        ref_kind="move", reason="undo", ref_id__in=[str(pk) for pk in came.values_list("pk", flat=True)]
    )
    line.received = (came.aggregate(n=Sum("packs"))["n"] or 0) - (back.aggregate(n=Sum("packs"))["n"] or 0)
    line.save(update_fields=["received"])
    order = line.order
    whole = all(one.received >= one.packs for one in order.lines.all())
    if whole and order.state in (State.SENT, State.CONFIRMED, State.SHORT):
        _step(order, "order_received", State.RECEIVED, (State(order.state),), at, by)
    elif not whole and order.state == State.RECEIVED:
        _step(order, "step_back_order", State.CONFIRMED, (State.RECEIVED,), at, by)


def lead_until(item: Item, at: datetime) -> datetime | None:
    """When an order made now would be here; None where the item's lead time is not known."""
    return at + timedelta(hours=item.lead_hours) if item.lead_hours is not None else None


def _of(line: OrderLine) -> Wanted:
    return Wanted(line.item, line.packs, line.payer)


def _together(lines: Iterable[Wanted]) -> list[Wanted]:
    found: dict[int, Wanted] = {}
    for line in lines:
        if line.packs < 1:
            raise UserError(_("Nothing is ordered."), field="packs", mend=_("Give at least one pack."))
        before = found.get(line.item.pk)
        found[line.item.pk] = replace(line, packs=line.packs + (before.packs if before else 0))
    if not found:
        raise UserError(_("The order has no lines."), field="item", mend=_("Choose an item and how many packs."))
    return list(found.values())


def _set_lines(order: PurchaseOrder, wanted: list[Wanted]) -> None:
    there = {line.item_id: line for line in order.lines.all()}
    for line in wanted:
        known = there.pop(line.item.pk, None)
        if known is None:
            OrderLine.objects.create(order=order, item=line.item, packs=line.packs, payer=line.payer)
        elif (known.packs, known.payer) != (line.packs, line.payer):
            known.packs, known.payer = line.packs, line.payer
            known.save(update_fields=["packs", "payer"])
    OrderLine.objects.filter(pk__in=[line.pk for line in there.values()]).delete()


def _allowed(order: PurchaseOrder, states: Container[str], message: str, mend: str) -> None:
    if order.state not in states:
        raise UserError(message, field="order", mend=mend)


def _step(
    order: PurchaseOrder,
    act: str,
    to: State,
    of: Container[str],
    at: datetime,
    by: Member | None,
    **data: Any,
) -> PurchaseOrder:
    now = PurchaseOrder.objects.select_for_update().get(pk=order.pk).state
    if now == to:
        order.state = now
        return order
    if now not in of:
        order.state = now
        raise UserError(
            _("The order is %(state)s.") % {"state": order.get_state_display()},
            field="order",
            mend=_("Look at it again: somebody may have been quicker."),
        )
    order.state, order.changed_at = to, at
    order.save(update_fields=["state", "changed_at"])
    return _noted(act, order, at, by, **data)


def _noted(act: str, order: PurchaseOrder, at: datetime, by: Member | None, **data: Any) -> PurchaseOrder:
    journal.record(act, incident=order.incident, subject=order, by=by, occurred_at=at, label=f"#{order.pk}", **data)
    return order


def new_key(source: str, client_id: UUID) -> str:
    """The key of an order that a person proposes: a form sent twice proposes it once."""
    return f"{source}:{client_id}"
