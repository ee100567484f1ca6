"""Lots: received with their check, held back, let go, called back, and the doors that have them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import Field

from doorstep.errors import UserError
from doorstep.register.models import Door
from doorstep.supplies import handling, lots, orders, recalls, stock
from doorstep.supplies.api.shared import (
    Code,
    Packs,
    Reason,
    act_of,
    item_of,
    lot_of,
    place_of_ours,
    supplier_of,
)
from doorstep.supplies.models import Item, Location, Lot, OrderLine
from doorstep.supplies.rules import questions_for
from doorstep.supplies.stock_forms import doors_of
from doorstep.wiring.api import Instant, Key, Line, Paged, PageNumber, Room, incident_of, paged

room = Room(tags=["supplies"])
Payer = Literal["public", "household", "donor"]


class ShelfPlaceOut(Schema):
    """Packs of a lot at one of our places."""

    place: int
    name: str
    kind: str
    packs: int
    reserved: int


class GoodsLotOut(Schema):
    """Goods that came together. `state`: good, held or recalled; `where`: packs by kind of place, outside ones below 0."""

    id: int
    item: str
    supplier: int | None
    number: str
    best_before: datetime | None
    received_at: datetime
    state: str
    reason: str
    payer: str
    receipt_check: dict[str, bool]


class GoodsLotPage(GoodsLotOut):
    """A lot with where it is."""

    places: list[ShelfPlaceOut]
    where: dict[str, int]
    at_doors: int


class QuestionsOut(Schema):
    """The questions of the receipt check for an item, by their code: true answers mean that it is in order."""

    item: str
    questions: dict[str, str]
    dated: bool


class ReceiptIn(Schema):
    """One lot of an item that has just come. `answers`: every question of its check, true = in order.

    `order_line`: the line of an order that it belongs to; then item and supplier may be left out.
    `door`: for whom a household paid it (payer household, and only then); it waits apart and goes to that door only.
    """

    item: Code = ""
    packs: Packs
    number: Annotated[Line, Field(max_length=60)]
    store: Key
    supplier: Key | None = None
    new_supplier: Line = ""
    best_before: Instant | None = None
    answers: Annotated[dict[Line, bool], Field(max_length=30)] = {}
    payer: Payer | None = None
    note: Reason = ""
    order_line: Key | None = None
    door: Key | None = None


class LotReasonIn(Schema):
    """Why."""

    reason: Reason


class LetGoIn(LotReasonIn):
    """What was checked, and the store to which it goes."""

    store: Key


class TakeAwayIn(LotReasonIn):
    """Packs that leave a place for good: thrown away, sent back, or used on duty."""

    kind: Literal["wasted", "returned", "used"]
    place: Key
    packs: Packs


class WarnTaskOut(Schema):
    """A task to warn the doors of an area."""

    id: int
    title: str
    area: int | None
    due_at: datetime | None


class RecallOut(Schema):
    """A lot called back, with the tasks that warn its doors."""

    lot: GoodsLotPage
    tasks: list[WarnTaskOut]


class LotDoorOut(Schema):
    """A door that has a lot."""

    door: int
    label: str
    compound: str
    floor: int
    packs: int


class LotDoorsOut(Schema):
    """The doors of one's own areas that have a lot, and how many there are elsewhere."""

    doors: list[LotDoorOut]
    elsewhere: int


@room.reads("/lots", Paged[GoodsLotOut], act="see_supplies")
def lots_now(
    request: Any,
    item: Code = "",
    state: Literal["", "good", "held", "recalled"] = "",
    q: Line = "",
    page: PageNumber = 1,
) -> dict[str, Any]:
    """Lots, what ends first at first."""
    rows = incident_of(request).lots.select_related("item")
    rows = rows.filter(item__code=item) if item else rows
    rows = rows.filter(state=state) if state else rows
    return paged(request, rows.filter(number__icontains=q.strip()) if q.strip() else rows, _lot)


@room.reads("/lots/{pk}", GoodsLotPage, act="see_supplies")
def one_lot(request: Any, pk: Key) -> GoodsLotPage:
    """One lot with where it is."""
    return _page(lot_of(request, pk))


@room.reads("/lots/{pk}/doors", LotDoorsOut, act="see_supplies")
def doors_of_lot(request: Any, pk: Key) -> LotDoorsOut:
    """Which doors got it."""
    doors, elsewhere = stock.doors_seen(lot_of(request, pk), request.rights)
    return LotDoorsOut(
        doors=[
            LotDoorOut(
                door=door.pk,
                label=stock.door_label(door),
                compound=door.stair.building.compound.name,
                floor=door.floor,
                packs=packs,
            )
            for door, packs in doors
        ],
        elsewhere=elsewhere,
    )


@room.reads("/receipts/questions", QuestionsOut, act="manage_supplies")
def receipt_questions(request: Any, item: Code) -> QuestionsOut:
    """What to look at when an item comes."""
    found = item_of(item)
    return QuestionsOut(item=found.code, questions=questions_for(found), dated=found.shelf_days is not None)


@room.does("/receipts", GoodsLotPage, act="manage_supplies")
def receive(request: Any, body: ReceiptIn) -> GoodsLotPage:
    """Take goods in. What fails its check is held back, not refused; twice said with one client_id, it comes in once."""
    incident = incident_of(request)
    at, by = incident.now(), request.member or None
    line = _order_line(request, body.order_line)
    item = line.item if line else item_of(body.item)
    _answered(item, body.answers)
    supplier = supplier_of(incident, body.supplier)
    payer = body.payer or (line.payer if line else "public")
    if supplier is None and body.new_supplier.strip():
        supplier = handling.save_supplier(incident, body.new_supplier, at=at, by=by, donor=payer == "donor")
    receipt = lots.Receipt(
        act_of(request),
        item,
        body.packs,
        body.number,
        supplier,
        body.best_before,
        body.answers,
        payer,
        body.note,
        door=_door(request, body.door),
    )
    store = place_of_ours(incident, body.store, "store")
    if line:
        return _page(orders.receive_line(line, receipt, store=store, at=at, by=by))
    return _page(lots.receive(incident, receipt, store=store, at=at, by=by))


@room.does("/lots/{pk}/hold", GoodsLotPage, act="manage_supplies")
def hold(request: Any, pk: Key, body: LotReasonIn) -> GoodsLotPage:
    """Hold a lot back."""
    return _done(request, pk, lambda lot, said: lots.hold(lot, reason=body.reason, **said))


@room.does("/lots/{pk}/release", GoodsLotPage, act="manage_supplies")
def let_lot_go(request: Any, pk: Key, body: LetGoIn) -> GoodsLotPage:
    """Let a lot go that was held back; never one past its date."""
    store = place_of_ours(incident_of(request), body.store, "store")
    return _done(request, pk, lambda lot, said: lots.release(lot, store=store, reason=body.reason, **said))


@room.does("/lots/{pk}/recall", RecallOut, act="manage_supplies")
def recall(request: Any, pk: Key, body: LotReasonIn) -> RecallOut:
    """Call a lot back: nothing of it leaves any more, and a task in each area warns the doors that have it."""
    lot = lot_of(request, pk)
    given: dict[str, Any] = {"reason": body.reason, "at": lot.incident.now(), "by": request.member or None}
    tasks = recalls.recall_and_warn(lot, client_id=act_of(request), **given)
    told = [WarnTaskOut(id=one.pk, title=one.title, area=one.area_id, due_at=one.due_at) for one in tasks]
    return RecallOut(lot=_page(lot), tasks=told)


@room.does("/lots/{pk}/take-away", GoodsLotPage, act="manage_supplies")
def take_away(request: Any, pk: Key, body: TakeAwayIn) -> GoodsLotPage:
    """Packs thrown away, sent back or used on duty, with a reason."""
    place = _place_of_lot(lot_of(request, pk), body.place)
    given: dict[str, Any] = {"kind": body.kind, "reason": body.reason}
    return _done(request, pk, lambda lot, said: lots.take_away(lot, place, body.packs, **given, **said))


def _done(request: Any, pk: int, act: Callable[[Lot, dict[str, Any]], object]) -> GoodsLotPage:
    lot = lot_of(request, pk)
    act(lot, {"at": lot.incident.now(), "by": request.member or None, "client_id": act_of(request)})
    return _page(lot)


def _place_of_lot(lot: Lot, pk: int) -> Location:
    kinds = [*handling.INSIDE, Location.Kind.QUARANTINE]
    found = lot.incident.locations.filter(kind__in=kinds, balances__lot=lot, pk=pk).first()
    if found is None:
        raise UserError(_("The lot is not at this place."), field="place", mend=_("See where the lot is."))
    return found


def _order_line(request: Any, pk: int | None) -> OrderLine | None:
    if pk is None:
        return None
    rows = OrderLine.objects.filter(order__incident=incident_of(request))
    found = rows.select_related("order__incident", "order__supplier", "item").filter(pk=pk).first()
    if found is None:
        raise UserError(_("There is no such line of an order."), field="order_line", mend=_("See the order."))
    if found.order.area_id is not None:
        request.rights.require("manage_supplies", found.order.area_id)
    return found


def _door(request: Any, pk: int | None) -> Door | None:
    if pk is None:
        return None
    doors = doors_of(incident_of(request))
    scope = request.rights.areas("manage_supplies")
    found = (doors if scope is None else doors.filter(area_doors__area__in=scope)).filter(pk=pk).first()
    if found is None:
        raise UserError(
            _("No door of your areas has this number."), field="door", mend=_("Search for it: /search?q=3-2-501.")
        )
    return found


def _answered(item: Item, answers: dict[str, bool]) -> None:
    """Every question of the receipt check is answered, and no other."""
    questions = questions_for(item)
    for code in (*(one for one in questions if one not in answers), *(one for one in answers if one not in questions)):
        message = _("The check asks: %(question)s") if code in questions else _("The check does not ask: %(question)s")
        raise UserError(
            message % {"question": questions.get(code, code)},
            field=f"answers.{code}"[:120],
            mend=_("Answer each question of /supplies/receipts/questions with true or false."),
        )


def _lot(lot: Lot) -> dict[str, Any]:
    facts = ("number", "best_before", "received_at", "state", "reason", "payer")
    told = {name: getattr(lot, name) for name in facts}
    checks = {code: bool(ok) for code, ok in lot.receipt_check.items()}
    return {"id": lot.pk, "item": lot.item.code, "supplier": lot.supplier_id, "receipt_check": checks, **told}


def _page(lot: Lot) -> GoodsLotPage:
    kinds = [*handling.INSIDE, Location.Kind.QUARANTINE]
    rows = lot.balances.filter(packs__gt=0, location__kind__in=kinds).select_related("location").order_by("location")
    places = [
        ShelfPlaceOut(
            place=row.location_id,
            name=str(row.location),
            kind=row.location.kind,
            packs=row.packs,
            reserved=row.reserved,
        )
        for row in rows
    ]
    return GoodsLotPage(**_lot(lot), places=places, where=lots.where(lot), at_doors=len(lots.doors_with(lot)))
