"""Packs promised to somebody before they are moved: first expired, first out, and never more than there are."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4, uuid5

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from doorstep.errors import UserError
from doorstep.supplies.models import Balance, Item, Location, Lot, Reservation


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
def hold_for(
    item: Item, packs: int, *, place: Location, for_kind: str, for_id: str, at: datetime, good_until: datetime
) -> int:
    """See to it that just so many packs of an item are promised, as far as there are any. Returns how many are.

    What is promised too much is free again, what lasts longest at first; what is missing is taken from what ends first.
    """
    mine = Reservation.objects.filter(
        for_kind=for_kind, for_id=for_id, balance__lot__item=item, balance__location=place, ended_at=None
    )
    known = list(mine.select_related("balance").order_by(F("balance__lot__best_before").asc(nulls_last=True), "pk"))
    held = sum(one.packs for one in known)
    for one in reversed(known):
        part = min(held - packs, one.packs)
        if part < 1:
            break
        _let_go(one, part, at)
        held -= part
    by_balance = {one.balance_id: one for one in known}
    for balance in free_balances(item, place, good_until) if held < packs else ():
        part = min(packs - held, balance.packs - balance.reserved)
        taken = Balance.objects.filter(pk=balance.pk, packs__gte=F("reserved") + part)
        if part < 1 or not taken.update(reserved=F("reserved") + part):
            continue
        held += part
        if balance.pk in by_balance:
            Reservation.objects.filter(pk=by_balance[balance.pk].pk).update(packs=F("packs") + part)
            continue
        Reservation.objects.create(
            client_id=uuid4(), balance=balance, packs=part, for_kind=for_kind, for_id=for_id, reserved_at=at
        )
    return held


def _let_go(one: Reservation, packs: int, at: datetime) -> None:
    """So many packs of a promise are free again."""
    Balance.objects.filter(pk=one.balance_id).update(reserved=F("reserved") - packs)
    spend(one, packs, at=at)


def spend(one: Reservation, packs: int, *, at: datetime) -> None:
    """So many packs of a promise have been taken (`move(reserved=True)`): they wait no more."""
    one.packs -= packs
    if one.packs:
        Reservation.objects.filter(pk=one.pk).update(packs=one.packs)
    else:
        Reservation.objects.filter(pk=one.pk).update(ended_at=at)


def free_balances(item: Item, place: Location, good_until: datetime) -> QuerySet[Balance]:
    """Where an item can be taken from at a place, what expires first at first."""
    found = Balance.objects.filter(lot__item=item, location=place, lot__state=Lot.State.GOOD, packs__gt=F("reserved"))
    in_date = Q(lot__best_before=None) | Q(lot__best_before__gt=good_until)
    return found.filter(in_date).select_related("lot").order_by(F("lot__best_before").asc(nulls_last=True), "lot_id")
