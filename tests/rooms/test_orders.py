"""Orders: proposed once by key, approved, sent, confirmed, received into lots, short; on pages and paper."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_sealed_area, sign_in
from pypdf import PdfReader

from doorstep.command.models import JournalEntry
from doorstep.errors import UserError
from doorstep.supplies import handling, lots, moves, order_queries, orders, watches
from doorstep.supplies.models import Item, Move, OrderLine, PurchaseOrder, Supplier

pytestmark = pytest.mark.django_db
DAY, H = timedelta(days=1), timedelta(hours=1)
CHECKS = {f"check-{code}": "yes" for code in ("wrapping", "date", "maker", "same")}


class Shop:
    """A sealed area with a store, rice and oil, and a supplier."""

    def __init__(self):
        self.area = a_sealed_area()
        self.incident = self.area.incident
        self.supplier = Supplier.objects.create(incident=self.incident, name="城北粮店", phone="025-0000-0001")
        self.store = moves.place_of(self.incident, "store", "街道仓库")
        self.rice, self.oil = (
            Item.objects.create(code=code, names={"zh": zh, "en": code}, shelf_days=180, lead_hours=24, least_packs=20)
            for code, zh in (("rice", "大米"), ("oil", "食用油"))
        )

    def propose(self, rice=10, key="", **facts):
        given = {"need_by": NIGHT + 2 * DAY, "at": NIGHT, "supplier": self.supplier} | facts
        return orders.propose(self.incident, [orders.Wanted(self.rice, rice)], key=key, **given)

    def sent(self, **facts):
        order = self.propose(**facts)
        orders.approve(order, at=NIGHT, by=None)
        return orders.send(order, at=NIGHT, by=None)

    def comes(self, order, packs, number="A1", client_id=None):
        line = order.lines.get(item=self.rice)
        receipt = lots.Receipt(
            client_id or uuid4(), self.rice, packs, number, self.supplier, NIGHT + 90 * DAY, {"date": True}
        )
        orders.receive_line(line, receipt, store=self.store, at=NIGHT + DAY, by=None)
        order.refresh_from_db()
        return order.lines.get(item=self.rice)


@pytest.fixture
def shop():
    return Shop()


def text(answer) -> str:
    return answer.content.decode()


def test_a_proposal_with_a_key_is_made_once_and_follows_the_forecast_until_somebody_approves_it(shop):
    first = shop.propose(10, key="forecast:rice:1208")
    again = shop.propose(14, key="forecast:rice:1208")
    assert first == again
    assert again.lines.get().packs == 14
    orders.approve(again, at=NIGHT, by=None)
    shop.propose(30, key="forecast:rice:1208")
    assert OrderLine.objects.get().packs == 14
    assert JournalEntry.objects.filter(act="propose_order").count() == 1


def test_what_a_person_changed_in_a_proposal_is_not_overwritten_by_the_forecast(shop):
    order = shop.propose(10, key="forecast:rice:1208")
    changed = {shop.rice.pk: 25}
    orders.change(order, changed, need_by=order.need_by, supplier=shop.supplier, at=NIGHT, by=None)
    shop.propose(14, key="forecast:rice:1208")
    assert order.lines.get().packs == 25


def test_the_same_item_twice_is_one_line(shop):
    wanted = [orders.Wanted(shop.rice, 3), orders.Wanted(shop.rice, 4)]
    order = orders.propose(shop.incident, wanted, need_by=NIGHT + DAY, at=NIGHT)
    assert order.lines.get().packs == 7


def test_an_order_goes_its_steps_in_turn_and_each_step_once(shop):
    order = shop.propose()
    with pytest.raises(UserError):
        orders.send(order, at=NIGHT, by=None)
    for step in (orders.approve, orders.approve, orders.send, orders.send):
        step(order, at=NIGHT, by=None)
    order.refresh_from_db()
    assert order.state == "sent"
    assert JournalEntry.objects.filter(act__in=["approve_order", "send_order"]).count() == 2


def test_an_order_without_a_supplier_is_not_sent(shop):
    order = shop.propose(supplier=None)
    orders.approve(order, at=NIGHT, by=None)
    with pytest.raises(UserError) as refused:
        orders.send(order, at=NIGHT, by=None)
    assert refused.value.field == "supplier"


def test_a_line_comes_in_parts_into_lots_and_the_order_is_received_when_all_came(shop):
    order = shop.sent()
    assert shop.comes(order, 4).received == 4
    assert order.state == "sent"
    shop.comes(order, 6, number="A2")
    order.refresh_from_db()
    assert order.state == "received"
    assert lots.where(Move.objects.first().lot)["store"] == 4


def test_a_receipt_said_twice_counts_once_even_when_the_order_is_over(shop):
    order, said = shop.sent(), uuid4()
    for _ in range(2):
        line = shop.comes(order, 10, client_id=said)
    assert (line.received, order.state) == (10, "received")
    with pytest.raises(UserError, match="awaited"):
        shop.comes(order, 1, number="A9")


def test_a_receipt_taken_back_opens_the_order_again(shop):
    order = shop.sent()
    shop.comes(order, 10)
    handling.undo_move(Move.objects.get(), reason="记错了", at=NIGHT + DAY, by=None)
    order.refresh_from_db()
    assert (order.state, order.lines.get().received) == ("confirmed", 0)
    assert moves.unbalanced(shop.incident) == []


def test_a_short_order_says_why_and_still_takes_what_comes_late(shop):
    order = shop.sent()
    shop.comes(order, 4)
    with pytest.raises(UserError):
        orders.close_short(order, reason=" ", at=NIGHT, by=None)
    orders.close_short(order, reason="供应商缺货", at=NIGHT, by=None)
    assert order.state == "short"
    assert shop.comes(order, 6, number="A2").received == 10
    order.refresh_from_db()
    assert order.state == "received"


def test_an_order_of_which_a_part_came_is_not_cancelled(shop):
    order = shop.sent()
    shop.comes(order, 1)
    with pytest.raises(UserError):
        orders.cancel(order, reason="不要了", at=NIGHT, by=None)
    other = shop.propose(key="b")
    orders.cancel(other, reason="不要了", at=NIGHT, by=None)
    orders.step_back(other, at=NIGHT, by=None)
    assert other.state == "proposed"


def test_the_minimum_is_proposed_with_what_is_ordered_already_counted(shop):
    shop.propose(15, key="a")
    assert order_queries.below_minimum(shop.incident, NIGHT) == [(shop.oil, 20), (shop.rice, 5)]
    made = order_queries.propose_minimum(shop.incident, at=NIGHT, by=None)
    assert made is not None
    assert made.need_by == NIGHT + DAY
    assert order_queries.propose_minimum(shop.incident, at=NIGHT, by=None) is None
    Item.objects.filter(code="rice").update(least_packs=30)
    again = order_queries.propose_minimum(shop.incident, at=NIGHT, by=None)
    assert again == made
    assert dict(made.lines.values_list("item__code", "packs")) == {"rice": 15, "oil": 20}


def test_an_order_is_proposed_changed_and_sent_on_its_pages(client, shop):
    sign_in(client, "supply", shop.incident)
    form = {
        "client_id": str(uuid4()),
        "item": "大米",
        "packs": "5",
        "need_by": "2021-12-09T08:00",
        "supplier": str(shop.supplier.pk),
        "area": "",
        "payer": "public",
    }
    for _ in range(2):
        assert client.post("/supplies/orders/new/", form).status_code == 302
    order = PurchaseOrder.objects.get()
    path = f"/supplies/orders/{order.pk}/"
    changed = {
        "do": "change",
        "need_by": "2021-12-09T10:00",
        "supplier": str(shop.supplier.pk),
        f"packs-{shop.rice.pk}": "6",
        "item": "oil",
        "packs": "2",
    }
    client.post(f"{path}do/", changed)
    assert dict(order.lines.values_list("item__code", "packs")) == {"rice": 6, "oil": 2}
    for step in ("approve", "send"):
        client.post(f"{path}do/", {"do": step})
    said = {"do": "confirm", "comes_at": "2021-12-09T12:00"}
    said |= {f"packs-{shop.rice.pk}": "6", f"packs-{shop.oil.pk}": "1"}
    client.post(f"{path}do/", said)
    order.refresh_from_db()
    assert order.state == "confirmed"
    assert order.lines.get(item=shop.oil).confirmed == 1
    page = text(client.get(path))
    assert "The supplier says that it comes at" in page
    assert "It is needed by" in page
    line = order.lines.get(item=shop.rice)
    page = text(client.get(f"/supplies/receive/?line={line.pk}"))
    assert "6 packs ordered, 0 have come" in page
    given = {"client_id": str(uuid4()), "supplier": str(shop.supplier.pk), "number": "A1", "best_before": "2022-03-01"}
    given |= {"packs": "6", "payer": "public", "store": str(shop.store.pk), **CHECKS}
    client.post(f"/supplies/receive/?line={line.pk}", given)
    line.refresh_from_db()
    assert line.received == 6


def test_what_is_wrong_with_an_order_stands_at_its_field(client, shop):
    sign_in(client, "supply", shop.incident)
    form = {"client_id": str(uuid4()), "item": "xx", "packs": "5", "need_by": "2021-12-09T08:00", "payer": "public"}
    answer = client.post("/supplies/orders/new/", form)
    assert answer.status_code == 422
    assert "No goods are called so." in text(answer)
    order = shop.propose(key="a")
    answer = client.post(f"/supplies/orders/{order.pk}/do/", {"do": "cancel", "reason": ""})
    assert answer.status_code == 422


def test_a_step_that_somebody_else_took_first_is_told_on_the_page(client, shop):
    sign_in(client, "supply", shop.incident)
    order = shop.propose()
    orders.cancel(order, reason="不要了", at=NIGHT, by=None)
    page = text(client.post(f"/supplies/orders/{order.pk}/do/", {"do": "approve"}, follow=True))
    assert "The order is cancelled" in page


def test_late_orders_and_those_that_cannot_come_in_time_are_marked(client, shop):
    shop.propose(need_by=NIGHT + 3 * H)
    late = shop.sent(key="late", need_by=NIGHT + H)
    sign_in(client, "coordinator", shop.incident)
    page = text(client.get("/supplies/orders/"))
    assert "comes too late" in page
    shop.incident.clock_anchor_incident = NIGHT + 2 * H
    shop.incident.save()
    assert "late</span>" in text(client.get(f"/supplies/orders/{late.pk}/"))
    assert client.get("/supplies/orders/?format=xlsx").content[:2] == b"PK"


def test_what_the_supplier_says_of_the_time_counts_and_stands_in_the_list(client, shop):
    order = shop.sent(need_by=NIGHT + DAY)
    orders.confirm(order, {}, comes_at=NIGHT + 2 * DAY, at=NIGHT, by=None)
    row = order_queries.order_row(PurchaseOrder.objects.get(), NIGHT + DAY + H)
    assert (row.late, row.too_late, row.order_by) == (False, True, None)
    sign_in(client, "coordinator", shop.incident)
    assert re.search(r"comes [^<]*23:00<", text(client.get("/supplies/orders/")))
    said = {"do": "expect", "comes_at": "2021-12-08T12:00"}
    for _ in range(2):
        client.post(f"/supplies/orders/{order.pk}/do/", said)
    assert JournalEntry.objects.filter(act="expect_order").count() == 1
    order.refresh_from_db()
    assert not order_queries.order_row(order, NIGHT).too_late
    orders.step_back(order, at=NIGHT, by=None)
    order.refresh_from_db()
    assert (order.state, order.comes_at, order.lines.get().confirmed) == ("sent", None, None)


def test_a_proposal_says_until_when_it_must_go_out_and_when_it_cannot_be_in_time(client, shop):
    sign_in(client, "supply", shop.incident)
    soon, far = shop.propose(need_by=NIGHT + 3 * H), shop.propose(need_by=NIGHT + 2 * DAY, key="far")
    page = text(client.get(f"/supplies/orders/{soon.pk}/"))
    assert "This cannot be in time any more" in page
    assert "To be in time, send it by" in text(client.get(f"/supplies/orders/{far.pk}/"))
    Item.objects.update(lead_hours=None)
    assert "is not known" in text(client.get(f"/supplies/orders/{far.pk}/"))


def test_late_orders_stand_on_the_watch_list_until_they_are_here(client, shop, django_assert_num_queries):
    shop.propose(need_by=NIGHT + 3 * DAY, key="fine")
    shop.propose(need_by=NIGHT + 3 * H, key="hopeless")
    slow = shop.sent(key="slow", need_by=NIGHT + DAY)
    orders.confirm(slow, {}, comes_at=NIGHT + 2 * DAY, at=NIGHT, by=None)
    late = shop.sent(key="late", need_by=NIGHT + H)
    with django_assert_num_queries(3):
        rows = watches.orders_late(shop.incident, NIGHT + 2 * H)
    assert [(row.what, row.level) for row in rows] == [
        ("ordered, and not here yet", 3),
        ("not sent, and cannot come in time any more", 2),
        ("the supplier brings it after it is needed", 2),
    ]
    assert all(row.since <= NIGHT + 2 * H for row in rows)
    shop.comes(late, 10)
    assert len(watches.orders_late(shop.incident, NIGHT + 2 * H)) == 2
    sign_in(client, "commander", shop.incident)
    assert "cannot come in time any more" in text(client.get("/board/watch/1/"))


def test_orders_of_another_area_are_neither_seen_nor_changed(client, shop):
    order = shop.propose(area=shop.area)
    sign_in(client, "supply", shop.incident, area=a_sealed_area(shop.incident))
    assert f"/supplies/orders/{order.pk}/" not in text(client.get("/supplies/orders/"))
    assert client.get(f"/supplies/orders/{order.pk}/").status_code == 403
    assert client.post(f"/supplies/orders/{order.pk}/do/", {"do": "approve"}).status_code == 403


def pdf_text(answer) -> str:
    assert answer.headers["Content-Type"] == "application/pdf"
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)


def test_an_order_and_a_donors_receipt_are_papers_in_both_languages(client, shop):
    order = shop.sent()
    donor = Supplier.objects.create(incident=shop.incident, name="王记商行", donor=True)
    receipt = lots.Receipt(uuid4(), shop.rice, 8, "D1", donor, NIGHT + 90 * DAY, {"date": True}, "donor")
    lots.receive(shop.incident, receipt, store=shop.store, at=NIGHT)
    sign_in(client, "supply", shop.incident)
    assert f"Order {order.pk}" in pdf_text(client.get(f"/supplies/orders/{order.pk}/order.pdf"))
    given = pdf_text(client.get(f"/supplies/suppliers/{donor.pk}/receipt.pdf"))
    assert "Receipt for a donation" in given
    assert "D1" in given
    client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/"})
    assert "捐赠" in pdf_text(client.get(f"/supplies/suppliers/{donor.pk}/receipt.pdf"))
    assert "大米" in pdf_text(client.get(f"/supplies/orders/{order.pk}/order.pdf"))


def test_who_gave_nothing_gets_no_receipt_and_what_was_taken_back_does_not_count(client, shop):
    sign_in(client, "supply", shop.incident)
    path = f"/supplies/suppliers/{shop.supplier.pk}/receipt.pdf"
    assert client.get(path).status_code == 404
    receipt = lots.Receipt(uuid4(), shop.rice, 8, "D1", shop.supplier, NIGHT + 90 * DAY, {"date": True}, "donor")
    lots.receive(shop.incident, receipt, store=shop.store, at=NIGHT)
    handling.undo_move(Move.objects.get(), reason="", at=NIGHT, by=None)
    assert client.get(path).status_code == 404


def test_a_supplier_is_added_changed_and_never_doubled(client, shop):
    sign_in(client, "supply", shop.incident)
    client.post("/supplies/suppliers/", {"name": "西桥菜场", "phone": "025-0000-0002"})
    made = Supplier.objects.get(name="西桥菜场")
    answer = client.post(f"/supplies/suppliers/{made.pk}/", {"name": "城北粮店"})
    assert answer.status_code == 422
    assert "Another supplier has this name." in text(answer)
    client.post(f"/supplies/suppliers/{made.pk}/", {"name": "西桥菜场", "licence": "JY0001", "donor": "on"})
    made.refresh_from_db()
    assert (made.licence, made.donor) == ("JY0001", True)
    assert "JY0001" in text(client.get(f"/supplies/suppliers/{made.pk}/"))
