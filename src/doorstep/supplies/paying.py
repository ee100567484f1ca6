"""Who paid for what came in: public funds, households, donors; by lot, and together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.supplies.lots import PAYERS
from doorstep.supplies.models import Move
from doorstep.supplies.order_queries import payer_title
from doorstep.supplies.stock import door_label


@dataclass
class Paid:
    """What one side paid for: lots, packs, their planning price; `unpriced` packs have none."""

    payer: str
    lots: set[int] = field(default_factory=set)
    packs: int = 0
    cents: int = 0
    unpriced: int = 0

    @property
    def title(self) -> str:
        return payer_title(self.payer)

    @property
    def yuan(self) -> float:
        return self.cents / 100


def receipts(incident: Incident) -> list[tuple[str, Move]]:
    """Each receipt that still stands, with who paid: what waits for a door was paid by its household. Two queries."""
    undone = Move.objects.filter(incident=incident, reason="undo", ref_kind="move").values_list("ref_id", flat=True)
    gone = {int(key) for key in undone}
    rows = incident.moves.filter(reason="receipt").select_related(
        "lot__item", "lot__supplier", "target__door__stair__building"
    )
    return [
        ("household" if one.target.door_id is not None else one.lot.payer, one)
        for one in rows.order_by("occurred_at", "pk")
        if one.pk not in gone
    ]


def by_payer(rows: list[tuple[str, Move]]) -> list[Paid]:
    """The same together."""
    found = {payer: Paid(payer) for payer in PAYERS}
    for payer, one in rows:
        line = found[payer]
        line.lots.add(one.lot_id)
        line.packs += one.packs
        if one.lot.item.price_cents is None:
            line.unpriced += one.packs
        else:
            line.cents += one.packs * one.lot.item.price_cents
    return list(found.values())


def headings() -> list[str]:
    """The headings of the table."""
    return [
        _("who pays"), _("supplier"), _("item"), _("lot"), _("packs"), _("planning price, yuan"), _("received"),
        _("for door"), _("note"),
    ]  # fmt: skip


def rows_of(rows: list[tuple[str, Move]], incident: Incident, *, doors: bool) -> list[list[Any]]:
    """A row for each receipt; doors are named only where `doors` says so."""
    return [
        [
            payer_title(payer),
            str(one.lot.supplier or ""),
            str(one.lot.item),
            one.lot.number,
            one.packs,
            "" if one.lot.item.price_cents is None else one.packs * one.lot.item.price_cents / 100,
            one.occurred_at.astimezone(incident.tz),
            "" if one.target.door is None else door_label(one.target.door) if doors else _("a door"),
            one.note,
        ]
        for payer, one in rows
    ]
