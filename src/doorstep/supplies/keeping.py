"""Packs that people have kept back by hand, for a household or another purpose; in the journal, unlike those of kits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident, Member
from doorstep.command.rights import Rights
from doorstep.errors import UserError
from doorstep.register.models import Door, Household
from doorstep.supplies.models import Item, Location, Reservation
from doorstep.supplies.reserving import give_back, reserve
from doorstep.supplies.stock import door_label

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


@dataclass(frozen=True)
class Kept:
    """Packs of one lot that are promised: for whom, in words; `by_hand` ones are let go here."""

    reservation: Reservation
    title: str
    by_hand: bool


def kept_of(incident: Incident, item: Item, rights: Rights) -> list[Kept]:
    """Everything of an item that is promised now. Three queries at most; doors are named within one's duty."""
    rows = Reservation.objects.filter(balance__location__incident=incident, balance__lot__item=item, ended_at=None)
    rows = rows.select_related("balance__lot__item", "balance__location").order_by("reserved_at", "pk")
    found = list(rows)
    homes = [int(one.for_id) for one in found if one.for_kind == "household" and one.for_id.isdecimal()]
    doors = Household.objects.filter(pk__in=homes).select_related("door__stair__building")
    scope = rights.areas("see_supplies")
    if scope is not None:
        doors = doors.filter(door__area_doors__area__in=scope)
    labels = {str(home.pk): door_label(home.door) for home in doors} if homes else {}
    return [Kept(one, _title(one, labels), one.for_kind in BY_HAND) for one in found]


def _title(one: Reservation, labels: dict[str, str]) -> str:
    """For whom or what, in words."""
    if one.for_kind == "household":
        return labels.get(one.for_id, _("a household"))
    return one.for_id if one.for_kind == "other" else _("kits to be packed")


def household_at(door: Door) -> Household:
    """The one household behind a door. Raises UserError for none or several."""
    homes = list(door.households.filter(active=True)[:2])
    if len(homes) != 1:
        raise UserError(
            _("More than one household lives there.") if homes else _("Nobody is registered there."),
            field="door",
            mend=_("Say in a word for whom it is instead."),
        )
    return homes[0]


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
