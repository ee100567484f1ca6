"""The pages of packing: orders, the table, labels, pick lists, who may do what."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from builders import NIGHT, a_sealed_area, sign_in
from packers import Table, packed, tap, walked

from doorstep.register.models import Household
from doorstep.rounds.models import Stop
from doorstep.supplies import lots, pack_many, pack_papers
from doorstep.supplies.models import Item, Lot, PackedKit, PackOrder

pytestmark = pytest.mark.django_db


@pytest.fixture
def table():
    return Table()


def text(answer) -> str:
    return answer.content.decode()


def run_of(table, **changed):
    facts = {
        "kind": "living",
        "areas": [str(table.area.pk)],
        "until": "2021-12-08T23:00",
        "store": str(table.store.pk),
        "staging": str(table.staging.pk),
        "ready_by": "2021-12-08T05:00",
    }
    return {**facts, **changed}


def filled(table, homes=2, packs=9):
    made = [table.household() for _ in range(homes)]
    table.design(made[0], {"rice": 1, "salt": 1})
    table.lot("rice", packs)
    table.lot("salt", packs)
    return made


def ordered(client, table, homes=2, packs=9):
    filled(table, homes, packs)
    sign_in(client, "supply", table.incident)
    assert client.post("/supplies/packing/new/", run_of(table)).status_code == 302
    return PackOrder.objects.get()


def test_nothing_to_pack_says_what_to_do(client):
    area = a_sealed_area()
    sign_in(client, "supply", area.incident)
    assert "Order the kits for the next delivery" in text(client.get("/supplies/packing/"))
    assert "Say first where goods are kept" in text(client.get("/supplies/packing/new/"))
    assert "no kit waits to be packed" in text(client.get("/supplies/packing/pick/"))


def test_kits_are_ordered_on_a_page_and_asking_again_orders_nothing(client, table):
    order = ordered(client, table)
    assert (order.kits, order.area) == (2, table.area)
    page = text(client.get("/supplies/packing/"))
    assert f"/supplies/packing/{order.pk}/" in page
    answer = client.post("/supplies/packing/new/", run_of(table))
    assert "has one on an order" in text(answer)
    assert PackedKit.objects.count() == 2


def test_a_class_without_a_design_is_named(client, table):
    table.household(diets=["halal"])
    sign_in(client, "supply", table.incident)
    assert "Design their kit and put it to use" in text(client.post("/supplies/packing/new/", run_of(table)))


def test_ten_alike_take_two_taps_and_one_to_take_back(client, table):
    order = ordered(client, table, homes=10, packs=20)
    url = f"/supplies/packing/{order.pk}/"
    assert 'value="10"' in text(client.get(url))
    out = order.packed.first()
    act = str(uuid4())
    client.post(f"{url}do/", {"do": "many", "client_id": act, "count": "9", "but": [str(out.pk)]})
    assert order.packed.exclude(packed_at=None).count() == 9
    assert "9 kits packed" in text(client.get(url))
    client.post(f"{url}do/", {"do": "undo", "client_id": str(uuid4()), "tap": act})
    assert order.packed.exclude(packed_at=None).count() == 0


def test_what_is_missing_is_named_with_its_mends(client, table):
    filled(table, homes=3, packs=1)
    table.lot("wheat_flour", 5)
    sign_in(client, "supply", table.incident)
    client.post("/supplies/packing/new/", run_of(table))
    page = text(client.get(f"/supplies/packing/{PackOrder.objects.get().pk}/"))
    assert "2 packs missing" in page
    assert str(Item.objects.get(code="wheat_flour").names["en"]) in page
    assert "/supplies/orders/new/?item=rice" in page


def test_a_kit_is_packed_by_scan_and_tap_and_the_last_is_taken_back(client, table):
    order = ordered(client, table)
    kit = order.packed.first()
    url = f"/supplies/packing/kit/{kit.code}/"
    assert client.post(url, {"do": "scan", "item": "rice", "client_id": str(uuid4())}).status_code == 302
    line = order.lines.get(item__code="salt")
    client.post(url, {"do": "line", "line": str(line.pk), "client_id": str(uuid4())})
    page = text(client.get(url))
    assert "Next kit" in page
    last = re.search(r'name="row" value="(\d+)"', page).group(1)
    client.post(url, {"do": "out", "row": last, "client_id": str(uuid4())})
    kit.refresh_from_db()
    assert kit.packed_at is None
    assert "1 of 2 lines" in text(client.get(url))


def test_a_wrong_thing_is_refused_in_large_letters_and_nothing_is_lost(client, table):
    order = ordered(client, table)
    kit = order.packed.first()
    Household.objects.filter(pk=kit.household_id).update(diets=["halal"])
    answer = client.post(
        f"/supplies/packing/kit/{kit.code}/", {"do": "scan", "item": "chinese_sausage", "client_id": str(uuid4())}
    )
    assert answer.status_code == 422
    assert re.search(r'role="alert"><p class="big">[^<]*pork[^<]*halal', text(answer))
    assert not kit.lines.exists()


def test_other_goods_on_the_page_need_their_reason(client, table):
    order = ordered(client, table)
    table.lot("wheat_flour", 5)
    kit, line = order.packed.first(), order.lines.get(item__code="rice")
    url, given = f"/supplies/packing/kit/{kit.code}/", {"do": "instead", "line": str(line.pk), "item": "wheat_flour"}
    answer = client.post(url, {**given, "packs": "1", "client_id": str(uuid4())})
    assert answer.status_code == 422
    assert "A reason is missing" in text(answer)
    client.post(url, {**given, "packs": "1", "reason": "wet sacks", "client_id": str(uuid4())})
    assert kit.inside.get().lot.item.code == "wheat_flour"
    more = {"do": "instead", "line": str(line.pk), "item": "wheat_flour", "packs": "1", "reason": "wet sacks"}
    answer = client.post(f"/supplies/packing/{order.pk}/do/", more)
    assert "is begun" in text(answer)


def test_staged_taken_cancelled_and_each_taken_back(client, table):
    order = ordered(client, table)
    do = f"/supplies/packing/{order.pk}/do/"
    client.post(do, {"do": "many", "client_id": str(uuid4()), "count": "1"})
    for step, field in (("stage", "staged_at"), ("take", "taken_at")):
        client.post(do, {"do": step})
        assert order.packed.exclude(**{field: None}).count() == 1
    client.post(do, {"do": "drop", "reason": "round cancelled"})
    order.refresh_from_db()
    assert order.kits == 1
    assert "Take the cancellation back" in text(client.get(f"/supplies/packing/{order.pk}/"))
    client.post(do, {"do": "undrop"})
    order.refresh_from_db()
    assert order.kits == 2
    assert client.post(do, {"do": "drop"}).status_code == 422
    client.post(do, {"do": "time", "ready_by": "2021-12-08T07:00", "store": str(table.store.pk)})
    order.refresh_from_db()
    assert order.ready_by.hour == 23


def test_the_label_opens_its_kit_and_a_slip_is_told(client, table):
    order = ordered(client, table)
    kit = order.packed.first()
    assert client.get("/supplies/packing/find/", {"code": kit.code.lower()}).url.endswith(f"/{kit.code}/")
    answer = client.get("/supplies/packing/find/", {"code": "nonsense"}, follow=True)
    assert "is no code of a kit" in text(answer)


def test_labels_and_pick_list_are_papers_and_name_nobody(client, table):
    order = ordered(client, table)
    for url in (f"{order.pk}/labels.pdf", f"kit/{order.packed.first().code}/label.pdf", f"pick/{table.store.pk}.pdf"):
        answer = client.get(f"/supplies/packing/{url}")
        assert answer.content.startswith(b"%PDF"), url
    page = text(client.get("/supplies/packing/pick/"))
    assert "L1" in page
    assert "柳" not in page


def test_what_must_stay_cold_and_what_is_heavy_are_pieces_of_their_own(table):
    one = table.household()
    table.design(one, {"rice": 3})
    Item.objects.filter(code="salt").update(keep="cool", pack_weight_g=500)
    Item.objects.filter(code="rice").update(pack_weight_g=5100)
    order = table.order().orders[0]
    line = order.lines.get()
    cold = order.lines.create(item=table.item("salt"), packs=2, designed=table.item("salt"), designed_packs=2)
    line.refresh_from_db()
    found = pack_papers.pieces_of([line, cold])
    assert [(piece.mark, round(piece.kg, 2)) for piece in found] == [("", 7.65), ("", 7.65), ("cold", 1.0)]


def test_the_list_leaves_as_a_file(client, table):
    filled(table)
    sign_in(client, "coordinator", table.incident)
    client.post("/supplies/packing/new/", run_of(table))
    assert "packed" in text(client.get("/supplies/packing/?format=csv"))


def test_who_only_sees_supplies_cannot_pack_and_who_does_not_sees_nothing(client, table):
    order = ordered(client, table)
    sign_in(client, "carrier", table.incident)
    assert client.get(f"/supplies/packing/{order.pk}/").status_code == 403
    code = order.packed.first().code
    assert client.post(f"/supplies/packing/kit/{code}/", {"do": "scan", "item": "rice"}).status_code == 403
    other = a_sealed_area()
    sign_in(client, "coordinator", table.incident, area=other)
    assert client.get(f"/supplies/packing/{order.pk}/").status_code in (403, 404)
    assert client.get(f"/supplies/packing/kit/{code}/").status_code in (403, 404)


def test_the_list_and_an_order_ask_a_known_number_of_questions(client, table, django_assert_max_num_queries):
    order = ordered(client, table, homes=10, packs=20)
    pack_many.pack_many(order, 4, tap())
    with django_assert_max_num_queries(30):
        client.get("/supplies/packing/")
    with django_assert_max_num_queries(60):
        client.get(f"/supplies/packing/{order.pk}/")


def test_a_kit_with_a_lot_called_back_says_so_on_its_pages(client, table):
    table.lot("rice", 9)
    order, _homes = packed(table)
    lots.recall(Lot.objects.get(item__code="rice"), reason="mouse", at=NIGHT, by=None, client_id=uuid4())
    sign_in(client, "supply", table.incident)
    assert "was called back" in text(client.get(f"/supplies/packing/{order.pk}/"))
    assert "was called back" in text(client.get(f"/supplies/packing/kit/{order.packed.get().code}/"))


def test_the_kits_of_a_plan_are_ordered_from_its_page_and_late_packing_stands_there(client, table):
    filled(table)
    sign_in(client, "supply", table.incident)
    plan = walked(table)
    page = text(client.get(f"/rounds/plan/{plan.pk}/"))
    assert "2 kits of this plan are on no pack order" in page
    url = f"/rounds/plan/{plan.pk}/packing/"
    assert "15 minutes before the round leaves" in text(client.get(url))
    client.post(url, {"store": str(table.store.pk), "staging": str(table.staging.pk)})
    assert PackOrder.objects.get().kits == 2
    assert "The kits of 2 doors are packed after their trips leave" in text(client.get(f"/rounds/plan/{plan.pk}/"))


def test_at_the_door_the_label_of_another_kit_is_refused_and_the_right_one_is_proof(client, table):
    table.lot("rice", 9)
    order, (one, two) = packed(table, homes=2)
    plan = walked(table)
    sign_in(client, "coordinator", table.incident)
    stop = Stop.objects.get(round__plan=plan, door=one.door)
    other, mine = order.packed.get(household=two), order.packed.get(household=one)
    given = {"client_id": str(uuid4()), "outcome": "opened", "asked": "1", "handed": ["kit:living"]}
    answer = client.post(f"/rounds/work/stop/{stop.pk}/", {**given, "kit_code": other.code})
    assert answer.status_code == 422
    assert "is for another door" in text(answer)
    assert client.post(f"/rounds/work/stop/{stop.pk}/", {**given, "kit_code": mine.code}).status_code == 302
    mine.refresh_from_db()
    assert mine.handed_at is not None
