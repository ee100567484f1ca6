"""The pages of the stock: received, looked at, counted, carried over, recalled, taken back; papers and lists."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area, sign_in
from django.core.files.uploadedfile import SimpleUploadedFile

from doorstep.command.models import JournalEntry, Task
from doorstep.register.models import Door
from doorstep.rounds.visits import VisitReport, record_visit, undo_visit
from doorstep.supplies import handling, lots, moves, recalls, watches
from doorstep.supplies.models import Balance, Item, Lot, Move, Supplier

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


class Night:
    """A sealed area, a store, rice and masks, one supplier."""

    def __init__(self):
        self.area = a_sealed_area(compound=a_compound(stairs=2, floors=3))
        self.incident = self.area.incident
        self.supplier = Supplier.objects.create(incident=self.incident, name="城北粮店")
        self.store = moves.place_of(self.incident, "store", "街道仓库")
        self.rice = Item.objects.create(
            code="rice", names={"zh": "大米", "en": "rice"}, shelf_days=180, least_packs=20, barcode="6901234567892"
        )
        self.cloth = Item.objects.create(code="cloth", names={"zh": "抹布", "en": "cloth"}, kind="hygiene")

    def lot(self, packs=10, number="A1", days=90, **facts):
        receipt = lots.Receipt(
            uuid4(), self.rice, packs, number, self.supplier, NIGHT + days * DAY, {"date": True}, **facts
        )
        return lots.receive(self.incident, receipt, store=self.store, at=NIGHT)

    def give(self, lot, door, packs=1):
        said = moves.Said(uuid4(), NIGHT, "hand_over")
        behind = moves.place_at_door(self.incident, door)
        moves.move(self.incident, [moves.Line(lot.pk, packs)], source=self.store, target=behind, said=said)

    def there(self, place=None):
        return sum(Balance.objects.filter(location=place or self.store).values_list("packs", flat=True))

    def form(self, **changed):
        checks = {f"check-{code}": "yes" for code in ("wrapping", "date", "maker", "same")}
        facts = {
            "client_id": str(uuid4()),
            "supplier": str(self.supplier.pk),
            "number": "B7",
            "best_before": "2022-03-01",
            "packs": "12",
            "payer": "public",
            "store": str(self.store.pk),
        }
        return {**facts, **checks, **changed}


@pytest.fixture
def night():
    return Night()


def text(answer) -> str:
    return answer.content.decode()


def test_an_empty_stock_says_what_to_do_first(client):
    area = a_sealed_area()
    sign_in(client, "supply", area.incident)
    assert "Say first where goods are kept" in text(client.get("/supplies/"))
    assert client.post("/supplies/places/", {"name": "Hall", "kind": "store"}).status_code == 302
    assert "Receive what has come" in text(client.get("/supplies/"))


def test_an_item_below_its_minimum_is_marked_and_can_be_filtered(client, night):
    night.lot(packs=10)
    sign_in(client, "supply", night.incident)
    page = text(client.get("/supplies/"))
    assert "below the minimum" in page
    assert "March 7, 2022" in page
    assert "rice" in text(client.get("/supplies/?only=low"))
    night.lot(packs=15, number="A2")
    assert "rice</a>" not in text(client.get("/supplies/?only=low"))
    assert "rice</a>" not in text(client.get("/supplies/?kind=ppe"))
    assert "rice</a>" in text(client.get(f"/supplies/?place={night.store.pk}&q=6901234567892"))


def test_goods_are_found_by_barcode_and_received_with_their_check(client, night):
    sign_in(client, "supply", night.incident)
    page = text(client.get("/supplies/receive/?item=6901234567892"))
    assert "Receive rice" in page
    assert "the wrapping is whole and dry" in page
    form = night.form()
    for _ in range(2):
        assert client.post("/supplies/receive/?item=rice", form).status_code == 302
    lot = Lot.objects.get()
    assert (lot.number, lot.state, lot.receipt_check["wrapping"]) == ("B7", "good", True)
    assert night.there() == 12


def test_one_no_holds_the_lot_back_and_says_so(client, night):
    sign_in(client, "supply", night.incident)
    page = text(client.post("/supplies/receive/?item=rice", night.form(**{"check-maker": "no"}), follow=True))
    assert "is held back" in page
    assert night.there() == 0


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"supplier": ""}, "The lot has no supplier."),
        ({"best_before": ""}, "The lot has no best-before date."),
        ({"packs": "0"}, "greater than or equal to 1"),
        ({"check-date": ""}, "This field is required."),
    ],
)
def test_what_is_missing_at_receipt_stands_at_its_field_and_nothing_typed_is_lost(client, night, changed, said):
    sign_in(client, "supply", night.incident)
    answer = client.post("/supplies/receive/?item=rice", night.form(**changed))
    assert answer.status_code == 422
    assert said in text(answer)
    assert 'value="B7"' in text(answer)
    assert not Move.objects.exists()


def test_a_donor_who_is_new_is_written_down_with_the_goods(client, night):
    sign_in(client, "supply", night.incident)
    client.post("/supplies/receive/?item=rice", night.form(supplier="", new_supplier="王记商行", payer="donor"))
    donor = Supplier.objects.get(name="王记商行")
    assert donor.donor
    assert Lot.objects.get().payer == "donor"


def test_goods_without_a_date_ask_for_none(client, night):
    sign_in(client, "supply", night.incident)
    page = text(client.get("/supplies/receive/?item=cloth"))
    assert "best_before" not in page
    assert "check-date" not in page


def test_a_list_is_received_and_its_bad_rows_come_back_as_a_file(client, night):
    rows = (
        "品名,供应商,批号,保质期至,数量,验收\n"
        "大米,城北粮店,C1,2022-05-31,30,合格\n"
        "面条,城北粮店,C2,2022-05-31,5,合格\n"
        "rice,城北粮店,C3,,5,合格\n"
        "rice,城北粮店,C4,2022-05-31,5,\n"
        "6901234567892,新捐赠人,C5,2022-06-30,8,不合格\n"
    ).encode()
    sign_in(client, "coordinator", night.incident)

    def bring():
        return client.post(
            "/supplies/receive/list/", {"file": SimpleUploadedFile("g.csv", rows), "into": str(night.store.pk)}
        )

    page = text(bring())
    assert "2 lots are in." in page
    assert "3 rows to mend" in page
    assert "面条 is no item of the list." in page
    assert "no best-before date" in page
    assert night.there() == 30
    assert Lot.objects.get(number="C5").state == "held"
    bring()
    assert night.there() == 30
    kept = page.split('name="rows" value="')[1].split('"')[0].replace("&quot;", '"')
    back = client.post("/supplies/receive/to-mend.xlsx", {"rows": kept})
    assert back.content[:2] == b"PK"


def test_a_list_without_a_heading_says_which_columns_are_needed(client, night):
    sign_in(client, "supply", night.incident)
    file = SimpleUploadedFile("g.csv", b"a,b\n1,2\n")
    answer = client.post("/supplies/receive/list/", {"file": file, "into": str(night.store.pk)})
    assert answer.status_code == 422
    assert "No row names the columns" in text(answer)


def test_the_page_of_a_lot_shows_its_ledger_and_the_doors_of_ones_areas(client, night):
    lot = night.lot()
    mine = night.area.area_doors.first().door
    a_household(mine)
    other = a_sealed_area(night.incident)
    elsewhere = other.area_doors.first().door
    night.give(lot, mine)
    night.give(lot, elsewhere)
    sign_in(client, "supply", night.incident, area=night.area)
    page = text(client.get(f"/supplies/lots/{lot.pk}/"))
    assert "1 door has it" in page
    assert "1 more door lies outside your areas" in page
    assert "came in" in page
    assert "handed over" in page
    sign_in(client, "coordinator", night.incident)
    rows = client.get(f"/supplies/lots/{lot.pk}/?format=csv").content.decode("utf-8-sig").splitlines()
    assert len(rows) == 3


def test_one_click_recalls_a_lot_and_opens_a_task_in_each_area_once(client, night):
    lot = night.lot()
    for door in Door.objects.filter(area_doors__area=night.area)[:2]:
        night.give(lot, door)
    sign_in(client, "supply", night.incident)
    for _ in range(2):
        client.post(f"/supplies/lots/{lot.pk}/recall/", {"client_id": str(uuid4()), "reason": "发霉"})
    lot.refresh_from_db()
    assert lot.state == "recalled"
    task = Task.objects.get(key__startswith="lot_warning")
    assert (task.area, task.urgency) == (night.area, 3)
    assert task.due_at == NIGHT + timedelta(hours=2)
    assert "Warn 2 doors" in text(client.get(f"/supplies/lots/{lot.pk}/"))
    assert lots.where(lot) == {"supplier": -10, "quarantine": 8, "door": 2}


def test_a_recall_without_a_reason_is_refused_at_its_field(client, night):
    lot = night.lot()
    sign_in(client, "supply", night.incident)
    answer = client.post(f"/supplies/lots/{lot.pk}/recall/", {"client_id": str(uuid4()), "reason": ""})
    assert answer.status_code == 422
    lot.refresh_from_db()
    assert lot.state == "good"


@pytest.mark.parametrize(
    ("do", "there", "where"),
    [("hold", 0, "quarantine"), ("waste", 7, "wasted"), ("return", 7, "returned"), ("use", 7, "used")],
)
def test_a_lot_is_held_or_a_part_of_it_goes(client, night, do, there, where):
    lot = night.lot()
    sign_in(client, "supply", night.incident)
    form = {"client_id": str(uuid4()), "do": do, "reason": "看过了", "place": str(night.store.pk), "packs": "3"}
    for _ in range(2):
        assert client.post(f"/supplies/lots/{lot.pk}/do/", form).status_code == 302
    assert night.there() == there
    assert lots.where(lot)[where] == 10 - there


def test_a_held_lot_is_let_go_into_its_store_again(client, night):
    lot = night.lot()
    lots.hold(lot, reason="查看", at=NIGHT, by=None, client_id=uuid4())
    sign_in(client, "supply", night.incident)
    client.post(
        f"/supplies/lots/{lot.pk}/do/", {"client_id": str(uuid4()), "do": "release", "reason": "合格", "place": ""}
    )
    assert night.there() == 10


def test_a_store_is_counted_as_a_whole_or_not_at_all(client, night):
    first, second = night.lot(), night.lot(number="A2")
    sign_in(client, "supply", night.incident)
    path = f"/supplies/places/{night.store.pk}/count/"
    form = {"client_id": str(uuid4()), f"packs-{first.pk}": "9", f"packs-{second.pk}": "12"}
    form |= {f"reason-{first.pk}": "破损一袋", f"reason-{second.pk}": ""}
    answer = client.post(path, form)
    assert answer.status_code == 422
    assert "2 packs differ, and no reason is given" in text(answer)
    assert night.there() == 20
    form[f"reason-{second.pk}"] = "上次少记"
    for _ in range(2):
        client.post(path, form)
    assert night.there() == 21
    assert moves.unbalanced(night.incident) == []


def test_packs_are_carried_to_another_place_and_back_by_undo(client, night):
    lot = night.lot()
    gate = handling.add_store(night.incident, "北门", "gate", at=NIGHT, by=None)
    sign_in(client, "supply", night.incident)
    form = {"client_id": str(uuid4()), "target": str(gate.pk), f"packs-{lot.pk}": "4", "note": ""}
    for _ in range(2):
        assert client.post(f"/supplies/places/{night.store.pk}/carry/", form).status_code == 302
    assert (night.there(), night.there(gate)) == (6, 4)
    one = Move.objects.get(reason="transfer")
    for _ in range(2):
        client.post(f"/supplies/moves/{one.pk}/undo/", {"next": "/supplies/moves/"})
    assert (night.there(), night.there(gate)) == (10, 0)
    assert "taken back" in text(client.get("/supplies/moves/"))


def test_a_move_whose_goods_have_gone_on_is_not_taken_back(client, night):
    lot = night.lot(packs=2)
    night.give(lot, Door.objects.filter(area_doors__area=night.area).first(), packs=2)
    sign_in(client, "supply", night.incident)
    one = Move.objects.get(reason="receipt")
    page = text(client.post(f"/supplies/moves/{one.pk}/undo/", {}, follow=True))
    assert "These goods have gone on" in page
    assert not Move.objects.filter(reason="undo").exists()


def test_lists_leave_as_files_and_the_journal_keeps_it(client, night):
    night.lot()
    sign_in(client, "coordinator", night.incident)
    for path in (
        "/supplies/",
        "/supplies/stock/rice/",
        "/supplies/moves/",
        f"/supplies/places/{night.store.pk}/count/",
    ):
        assert client.get(f"{path}?format=xlsx").content[:2] == b"PK"
    assert JournalEntry.objects.filter(act="export").count() == 4


def test_who_has_no_duty_with_supplies_sees_none_and_who_only_sees_changes_nothing(client, night):
    lot = night.lot()
    sign_in(client, "carrier", night.incident)
    for path in ("/supplies/", "/supplies/moves/", f"/supplies/lots/{lot.pk}/", "/supplies/receive/"):
        assert client.get(path).status_code == 403
    a_member()
    client.logout()
    assert client.get("/supplies/").status_code == 302


def test_the_pages_of_another_incident_are_not_there(client, night):
    lot = night.lot()
    other = a_sealed_area()
    sign_in(client, "supply", other.incident)
    assert client.get(f"/supplies/lots/{lot.pk}/").status_code == 404
    assert client.get(f"/supplies/places/{night.store.pk}/count/").status_code == 404
    one = Move.objects.get()
    assert client.post(f"/supplies/moves/{one.pk}/undo/").status_code == 404


def test_the_area_shows_how_long_the_food_in_the_stores_lasts(client, night):
    for door in Door.objects.filter(area_doors__area=night.area)[:2]:
        a_household(door, persons=2)
    sign_in(client, "coordinator", night.incident)
    path = f"/board/area/{night.area.pk}/"
    assert "none is in the books" in text(client.get(path))
    night.rice.nutrients, night.rice.per_pack = {"kcal": 350}, 1000
    night.rice.save()
    night.lot(packs=12)
    night.lot(packs=50, number="old", days=-1)
    assert "5.0 days for all 4 persons who must stay at home" in text(client.get(path))


def test_the_next_knock_takes_a_recalled_lot_out_of_use_and_undone_it_is_there_again(night):
    lot = night.lot()
    door, other = Door.objects.filter(area_doors__area=night.area)[:2]
    night.give(lot, door, packs=2)
    night.give(lot, other)
    window = (NIGHT, NIGHT + DAY)
    assert recalls.visit_lines(night.incident, [door.pk], *window) == {}
    lots.recall(lot, reason="发霉", at=NIGHT, by=None, client_id=uuid4())
    line = recalls.visit_lines(night.incident, [door.pk], *window)[door.pk][0]
    assert line.confirms == f"recall:{lot.pk}"
    assert "A1" in line.title["zh"]
    report = VisitReport(uuid4(), door.pk, "opened", NIGHT + DAY / 24, handed=(line.confirms,))
    visit = record_visit(night.incident, report, by=None, at=NIGHT + DAY / 24)
    assert [door for door, _packs in lots.doors_with(lot)] == [other]
    assert lots.where(lot)["wasted"] == 2
    undo_visit(visit, by=None, at=NIGHT + DAY / 12)
    assert len(lots.doors_with(lot)) == 2
    assert moves.unbalanced(night.incident) == []


def test_the_search_box_finds_goods_lots_and_suppliers_for_who_sees_them(client, night):
    lot = night.lot()
    sign_in(client, "supply", night.incident)
    assert client.get("/search/?q=大米").url == "/supplies/stock/rice/"  # the only hit is opened at once
    assert client.get("/search/?q=A1").url == f"/supplies/lots/{lot.pk}/"
    assert client.get("/search/?q=城北").url == f"/supplies/suppliers/{night.supplier.pk}/"
    sign_in(client, "desk", night.incident)
    assert "/supplies/stock/rice/" not in text(client.get("/search/?q=大米"))


def test_a_lot_called_back_is_not_made_only_held_and_offers_what_fits(client, night):
    lot = night.lot()
    sign_in(client, "supply", night.incident)
    assert 'value="release"' not in text(client.get(f"/supplies/lots/{lot.pk}/"))
    lots.recall(lot, reason="发霉", at=NIGHT, by=None, client_id=uuid4())
    page = text(client.get(f"/supplies/lots/{lot.pk}/"))
    assert 'value="hold"' not in page
    assert 'value="release"' in page
    answer = client.post(f"/supplies/lots/{lot.pk}/do/", {"client_id": str(uuid4()), "do": "hold", "reason": "再看看"})
    assert answer.status_code == 422
    assert "The lot is called back already." in text(answer)


def test_the_minimum_is_held_against_all_places_together(client, night):
    night.lot(packs=25)
    gate = handling.add_store(night.incident, "北门", "gate", at=NIGHT, by=None)
    said = moves.Said(uuid4(), NIGHT, "transfer")
    handling.transfer(night.incident, {Lot.objects.get().pk: 3}, night.store, gate, said=said)
    sign_in(client, "supply", night.incident)
    assert "is-broken" not in text(client.get(f"/supplies/?place={gate.pk}"))


def test_pages_ask_a_bounded_number_of_questions(client, night, django_assert_max_num_queries):
    sign_in(client, "supply", night.incident)
    doors = list(Door.objects.filter(area_doors__area=night.area))
    for number in range(12):
        lot = night.lot(number=f"N{number}")
        night.give(lot, doors[number % len(doors)])
    for path, most in (("/supplies/", 16), ("/supplies/moves/", 16), (f"/supplies/lots/{lot.pk}/", 22)):
        with django_assert_max_num_queries(most):
            assert client.get(path).status_code == 200


def test_a_lot_called_back_or_given_past_its_date_is_on_the_watch_list_while_doors_have_it(night):
    good, old = night.lot(number="good"), night.lot(number="old", days=1)
    door, other = Door.objects.filter(area_doors__area=night.area)[:2]
    night.give(good, door)
    night.give(old, door)
    assert watches.lots_at_doors(night.incident, NIGHT + 3 * DAY) == []
    said = moves.Said(uuid4(), NIGHT + 2 * DAY, "hand_over")
    behind = moves.place_at_door(night.incident, other)
    moves.move(night.incident, [moves.Line(old.pk, 1)], source=night.store, target=behind, said=said)
    row = watches.lots_at_doors(night.incident, NIGHT + 3 * DAY)[0]
    assert (row.what, row.count, row.area_id) == ("handed over past its date", 1, night.area.pk)
    lots.recall(good, reason="发霉", at=NIGHT, by=None, client_id=uuid4())
    rows = watches.lots_at_doors(night.incident, NIGHT + 3 * DAY)
    assert [(row.what, row.since) for row in rows if row.what.startswith("called")] == [
        ("called back, and still at doors", NIGHT)
    ]
    assert len(rows) == 2
    recalls.warned_at_door(night.incident, door.pk, [f"recall:{good.pk}"], visit=1, at=NIGHT, by=None)
    assert len(watches.lots_at_doors(night.incident, NIGHT + 3 * DAY)) == 1
