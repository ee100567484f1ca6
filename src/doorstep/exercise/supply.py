"""The supply side of an exercise while its clock is played: goods taken in, ordered, handed out, thrown away when past.

Everything goes through the acts that users have. Once somebody orders by hand, the crew orders no more.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.db.models import F

from doorstep.command.models import Incident, Member
from doorstep.exercise.stores import read_stores, store_of, supplier_of
from doorstep.register.models import Household
from doorstep.rounds.models import Visit
from doorstep.supplies import duty, lots, moves, orders
from doorstep.supplies.forecast import forecast, propose_orders
from doorstep.supplies.handling import INSIDE
from doorstep.supplies.kit_demand import Contents
from doorstep.supplies.models import Balance, Item, Location, Lot, Move, OrderLine, PackedKit, PurchaseOrder, Supplier
from doorstep.supplies.rules import questions_for
from doorstep.wiring.contributions import OnDuty

KEY = "crew:"
State = PurchaseOrder.State


def work(incident: Incident, *, at: datetime) -> None:
    """One morning in the store: take in what has come, throw away what is past, order what is missing."""
    by = keeper(incident)
    receive(incident, at=at)
    throw_away(incident, at=at, by=by)
    by_hand = incident.purchase_orders.exclude(key__startswith=KEY).exclude(state__in=[State.PROPOSED, State.CANCELLED])
    if not by_hand.exists():
        order_missing(incident, at=at, by=by)


def receive(incident: Incident, *, at: datetime) -> None:
    """Take in the orders that have come."""
    for order in incident.purchase_orders.filter(key__startswith=KEY, state=State.CONFIRMED, need_by__lte=at):
        take_in(order, at=at, by=keeper(incident))


def keeper(incident: Incident) -> Member | None:
    """Who has the supply role of the exercise."""
    return Member.objects.filter(grants__incident=incident, grants__role="supply").first()


def order_missing(incident: Incident, *, at: datetime, by: Member | None) -> list[PurchaseOrder]:
    """What the forecast lacks, ordered from who brings it: proposed, approved, sent and confirmed."""
    stores = read_stores(incident.exercise)
    if stores is None:
        return []
    wanted: dict[str, list[orders.Wanted]] = defaultdict(list)
    for row in forecast(incident, at).missing:
        wanted[supplier_of(stores, row.item)].append(orders.Wanted(row.item, row.missing))
    made = []
    for name, lines in sorted(wanted.items()):
        line = next(one for one in stores.suppliers if one.name == name)
        supplier = Supplier.objects.get(incident=incident, name=name)
        comes = at + timedelta(hours=line.lead_hours)
        key = f"{KEY}{at.isoformat()}:{supplier.pk}"
        order = orders.propose(incident, lines, need_by=comes, at=at, by=by, supplier=supplier, key=key)
        orders.approve(order, at=at, by=by)
        orders.send(order, at=at, by=by)
        made.append(orders.confirm(order, {}, at=at, by=by, comes_at=comes))
    propose_orders(incident, at=at, by=by)  # what the forecast had proposed meanwhile is ordered now
    return made


def take_in(order: PurchaseOrder, *, at: datetime, by: Member | None) -> None:
    """Everything of an order came and is in order."""
    store = store_of(order.incident)
    for line in OrderLine.objects.filter(order=order).select_related("item", "order__incident", "order__supplier"):
        fresh = line.item.shelf_days
        receipt = lots.Receipt(
            uuid5(NAMESPACE_URL, f"{KEY}{line.pk}"),
            line.item,
            line.packs - line.received,
            f"{at:%y%m%d}-{order.pk}",
            order.supplier,
            None if fresh is None else at + timedelta(days=fresh),
            dict.fromkeys(questions_for(line.item), True),
        )
        orders.receive_line(line, receipt, store=store, at=at, by=by)


def throw_away(incident: Incident, *, at: datetime, by: Member | None) -> None:
    """What is past its date leaves the stores."""
    past = Balance.objects.filter(location__incident=incident, location__kind__in=INSIDE, lot__best_before__lte=at)
    for row in past.filter(packs__gt=F("reserved")).select_related("lot", "location"):
        wasted = Location.Kind.WASTED.value
        ident = uuid5(NAMESPACE_URL, f"{KEY}{row.pk}:{at.isoformat()}")
        facts = {"kind": wasted, "reason": "过期", "at": at, "by": by, "client_id": ident}
        lots.take_away(row.lot, row.location, row.packs - row.reserved, **facts)  # type: ignore[arg-type]


def equip(incident: Incident, duties: list[OnDuty], *, at: datetime) -> None:
    """Give everybody on these duties the protective equipment that the rules ask for, as far as the store has it."""
    if not duties or not duty.counts_here(incident):
        return
    store, given = store_of(incident), duty.issued_for(incident, [one.key for one in duties])
    members = Member.objects.in_bulk([one.member_id for one in duties if one.member_id])
    for one in duties:
        if one.key in given or one.member_id not in members or duty.enough_for(incident, [one], at):
            continue
        if wanted := duty.need_of(incident, [one]):
            ident, by = uuid5(NAMESPACE_URL, f"{KEY}{incident.pk}:{one.key}"), keeper(incident)
            duty.issue(
                incident, members[one.member_id], wanted, store=store, duty=one.key, at=at, by=by, client_id=ident
            )


def lacking(incident: Incident, start: datetime, end: datetime) -> dict[str, int]:
    """Packs by item that kits handed over in (start, end] should have held and did not."""
    kits = HandOut(incident, end)
    visits = Visit.objects.filter(incident=incident, undone_at=None, occurred_at__gt=start, occurred_at__lte=end)
    owed: dict[int, int] = defaultdict(int)
    for visit in visits:
        for item, packs in kits.wanted(visit).items():
            owed[item] += packs
    given = Move.objects.filter(incident=incident, reason="hand_over", ref_kind="visit")
    for item, packs in given.filter(occurred_at__gt=start, occurred_at__lte=end).values_list("lot__item", "packs"):
        owed[item] -= packs
    names = Item.objects.in_bulk([item for item, packs in owed.items() if packs > 0])
    return {item.code: owed[pk] for pk, item in names.items()}


class HandOut:
    """Goods leave the stores with the kits that the crew hands over: looked up and written down once for a stretch of time."""

    def __init__(self, incident: Incident, at: datetime) -> None:
        self.incident = incident
        doors = Household.objects.filter(active=True, door__area_doors__area__incident=incident).order_by("pk")
        self.homes: dict[int, list[int]] = defaultdict(list)
        for pk, door in doors.distinct().values_list("pk", "door_id"):
            self.homes[door].append(pk)
        at_home = [pk for homes in self.homes.values() for pk in homes]
        self.contents = Contents(incident, at_home, at.astimezone(incident.tz).date())
        stores = read_stores(incident.exercise)
        self.treat = self.contents.by_code.get(stores.treat) if stores is not None else None
        there = Balance.objects.filter(
            location__incident=incident, location__kind__in=INSIDE, lot__state=Lot.State.GOOD, packs__gt=F("reserved")
        )
        self.stock: dict[int, list[Balance]] = defaultdict(list)
        for row in there.select_related("lot", "location").order_by(F("lot__best_before").asc(nulls_last=True), "pk"):
            self.stock[row.lot.item_id].append(row)
        self.trips: list[moves.Trip] = []

    def follow(self, visit: Visit) -> None:
        """What a knock handed over goes to its door, first expired first out; kits that somebody has packed are there already."""
        rows = PackedKit.objects.filter(visit_id=visit.pk).values_list("order__design__kind", "household_id")
        wanted = self.wanted(visit, packed=frozenset(rows))
        door = moves.place_at_door(self.incident, visit.door) if wanted else None
        for item, packs in wanted.items():
            self._take(visit, door, item, packs)
        if self.treat is not None and "kit:living" in visit.handed:
            self._take(visit, door, self.treat.pk, 1)

    def wanted(self, visit: Visit, packed: frozenset[tuple[str, int]] = frozenset()) -> dict[int, int]:
        """Packs by item that the kits of a knock should hold, but for those of `packed` (kit, household)."""
        found: dict[int, int] = defaultdict(int)
        for kind in visit.handed:
            code = kind.removeprefix("kit:")
            for home in self.homes[visit.door_id] if code != kind else []:
                if (code, home) in packed:
                    continue
                for item, packs in self.contents.packs(code, home).items():
                    found[item] += packs
        return found

    def _take(self, visit: Visit, door: Any, item: int, packs: int) -> None:
        """Put packs on their way, as far as they are there."""
        for row in self.stock[item]:
            fresh = row.lot.best_before is None or row.lot.best_before > visit.occurred_at
            if packs and fresh and (part := min(packs, row.packs - row.reserved)) > 0:
                row.packs -= part
                packs -= part
                ident = uuid5(visit.client_id, f"{KEY}{row.pk}")
                said = moves.Said(ident, visit.occurred_at, "hand_over", visit.member, "", "visit", str(visit.pk))
                self.trips.append(moves.Trip(moves.Line(row.lot_id, part), row.location, door, said))

    def write_down(self) -> None:
        """All of it in one act."""
        moves.move_each(self.incident, self.trips)
        self.trips = []
