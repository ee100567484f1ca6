"""The forecast: kits that are owed, day by day, against stock and orders; what runs out and the order that follows."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_household, a_sealed_area, sign_in
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.promises.models import Promise
from doorstep.protocol import files
from doorstep.supplies import catalogue, lots, moves, orders
from doorstep.supplies.forecast import forecast, propose_orders
from doorstep.supplies.kit_demand import classes_of
from doorstep.supplies.models import DesignLine, Item, KitDesign, PurchaseOrder, Supplier
from doorstep.supplies.needs import Eater, Home, key_of
from doorstep.supplies.rules import kit_items

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Town:
    """A sealed area with two households (of two and of three), a store, rice and noodles, masks."""

    def __init__(self):
        self.area = a_sealed_area()
        self.incident = self.area.incident
        doors = [row.door for row in self.area.area_doors.order_by("pk")[:2]]
        self.homes = [a_household(door, persons=n) for door, n in zip(doors, (2, 3), strict=True)]
        self.supplier = Supplier.objects.create(incident=self.incident, name="城北粮店")
        self.store = moves.place_of(self.incident, "store", "街道仓库")
        self.items = {
            code: Item.objects.create(code=code, names={"zh": code, "en": code}, lead_hours=12, **facts)
            for code, facts in {
                "masks": {"per_pack": 10, "unit": "piece"},
                "thermometer": {"per_pack": 1, "unit": "piece"},
                "rice": {"per_pack": 1000, "shelf_days": 180},
                "noodles": {"per_pack": 500, "shelf_days": 180},
            }.items()
        }

    def owe(self, kit, home, due, sequence=0):
        return Promise.objects.create(
            incident=self.incident, area=self.area, kind=f"kit:{kit}", subject_kind="household", subject_id=home.pk,
            sequence=sequence, door=home.door, window_start=NIGHT, due_at=due, at_risk_from=due,
        )  # fmt: skip

    def receive(self, code, packs, until=None, number="A1"):
        receipt = lots.Receipt(uuid4(), self.items[code], packs, number, self.supplier, until or NIGHT + 90 * DAY, {})
        return lots.receive(self.incident, receipt, store=self.store, at=NIGHT)

    def row(self, code, at=NIGHT):
        return next(row for row in forecast(self.incident, at).items if row.item.code == code)


@pytest.fixture
def town():
    return Town()


def lefts(row):
    return [day.left for day in row.days]


def test_masks_of_two_and_three_persons_are_four_and_six_packs_on_their_days(town):
    """23:00 in Nanjing: what is due in two hours is of the next local day."""
    town.owe("epidemic", town.homes[0], NIGHT + 2 * HOUR)
    town.owe("epidemic", town.homes[1], NIGHT + 26 * HOUR)
    town.receive("masks", 7)
    row = town.row("masks")
    assert [day.needed for day in row.days] == [0, 4, 6, 0, 0, 0, 0]
    assert lefts(row) == [7, 7 - 4, 7 - 10, -3, -3, -3, -3]
    assert row.ends is row.days[2]
    assert row.missing == 3


def test_only_who_is_at_home_counts_and_a_kept_kit_counts_no_more(town):
    town.homes[1].persons.filter(key="3").update(present="hospital")
    town.owe("epidemic", town.homes[1], NIGHT + 2 * HOUR)
    kept = town.owe("epidemic", town.homes[0], NIGHT + 2 * HOUR)
    Promise.objects.filter(pk=kept.pk).update(state="kept")
    assert town.row("masks").needed == 4


def test_what_has_no_item_is_named_with_how_much_and_never_dropped(town):
    town.owe("epidemic", town.homes[0], NIGHT + 2 * HOUR)
    town.owe("epidemic", town.homes[1], NIGHT + 2 * HOUR)
    found = forecast(town.incident, NIGHT).unmatched
    assert [(line.name, line.amount, line.unit, line.kits) for line in found] == [("alcohol", 1000, "mL", 2)]


def test_a_design_in_use_takes_the_place_of_the_protocol_for_its_class(town):
    home, other = town.homes
    of = classes_of([home.pk], NIGHT.date(), 12)[home.pk][0]
    for version, packs, state in ((1, 5, "ended"), (2, 2, "in_use")):
        design = KitDesign.objects.create(
            incident=town.incident, kind="living", household_class=of, version=version, covers_days=2, state=state,
            made_at=NIGHT,
        )  # fmt: skip
        DesignLine.objects.create(design=design, item=town.items["noodles"], packs=packs)
    town.owe("living", home, NIGHT + 2 * HOUR)
    assert town.row("noodles").needed == 2
    town.owe("living", other, NIGHT + 2 * HOUR)  # three persons × 0.55 kg: 990 g of rice, 660 g of noodles
    assert town.row("rice").needed == 1
    assert town.row("noodles").needed == 2 + 2


def test_the_class_is_that_which_the_designer_of_kits_gives(town):
    home = town.homes[1]
    home.diets, home.allergies = ["halal"], ["milk"]
    home.save()
    facts = [
        {"birth_date": date(2021, 5, 1), "sex": "m"},
        {"birth_date": date(1990, 3, 9), "sex": "f", "classes": ["lactating"]},
        {"birth_date": date(1950, 1, 1), "conditions": ["糖尿病"]},
    ]
    for person, given in zip(home.persons.order_by("key"), facts, strict=True):
        home.persons.filter(pk=person.pk).update(**given)
    eaters = (
        Eater(7, "m"), Eater(31 * 12 + 8, "f", frozenset({"lactating"})), Eater.aged(71, conditions=["糖尿病"]),
    )  # fmt: skip
    key = key_of(Home(eaters, frozenset({"halal"}), frozenset({"milk"})))
    assert classes_of([home.pk], NIGHT.date(), 12) == {home.pk: (key, 3, 1)}


def test_confirmed_orders_come_in_late_ones_and_unconfirmed_ones_do_not(town):
    town.owe("epidemic", town.homes[0], NIGHT + 50 * HOUR)
    given = {"at": NIGHT, "by": None}
    made = orders.propose(
        town.incident, [orders.Wanted(town.items["masks"], 5)], need_by=NIGHT + DAY, supplier=town.supplier, at=NIGHT
    )
    orders.approve(made, **given)
    assert town.row("masks").missing == 0  # ordered, so not ordered twice
    assert town.row("masks").ends is not None
    orders.send(made, **given)
    orders.confirm(made, {town.items["masks"].pk: 4}, **given)
    assert lefts(town.row("masks")) == [0, 4, 4, 0, 0, 0, 0]
    late = town.row("masks", at=NIGHT + 30 * HOUR)
    assert (late.late, late.days[0].arriving, late.missing) == (4, 0, 0)


def test_goods_past_their_date_fall_away_and_what_ends_first_goes_first(town):
    town.receive("masks", 6, until=NIGHT + 30 * HOUR)
    town.receive("masks", 5, number="A2")
    town.owe("epidemic", town.homes[0], NIGHT + 2 * HOUR)
    row = town.row("masks")
    assert lefts(row) == [11, 7, 7, 5, 5, 5, 5]
    assert [day.past for day in row.days] == [0, 0, 0, 2, 0, 0, 0]


def test_the_proposal_follows_the_forecast_until_it_is_approved(town):
    Item.objects.filter(code="masks").update(least_packs=2)
    town.owe("epidemic", town.homes[0], NIGHT + 26 * HOUR)
    made = propose_orders(town.incident, at=NIGHT, by=None)
    by_code = {line.item.code: line.packs for line in made.lines.all()}
    assert by_code == {"masks": 6, "thermometer": 1}
    assert made.need_by == NIGHT  # below the minimum from the first day on
    assert propose_orders(town.incident, at=NIGHT, by=None).pk == made.pk
    town.owe("epidemic", town.homes[1], NIGHT + 26 * HOUR)
    assert propose_orders(town.incident, at=NIGHT, by=None).lines.get(item__code="masks").packs == 12
    orders.approve(PurchaseOrder.objects.get(), at=NIGHT, by=None)
    assert propose_orders(town.incident, at=NIGHT, by=None) is None
    town.owe("epidemic", town.homes[0], NIGHT + 50 * HOUR, 1)
    more = propose_orders(town.incident, at=NIGHT, by=None)
    assert more.pk != made.pk
    assert more.lines.get(item__code="masks").packs == 4
    Promise.objects.update(state="kept")
    assert propose_orders(town.incident, at=NIGHT, by=None) is None
    more.refresh_from_db()
    assert more.state == "cancelled"


def test_ten_times_the_households_ask_no_more_queries(town):

    def count():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            forecast(town.incident, NIGHT)
        return len(asked)

    of = classes_of([town.homes[0].pk], NIGHT.date(), 12)[town.homes[0].pk][0]
    KitDesign.objects.create(
        incident=town.incident, kind="living", household_class=of, covers_days=2, state="in_use", made_at=NIGHT
    )
    town.owe("living", town.homes[0], NIGHT + 2 * HOUR)
    before = count()
    for _number in range(10):
        town.owe("living", a_household(), NIGHT + 2 * HOUR)
    assert count() == before
    assert before <= 10


def test_the_page_says_the_day_by_word_and_shape_and_proposes_once(client, town):
    town.owe("epidemic", town.homes[0], NIGHT + 2 * HOUR)
    sign_in(client, "supply", town.incident)
    page = client.get("/supplies/forecast/").content.decode()
    assert "runs out on 12-08" in page
    assert "✕" in page
    assert "alcohol" in page
    for _time in range(2):
        answer = client.post("/supplies/forecast/order/")
    order = PurchaseOrder.objects.get()
    assert answer.url == f"/supplies/orders/{order.pk}/"
    sign_in(client, "coordinator", town.incident)
    rows = client.get("/supplies/forecast/?format=csv").content.decode("utf-8-sig").splitlines()
    assert rows[1].startswith("masks,masks,2021-12-07,0,0,0,0,")
    assert rows[2].startswith("masks,masks,2021-12-08,4,0,0,-4,runs out")


def test_an_empty_forecast_says_what_to_do_and_strangers_see_none(client):
    area = a_sealed_area()
    sign_in(client, "supply", area.incident)
    assert "No kit is owed" in client.get("/supplies/forecast/").content.decode()
    sign_in(client, "guard", area.incident)
    assert client.get("/supplies/forecast/").status_code == 403
    assert client.post("/supplies/forecast/order/").status_code == 403


def test_every_line_of_a_shipped_kit_has_goods_of_the_catalogue():
    lines = kit_items()["lines"]
    codes = {code for line in lines.values() for code in line["units"]}
    assert codes <= set(catalogue.goods())
    named = {
        line.name["en"]
        for one in map(files.shipped, files.shipped_ids())
        for kit in one.supply.kits
        for line in kit.items
    }
    assert named == set(lines)
