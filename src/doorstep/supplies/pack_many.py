"""Many like kits in one tap: allocated in memory from what ends first, moved in sets, and taken back in sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.errors import UserError
from doorstep.supplies.kit_fit import goods_clash, lot_clash
from doorstep.supplies.kit_state import clashes_of, homes_for
from doorstep.supplies.models import KitLine, Location, PackedKit, PackLine, PackOrder
from doorstep.supplies.moves import Line, Said, Trip, move_each, place_of
from doorstep.supplies.pack_table import Act, Pick, picks_of
from doorstep.supplies.packing import locked, noted, settle
from doorstep.supplies.reserving import spend
from doorstep.supplies.rules import defaults

Row = tuple[PackLine, list[Pick]]


@dataclass
class Many:
    """What one tap packed, and which kits it left, with why."""

    packed: list[PackedKit] = field(default_factory=list)
    refused: list[tuple[PackedKit, str]] = field(default_factory=list)


@transaction.atomic
def pack_many(order: PackOrder, count: int, act: Act, *, but: Collection[int] = ()) -> Many:
    """So many kits of an order are packed as ordered, of the lots that expire first; some may be left out.

    A kit that does not suit its household as it is now, or that is begun, is left and named. Repeating the tap packs no more.
    """
    locked(order)
    if KitLine.objects.filter(kit__order=order, act=act.client_id).exists():
        return Many(list(order.packed.filter(act=act.client_id)))
    most = int(defaults()["packing"]["most_at_once"])
    if not 0 < count <= most:
        raise UserError(
            _("From 1 to %(most)d kits at once.") % {"most": most}, field="count", mend=_("Give a number in between.")
        )
    begun = KitLine.objects.filter(kit__order=order, out_at=None).values("kit")
    kits = (
        order.packed.filter(packed_at=None, dropped_at=None, handed_at=None).exclude(pk__in=but).exclude(pk__in=begun)
    )
    waiting = list(kits.select_related("place")[: count * 2])
    for kit in waiting:
        kit.order = order  # with its design, read once
    lines = [line for line in order.lines.select_related("item") if line.packs]
    homes = homes_for(order.incident, waiting, act.at)
    stock = _Stock(order, lines, act)
    result, filled = Many(), list[tuple[PackedKit, list[Row]]]()
    for kit in waiting:
        if len(filled) == count:
            break
        clash = next((c for line in lines if (c := goods_clash(line.item, homes[kit.pk]))), None)
        if clash is not None:
            result.refused.append((kit, clash.message))
        elif (rows := stock.rows()) is None:
            result.refused.append((kit, stock.short))
            break
        else:
            filled.append((kit, rows))
    if not filled and result.refused:
        mend = _("Look at what is missing below, or pack this kit by itself.")
        raise UserError(result.refused[0][1], field="count", mend=mend)
    _store(order, filled, act)
    result.packed = [kit for kit, _rows in filled]
    settle(order, at=act.at)
    return result


class _Stock:
    """What there is for the lines of an order, in the order in which it is taken; `short` says what ran out."""

    def __init__(self, order: PackOrder, lines: Sequence[PackLine], act: Act) -> None:
        self.order, self.lines, self.short = order, lines, ""
        self.picks = {line.pk: picks_of(order, line.item, act.at) for line in lines}

    def rows(self) -> list[Row] | None:
        """Picks for one kit; None where a line cannot be filled."""
        for line in self.lines:
            there = sum(pick.packs for pick in self.picks[line.pk])
            if there < line.packs:
                facts = {"item": line.item, "wanted": line.packs, "there": there, "place": self.order.store}
                self.short = _("%(item)s: %(there)d of %(wanted)d packs at %(place)s.") % facts
                return None
        return [(line, self._take(line)) for line in self.lines]

    def _take(self, line: PackLine) -> list[Pick]:
        found, left, queue = [], line.packs, self.picks[line.pk]
        while left:
            first = queue.pop(0)
            part = min(first.packs, left)
            found.append(Pick(first.lot, part, first.promised))
            if first.packs > part:
                queue.insert(0, Pick(first.lot, first.packs - part, first.promised))
            left -= part
        return found


def _store(order: PackOrder, filled: Sequence[tuple[PackedKit, list[Row]]], act: Act) -> None:
    """The goods into the kits: a known number of statements for each lot, none for each kit and line."""
    if not filled:
        return
    kits = [kit for kit, _rows in filled]
    _have_places(order, kits)
    said = Said(act.client_id, act.at, "pack", act.by, "", "pack_order", str(order.pk))
    trips, lines, spent = [], [], defaultdict[int, int](int)
    promised = {}
    for kit, rows in filled:
        assert kit.place is not None
        number = 0
        for line, picks in rows:
            for pick in picks:
                key = uuid5(act.client_id, f"{kit.pk}:{line.pk}:{number}")
                goods, mine = Line(pick.lot.pk, pick.packs), replace(said, client_id=key)
                trips.append(Trip(goods, order.store, kit.place, mine, pick.promised is not None))
                if pick.promised is not None:
                    promised[pick.promised.pk] = pick.promised
                    spent[pick.promised.pk] += pick.packs
                facts = {"lot": pick.lot, "packs": pick.packs, "counts_for": pick.packs, "reason": line.reason}
                number += 1
                lines.append(
                    KitLine(client_id=key, act=act.client_id, kit=kit, line=line, put_at=act.at, put_by=act.by, **facts)
                )
    move_each(order.incident, trips)
    for pk, packs in spent.items():
        spend(promised[pk], packs, at=act.at)
    KitLine.objects.bulk_create(lines)
    for kit in kits:
        kit.packed_at, kit.packed_by, kit.act = act.at, act.by, act.client_id
    PackedKit.objects.bulk_update(kits, ["packed_at", "packed_by", "act", "place"])
    for wrong in clashes_of(order.incident, kits, act.at).values():
        raise wrong[0].refuse("count")
    noted("pack_kit", order, act.at, act.by, kits=[kit.code for kit in kits])


def _have_places(order: PackOrder, kits: Sequence[PackedKit]) -> None:
    """Each kit as a place of goods."""
    new = [kit for kit in kits if kit.place is None]
    kind = Location.Kind.KIT
    Location.objects.bulk_create(Location(incident=order.incident, kind=kind, name=kit.code) for kit in new)
    by_name = {
        place.name: place for place in order.incident.locations.filter(kind=kind, name__in=[kit.code for kit in new])
    }
    for kit in new:
        kit.place = by_name[kit.code]


@transaction.atomic
def undo_many(order: PackOrder, tap: UUID, act: Act) -> int:
    """What one tap packed is unpacked again, but for kits that are handed over. Returns how many.

    A good lot goes back to the store, any other apart.
    """
    locked(order)
    kits = list(order.packed.filter(act=tap, handed_at=None).select_related("place"))
    rows = list(KitLine.objects.filter(kit__in=kits, out_at=None).select_related("lot", "kit__place"))
    if not rows:
        return 0
    apart = place_of(order.incident, Location.Kind.QUARANTINE, order.store.name)
    said = Said(act.client_id, act.at, "unpack", act.by, "", "pack_order", str(order.pk))
    trips: dict[tuple[int, int], Trip] = {}
    for row in rows:
        bad, source = lot_clash(row.lot, at=act.at, until=act.at), row.kit.place
        assert source is not None
        target = apart if bad and bad.kind != "date" else order.store
        known = trips.get((source.pk, row.lot_id))
        packs = row.packs + (known.line.packs if known else 0)
        mine = replace(said, client_id=uuid5(act.client_id, f"{source.pk}:{row.lot_id}"))
        trips[source.pk, row.lot_id] = Trip(Line(row.lot_id, packs), source, target, mine)
    move_each(order.incident, list(trips.values()))
    KitLine.objects.filter(kit__in=kits, out_at=None).update(out_at=act.at)
    order.packed.filter(pk__in=[kit.pk for kit in kits]).update(
        packed_at=None, packed_by=None, act=None, staged_at=None, taken_at=None
    )
    settle(order, at=act.at)
    noted("unpack_kit", order, act.at, act.by, kits=[kit.code for kit in kits])
    return len(kits)
