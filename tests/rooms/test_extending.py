"""F24: a longer restriction is a longer supply, in the same act: what is owed, what the forecast counts, what is ordered."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_household, a_sealed_area, sign_in

from doorstep.command.actions import extend_review, lift
from doorstep.promises.actions import derive
from doorstep.promises.models import Promise
from doorstep.supplies import lots, moves, orders
from doorstep.supplies.forecast import forecast
from doorstep.supplies.kit_demand import classes_of
from doorstep.supplies.models import DesignLine, Item, KitDesign, PurchaseOrder, Supplier

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def area():
    """Two households, of two and of three; rice and noodles in the catalogue; a bag of rice in the store."""
    area = a_sealed_area()
    doors = [row.door for row in area.area_doors.order_by("pk")[:2]]
    for door, persons in zip(doors, (2, 3), strict=True):
        a_household(door, persons=persons)
    derive(area.incident, at=NIGHT)
    for code, each in {"rice": 1000, "noodles": 500}.items():
        Item.objects.create(code=code, names={"zh": code, "en": code}, per_pack=each, lead_hours=12, shelf_days=180)
    return area


def keep_goods(area, packs=1):
    store = moves.place_of(area.incident, "store", "街道仓库")
    supplier = Supplier.objects.create(incident=area.incident, name="城北粮店")
    item = Item.objects.get(code="rice")
    receipt = lots.Receipt(uuid4(), item, packs, "A1", supplier, NIGHT + 90 * DAY, {})
    lots.receive(area.incident, receipt, store=store, at=NIGHT)
    return supplier


def last_kit(area):
    return Promise.objects.filter(area=area, kind="kit:living").latest("due_at").due_at


def extend(area, days):
    return extend_review(area, NIGHT + days * DAY, reason="密接者仍在观察", at=NIGHT)


def rice(area):
    return next(row for row in forecast(area.incident, NIGHT).items if row.item.code == "rice")


def test_kits_are_owed_longer_in_the_same_act(area):
    before = last_kit(area)
    extend(area, 8)
    assert last_kit(area) - before == 4 * DAY  # 3.5 days with a kit each two days, then 7.5
    assert Promise.objects.filter(area=area, kind="review", state="open").get().due_at == NIGHT + 8 * DAY


def test_after_the_review_the_forecast_counts_as_if_the_area_stays(area):
    found = forecast(area.incident, NIGHT)
    assert [day for day, kits in enumerate(found.kits) if kits] == [1, 3, 5]
    assert found.stays == (0, 0, 0, 0, 0, 2, 0)
    assert [name for name, _when in found.reviews] == [area.name]
    assert rice(area).needed == 6  # five persons × 0.55 kg × 0.6, rounded up each day, on three days
    extend(area, 8)
    longer = forecast(area.incident, NIGHT)
    assert (sum(longer.stays), longer.kits, longer.reviews) == (0, found.kits, ())
    assert rice(area).needed == 6


def test_a_design_in_use_is_what_the_days_after_the_review_need(area):
    homes = list(Promise.objects.filter(kind="kit:living", sequence=0).values_list("subject_id", flat=True))
    of = classes_of(homes, NIGHT.date(), 12)
    for code in {key for key, _persons, _infants in of.values()}:
        design = KitDesign.objects.create(
            incident=area.incident, kind="living", household_class=code, covers_days=2, state="in_use", made_at=NIGHT
        )
        DesignLine.objects.create(design=design, item=Item.objects.get(code="rice"), packs=4)
    assert [day.needed for day in rice(area).days] == [0, 8, 0, 8, 0, 8, 0]


def test_where_nobody_is_at_home_nothing_more_is_needed(area):
    for row in area.area_doors.all():
        for home in row.door.households.all():
            home.persons.update(present="hospital")
    derive(area.incident, at=NIGHT)
    assert sum(forecast(area.incident, NIGHT).kits) == 0


def test_the_proposal_of_an_order_follows_in_the_same_act(area):
    extend(area, 4)
    assert not PurchaseOrder.objects.exists()  # no goods are kept in the books, so nothing is ordered from them
    supplier = keep_goods(area)
    extend(area, 5)
    order = PurchaseOrder.objects.get()
    packs = dict(order.lines.values_list("item__code", "packs"))
    assert packs == {line.item.code: line.missing for line in forecast(area.incident, NIGHT).missing}
    orders.change(order, packs={}, need_by=order.need_by, supplier=supplier, at=NIGHT, by=None)
    orders.approve(order, at=NIGHT, by=None)
    extend(area, 8)
    assert PurchaseOrder.objects.count() == 1  # what is ordered is not ordered twice
    area.incident.clock_anchor_incident = NIGHT + 4 * DAY
    extend_review(area, NIGHT + 12 * DAY, reason="密接者仍在观察", at=NIGHT + 4 * DAY)
    newer = PurchaseOrder.objects.exclude(pk=order.pk).get()
    assert newer.state == "proposed"
    assert newer.lines.filter(item__code="rice", packs__gt=0).exists()


def test_a_lifted_area_takes_its_proposal_back(area):
    keep_goods(area)
    extend(area, 5)
    lift(area, at=NIGHT)
    assert PurchaseOrder.objects.get().state == "cancelled"


def test_the_page_marks_the_days_that_count_only_if_the_area_stays(client, area):
    keep_goods(area)
    sign_in(client, "supply", area.incident)
    page = client.get("/supplies/forecast/").content.decode()
    assert page.count(">if it stays<") == 1
    assert f"{area.name}: reviewed" in page
    assert "(2 of them if the area stays closed)" in page
