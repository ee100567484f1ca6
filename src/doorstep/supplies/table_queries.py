"""What the packing table shows of one kit, and which goods could take the place of others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from doorstep.supplies.kit_fit import goods_clash, unknown_words
from doorstep.supplies.kit_queries import kit_titles
from doorstep.supplies.kit_state import clashes, homes_for
from doorstep.supplies.models import Balance, Item, KitLine, Lot, PackedKit, PackLine, PackOrder, Reservation
from doorstep.supplies.needs import Home
from doorstep.supplies.pack_queries import door_of
from doorstep.supplies.packing import FOR, eaten_by
from doorstep.wiring.texts import in_language


@dataclass(frozen=True)
class TableLine:
    """A line at the packing table: what goes in, what is in, from which lots."""

    line: PackLine
    put: tuple[KitLine, ...]
    missing: int
    first: Lot | None  # the lot that ends first

    @property
    def done(self) -> bool:
        return self.missing < 1


@dataclass(frozen=True)
class TablePage:
    """One kit at the packing table."""

    kit: PackedKit
    title: str
    words: str
    door: str
    lines: tuple[TableLine, ...]
    last: KitLine | None
    wrong: tuple[str, ...]
    unknown: tuple[str, ...]
    instead: tuple[Item, ...]
    next_kit: PackedKit | None

    @property
    def done(self) -> int:
        return sum(line.done for line in self.lines)


def table_page(kit: PackedKit, at: datetime) -> TablePage:
    """What the packing table shows of a kit, in a known number of queries."""
    order = kit.order
    homes = homes_for(order.incident, [kit], at)[kit.pk]
    put: dict[int, list[KitLine]] = defaultdict(list)
    rows = list(kit.inside.select_related("lot__item"))
    for row in rows:
        put[row.line_id].append(row)
    held = Reservation.objects.filter(for_kind=FOR, for_id=str(order.pk), ended_at=None)
    first: dict[int, Lot] = {}
    for one in held.select_related("balance__lot__item").order_by(
        F("balance__lot__best_before").asc(nulls_last=True), "pk"
    ):
        first.setdefault(one.balance.lot.item_id, one.balance.lot)
    lines = tuple(
        TableLine(
            line,
            tuple(put[line.pk]),
            line.packs - sum(row.counts_for for row in put[line.pk]),
            first.get(line.item_id),
        )
        for line in order.lines.select_related("item", "designed")
    )
    following = order.packed.filter(packed_at=None, dropped_at=None, handed_at=None).exclude(pk=kit.pk).first()
    return TablePage(
        kit,
        kit_titles(order.incident).get(order.design.kind, order.design.kind),
        in_language(order.design.facts["words"]),
        door_of(kit),
        lines,
        rows[-1] if rows else None,
        tuple(clash.message for clash in clashes(kit, at)) if kit.handed_at is None else (),
        tuple(sorted({word for home in homes for word in unknown_words(home)})),
        tuple(instead_for(order, homes)) if any(line.missing > 0 for line in lines) else (),
        following,
    )


def instead_for(order: PackOrder, homes: Sequence[Home]) -> list[Item]:
    """Goods free at the store that these homes may have. One query."""
    good = Balance.objects.filter(location=order.store, lot__state=Lot.State.GOOD, packs__gt=F("reserved")).exclude(
        lot__best_before__lte=order.ready_by
    )
    lots = [row.lot for row in good.select_related("lot__item")]
    items = {lot.item for lot in lots if lot.best_before is None or lot.best_before > eaten_by(order, lot.item)}
    return [item for item in sorted(items, key=lambda item: item.code) if goods_clash(item, homes) is None]
