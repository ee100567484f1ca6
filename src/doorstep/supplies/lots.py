"""Lots: received and checked, held back, released, recalled, counted, thrown away, sent back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident, Member
from doorstep.errors import UserError
from doorstep.register.models import Door
from doorstep.supplies.models import Balance, Item, Location, Lot, Move, Supplier
from doorstep.supplies.moves import Line, Said, have_balances, held_beside, move, place_for_door, place_of
from doorstep.supplies.reserving import give_back

PAYERS = ("public", "household", "donor")


@dataclass(frozen=True)
class Receipt:
    """What came: packs of an item with its lot. `answers` are those of the receipt check (True = in order)."""

    client_id: UUID
    item: Item
    packs: int
    number: str
    supplier: Supplier | None
    best_before: datetime | None
    answers: Mapping[str, bool]
    payer: str = "public"
    note: str = ""
    order_line: int | None = None
    door: Door | None = None  # for whom a household paid it


@transaction.atomic
def receive(incident: Incident, receipt: Receipt, *, store: Location, at: datetime, by: Member | None = None) -> Lot:
    """Take goods in. No lot without supplier, number and date (F7); one that fails its check is held back, not refused."""
    if receipt.supplier is None:
        raise UserError(_("The lot has no supplier."), field="supplier", mend=_("Say who delivered or gave it."))
    if not receipt.number.strip():
        raise UserError(_("The lot has no number."), field="number", mend=_("Copy it from the wrapping."))
    if receipt.packs < 1:
        raise UserError(_("Nothing is received."), field="packs", mend=_("Give at least one pack."))
    if receipt.best_before is None and receipt.item.shelf_days is not None:
        raise UserError(
            _("The lot has no best-before date."), field="best_before", mend=_("Copy it from the wrapping.")
        )
    if receipt.payer not in PAYERS:
        raise UserError(_("Nobody pays."), field="payer", mend=_("Choose public, household or donor."))
    if receipt.payer == "household" and receipt.door is None:
        raise UserError(
            _("No door is named for what a household paid."), field="door", mend=_("Say for which door it was bought.")
        )
    if receipt.payer != "household" and receipt.door is not None:
        raise UserError(
            _("Only what a household paid is kept for a door."),
            field="door",
            mend=_("Leave the door out, or say that the household pays."),
        )
    wrong = [code for code, in_order in receipt.answers.items() if not in_order]
    if receipt.best_before is not None and receipt.best_before <= at:
        wrong.append("date")
    state = Lot.State.HELD if wrong else Lot.State.GOOD
    facts = {
        "best_before": receipt.best_before,
        "received_at": at,
        "state": state,
        "receipt_check": dict(receipt.answers),
        "reason": ", ".join(wrong)[:240],
        "payer": receipt.payer,
    }
    lot, is_new = Lot.objects.get_or_create(
        incident=incident,
        item=receipt.item,
        supplier=receipt.supplier,
        number=receipt.number.strip()[:60],
        defaults=facts,
    )
    if not is_new and lot.best_before != receipt.best_before:
        raise UserError(
            _("This lot was received before with another date."), field="best_before", mend=_("Check date and number.")
        )
    outside = place_of(incident, Location.Kind.SUPPLIER, receipt.supplier.name)
    home = store if receipt.door is None else place_for_door(incident, receipt.door)
    target = home if lot.state == Lot.State.GOOD and not wrong else held_beside(home)
    if lot.payer == "household" and receipt.door is None:
        lot.payer = receipt.payer
        lot.save(update_fields=["payer"])
    ref = ("order_line", str(receipt.order_line)) if receipt.order_line else ("lot", str(lot.pk))
    said = Said(receipt.client_id, at, "receipt", by, receipt.note, *ref)
    move(incident, [Line(lot.pk, receipt.packs)], source=outside, target=target, said=said)
    return lot


@transaction.atomic
def hold(lot: Lot, *, reason: str, at: datetime, by: Member | None, client_id: UUID) -> Lot:
    """Hold a lot back: whatever of it is in a store goes to the shelf of what is held back."""
    return _out_of_use(lot, Lot.State.HELD, "hold", reason, at, by, client_id)


@transaction.atomic
def recall(lot: Lot, *, reason: str, at: datetime, by: Member | None, client_id: UUID) -> Lot:
    """Call a lot back: nothing of it leaves any more. `doors_with` says who has it."""
    return _out_of_use(lot, Lot.State.RECALLED, "recall", reason, at, by, client_id)


@transaction.atomic
def release(lot: Lot, *, store: Location, reason: str, at: datetime, by: Member | None, client_id: UUID) -> Lot:
    """Let a lot go that was held back; never one that is past its date."""
    if not reason.strip():
        raise UserError(_("A reason is missing."), field="reason", mend=_("Say what was checked."))
    if lot.best_before is not None and lot.best_before <= at:
        raise UserError(_("The lot is past its date."), field="best_before", mend=_("Throw it away or send it back."))
    if lot.state != Lot.State.GOOD:
        lot.state, lot.reason = Lot.State.GOOD, reason.strip()[:240]
        lot.save(update_fields=["state", "reason"])
        journal.record("release_lot", incident=lot.incident, subject=lot, by=by, occurred_at=at, label=str(lot))
        held = Balance.objects.filter(lot=lot, location__kind=Location.Kind.QUARANTINE, packs__gt=0)
        for balance in held.select_related("location__door"):
            said = Said(uuid5(client_id, f"{balance.pk}"), at, "release", by, reason, "lot", str(lot.pk))
            door = balance.location.door
            target = store if door is None else place_for_door(lot.incident, door)
            move(lot.incident, [Line(lot.pk, balance.packs)], source=balance.location, target=target, said=said)
    return lot


@transaction.atomic
def count(
    lot: Lot, place: Location, packs: int, *, reason: str, at: datetime, by: Member | None, client_id: UUID
) -> Move | None:
    """What was counted on the shelf; a difference is a move of its own, with a reason. None where nothing differs."""
    if packs < 0:
        raise UserError(_("Fewer than none were counted."), field="packs", mend=_("Give 0 or more."))
    known = Move.objects.filter(client_id=uuid5(client_id, str(lot.pk))).first()
    if known is not None:
        return known
    have_balances([lot.pk], [place])
    there = Balance.objects.select_for_update().get(lot=lot, location=place)
    difference = packs - there.packs
    if difference == 0:
        return None
    if not reason.strip():
        raise UserError(
            _("%(n)d packs differ, and no reason is given.") % {"n": difference},
            field="reason",
            mend=_("Say what you found: broken, miscounted, found elsewhere …"),
        )
    outside = place_of(lot.incident, Location.Kind.COUNTED, Location.Kind.COUNTED.value)
    said = Said(client_id, at, "count", by, reason.strip(), "lot", str(lot.pk))
    source, target = (outside, place) if difference > 0 else (place, outside)
    return move(lot.incident, [Line(lot.pk, abs(difference))], source=source, target=target, said=said)[0]


@transaction.atomic
def take_away(
    lot: Lot, place: Location, packs: int, *, kind: str, reason: str, at: datetime, by: Member | None, client_id: UUID
) -> Move:
    """Packs thrown away (`wasted`), sent back (`returned`) or used on duty (`used`), with a reason."""
    if not reason.strip():
        raise UserError(_("A reason is missing."), field="reason", mend=_("Say why."))
    target = place_of(lot.incident, kind, kind)
    said = Said(client_id, at, "waste" if kind == "wasted" else kind, by, reason.strip(), "lot", str(lot.pk))
    return move(lot.incident, [Line(lot.pk, packs)], source=place, target=target, said=said)[0]


def doors_with(lot: Lot) -> list[tuple[Door, int]]:
    """Which doors got this lot, and how many packs: whom to warn. One query."""
    rows = (
        Balance.objects.filter(lot=lot, location__kind=Location.Kind.DOOR, packs__gt=0)
        .select_related("location__door__stair__building__compound")
        .order_by("location__door__stair__building__name", "location__door__stair__name", "location__door__floor")
    )
    return [(row.location.door, row.packs) for row in rows if row.location.door is not None]


def where(lot: Lot) -> dict[str, int]:
    """Packs by kind of place: what came in equals what is at doors, in stores, wasted or returned."""
    rows = Balance.objects.filter(lot=lot).values_list("location__kind").annotate(Sum("packs")).order_by()
    return {kind: packs for kind, packs in rows if packs}


def _out_of_use(
    lot: Lot, state: Lot.State, act: str, reason: str, at: datetime, by: Member | None, client_id: UUID
) -> Lot:
    if not reason.strip():
        raise UserError(_("A reason is missing."), field="reason", mend=_("Say what is wrong with the lot."))
    if lot.state == state:
        return lot
    if lot.state == Lot.State.RECALLED:
        raise UserError(_("The lot is called back already."), field="do", mend=_("It stays so until it is let go."))
    lot.state, lot.reason = state, reason.strip()[:240]
    lot.save(update_fields=["state", "reason"])
    journal.record(
        f"{act}_lot", incident=lot.incident, subject=lot, by=by, occurred_at=at, label=str(lot), reason=reason
    )
    inside = (Location.Kind.STORE, Location.Kind.STAGING, Location.Kind.GATE, Location.Kind.OWN)
    for balance in Balance.objects.filter(lot=lot, location__kind__in=inside, packs__gt=0).select_related("location"):
        free_it = balance.reservations.filter(ended_at=None)
        give_back(free_it, at=at)
        said = Said(uuid5(client_id, str(balance.pk)), at, act, by, reason.strip(), "lot", str(lot.pk))
        held = held_beside(balance.location)
        move(lot.incident, [Line(lot.pk, balance.packs)], source=balance.location, target=held, said=said)
    return lot
