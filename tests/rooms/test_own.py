"""What households paid for waits apart and goes to its own door only; gifts and who paid stand in the books."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area, sign_in

from doorstep.errors import UserError
from doorstep.register.models import Door
from doorstep.rounds.visits import VisitReport, record_visit, undo_visit
from doorstep.supplies import duty, handling, lots, moves, own, paying, stock
from doorstep.supplies.models import Balance, Item, Lot, Move, Supplier
from doorstep.wiring.contributions import contributions

pytestmark = pytest.mark.django_db
DAY, H = timedelta(days=1), timedelta(hours=1)
CHECKS = {f"check-{code}": "yes" for code in ("wrapping", "date", "maker", "same")}


class Town:
    """A sealed area with a store, a shop, rice; one household has bought three packs of it."""

    def __init__(self):
        self.area = a_sealed_area()
        self.incident = self.area.incident
        self.door, self.other = Door.objects.filter(area_doors__area=self.area).order_by("pk")[:2]
        a_household(self.door)
        self.shop = Supplier.objects.create(incident=self.incident, name="城北粮店")
        self.store = moves.place_of(self.incident, "store", "街道仓库")
        self.rice = Item.objects.create(
            code="rice", names={"zh": "大米", "en": "rice"}, shelf_days=180, price_cents=3000, pack_weight_g=5000
        )

    def receive(self, packs=3, number="A1", payer="household", door=None, good=True, supplier=None, client_id=None):
        door = self.door if payer == "household" and door is None else door
        receipt = lots.Receipt(
            client_id or uuid4(), self.rice, packs, number, supplier or self.shop, NIGHT + 90 * DAY, {"date": good},
            payer, door=door,
        )  # fmt: skip
        return lots.receive(self.incident, receipt, store=self.store, at=NIGHT)

    def hand(self, door=None, client_id=None):
        given = {"at": NIGHT + H, "by": None, "client_id": client_id or uuid4()}
        return own.hand_over(self.incident, door or self.door, **given)

    def at(self, kind, door=None):
        rows = Balance.objects.filter(location__incident=self.incident, location__kind=kind)
        return sum((rows.filter(location__door=door) if door else rows).values_list("packs", flat=True))


@pytest.fixture
def town():
    return Town()


def text(answer) -> str:
    return answer.content.decode()


def test_what_a_household_paid_is_in_nobodys_stock(town):
    lot = town.receive()
    assert lots.where(lot) == {"supplier": -3, "own": 3}
    assert stock.stock_lines(town.incident, stock.Asked(), NIGHT) == []
    assert duty.free_packs(town.incident, ["rice"], NIGHT) == {}
    with pytest.raises(UserError):
        handling.transfer(
            town.incident, {lot.pk: 1}, moves.place_for_door(town.incident, town.door), town.store,
            said=moves.Said(uuid4(), NIGHT, "transfer"),
        )  # fmt: skip
    assert moves.unbalanced(town.incident) == []


@pytest.mark.parametrize(("payer", "named"), [("household", False), ("public", True), ("donor", True)])
def test_a_door_is_named_where_a_household_pays_and_only_there(town, payer, named):
    receipt = lots.Receipt(
        uuid4(), town.rice, 3, "A1", town.shop, NIGHT + DAY, {}, payer, door=town.door if named else None
    )
    with pytest.raises(UserError) as refused:
        lots.receive(town.incident, receipt, store=town.store, at=NIGHT)
    assert refused.value.field == "door"
    assert not Lot.objects.exists()


def test_one_lot_bought_by_two_households_goes_to_each_what_is_its_own(town):
    lot = town.receive(3)
    assert town.receive(5, door=town.other) == lot
    said = uuid4()
    for _ in range(2):
        town.hand(client_id=said)
    assert (town.at("door", town.door), town.at("door", town.other), town.at("own", town.other)) == (3, 0, 5)
    assert [packs for _door, packs in lots.doors_with(lot)] == [3]
    with pytest.raises(UserError, match="Nothing waits"):
        town.hand()


def test_a_hand_over_is_taken_back_once(town):
    town.receive()
    made = town.hand()
    for _ in range(2):
        own.take_back(Move.objects.filter(pk__in=[one.pk for one in made]), at=NIGHT + 2 * H, by=None)
    assert (town.at("own"), town.at("door")) == (3, 0)
    assert moves.unbalanced(town.incident) == []


def test_what_fails_its_check_or_is_called_back_stays_that_doors_and_is_not_handed_over(town):
    lot = town.receive(good=False)
    assert (town.at("own"), town.at("quarantine", town.door)) == (0, 3)
    with pytest.raises(UserError):
        town.hand()
    act = {"at": NIGHT, "by": None}
    lots.release(lot, store=town.store, reason="only the box", client_id=uuid4(), **act)
    assert (town.at("own", town.door), town.at("store")) == (3, 0)
    lots.recall(lot, reason="glass", client_id=uuid4(), **act)
    assert town.at("quarantine", town.door) == 3


def test_the_next_visit_takes_it_along_and_a_knock_taken_back_brings_it_back(town):
    town.receive()
    source = next(one for one in contributions.visit_items if one.code == "own")
    lines = source.items(town.incident, [town.door.pk, town.other.pk], NIGHT, NIGHT + DAY)
    ((line,),) = lines.values()
    assert (line.kind, line.kg) == ("own", 15.0)
    carrier = a_member("carrier", incident=town.incident)
    knock = VisitReport(uuid4(), town.door.pk, "opened", NIGHT, handed=(line.confirms,))
    for _ in range(2):
        visit = record_visit(town.incident, knock, by=carrier, at=NIGHT)
    assert (town.at("door", town.door), town.at("own")) == (3, 0)
    assert source.items(town.incident, [town.door.pk], NIGHT, NIGHT + DAY) == {}
    for _ in range(2):
        undo_visit(visit, by=carrier, at=NIGHT + H)
    assert (town.at("door"), town.at("own", town.door)) == (0, 3)


def test_a_knock_hands_nothing_of_another_door(town):
    town.receive(door=town.other)
    carrier = a_member("carrier", incident=town.incident)
    report = VisitReport(uuid4(), town.door.pk, "opened", NIGHT, handed=(f"own:{town.other.pk}",))
    record_visit(town.incident, report, by=carrier, at=NIGHT)
    assert town.at("own", town.other) == 3


def test_it_comes_in_and_goes_to_its_door_on_pages(client, town):
    sign_in(client, "supply", town.incident)
    page = text(client.get("/supplies/receive/?payer=household"))
    assert 'name="payer" value="household"' in page
    path = f"/supplies/receive/?item=rice&payer=household&door={town.area.name}+1-1-101"
    page = text(client.get(path))
    assert re.search(r'value="household"\s+selected', page)
    form = {"client_id": str(uuid4()), "supplier": str(town.shop.pk), "number": "A1", "best_before": "2022-03-01"}
    form |= {"packs": "3", "payer": "household", "store": str(town.store.pk), **CHECKS}
    answer = client.post(path, form)
    assert answer.status_code == 422
    assert "Say for which door it was bought." in text(answer)
    answer = client.post(path, {**form, "door": stock.door_label(town.door)})
    assert answer.headers["Location"] == "/supplies/own/"
    page = text(client.get("/supplies/own/"))
    assert "Something waits for 1 door" in page
    asked = dict(re.findall(r'name="(client_id|door)" value="([^"]+)"', page))
    for _ in range(2):
        told = text(client.post("/supplies/own/hand/", asked, follow=True))
        assert "somebody was quicker" not in told
    assert town.at("door", town.door) == 3
    move = Move.objects.get(reason="hand_over")
    assert "Nothing waits" in told
    assert client.post(f"/supplies/own/{move.pk}/back/").status_code == 302
    assert town.at("own", town.door) == 3
    sign_in(client, "coordinator", town.incident)
    assert client.get("/supplies/own/?format=xlsx").content[:2] == b"PK"


def test_who_answers_for_another_area_sees_and_hands_nothing_here(client, town):
    town.receive()
    elsewhere = a_sealed_area(town.incident, a_compound())
    sign_in(client, "supply", town.incident, area=elsewhere)
    assert stock.door_label(town.door) not in text(client.get("/supplies/own/"))
    told = client.post("/supplies/own/hand/", {"client_id": str(uuid4()), "door": town.door.pk}, follow=True)
    assert "Nothing waits for this door." in text(told)
    form = {"client_id": str(uuid4()), "supplier": str(town.shop.pk), "number": "B1", "best_before": "2022-03-01"}
    form |= {"packs": "3", "payer": "household", "store": str(town.store.pk), **CHECKS}
    refused = client.post("/supplies/receive/?item=rice", {**form, "door": f"{town.area.name} 1-1-101"})
    assert refused.status_code == 422
    assert town.at("own") == 3


def test_who_paid_is_told_by_receipts_that_still_stand(client, town):
    town.receive(3)
    town.receive(10, number="P1", payer="public")
    gift = Supplier.objects.create(incident=town.incident, name="王记商行", donor=True)
    town.receive(8, number="D1", payer="donor", supplier=gift)
    town.receive(7, number="P2", payer="public")
    handling.undo_move(Move.objects.get(lot__number="P2"), reason="", at=NIGHT, by=None)
    found = {row.payer: row for row in paying.by_payer(paying.receipts(town.incident))}
    assert {payer: row.packs for payer, row in found.items()} == {"public": 10, "household": 3, "donor": 8}
    assert found["donor"].yuan == 240
    sign_in(client, "coordinator", town.incident)
    page = text(client.get("/supplies/payers/"))
    assert "given free" in page
    assert client.get("/supplies/payers/?format=csv").content.decode("utf-8-sig").count("\n") == 4


def test_a_gift_is_taken_in_from_the_page_of_its_donor(client, town):
    gift = Supplier.objects.create(incident=town.incident, name="王记商行", donor=True)
    sign_in(client, "supply", town.incident)
    page = text(client.get(f"/supplies/suppliers/{gift.pk}/"))
    assert f"?supplier={gift.pk}&payer=donor" in page.replace("&amp;", "&")
    page = text(client.get(f"/supplies/receive/?item=rice&supplier={gift.pk}&payer=donor"))
    assert re.search(r'value="donor"\s+selected', page)
    assert re.search(rf'value="{gift.pk}"\s+selected', page)


def test_a_list_may_name_the_door_of_each_household(client, town):
    sign_in(client, "supply", town.incident)
    head = "品名,供应商,批号,保质期至,数量,验收,费用,门牌号\n"
    rows = f"rice,城北粮店,A1,2022-05-31,2,是,居民,{town.area.name} 1-1-101\nrice,城北粮店,A1,2022-05-31,2,是,居民,\n"
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("a.csv", (head + rows).encode())
    told = text(client.post("/supplies/receive/list/", {"file": file, "into": town.store.pk}))
    assert "Say for which door it was bought." in told
    assert town.at("own", town.door) == 2
