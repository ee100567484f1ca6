"""Packs promised to somebody before they are moved: first expired, first out, and never more than there are."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Member
from doorstep.errors import UserError
from doorstep.supplies.models import Balance, Item, Location, Lot, Reservation

BY_HAND = ("household", "other")  # purposes that people name; all others belong to the act that made them


@transaction.atomic
def reserve(
    item: Item,
    packs: int,
    *,
    place: Location,
    for_kind: str,
    for_id: str,
    client_id: UUID,
    at: datetime,
    good_until: datetime | None = None,
) -> list[Reservation]:
    """Promise packs of an item at a place, of the lots that expire first; all or none. Repeating it promises no more.

    A lot that is held back, recalled or past its date by `good_until` is never taken.
    """
    known = list(Reservation.objects.filter(for_kind=for_kind, for_id=for_id, balance__lot__item=item, ended_at=None))
    if known:
        return known
    wanted, made = packs, []
    for balance in free_balances(item, place, good_until or at):
        part = min(wanted, balance.packs - balance.reserved)
        if part < 1:
            continue
        taken = Balance.objects.filter(pk=balance.pk, packs__gte=F("reserved") + part)
        if not taken.update(reserved=F("reserved") + part):
            continue  # somebody was quicker: the next lot
        made.append(
            Reservation(
                client_id=uuid5(client_id, str(balance.pk)),
                balance=balance,
                packs=part,
                for_kind=for_kind,
                for_id=for_id,
                reserved_at=at,
            )
        )
        wanted -= part
        if wanted == 0:
            Reservation.objects.bulk_create(made)
            return made
    figures = {"item": str(item), "wanted": packs, "free": packs - wanted, "place": str(place)}
    raise UserError(
        _("%(item)s: %(wanted)d packs wanted, %(free)d free at %(place)s.") % figures,
        field="packs",
        mend=_("Order more, or pack fewer kits."),
    )


@transaction.atomic
def give_back(reservations: QuerySet[Reservation], *, at: datetime) -> int:
    """End promises that are needed no more: their packs are free again. Returns how many packs."""
    freed = 0
    for one in reservations.filter(ended_at=None).order_by("balance_id"):
        if Reservation.objects.filter(pk=one.pk, ended_at=None).update(ended_at=at):
            Balance.objects.filter(pk=one.balance_id).update(reserved=F("reserved") - one.packs)
            freed += one.packs
    return freed


@transaction.atomic
def keep_for(
    item: Item,
    packs: int,
    *,
    place: Location,
    purpose: tuple[str, str],
    client_id: UUID,
    at: datetime,
    by: Member | None,
) -> list[Reservation]:
    """Somebody has packs kept back by hand, for a household or another purpose (kind, id); in the journal once."""
    kind, key = purpose
    if packs < 1:
        raise UserError(_("Nothing is kept back."), field="packs", mend=_("Give at least one pack."))
    waiting = Reservation.objects.filter(for_kind=kind, for_id=key, balance__lot__item=item, ended_at=None)
    if waiting.exists():
        return list(waiting)
    made = reserve(item, packs, place=place, for_kind=kind, for_id=key, client_id=client_id, at=at)
    facts: dict[str, Any] = {"for": f"{kind}:{key}", "packs": packs, "place": str(place)}
    journal.record("keep_goods", incident=place.incident, subject=item, by=by, occurred_at=at, label=item.code, **facts)
    return made


@transaction.atomic
def let_go(one: Reservation, *, at: datetime, by: Member | None) -> Reservation:
    """What somebody had kept back by hand is free again. Saying it twice frees it once."""
    if one.for_kind not in BY_HAND:
        raise UserError(
            _("These packs wait for kits that are being packed."),
            field="reservation",
            mend=_("Drop the packing order, and they are free."),
        )
    freed = give_back(Reservation.objects.filter(pk=one.pk), at=at)
    if freed:
        lot = one.balance.lot
        facts: dict[str, Any] = {"for": f"{one.for_kind}:{one.for_id}", "packs": freed}
        journal.record("free_goods", incident=lot.incident, subject=lot.item, by=by, occurred_at=at, **facts)
    one.refresh_from_db(fields=["ended_at"])
    return one


def free_balances(item: Item, place: Location, good_until: datetime) -> QuerySet[Balance]:
    """Where an item can be taken from at a place, what expires first at first."""
    found = Balance.objects.filter(lot__item=item, location=place, lot__state=Lot.State.GOOD, packs__gt=F("reserved"))
    in_date = Q(lot__best_before=None) | Q(lot__best_before__gt=good_until)
    return found.filter(in_date).select_related("lot").order_by(F("lot__best_before").asc(nulls_last=True), "lot_id")
