"""What the pages of packing read: orders with their progress, one order with what it lacks, the pick list, one kit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.command.rights import Rights
from doorstep.supplies.kit_fit import goods_clash
from doorstep.supplies.kit_queries import kit_titles
from doorstep.supplies.kit_state import clashes_of, homes_for
from doorstep.supplies.kit_ways import Expected, expected
from doorstep.supplies.models import (
    Balance,
    Item,
    KitLine,
    Location,
    Lot,
    OrderLine,
    PackedKit,
    PackLine,
    PackOrder,
    Reservation,
)
from doorstep.supplies.needs import Home
from doorstep.supplies.packing import FOR, eaten_by
from doorstep.supplies.stock import door_label
from doorstep.wiring.texts import in_language

OPEN_ONES = Q(packed__dropped_at=None, packed__isnull=False)
OTHERS = 6  # goods proposed instead of what is missing


@dataclass(frozen=True)
class OrderRow:
    """A pack order with how far it has come; `expected` is None where all its kits stand at the staging place."""

    order: PackOrder
    title: str
    words: str
    packed: int
    staged: int
    taken: int
    handed: int
    expected: Expected | None
    lacking: int

    @property
    def left(self) -> int:
        return self.order.kits - self.packed

    @property
    def late(self) -> bool:
        return self.expected is not None and self.expected.late

    @property
    def look(self) -> str:
        """The badge of its state."""
        state = PackOrder.State
        return {state.READY: "kept", state.DROPPED: "waived"}.get(self.order.state, "risk" if self.late else "open")  # type: ignore[call-overload]


def orders_in(incident: Incident, rights: Rights, show: str = "open") -> QuerySet[PackOrder]:
    """Orders of which a kit is not handed over yet (`open`), the others (`past`), or `any`; those of the member's areas."""
    found = PackOrder.objects.filter(incident=incident).select_related("design", "area", "store", "staging")
    scope = rights.areas("see_supplies")
    if scope is not None:
        found = found.filter(area__in=scope)
    found = found.annotate(
        packed_kits=Count("packed", filter=OPEN_ONES & Q(packed__packed_at__isnull=False)),
        staged_kits=Count("packed", filter=OPEN_ONES & Q(packed__staged_at__isnull=False)),
        taken_kits=Count("packed", filter=OPEN_ONES & Q(packed__taken_at__isnull=False)),
        handed_kits=Count("packed", filter=OPEN_ONES & Q(packed__handed_at__isnull=False)),
    ).order_by("ready_by", "pk")
    over = Q(handed_kits=F("kits"))
    if show == "any":
        return found
    return found.filter(over) if show == "past" else found.exclude(over)


def order_rows(incident: Incident, orders: Iterable[PackOrder], at: datetime) -> list[OrderRow]:
    """Rows of the list. Five queries, whatever their number."""
    orders = list(orders)
    soon = {one.order.pk: one for one in expected(incident, at)}
    titles, lacks = kit_titles(incident), lacking(orders)
    return [
        OrderRow(
            order,
            titles.get(order.design.kind, order.design.kind),
            in_language(order.design.facts["words"]),
            order.packed_kits,  # type: ignore[attr-defined]
            order.staged_kits,  # type: ignore[attr-defined]
            order.taken_kits,  # type: ignore[attr-defined]
            order.handed_kits,  # type: ignore[attr-defined]
            soon.get(order.pk),
            sum(lacks.get(order.pk, {}).values()),
        )
        for order in orders
    ]


def lacking(orders: Sequence[PackOrder]) -> dict[int, dict[int, int]]:
    """For each order the packs by line that nobody has promised to it. Four queries."""
    keys = [order.pk for order in orders]
    left = dict(
        PackedKit.objects.filter(order__in=keys, packed_at=None, dropped_at=None, handed_at=None)
        .values_list("order")
        .annotate(Count("pk"))
        .order_by()
    )
    put_in = dict(
        KitLine.objects.filter(kit__order__in=keys, kit__packed_at=None, out_at=None)
        .values_list("line")
        .annotate(Sum("counts_for"))
        .order_by()
    )
    rows = Reservation.objects.filter(for_kind=FOR, for_id__in=[str(key) for key in keys], ended_at=None)
    held = {
        (int(order), item): packs
        for order, item, packs in rows.values_list("for_id", "balance__lot__item").annotate(Sum("packs")).order_by()
    }
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for line in PackLine.objects.filter(order__in=keys):
        wanted = line.packs * left.get(line.order_id, 0) - put_in.get(line.pk, 0)
        missing = wanted - held.get((line.order_id, line.item_id), 0)
        if missing > 0:
            found[line.order_id][line.pk] = missing
    return found


@dataclass
class Short:
    """What is missing of a line, and what would mend it: other stores, orders that come, other goods."""

    line: PackLine
    packs: int
    elsewhere: list[tuple[Location, int]] = field(default_factory=list)
    coming: list[tuple[OrderLine, int]] = field(default_factory=list)
    instead: list[tuple[Item, int]] = field(default_factory=list)


@dataclass(frozen=True)
class KitRow:
    """A kit in the list of its order."""

    kit: PackedKit
    door: str
    state: str
    look: str
    wrong: str


@dataclass(frozen=True)
class OrderPage:
    """One order: its progress, its kits, its lines with what one kit gets, what it lacks and what would mend it."""

    row: OrderRow
    kits: tuple[KitRow, ...]
    lines: tuple[tuple[PackLine, int, int], ...]  # line, for all that is left, missing
    short: tuple[Short, ...]


def order_page(order: PackOrder, at: datetime) -> OrderPage:
    """What the page of an order shows, in a known number of queries and two for each 800 households."""
    (row,) = order_rows(order.incident, [order], at)
    kits = list(order.packed.filter(dropped_at=None).select_related("household__door__stair__building"))
    for kit in kits:
        kit.order = order  # with its design, read once
    homes = homes_for(order.incident, kits, at)
    lines = list(order.lines.select_related("item", "designed"))
    begun = set(KitLine.objects.filter(kit__order=order, out_at=None).values_list("kit", flat=True))
    wrong = {key: clashes[0].message for key, clashes in clashes_of(order.incident, kits, at, homes).items()}
    items, alike = [line.item for line in lines if line.packs], dict[tuple[Home, ...], str]()
    rows = []
    for kit in kits:
        if kit.pk not in begun and not kit.handed_at:
            whom = tuple(homes[kit.pk])
            if whom not in alike:
                alike[whom] = _against(items, whom)
            wrong[kit.pk] = alike[whom]
        why = "" if kit.handed_at else wrong.get(kit.pk, "")
        rows.append(KitRow(kit, door_of(kit), *_state(kit, kit.pk in begun, bool(why)), why))
    lacks = lacking([order]).get(order.pk, {})
    left = sum(kit.packed_at is None and kit.handed_at is None for kit in kits)
    return OrderPage(
        row,
        tuple(rows),
        tuple((line, line.packs * left, lacks.get(line.pk, 0)) for line in lines),
        tuple(_mends(order, [line for line in lines if line.pk in lacks], lacks, lines)),
    )


def _against(items: Sequence[Item], homes: Sequence[Home]) -> str:
    """What will be refused when this kit is packed as ordered; "" for nothing."""
    clash = next((found for item in items if (found := goods_clash(item, homes))), None)
    return clash.message if clash else ""


def _state(kit: PackedKit, begun: bool, wrong: bool) -> tuple[str, str]:
    if kit.handed_at:
        return _("handed over"), "kept"
    if wrong:
        return _("does not suit"), "broken"
    if kit.taken_at:
        return _("with the carrier"), "kept"
    if kit.staged_at:
        return _("staged"), "kept"
    if kit.packed_at:
        return _("packed"), "kept"
    return (_("begun"), "open") if begun else (_("to be packed"), "open")


def door_of(kit: PackedKit) -> str:
    """For which door a kit is."""
    return door_label(kit.household.door) if kit.household and kit.household.door else _("no door")


def _mends(
    order: PackOrder, short: Sequence[PackLine], lacks: Mapping[int, int], lines: Sequence[PackLine]
) -> list[Short]:
    """For each line that is short: where else there is some, what is on its way, which goods could take its place."""
    if not short:
        return []
    good = Balance.objects.filter(
        location__incident=order.incident,
        location__kind__in=[Location.Kind.STORE, Location.Kind.STAGING, Location.Kind.GATE],
        lot__state=Lot.State.GOOD,
        packs__gt=F("reserved"),
    ).exclude(lot__best_before__lte=order.ready_by)
    free: dict[Item, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    places: dict[int, Location] = {}
    for row in good.select_related("lot__item", "location"):
        if row.lot.best_before is not None and row.lot.best_before <= eaten_by(order, row.lot.item):
            continue
        free[row.lot.item][row.location_id] += row.packs - row.reserved
        places[row.location_id] = row.location
    wanted = [line.item_id for line in short]
    awaited = OrderLine.objects.filter(order__incident=order.incident, item__in=wanted).exclude(
        order__state__in=["received", "short", "cancelled"]
    )
    coming: dict[int, list[tuple[OrderLine, int]]] = defaultdict(list)
    for one in awaited.select_related("order").order_by("order__need_by"):
        if one.packs > one.received:
            coming[one.item_id].append((one, one.packs - one.received))
    mine = {line.item_id for line in lines}
    homes = homes_for(
        order.incident, order.packed.filter(dropped_at=None).select_related("order__design")[:1], order.ready_by
    )
    whom = next(iter(homes.values()), [])
    found = []
    for line in short:
        same = [
            (item, there[order.store_id])
            for item, there in free.items()
            if item.pk not in mine
            and (item.kind, item.group) == (line.item.kind, line.item.group)
            and there.get(order.store_id, 0) > 0
            and goods_clash(item, whom) is None
        ]
        here = free.get(line.item, {})
        elsewhere = [(places[key], packs) for key, packs in here.items() if key != order.store_id and packs > 0]
        same.sort(key=lambda pair: -pair[1])
        found.append(Short(line, lacks[line.pk], elsewhere, coming[line.item_id], same[:OTHERS]))
    return found


@dataclass(frozen=True)
class PickLine:
    """Packs of a lot to be fetched for some orders."""

    item: Item
    lot: Lot | None  # None: nothing there
    packs: int
    orders: tuple[int, ...] = ()


@dataclass(frozen=True)
class PickList:
    """What is to be fetched from one store, what ends first at first, and what is missing."""

    store: Location
    lines: tuple[PickLine, ...]
    missing: tuple[PickLine, ...]
    orders: tuple[PackOrder, ...]

    @property
    def packs(self) -> int:
        return sum(line.packs for line in self.lines)


def pick_lists(orders: Sequence[PackOrder]) -> list[PickList]:
    """A pick list for each store of some orders: goods in the order of their shelves (kind, group), lots by date. Five queries."""
    by_key = {order.pk: order for order in orders}
    rows = Reservation.objects.filter(for_kind=FOR, for_id__in=[str(key) for key in by_key], ended_at=None)
    picked: dict[int, dict[Lot, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    for one in rows.select_related("balance__lot__item"):
        picked[one.balance.location_id][one.balance.lot].append((int(one.for_id), one.packs))
    lacks: dict[int, dict[Item, int]] = defaultdict(lambda: defaultdict(int))
    missing = lacking(orders)
    for line in PackLine.objects.filter(order__in=by_key).select_related("item"):
        packs = missing.get(line.order_id, {}).get(line.pk, 0)
        if packs:
            lacks[by_key[line.order_id].store_id][line.item] += packs
    stores = {order.store_id: order.store for order in orders}
    found = []
    for key, store in sorted(stores.items(), key=lambda pair: str(pair[1])):
        lines = [
            PickLine(lot.item, lot, sum(packs for _order, packs in parts), tuple(sorted({o for o, _packs in parts})))
            for lot, parts in picked[key].items()
        ]
        lines.sort(key=_by_shelf_and_date)
        gone = [PickLine(item, None, packs) for item, packs in lacks[key].items()]
        gone.sort(key=lambda line: _shelf(line.item))
        mine = tuple(order for order in orders if order.store_id == key)
        found.append(PickList(store, tuple(lines), tuple(gone), mine))
    return found


def _by_shelf_and_date(line: PickLine) -> tuple[tuple[str, str, str], bool, float, int]:
    date = line.lot.best_before if line.lot else None
    return _shelf(line.item), date is None, date.timestamp() if date else 0.0, line.lot.pk if line.lot else 0


def _shelf(item: Item) -> tuple[str, str, str]:
    return item.kind, item.group, item.code


def fullest(places: Sequence[Location]) -> int | None:
    """Of some places the one with the most free goods: where one most likely packs. One query."""
    free = Balance.objects.filter(location__in=places, lot__state=Lot.State.GOOD, packs__gt=F("reserved"))
    packs = free.values("location").annotate(free=Sum(F("packs") - F("reserved"))).order_by("-free", "location")
    return packs.values_list("location", flat=True).first()


def headings() -> list[str]:
    """The columns of the exported list of orders."""
    return [
        *[_("order"), _("kit"), _("households like this"), _("area"), _("round"), _("store"), _("staging")],
        *[_("needed by"), _("expected"), _("kits"), _("packed"), _("staged"), _("with the carrier")],
        *[_("handed over"), _("packs missing"), _("state")],
    ]


def rows_of(rows: Iterable[OrderRow], incident: Incident) -> list[list[Any]]:
    """The exported list of orders."""
    return [
        [
            row.order.pk,
            row.title,
            row.words,
            row.order.area.name if row.order.area else "",
            row.order.round_name,
            str(row.order.store),
            str(row.order.staging),
            row.order.ready_by.astimezone(incident.tz),
            row.expected.at.astimezone(incident.tz) if row.expected else "",
            *(row.order.kits, row.packed, row.staged, row.taken, row.handed, row.lacking),
            row.order.get_state_display(),
        ]
        for row in rows
    ]
