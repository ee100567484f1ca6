"""Whatever people do at the packing table, in whatever order: no kit is packed against a diet or a date, and books balance."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT
from django.db import transaction
from django.db.models import F, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from packers import DAY, KIT, Table

from doorstep.errors import UserError
from doorstep.register.models import Household
from doorstep.rounds.models import Visit
from doorstep.rounds.visits import VisitReport, record_visit, undo_visit
from doorstep.supplies import kit_watches, kit_ways, lots, moves, pack_many, pack_table, packing
from doorstep.supplies.models import Balance, Item, KitLine, Lot, PackedKit, PackOrder, Reservation

pytestmark = pytest.mark.django_db
GOODS = {"rice": [], "sausage": ["pork"], "milk": ["milk"], "honeycake": ["honey"]}
CODES = sorted(GOODS)
FORBIDDEN = {"halal": "pork", "vegan": "honey"}
ACTS = (
    *("scan", "tap", "out", "unpack", "many", "undo_many", "diet", "recall", "hold", "later", "receive", "replace"),
    *("instead", "drop", "undrop", "stage", "take", "knock", "undo_knock", "order", "time"),
)
OFTEN = (
    "many",
    "diet",
    "tap",
    "receive",
    "unpack",
)  # done more than once a night, so that kits are packed and turn wrong


class World:
    """A table with three like households, and one act of somebody at a time."""

    def __init__(self):
        self.table = Table(GOODS)
        self.homes = [self.table.household() for _ in range(3)]
        self.table.design(self.homes[0], {"rice": 2, "sausage": 1})
        self.now, self.taps = NIGHT, []
        for days in (1, 4, 6, 8):
            for code in CODES:
                self.table.lot(code, 4, days=days)
        self.table.order()

    def do(self, act, pick):
        before = set(PackedKit.objects.exclude(packed_at=None).values_list("pk", flat=True))
        with suppress(UserError):
            getattr(self, f"_{act}")(pick)
        self.look(before)

    def tap(self):
        return pack_table.Act(uuid4(), self.now)

    def one(self, rows, pick):
        rows = list(rows)
        return rows[pick % len(rows)] if rows else None

    def kit(self, pick):
        return self.one(PackedKit.objects.select_related("order__design", "order__incident").order_by("pk"), pick)

    def order(self, pick):
        return self.one(PackOrder.objects.order_by("pk"), pick)

    def line(self, kit, pick):
        return self.one(kit.order.lines.order_by("pk"), pick)

    def item(self, pick):
        return Item.objects.get(code=CODES[pick % len(CODES)])

    def _scan(self, pick):
        words = [*CODES, *Lot.objects.order_by("pk").values_list("number", flat=True)]
        pack_table.scan(self.kit(pick), words[pick % len(words)], self.tap())

    def _tap(self, pick):
        kit = self.kit(pick)
        pack_table.put_in(kit, self.line(kit, pick // 3), self.tap())

    def _instead(self, pick):
        kit = self.kit(pick)
        line, item = self.line(kit, pick // 3), self.item(pick // 2)
        pack_table.put_in(kit, line, self.tap(), instead=item, packs=1 + pick % 2, reason="none left")

    def _out(self, pick):
        if row := self.one(KitLine.objects.order_by("pk"), pick):
            pack_table.take_out(row, self.tap())

    def _unpack(self, pick):
        pack_table.unpack(self.kit(pick), self.tap())

    def _many(self, pick):
        act = self.tap()
        self.taps.append(act.client_id)
        pack_many.pack_many(self.order(pick), 1 + pick % 3, act)

    def _undo_many(self, pick):
        if self.taps:
            pack_many.undo_many(self.order(pick), self.taps[pick % len(self.taps)], self.tap())

    def _diet(self, pick):
        diets = [["halal"], [], ["vegan"]][pick % 3]
        Household.objects.filter(pk=self.homes[pick % 2].pk).update(diets=diets)

    def _recall(self, pick):
        if lot := self.one(Lot.objects.order_by("pk"), pick):
            lots.recall(lot, reason="mouse", at=self.now, by=None, client_id=uuid4())

    def _hold(self, pick):
        if lot := self.one(Lot.objects.order_by("pk"), pick):
            lots.hold(lot, reason="wet", at=self.now, by=None, client_id=uuid4())

    def _later(self, pick):
        self.now += timedelta(hours=4 * (1 + pick % 6))

    def _receive(self, pick):
        self.table.lot(CODES[pick % len(CODES)], 1 + pick % 5, days=1 + pick % 12)

    def _replace(self, pick):
        order = self.order(pick)
        line = self.one(order.lines.order_by("pk"), pick // 2)
        packing.substitute(line, self.item(pick), 1 + pick % 2, reason="wet sacks", at=self.now, by=None)

    def _drop(self, pick):
        packing.drop(self.order(pick), reason="cancelled", at=self.now, by=None)

    def _undrop(self, pick):
        packing.undrop(self.order(pick), at=self.now, by=None)

    def _stage(self, pick):
        kit_ways.stage(self.order(pick), None, at=self.now, by=None)

    def _take(self, pick):
        kit_ways.take(self.order(pick), at=self.now, by=None)

    def _knock(self, pick):
        report = VisitReport(uuid4(), self.homes[pick % 3].door_id, "opened", self.now, (KIT,))
        record_visit(self.table.incident, report, by=None, at=self.now)

    def _undo_knock(self, pick):
        if visit := self.one(Visit.objects.filter(undone_at=None).order_by("pk"), pick):
            undo_visit(visit, by=None, at=self.now)

    def _order(self, _pick):
        self.table.order()

    def _time(self, pick):
        order = self.order(pick)
        packing.change(order, NIGHT + timedelta(hours=pick % 40), self.table.stores[pick % 2], at=self.now, by=None)

    def look(self, packed_before):
        """What must hold now, counted without the code that it watches."""
        incident = self.table.incident
        assert moves.unbalanced(incident) == []
        rows = Balance.objects.filter(lot__incident=incident)
        assert not rows.filter(may_owe=False, packs__lt=F("reserved")).exists()
        assert all(total == 0 for _lot, total in rows.values_list("lot").annotate(Sum("packs")).order_by())
        held = dict(Reservation.objects.filter(ended_at=None).values_list("balance").annotate(Sum("packs")).order_by())
        assert {row.pk: row.reserved for row in rows if row.reserved} == {k: v for k, v in held.items() if v}
        told = {row.url.split("/")[-2] for row in kit_watches.kits_unfit(incident, self.now)}
        for kit in PackedKit.objects.exclude(packed_at=None).filter(handed_at=None).select_related("household"):
            inside = list(kit.inside.select_related("lot__item"))
            there = dict(Balance.objects.filter(location=kit.place, packs__gt=0).values_list("lot", "packs"))
            summed: dict[int, int] = {}
            for row in inside:
                summed[row.lot_id] = summed.get(row.lot_id, 0) + row.packs
            assert there == summed
            wrong = [row for row in inside if self.is_wrong(row.lot, kit.household.diets)]
            assert not wrong or kit.pk in packed_before, f"{kit} was packed with {wrong[0].lot}"
            assert not wrong or kit.code in told

    def is_wrong(self, lot, diets):
        tags = set(lot.item.contains)
        past = lot.best_before is not None and lot.best_before <= self.now
        return past or lot.state != Lot.State.GOOD or any(FORBIDDEN[diet] in tags for diet in diets)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    some.lists(some.tuples(some.sampled_from(OFTEN), some.integers(0, 59)), min_size=4, max_size=7),
    some.lists(some.tuples(some.sampled_from(ACTS), some.integers(0, 59)), max_size=8),
)
def test_no_packed_kit_breaks_a_diet_or_a_date_whatever_people_do(first, then):
    with transaction.atomic():
        world = World()
        for act, pick in [*first, *then]:
            world.do(act, pick)
        transaction.set_rollback(True)  # the next example begins with nothing


def test_the_acts_reach_a_packed_kit_at_a_door_and_back():
    world = World()
    for act in ("many", "stage", "take", "knock", "diet", "undo_knock", "unpack", "later"):
        world.do(act, 1)
    assert PackedKit.objects.exclude(packed_at=None).exists()
    assert world.now < NIGHT + DAY


@pytest.mark.parametrize("seed", range(4))
def test_a_long_night_at_the_table_holds_too(seed):
    chance, world = random.Random(seed), World()
    for _ in range(25):
        world.do(chance.choice((*ACTS, *OFTEN, *OFTEN, *OFTEN)), chance.randrange(60))
