"""At the packing table: what goes into a kit is looked at before it is in; what does not fit is refused, by name (F7, F8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _

from doorstep.command.models import Incident, Member
from doorstep.errors import UserError
from doorstep.supplies.kit_codes import as_typed
from doorstep.supplies.kit_fit import Clash, goods_clash, lot_clash
from doorstep.supplies.kit_state import clashes, homes_for
from doorstep.supplies.models import Item, KitLine, Location, Lot, PackedKit, PackLine, PackOrder, Reservation
from doorstep.supplies.moves import Line, Said, move, place_of
from doorstep.supplies.packing import FOR, eaten_by, locked, noted, settle
from doorstep.supplies.reserving import free_balances, spend


@dataclass(frozen=True)
class Act:
    """Who packs, when; `client_id` is made once for a tap."""

    client_id: UUID
    at: datetime
    by: Member | None = None


@dataclass(frozen=True)
class Pick:
    """Packs of a lot to be taken, promised to the order before or free."""

    lot: Lot
    packs: int
    promised: Reservation | None = None


def kit_with(incident: Incident, text: str) -> PackedKit:
    """The kit of a scanned or typed code. Raises UserError for one that is nobody's."""
    code = as_typed(text)
    kits = PackedKit.objects.select_related("order__design", "household__door__stair__building")
    found = kits.filter(order__incident=incident, code=code).first()
    if found is None:
        raise UserError(
            _("No kit here has the code %(code)s.") % {"code": code}, field="scan", mend=_("Look at its label again.")
        )
    return found


def scan(kit: PackedKit, text: str, act: Act) -> list[KitLine]:
    """A barcode, a code of goods or a lot's number was scanned: into the kit with it, or refused with the reason."""
    item, lot = _meant(kit, text.strip())
    line = kit.order.lines.filter(item=item).first()
    if line is None:
        clash = _goods(kit, item, act.at)
        raise (
            clash.refuse()
            if clash
            else UserError(
                _("%(item)s is not in this kit.") % {"item": item},
                field="scan",
                mend=_("Put it back. If it is to replace something, choose the line and say why."),
            )
        )
    if lot is not None and (wrong := lot_clash(lot, at=act.at, until=eaten_by(kit.order, item))):
        raise wrong.refuse()
    if _missing(kit, line) < 1:
        raise UserError(
            _("%(item)s is in the kit already.") % {"item": item}, field="scan", mend=_("Put this one back.")
        )
    return put_in(kit, line, act, lot=lot)


def _meant(kit: PackedKit, text: str) -> tuple[Item, Lot | None]:
    """The goods, and the lot where its number was scanned; of several the one that belongs into the kit."""
    if not text:
        raise UserError(_("Nothing was scanned."), field="scan", mend=_("Scan the goods, or tap their line."))
    inside = kit.order.lines.values("item")
    item = Item.objects.filter(Q(barcode=text) | Q(code=text.lower())).order_by("pk").first()
    if item is not None:
        return item, None
    lots = list(Lot.objects.filter(incident=kit.order.incident, number__iexact=text).select_related("item", "incident"))
    mine = {key for (key,) in inside.values_list("item")}
    lots.sort(key=lambda lot: (lot.item_id not in mine, lot.state == Lot.State.GOOD))
    if not lots:
        raise UserError(
            _("“%(text)s” is unknown here.") % {"text": text[:30]},
            field="scan",
            mend=_("Tap the line instead, or add the barcode to the goods."),
        )
    return lots[0].item, lots[0]


@transaction.atomic
def put_in(
    kit: PackedKit,
    line: PackLine,
    act: Act,
    *,
    lot: Lot | None = None,
    instead: Item | None = None,
    packs: int | None = None,
    reason: str = "",
) -> list[KitLine]:
    """A line of a kit: of the lots that expire first, of one lot, or other goods `instead`, with a reason.

    Goods that do not suit the class or the household are refused, and so is a lot that is held, called back or past its
    date. Nothing missing any more packs the kit. Saying it twice puts nothing in twice.
    """
    order = kit.order
    locked(order)
    kit.refresh_from_db()
    _is_open(kit)
    missing = _missing(kit, line)
    if missing < 1 or kit.lines.filter(act=act.client_id).exists():
        return []
    item = instead or line.item
    if clash := _goods(kit, item, act.at):
        raise clash.refuse()
    if instead is not None and instead.pk != line.item_id and not reason.strip():
        raise UserError(_("A reason is missing."), field="reason", mend=_("Say why other goods are packed."))
    if lot is not None and (wrong := lot_clash(lot, at=act.at, until=eaten_by(order, item))):
        raise wrong.refuse()
    wanted = packs if instead is not None and packs else missing
    picks = _picks(order, item, wanted, act.at, lot)
    return _fill(kit, [(line, picks, missing, reason)], act)


def _fill(
    kit: PackedKit,
    rows: Sequence[tuple[PackLine, list[Pick], int, str]],
    act: Act,
) -> list[KitLine]:
    """Move picks of some lines into a kit; it is packed when nothing is missing any more."""
    place = _place(kit)
    made: list[KitLine] = []
    for promised in (True, False):
        lines = [Line(p.lot.pk, p.packs) for _l, picks, _m, _r in rows for p in picks if bool(p.promised) == promised]
        if lines:
            said = Said(uuid5(act.client_id, f"{kit.pk}:{promised}"), act.at, "pack", act.by, "", "kit", str(kit.pk))
            move(kit.order.incident, lines, source=kit.order.store, target=place, said=said, reserved=promised)
    for line, picks, missing, reason in rows:
        for number, pick in enumerate(picks):
            if pick.promised is not None:
                spend(pick.promised, pick.packs, at=act.at)
            made.append(
                KitLine(
                    client_id=uuid5(act.client_id, f"{kit.pk}:{line.pk}:{number}"),
                    act=act.client_id,
                    kit=kit,
                    line=line,
                    lot=pick.lot,
                    packs=pick.packs,
                    counts_for=_share(missing, [one.packs for one in picks], number),
                    reason=reason.strip()[:240],
                    put_at=act.at,
                    put_by=act.by,
                )
            )
    KitLine.objects.bulk_create(made)
    inside = dict(kit.inside.values_list("line").annotate(Sum("counts_for")).order_by())
    if all(inside.get(line, 0) >= packs for line, packs in kit.order.lines.values_list("pk", "packs")):
        _pack(kit, act)
    settle(kit.order, at=act.at)
    return made


def _share(missing: int, packs: Sequence[int], number: int) -> int:
    """For how many packs of a line one of several picks stands; together they stand for what is missing."""
    total, before = sum(packs), sum(packs[:number])
    return missing * (before + packs[number]) // total - missing * before // total


def _pack(kit: PackedKit, act: Act) -> None:
    """Nothing is missing: looked at once more as a whole, then packed."""
    for clash in clashes(kit, act.at):
        raise clash.refuse()
    kit.packed_at, kit.packed_by, kit.act = act.at, act.by, act.client_id
    kit.save(update_fields=["packed_at", "packed_by", "act"])
    noted("pack_kit", kit.order, act.at, act.by, kit=kit.code)


@transaction.atomic
def take_out(row: KitLine, act: Act) -> PackedKit:
    """What was put in comes out again: a good lot goes back to the store, any other apart. The kit is open again."""
    kit = row.kit
    locked(kit.order)
    kit.refresh_from_db()
    rows = list(kit.inside.filter(pk=row.pk).select_related("lot__incident"))
    if not rows:
        return kit
    if kit.handed_at is not None:
        raise UserError(_("This kit is handed over."), field="scan", mend=_("Take the knock back first."))
    _back(kit, rows, act)
    _open_again(kit, act)
    return kit


@transaction.atomic
def unpack(kit: PackedKit, act: Act) -> PackedKit:
    """Everything comes out of a kit again."""
    locked(kit.order)
    kit.refresh_from_db()
    if kit.handed_at is not None:
        raise UserError(_("This kit is handed over."), field="scan", mend=_("Take the knock back first."))
    rows = list(kit.inside.select_related("lot__incident"))
    if rows:
        _back(kit, rows, act)
        _open_again(kit, act)
        noted("unpack_kit", kit.order, act.at, act.by, kit=kit.code)
    return kit


def _back(kit: PackedKit, rows: Sequence[KitLine], act: Act) -> None:
    order, place = kit.order, _place(kit)
    apart = place_of(order.incident, Location.Kind.QUARANTINE, order.store.name)
    for row in rows:
        bad = lot_clash(row.lot, at=act.at, until=act.at)
        said = Said(
            uuid5(row.client_id, "out"), act.at, "unpack", act.by, bad.message if bad else "", "kit", str(kit.pk)
        )
        target = apart if bad and bad.kind != "date" else order.store
        move(order.incident, [Line(row.lot_id, row.packs)], source=place, target=target, said=said)
    KitLine.objects.filter(pk__in=[row.pk for row in rows]).update(out_at=act.at)


def _open_again(kit: PackedKit, act: Act) -> None:
    kit.packed_at, kit.packed_by, kit.act, kit.staged_at, kit.taken_at = None, None, None, None, None
    kit.save(update_fields=["packed_at", "packed_by", "act", "staged_at", "taken_at"])
    settle(kit.order, at=act.at)


def _picks(order: PackOrder, item: Item, wanted: int, at: datetime, lot: Lot | None = None) -> list[Pick]:
    """From where so many packs are taken. Raises UserError where there are not so many."""
    found, left = [], wanted
    for pick in picks_of(order, item, at, lot):
        if left < 1:
            break
        found.append(Pick(pick.lot, min(pick.packs, left), pick.promised))
        left -= found[-1].packs
    if left:
        facts = {"item": lot or item, "wanted": wanted, "there": wanted - left, "place": order.store}
        raise UserError(
            _("%(item)s: %(there)d of %(wanted)d packs at %(place)s.") % facts,
            field="scan",
            mend=_("Take other goods instead, carry some over, or receive what has come."),
        )
    return found


def picks_of(order: PackOrder, item: Item, at: datetime, lot: Lot | None = None) -> list[Pick]:
    """All packs of an item that an order may take: what is promised to it and ends first, then what is free. Two queries."""
    until = eaten_by(order, item)
    mine = Reservation.objects.filter(
        for_kind=FOR, for_id=str(order.pk), ended_at=None, balance__location=order.store, balance__lot__item=item
    ).select_related("balance__lot__item")
    free = free_balances(item, order.store, until).select_related("lot__item")
    if lot is not None:
        mine, free = mine.filter(balance__lot=lot), free.filter(lot=lot)
    rows = mine.order_by(F("balance__lot__best_before").asc(nulls_last=True), "pk")
    found = [
        Pick(one.balance.lot, one.packs, one) for one in rows if not lot_clash(one.balance.lot, at=at, until=until)
    ]
    rest = [Pick(one.lot, one.packs - one.reserved) for one in free if not lot_clash(one.lot, at=at, until=until)]
    return [*found, *rest]


def _goods(kit: PackedKit, item: Item, at: datetime) -> Clash | None:
    return goods_clash(item, homes_for(kit.order.incident, [kit], at)[kit.pk])


def _missing(kit: PackedKit, line: PackLine) -> int:
    """Packs of a line that are not in the kit yet."""
    return line.packs - sum(kit.inside.filter(line=line).values_list("counts_for", flat=True))


def _place(kit: PackedKit) -> Location:
    """The kit as a place of goods; made with the first thing that goes in."""
    if kit.place is None:
        kit.place = place_of(kit.order.incident, Location.Kind.KIT, kit.code)
        kit.save(update_fields=["place"])
    return kit.place


def _is_open(kit: PackedKit) -> None:
    if kit.dropped_at is not None:
        raise UserError(_("This kit is not wanted any more."), field="scan", mend=_("Take another one of the list."))
    if kit.handed_at is not None:
        raise UserError(_("This kit is handed over."), field="scan", mend=_("Take another one of the list."))
