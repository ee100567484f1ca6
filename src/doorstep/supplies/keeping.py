"""Packs that people have kept back by hand, for a household or another purpose; in the journal, unlike those of kits."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Member
from doorstep.errors import UserError
from doorstep.supplies.models import Item, Location, Reservation
from doorstep.supplies.reserving import give_back, reserve

BY_HAND = ("household", "other")  # purposes that people name; all others belong to the act that made them


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
