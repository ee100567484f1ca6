"""A packing table in one line: a sealed area, a store, designs in use for the households that are added."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from builders import NIGHT, a_household, a_sealed_area

from doorstep.promises.models import Promise
from doorstep.register.models import Door
from doorstep.rounds.actions import request_plan, run_plan
from doorstep.rounds.demand import CarrierLine
from doorstep.rounds.visits import VisitReport, record_visit
from doorstep.supplies import items, lots, moves, pack_many, pack_table, packing
from doorstep.supplies.designing import class_code
from doorstep.supplies.homes import as_facts, homes_of
from doorstep.supplies.models import Balance, DesignLine, Item, KitDesign, Supplier
from doorstep.supplies.needs import in_words, key_of, typical

DAY = timedelta(days=1)
KIT = "kit:living"


class Table:
    """A sealed area, a store with rice, oil, pork and honey, and designs in use for the households that are added."""

    def __init__(self, goods=None):
        self.area = a_sealed_area()
        self.incident = self.area.incident
        self.doors = list(Door.objects.filter(area_doors__area=self.area).order_by("pk"))
        if goods is None:
            items.load_starter(items.Act(NIGHT))
        for code, contains in (goods or {}).items():
            facts = {"names": {"zh": code, "en": code}, "group": "cereal", "shelf_days": 90, "contains": contains}
            Item.objects.get_or_create(code=code, defaults=facts)
        self.supplier = Supplier.objects.create(incident=self.incident, name="城北粮店")
        self.store = moves.place_of(self.incident, "store", "街道仓库")
        self.stores = [self.store, moves.place_of(self.incident, "store", "体育馆")]
        self.staging = moves.place_of(self.incident, "staging", "北门")
        self.number = 0

    def item(self, code):
        return Item.objects.get(code=code)

    def lot(self, code, packs, days=90.0, number=""):
        self.number += 1
        ends = NIGHT + days * DAY
        receipt = lots.Receipt(uuid4(), self.item(code), packs, number or f"L{self.number}", self.supplier, ends, {})
        return lots.receive(self.incident, receipt, store=self.store, at=NIGHT)

    def household(self, **facts):
        home = a_household(self.doors.pop(0), **facts)
        self.owed(home, KIT, due=NIGHT + timedelta(hours=12))
        return home

    def owed(self, home, kind, *, due):
        """A promise to a household."""
        Promise.objects.create(
            incident=self.incident,
            area=self.area,
            kind=kind,
            subject_kind="household",
            subject_id=home.pk,
            sequence=1,
            at_risk_from=NIGHT,
            door=home.door,
            window_start=NIGHT,
            due_at=due,
        )

    def design(self, household, lines, days=2.5):
        home = homes_of(self.incident, [household.pk], NIGHT)[household.pk]
        design = KitDesign.objects.create(
            incident=self.incident,
            kind="living",
            household_class=class_code(key_of(home)),
            facts={"home": as_facts(typical(home)), "households": 1, "words": in_words(home)},
            covers_days=days,
            state="in_use",
            figures={"weight_kg": 5.0, "cost": 1.0, "short": [], "needs": {}, "purchases": [], "banned": []},
            made_at=NIGHT,
        )
        for code, packs in lines.items():
            DesignLine.objects.create(design=design, item=self.item(code), packs=packs)
        return design

    def order(self, **facts):
        run = packing.Run("living", self.store, self.staging, NIGHT + timedelta(hours=6), self.area, **facts)
        owed = packing.owed_kits(self.incident, "living", until=NIGHT + DAY, areas=[self.area])
        return packing.order_run(self.incident, run, owed, at=NIGHT)

    def line(self, order, code):
        return order.lines.get(designed__code=code)

    def held(self, code):
        return sum(Balance.objects.filter(lot__item__code=code, location=self.store).values_list("reserved", flat=True))

    def there(self, code, kind):
        rows = Balance.objects.filter(lot__item__code=code, location__kind=kind)
        return sum(rows.values_list("packs", flat=True))

    def knock(self, door, handed=(KIT,), outcome="opened"):
        report = VisitReport(uuid4(), door.pk, outcome, NIGHT + timedelta(hours=8), tuple(handed))
        return record_visit(self.incident, report, by=None, at=NIGHT + timedelta(hours=8))


def tap(at=NIGHT):
    return pack_table.Act(uuid4(), at)


def packed(table, homes=1, lines=None):
    """Some like households, with their kits packed."""
    made = [table.household() for _ in range(homes)]
    table.design(made[0], lines or {"rice": 1})
    order = table.order().orders[0]
    pack_many.pack_many(order, homes, tap())
    order.refresh_from_db()
    return order, made


def walked(table, start=NIGHT):
    """A plan of rounds for the area, made at `start`."""
    lines = [CarrierLine(None, "林溪", start, start + timedelta(hours=12))]
    plan = request_plan(table.incident, [table.area], start, start + timedelta(hours=12), carriers=lines, at=start)
    run_plan(plan.pk)
    plan.refresh_from_db()
    return plan
