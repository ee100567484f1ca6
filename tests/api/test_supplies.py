"""Supplies by the API: what is where, goods in and over and counted, orders, parcels, a lot called back, covered until."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_sealed_area

from doorstep.command.models import JournalEntry, Task
from doorstep.register.models import Household
from doorstep.supplies import coverage, moves
from doorstep.supplies.models import Item, Lot, Move, Parcel, PurchaseOrder, Reservation, Supplier

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)
DATE = "2022-03-01T23:59:00+08:00"


@pytest.fixture
def rice(area):
    """Rice that is known, a shop that sells it, a store to put it in."""
    item = Item.objects.create(code="rice", names={"zh": "大米", "en": "rice"}, shelf_days=180, lead_hours=24)
    item.least_packs = 20
    item.save()
    return item


@pytest.fixture
def shop(area):
    return Supplier.objects.create(incident=area.incident, name="城北粮店")


@pytest.fixture
def store(area):
    return moves.place_of(area.incident, "store", "街道仓库")


def answers(desk, item="rice", **wrong):
    asked = desk.get("/supplies/receipts/questions", item=item).json()["questions"]
    return dict.fromkeys(asked, True) | wrong


def a_receipt(desk, place, shop, **facts):
    given = {"item": "rice", "packs": 40, "number": "A1", "store": place.pk, "supplier": shop.pk, "best_before": DATE}
    return desk.post("/supplies/receipts", {**given, "answers": answers(desk), **facts})


def test_goods_come_in_once_are_found_carried_counted_and_taken_back(caller, rice, shop, store):
    desk = caller("supply")
    gate = moves.place_of(store.incident, "gate", "大门")
    key = uuid4()
    given = {"item": "rice", "packs": 40, "number": "A1", "store": store.pk, "supplier": shop.pk, "best_before": DATE}
    body = {**given, "answers": answers(desk)}
    first = desk.post("/supplies/receipts", body, client_id=key).json()
    assert desk.post("/supplies/receipts", body, client_id=key).json() == first
    assert (first["where"], first["state"]) == ({"supplier": -40, "store": 40}, "good")
    assert Move.objects.count() == 1
    line = desk.get("/supplies/stock").json()["items"][0]
    assert (line["item"], line["free"], line["places"]) == ("rice", 40, ["街道仓库"])
    carry = {"source": store.pk, "target": gate.pk, "lines": [{"lot": first["id"], "packs": 15}]}
    assert desk.post("/supplies/moves", carry).json()[0]["packs"] == 15
    assert {one["name"]: one["packs"] for one in desk.get("/supplies/places").json()} == {"街道仓库": 25, "大门": 15}
    shelf = desk.get(f"/supplies/places/{gate.pk}").json()["shelf"]
    assert [(one["number"], one["packs"]) for one in shelf] == [("A1", 15)]
    seen = {"lines": [{"lot": first["id"], "packs": 14, "reason": "one broken"}]}
    assert desk.post(f"/supplies/places/{gate.pk}/count", seen).json()[0]["reason"] == "count"
    last = desk.get("/supplies/moves", lot=first["id"]).json()["items"][0]
    assert desk.post(f"/supplies/moves/{last['id']}/undo", {"reason": "found it"}).json()["reason"] == "undo"
    assert desk.get(f"/supplies/places/{gate.pk}").json()["packs"] == 15


def test_what_cannot_come_in_says_at_which_field_and_what_to_do(caller, rice, shop, store):
    desk = caller("supply")
    wrong = {
        "item": {"item": "gold"},
        "supplier": {"supplier": None},
        "best_before": {"best_before": None},
        "store": {"store": 999_999},
        "answers.date": {"answers": {code: True for code in answers(desk) if code != "date"}},
        "answers.colour": {"answers": answers(desk, colour=True)},
    }
    for field, facts in wrong.items():
        answer = a_receipt(desk, store, shop, **facts)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
        assert answer.json()["mend"]
    assert not Lot.objects.exists()


def test_a_lot_that_fails_its_check_is_held_back_and_let_go_with_a_reason(caller, rice, shop, store):
    desk = caller("supply")
    lot = a_receipt(desk, store, shop, answers=answers(desk, wrapping=False)).json()
    assert (lot["state"], lot["where"]) == ("held", {"supplier": -40, "quarantine": 40})
    refused = desk.post(f"/supplies/lots/{lot['id']}/release", {"reason": " ", "store": store.pk})
    assert (refused.status_code, refused.json()["field"]) == (422, "reason")
    free = desk.post(f"/supplies/lots/{lot['id']}/release", {"reason": "only the outer box", "store": store.pk})
    assert (free.json()["state"], free.json()["where"]["store"]) == ("good", 40)
    away = {"kind": "wasted", "place": store.pk, "packs": 2, "reason": "torn"}
    assert desk.post(f"/supplies/lots/{lot['id']}/take-away", away).json()["where"]["wasted"] == 2


def test_packs_are_kept_back_once_for_a_household_and_let_go(caller, area, rice, shop, store):
    desk = caller("supply")
    a_receipt(desk, store, shop)
    home = Household.objects.first()
    want = {"item": "rice", "packs": 12, "place": store.pk, "for_kind": "household", "for_id": str(home.pk)}
    kept = desk.post("/supplies/reservations", want).json()
    assert desk.post("/supplies/reservations", want).json() == kept
    assert desk.get("/supplies/stock").json()["items"][0]["free"] == 28
    more = desk.post("/supplies/reservations", {**want, "packs": 29, "for_kind": "other", "for_id": "spare"})
    assert (more.status_code, more.json()["field"]) == (422, "packs")
    stranger = desk.post("/supplies/reservations", {**want, "for_id": "999999"})
    assert (stranger.status_code, stranger.json()["field"]) == (422, "for_id")
    for _ in range(2):
        assert desk.post(f"/supplies/reservations/{kept[0]['id']}/release").json()["ended_at"]
    assert desk.get("/supplies/stock").json()["items"][0]["free"] == 40
    assert JournalEntry.objects.filter(act__in=("keep_goods", "free_goods")).count() == 2
    Reservation.objects.update(for_kind="pack_order", ended_at=None)
    answer = desk.post(f"/supplies/reservations/{kept[0]['id']}/release")
    assert (answer.status_code, answer.json()["field"]) == (422, "reservation")


def test_an_order_goes_from_proposal_to_the_store(caller, rice, shop, store):
    desk = caller("supply")
    need = {"lines": [{"item": "rice", "packs": 40}], "need_by": NIGHT + 2 * DAY}
    key = uuid4()
    made = desk.post("/supplies/orders", need, client_id=key).json()
    assert desk.post("/supplies/orders", need, client_id=key).json()["id"] == made["id"]
    assert PurchaseOrder.objects.count() == 1
    assert made["order_by"].startswith((NIGHT + DAY).isoformat()[:16])
    assert made["in_time"] is True
    at = f"/supplies/orders/{made['id']}"
    assert desk.ask("PATCH", at, {"packs": {"rice": 50}}).json()["lines"][0]["packs"] == 50
    assert desk.post(f"{at}/approve").json()["state"] == "approved"
    assert desk.post(f"{at}/send").json()["field"] == "supplier"
    assert desk.ask("PATCH", at, {"supplier": shop.pk}).json()["supplier"] == shop.pk
    assert desk.post(f"{at}/send").json()["state"] == "sent"
    told = desk.post(f"{at}/confirm", {"packs": {"rice": 45}, "comes_at": NIGHT + 3 * DAY}).json()
    assert (told["state"], told["lines"][0]["confirmed"], told["in_time"]) == ("confirmed", 45, False)
    soon = desk.post(f"{at}/comes-at", {"comes_at": NIGHT + DAY}).json()
    assert (soon["in_time"], soon["late"]) == (True, False)
    line = told["lines"][0]["id"]
    lot = a_receipt(desk, store, shop, item="", supplier=None, packs=45, order_line=line).json()
    assert lot["item"] == "rice"
    assert desk.get(at).json()["lines"][0]["received"] == 45
    assert desk.post(f"{at}/short", {"reason": "five did not come"}).json()["state"] == "short"
    assert desk.get("/supplies/orders", show="past").json()["total"] == 1


def test_the_minimum_stock_is_proposed_and_nothing_where_nothing_lacks(caller, rice):
    desk = caller("supply")
    made = desk.post("/supplies/orders/minimum").json()
    assert [(line["item"], line["packs"]) for line in made["lines"]] == [("rice", 20)]
    assert desk.post("/supplies/orders/minimum").json() is None


def test_an_order_of_another_area_is_neither_seen_nor_changed(caller, area, rice):
    other = a_sealed_area(area.incident, a_compound())
    whole = caller("supply")
    body = {"lines": [{"item": "rice", "packs": 4}], "need_by": NIGHT + DAY, "area": other.pk}
    made = whole.post("/supplies/orders", body).json()
    here = caller("supply", scope=area)
    assert here.get("/supplies/orders").json()["total"] == 0
    assert here.get(f"/supplies/orders/{made['id']}").status_code == 403
    assert here.post(f"/supplies/orders/{made['id']}/approve").status_code == 403
    assert here.post("/supplies/orders", body).status_code == 403
    assert here.post("/supplies/orders", {**body, "area": None}).status_code == 403


def test_a_parcel_has_one_holder_and_who_brought_it_is_told_to_few(caller, area):
    gate, desk = caller("gate"), caller("supply")
    door = area.area_doors.first().door_id
    lacks = gate.post("/supplies/parcels", {"door": door})
    assert (lacks.status_code, lacks.json()["field"]) == (422, "sender")
    key = uuid4()
    made = gate.post("/supplies/parcels", {"door": door, "sender": "林溪", "cold": True}, client_id=key).json()
    assert gate.post("/supplies/parcels", {"door": door, "sender": "林溪", "cold": True}, client_id=key).json() == made
    assert (made["holder"], made["sender"]) == (gate.member.name, "林溪")
    at = f"/supplies/parcels/{made['id']}"
    assert desk.get(at).json()["sender"] == ""
    assert desk.post(f"{at}/hold").json()["holder"] == desk.member.name
    assert gate.post(f"{at}/refuse", {"reason": " "}).json()["field"] == "reason"
    assert gate.post(f"{at}/refuse", {"reason": "open bottles"}).json()["state"] == "refused"
    assert gate.post(f"{at}/told", {"side": "door"}).json()["told_door_at"]
    assert gate.post(f"{at}/back").json()["state"] == "waits"
    for _ in range(2):
        assert gate.post(f"{at}/hand-over").json()["state"] == "handed"
    assert Parcel.objects.count() == 1
    elsewhere = a_sealed_area(area.incident, a_compound())
    far = caller("gate", scope=elsewhere)
    assert far.get(at).status_code == 404
    assert far.post("/supplies/parcels", {"door": door, "sender": "林溪"}).json()["field"] == "door"


def test_a_lot_is_called_back_and_its_doors_are_named(caller, area, rice, shop, store):
    desk = caller("supply")
    lot = a_receipt(desk, store, shop).json()
    door = area.area_doors.select_related("door").first().door
    said = moves.Said(uuid4(), NIGHT, "hand_over")
    behind = moves.place_at_door(area.incident, door)
    moves.move(area.incident, [moves.Line(lot["id"], 3)], source=store, target=behind, said=said)
    for _ in range(2):
        told = desk.post(f"/supplies/lots/{lot['id']}/recall", {"reason": "glass found"}).json()
        assert (told["lot"]["state"], told["lot"]["where"]["quarantine"]) == ("recalled", 37)
        assert len(told["tasks"]) == 1
    assert Task.objects.count() == 1
    doors = desk.get(f"/supplies/lots/{lot['id']}/doors").json()
    assert [(one["door"], one["packs"]) for one in doors["doors"]] == [(door.pk, 3)]
    elsewhere = a_sealed_area(area.incident, a_compound())
    assert caller("supply", scope=elsewhere).get(f"/supplies/lots/{lot['id']}/doors").json() == {
        "doors": [],
        "elsewhere": 1,
    }


def test_until_when_doors_are_covered_by_door_and_by_area(caller, area, django_assert_max_num_queries):
    desk = caller("supply")
    first, second = Household.objects.order_by("pk")[:2]
    for home, days in ((first, 6), (second, 0.1)):
        persons = home.persons.count()
        handed = [coverage.Handed(home.pk, "kit:living", persons * days, NIGHT)]
        coverage.deliver(area.incident, handed, proof_kind="visit", proof_id=str(home.pk), at=NIGHT)
    other = a_sealed_area(area.incident, a_compound())
    a_household(other.area_doors.first().door)
    with django_assert_max_num_queries(12):
        told = desk.get("/supplies/coverage", area=area.pk).json()
    assert told["total"] == 16
    looks = {line["household"]: line["look"] for line in told["items"]}
    assert (told["items"][0]["look"], looks[first.pk], looks[second.pk]) == ("unknown", "covered", "soon")
    by_area = {line["area"]: line for line in desk.get("/supplies/coverage/areas").json()}
    facts = ("households", "covered", "soon", "ended", "unknown")
    assert [by_area[area.pk][name] for name in facts] == [16, 1, 1, 0, 14]
    assert [by_area[other.pk][name] for name in facts] == [1, 0, 0, 0, 1]
    here = caller("supply", scope=area)
    assert [line["area"] for line in here.get("/supplies/coverage/areas").json()] == [area.pk]
    assert here.get("/supplies/coverage", area=other.pk).status_code == 403
    assert here.get("/supplies/coverage").json()["total"] == 16


def test_what_a_household_paid_waits_for_its_door_and_is_handed_over_once(caller, area, rice, shop, store):
    desk = caller("supply")
    door = area.area_doors.first().door_id
    lacks = a_receipt(desk, store, shop, payer="household")
    assert (lacks.status_code, lacks.json()["field"]) == (422, "door")
    stranger = a_receipt(desk, store, shop, payer="household", door=999_999)
    assert (stranger.status_code, stranger.json()["field"]) == (422, "door")
    a_receipt(desk, store, shop, payer="household", door=door)
    assert desk.get("/supplies/stock", q="rice").json()["items"][0]["on_hand"] == 0
    waits = desk.get("/supplies/own").json()["items"]
    assert [(line["door"], line["lines"][0]["packs"]) for line in waits] == [(door, 40)]
    elsewhere = caller("supply", scope=a_sealed_area(area.incident, a_compound()))
    assert elsewhere.post(f"/supplies/own/{door}/hand-over").status_code == 404
    key = uuid4()
    first = desk.post(f"/supplies/own/{door}/hand-over", client_id=key).json()
    assert desk.post(f"/supplies/own/{door}/hand-over", client_id=key).json() == first
    assert (first[0]["packs"], first[0]["reason"]) == (40, "hand_over")
    assert desk.get("/supplies/own").json()["total"] == 0
