"""Whether kits still suit those for whom they are: the goods and lots in them, against the households as they are now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from doorstep.command.models import Incident
from doorstep.storage.bulk import in_batches
from doorstep.supplies.homes import home_of, homes_of
from doorstep.supplies.kit_fit import Clash, goods_clash, lot_clash
from doorstep.supplies.models import Item, KitLine, Lot, PackedKit
from doorstep.supplies.needs import Home


def homes_for(incident: Incident, kits: Iterable[PackedKit], at: datetime) -> dict[int, list[Home]]:
    """For each kit whom its goods must suit: the class as it was designed, and its household as it is now.

    Two queries for each 800 households; `kits` bring their order and design.
    """
    kits = list(kits)
    keys = {kit.household_id for kit in kits if kit.household_id is not None}
    now: dict[int, Home] = {}
    for batch in in_batches(sorted(keys)):
        now.update(homes_of(incident, batch, at))
    designed = {kit.order.design_id: home_of(kit.order.design.facts["home"]) for kit in kits}
    found = {}
    for kit in kits:
        home = now.get(kit.household_id) if kit.household_id is not None else None
        found[kit.pk] = [designed[kit.order.design_id], *([home] if home is not None else [])]
    return found


def clashes_of(
    incident: Incident,
    kits: Sequence[PackedKit],
    at: datetime,
    homes: Mapping[int, list[Home]] | None = None,
) -> dict[int, list[Clash]]:
    """What speaks against each of these kits now, by kit; kits that suit are not in it. A known number of queries.

    Kits that are handed over are asked about their goods only: their dates were right at the door. What is alike is
    looked at once.
    """
    whom = homes if homes is not None else homes_for(incident, kits, at)
    pairs: list[tuple[int, int]] = []
    for batch in in_batches([kit.pk for kit in kits]):
        rows = KitLine.objects.filter(kit__in=batch, out_at=None).order_by("pk")
        pairs += rows.values_list("kit_id", "lot_id")
    every = Lot.objects.select_related("item").in_bulk({lot for _kit, lot in pairs})
    inside: dict[int, list[Lot]] = defaultdict(list)
    for kit_id, lot_id in pairs:
        inside[kit_id].append(every[lot_id])
    known: dict[tuple[frozenset[Item], tuple[Home, ...]], list[Clash]] = {}
    found: dict[int, list[Clash]] = {}
    for kit in kits:
        there = inside[kit.pk]
        alike = (frozenset(lot.item for lot in there), tuple(whom[kit.pk]))
        if alike not in known:
            items = {lot.item_id: lot.item for lot in there}.values()
            known[alike] = [clash for item in items if (clash := goods_clash(item, whom[kit.pk]))]
        lots = {} if kit.handed_at else {lot.pk: lot for lot in there}
        wrong = [clash for lot in lots.values() if (clash := lot_clash(lot, at=at, until=at))]
        if known[alike] or wrong:
            found[kit.pk] = [*known[alike], *wrong]
    return found


def clashes(kit: PackedKit, at: datetime) -> list[Clash]:
    """Everything that speaks against handing over one kit now."""
    return clashes_of(kit.order.incident, [kit], at).get(kit.pk, [])
