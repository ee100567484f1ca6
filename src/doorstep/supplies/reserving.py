"""Packs promised to somebody before they are moved: first expired, first out, and never more than there are."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5

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


def free_balances(item: Item, place: Location, good_until: datetime) -> QuerySet[Balance]:
    """Where an item can be taken from at a place, what expires first at first."""
    found = Balance.objects.filter(lot__item=item, location=place, lot__state=Lot.State.GOOD, packs__gt=F("reserved"))
    in_date = Q(lot__best_before=None) | Q(lot__best_before__gt=good_until)
    return found.filter(in_date).select_related("lot").order_by(F("lot__best_before").asc(nulls_last=True), "lot_id")
