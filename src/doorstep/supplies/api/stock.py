"""What is where: goods, places with their lots, counts, moves, packs kept back, until when doors are covered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import Field

from doorstep.command.models import Incident
from doorstep.errors import UserError
from doorstep.register.models import Household
from doorstep.supplies import covered, handling, item_queries, keeping, stock
from doorstep.supplies.api.shared import (
    Code,
    Counted,
    GoodsMoveOut,
    Packs,
    Reason,
    act_of,
    item_of,
    move_line,
    place_of_ours,
)
from doorstep.supplies.models import Item, Lot, Move, Reservation
from doorstep.supplies.moves import Said
from doorstep.wiring.api import Key, Line, Paged, PageNumber, Room, incident_of, paged, whole

room = Room(tags=["supplies"])


class GoodsOut(Schema):
    """One kind of goods: what a pack is, what it weighs, how it is kept; `contains` are tags that diets ask about."""

    code: str
    names: dict[str, str]
    kind: str
    group: str
    unit: str
    per_pack: float
    pack_weight_g: float
    contains: list[str]
    needs_cooking: bool
    keep: str
    shelf_days: float | None
    price_cents: int | None
    lead_hours: float | None
    least_packs: int
    barcode: str
    active: bool


class StockLineOut(Schema):
    """An item in our places together, in packs: on hand, promised, free to take, held back, past its date."""

    item: str
    names: dict[str, str]
    on_hand: int
    reserved: int
    free: int
    held: int
    past: int
    least: int
    below: bool
    first_date: datetime | None
    places: list[str]


class StorePlaceOut(Schema):
    """A place for goods, and how much is in it."""

    id: int
    kind: str
    name: str
    lots: int
    packs: int


class ShelfLineOut(Schema):
    """A lot at one place."""

    lot: int
    number: str
    item: str
    state: str
    best_before: datetime | None
    payer: str
    packs: int
    reserved: int


class ShelfOut(StorePlaceOut):
    """A place with every lot in it."""

    shelf: list[ShelfLineOut]


class CarryLineIn(Schema):
    """Packs of a lot."""

    lot: Key
    packs: Packs


class CarryIn(Schema):
    """Goods to carry from one place of ours to another; all of them or none."""

    source: Key
    target: Key
    lines: Annotated[list[CarryLineIn], Field(min_length=1, max_length=500)]
    note: Reason = ""


class CountLineIn(Schema):
    """What was counted of one lot; a difference needs its reason."""

    lot: Key
    packs: Counted
    reason: Reason = ""


class CountIn(Schema):
    """A count of a place; all of it or nothing."""

    lines: Annotated[list[CountLineIn], Field(min_length=1, max_length=2000)]


class ReasonIn(Schema):
    """Why."""

    reason: Reason = ""


class KeepIn(Schema):
    """Packs to keep back at a place: for a household (its number), or for another purpose in a word."""

    item: Code
    packs: Packs
    place: Key
    for_kind: Literal["household", "other"]
    for_id: Annotated[Line, Field(min_length=1, max_length=64)]


class KeptOut(Schema):
    """Packs kept back; those of kits are let go by their packing order."""

    id: int
    item: str
    lot: int
    place: int
    packs: int
    for_kind: str
    for_id: str
    reserved_at: datetime
    ended_at: datetime | None


class CoverOut(Schema):
    """A household behind a door and until when its food lasts; null: nothing was ever confirmed, so it counts as nothing."""

    door: int
    label: str
    household: int
    persons: int
    covered_until: datetime | None
    last_delivery_at: datetime | None
    look: str


class CoverAreaOut(Schema):
    """An area in force: households whose food lasts, ends within a day, has ended, or of which nothing is known."""

    area: int
    name: str
    households: int
    covered: int
    soon: int
    ended: int
    unknown: int
    first_ends_at: datetime | None


@room.reads("/items", Paged[GoodsOut], act="see_supplies")
def goods(request: Any, q: Line = "", group: Code = "", page: PageNumber = 1) -> dict[str, Any]:
    """Goods by name, code or barcode."""
    return paged(request, item_queries.items_in({"q": q, "group": group}), _goods)


@room.reads("/items/{code}", GoodsOut, act="see_supplies")
def one_item(request: Any, code: Code) -> GoodsOut:
    """One kind of goods."""
    return _goods(get_object_or_404(Item, code=code))


@room.reads("/stock", Paged[StockLineOut], act="see_supplies")
def stock_now(
    request: Any,
    q: Line = "",
    kind: Line = "",
    place: Key | None = None,
    only: Literal["", "low", "soon", "held"] = "",
    page: PageNumber = 1,
) -> dict[str, Any]:
    """What is here or should be, by item; `only` those below the minimum, that end soon, or held back."""
    incident = incident_of(request)
    asked = stock.Asked(q.strip()[:60], kind if kind in Item.Kind.values else "", place, only)
    return paged(request, stock.stock_lines(incident, asked, incident.now()), _stock)


@room.reads("/places", list[StorePlaceOut], act="see_supplies")
def places(request: Any) -> list[Any]:
    """Stores, staging places and gates."""
    return whole(stock.places_with_packs(incident_of(request)), _place)


@room.reads("/places/{pk}", ShelfOut, act="see_supplies")
def one_place(request: Any, pk: Key) -> dict[str, Any]:
    """One place with every lot in it."""
    found = next((line for line in stock.places_with_packs(incident_of(request)) if line.place.pk == pk), None)
    if found is None:
        raise Http404
    return {**_place(found), "shelf": whole(stock.count_sheet(found.place), _shelf)}


@room.does("/places/{pk}/count", list[GoodsMoveOut], act="manage_supplies")
def count(request: Any, pk: Key, body: CountIn) -> list[Any]:
    """Write a count down. Answers with the moves of what differed."""
    incident = incident_of(request)
    place = get_object_or_404(stock.places_of(incident), pk=pk)
    known = _lots(incident, [line.lot for line in body.lines])
    seen = [handling.Counted(known[line.lot], line.packs, line.reason) for line in body.lines]
    made = handling.count_store(place, seen, at=incident.now(), by=request.member or None, client_id=act_of(request))
    return _moves(request, [one.pk for one in made])


@room.reads("/moves", Paged[GoodsMoveOut], act="see_supplies")
def moves(request: Any, item: Code = "", lot: Key | None = None, page: PageNumber = 1) -> dict[str, Any]:
    """Every move of goods, the newest first."""
    rows = _rows(incident_of(request)).order_by("-occurred_at", "-pk")
    rows = rows.filter(lot__item__code=item) if item else rows
    rows = rows.filter(lot=lot) if lot is not None else rows
    scope = request.rights.areas("see_supplies")
    return paged(request, rows, lambda one: move_line(one, scope))


@room.does("/moves", list[GoodsMoveOut], act="manage_supplies")
def carry(request: Any, body: CarryIn) -> list[Any]:
    """Carry packs from one place of ours to another."""
    incident = incident_of(request)
    source, target = (place_of_ours(incident, getattr(body, end), end) for end in ("source", "target"))
    packs: dict[int, int] = {}
    known = _lots(incident, [line.lot for line in body.lines])
    for line in body.lines:
        packs[known[line.lot].pk] = packs.get(line.lot, 0) + line.packs
    said = Said(act_of(request), incident.now(), "transfer", request.member or None, body.note)
    return _moves(request, [one.pk for one in handling.transfer(incident, packs, source, target, said=said)])


@room.does("/moves/{pk}/undo", GoodsMoveOut, act="manage_supplies")
def undo_goods_move(request: Any, pk: Key, body: ReasonIn) -> GoodsMoveOut:
    """Take a move back by one the other way round; twice asked, once done."""
    incident = incident_of(request)
    one = get_object_or_404(incident.moves.select_related("incident", "source", "target"), pk=pk)
    back = handling.undo_move(one, reason=body.reason, at=incident.now(), by=request.member or None)
    found: GoodsMoveOut = _moves(request, [back.pk])[0]
    return found


@room.reads("/reservations", Paged[KeptOut], act="see_supplies")
def reservations(request: Any, item: Code = "", ended: bool = False, page: PageNumber = 1) -> dict[str, Any]:
    """Packs that are kept back: those that still are, or those that were."""
    rows = _kept(incident_of(request)).filter(ended_at__isnull=not ended).order_by("-reserved_at", "-pk")
    return paged(request, rows.filter(balance__lot__item__code=item) if item else rows, _keeping)


@room.does("/reservations", list[KeptOut], act="manage_supplies")
def keep(request: Any, body: KeepIn) -> list[Any]:
    """Keep packs back, of the lots that end first; all or none. What is kept for the same purpose already is told."""
    incident = incident_of(request)
    if body.for_kind == "household" and not _is_ours(request, incident, body.for_id):
        raise UserError(
            _("There is no such household here."), field="for_id", mend=_("Give the number of a household of yours.")
        )
    made = keeping.keep_for(
        item_of(body.item),
        body.packs,
        place=place_of_ours(incident, body.place, "place"),
        purpose=(body.for_kind, body.for_id),
        client_id=act_of(request),
        at=incident.now(),
        by=request.member or None,
    )
    return whole(_kept(incident).filter(pk__in=[one.pk for one in made]), _keeping)


@room.does("/reservations/{pk}/release", KeptOut, act="manage_supplies")
def let_go(request: Any, pk: Key) -> dict[str, Any]:
    """What was kept back is free again."""
    incident = incident_of(request)
    one = get_object_or_404(_kept(incident), pk=pk)
    return _keeping(keeping.let_go(one, at=incident.now(), by=request.member or None))


@room.reads("/coverage", Paged[CoverOut], act="see_supplies")
def coverage(request: Any, area: Key | None = None, page: PageNumber = 1) -> dict[str, Any]:
    """Until when the food behind each door lasts, what is unknown or ends first at first."""
    incident = incident_of(request)
    at = incident.now()
    if area is not None:
        request.rights.require("see_supplies", area)
    rows = covered.households(incident, request.rights, area)
    return paged(request, rows, lambda row: CoverOut(**covered.line(row, incident, at)))


@room.reads("/coverage/areas", list[CoverAreaOut], act="see_supplies")
def coverage_of_areas(request: Any) -> list[Any]:
    """The same by area."""
    incident = incident_of(request)
    return [CoverAreaOut(**vars(row)) for row in covered.areas(incident, request.rights, incident.now())]


def _is_ours(request: Any, incident: Incident, key: str) -> bool:
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return False
    homes = Household.objects.filter(pk=int(key), door__area_doors__area__incident=incident)
    scope = request.rights.areas("manage_supplies")
    return (homes if scope is None else homes.filter(door__area_doors__area__in=scope)).exists()


def _lots(incident: Incident, wanted: list[int]) -> dict[int, Lot]:
    found = {lot.pk: lot for lot in incident.lots.filter(pk__in=wanted).select_related("item", "incident")}
    for number, pk in enumerate(wanted):
        if pk not in found:
            raise UserError(
                _("There is no such lot."), field=f"lines.{number}.lot", mend=_("See the lots of the place.")
            )
    return found


def _rows(incident: Incident) -> QuerySet[Move]:
    return incident.moves.select_related(
        "lot__item", "by", "source__door__stair__building", "target__door__stair__building"
    )


def _moves(request: Any, wanted: list[int]) -> list[Any]:
    scope = request.rights.areas("see_supplies")
    rows = _rows(incident_of(request)).filter(pk__in=wanted).order_by("pk")
    return [move_line(one, scope) for one in rows]


def _kept(incident: Incident) -> QuerySet[Reservation]:
    rows = Reservation.objects.filter(balance__location__incident=incident)
    return rows.select_related("balance__lot__item", "balance__lot__incident")


def _goods(item: Item) -> GoodsOut:
    return GoodsOut(**{name: getattr(item, name) for name in GoodsOut.model_fields})


def _stock(line: stock.ItemLine) -> dict[str, Any]:
    facts = ("on_hand", "reserved", "free", "held", "past", "least", "below", "first_date")
    told = {name: getattr(line, name) for name in facts}
    return {"item": line.item.code, "names": line.item.names, "places": sorted(line.places), **told}


def _place(line: stock.PlaceLine) -> dict[str, Any]:
    place = line.place
    return {"id": place.pk, "kind": place.kind, "name": str(place), "lots": line.lots, "packs": line.packs}


def _shelf(line: stock.SheetLine) -> ShelfLineOut:
    lot = line.lot
    return ShelfLineOut(
        lot=lot.pk,
        number=lot.number,
        item=lot.item.code,
        state=lot.state,
        best_before=lot.best_before,
        payer=lot.payer,
        packs=line.packs,
        reserved=line.reserved,
    )


def _keeping(one: Reservation) -> dict[str, Any]:
    facts = ("packs", "for_kind", "for_id", "reserved_at", "ended_at")
    told = {name: getattr(one, name) for name in facts}
    lot = one.balance.lot
    return {"id": one.pk, "item": lot.item.code, "lot": lot.pk, "place": one.balance.location_id, **told}
