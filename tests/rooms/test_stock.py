"""Stock as moves with two ends: nothing appears, nothing goes, nobody takes the last pack twice."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_member, an_incident
from hypothesis import given, settings
from hypothesis import strategies as some

from doorstep.command.models import JournalEntry
from doorstep.errors import UserError
from doorstep.register.models import Door
from doorstep.supplies import lots, moves, reserving
from doorstep.supplies.models import Balance, Item, Location, Lot, Move, Reservation, Supplier

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def an_item(code="rice", **facts):
    return Item.objects.create(
        code=code, names={"zh": "大米", "en": "rice"}, pack_weight_g=1000, shelf_days=180, **facts
    )


class AStore:
    """An incident with a store and rice from one supplier."""

    def __init__(self):
        self.incident = an_incident()
        self.supplier = Supplier.objects.create(incident=self.incident, name="城北粮店")
        self.store = moves.place_of(self.incident, "store", "街道仓库")
        self.item = an_item()

    def lot(self, packs=10, number="A1", days=90, answers=None, at=NIGHT):
        date = NIGHT + days * DAY
        receipt = lots.Receipt(uuid4(), self.item, packs, number, self.supplier, date, answers or {"sealed": True})
        return lots.receive(self.incident, receipt, store=self.store, at=at)

    def packs(self, place, lot=None):
        rows = Balance.objects.filter(location=place, **({"lot": lot} if lot else {}))
        return sum(rows.values_list("packs", flat=True))


def test_what_comes_in_is_in_the_store_and_the_supplier_owes_it():
    stock = AStore()
    lot = stock.lot(10)
    assert lots.where(lot) == {"supplier": -10, "store": 10}
    assert moves.unbalanced(stock.incident) == []


def test_a_receipt_said_twice_comes_in_once():
    stock = AStore()
    receipt = lots.Receipt(uuid4(), stock.item, 10, "A1", stock.supplier, NIGHT + DAY, {})
    for _ in range(2):
        lots.receive(stock.incident, receipt, store=stock.store, at=NIGHT)
    assert stock.packs(stock.store) == 10


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": " "}, "number"),
        ({"supplier": None}, "supplier"),
        ({"best_before": None}, "best_before"),
        ({"packs": 0}, "packs"),
    ],
)
def test_no_lot_comes_in_without_supplier_number_date_and_packs(change, field):
    stock = AStore()
    facts = {"number": "A1", "supplier": stock.supplier, "best_before": NIGHT + DAY, "packs": 3} | change
    receipt = lots.Receipt(uuid4(), stock.item, answers={}, **facts)
    with pytest.raises(UserError) as refused:
        lots.receive(stock.incident, receipt, store=stock.store, at=NIGHT)
    assert refused.value.field == field
    assert refused.value.mend


@pytest.mark.parametrize(("days", "answers"), [(90, {"sealed": False}), (-1, {"sealed": True})])
def test_a_lot_that_fails_its_check_or_is_past_its_date_is_held_back(days, answers):
    stock = AStore()
    lot = stock.lot(10, days=days, answers=answers)
    assert lot.state == Lot.State.HELD
    assert stock.packs(stock.store) == 0
    assert lots.where(lot) == {"supplier": -10, "quarantine": 10}


def test_nothing_goes_below_what_is_there():
    stock = AStore()
    lot = stock.lot(3)
    staging = moves.place_of(stock.incident, "staging", "待发区")
    with pytest.raises(UserError, match="3"):
        moves.move(
            stock.incident,
            [moves.Line(lot.pk, 4)],
            source=stock.store,
            target=staging,
            said=moves.Said(uuid4(), NIGHT, "transfer"),
        )
    assert stock.packs(stock.store) == 3
    assert Move.objects.filter(reason="transfer").count() == 0


def trips(stock, *packs):
    """A trip for each door, of the one lot that is there."""
    lot, compound = stock.lot(10), a_compound()
    doors = Door.objects.filter(stair__building__compound=compound).order_by("pk")[: len(packs)]
    return [
        moves.Trip(
            moves.Line(lot.pk, many),
            stock.store,
            moves.place_at_door(stock.incident, door),
            moves.Said(uuid4(), NIGHT, "hand_over", ref_kind="visit", ref_id=str(door.pk)),
        )
        for door, many in zip(doors, packs, strict=True)
    ]


def test_many_moves_are_written_down_together_and_said_twice_move_once():
    stock = AStore()
    many = trips(stock, 3, 4)
    assert moves.move_each(stock.incident, many) == 2
    assert moves.move_each(stock.incident, many) == 0
    assert [stock.packs(trip.target) for trip in many] == [3, 4]
    assert stock.packs(stock.store) == 3
    assert moves.unbalanced(stock.incident) == []
    assert JournalEntry.objects.filter(act="move_goods", data__reason="hand_over").count() == 1


def test_many_moves_go_all_or_none_and_leave_what_is_promised():
    stock = AStore()
    many = trips(stock, 3, 6)
    reserving.reserve(stock.item, 2, place=stock.store, for_kind="order", for_id="1", client_id=uuid4(), at=NIGHT)
    with pytest.raises(UserError, match="8 free"):
        moves.move_each(stock.incident, many)
    assert stock.packs(stock.store) == 10
    assert not Move.objects.filter(reason="hand_over").exists()
    assert moves.move_each(stock.incident, many[:1]) == 1


def test_what_expires_first_goes_first():
    stock = AStore()
    late, soon = stock.lot(5, "late", days=90), stock.lot(5, "soon", days=10)
    taken = reserving.reserve(
        stock.item, 7, place=stock.store, for_kind="order", for_id="1", client_id=uuid4(), at=NIGHT
    )
    assert [(one.balance.lot_id, one.packs) for one in taken] == [(soon.pk, 5), (late.pk, 2)]


def test_a_lot_past_its_date_when_it_is_eaten_is_not_taken():
    stock = AStore()
    stock.lot(5, "soon", days=1)
    with pytest.raises(UserError):
        reserving.reserve(
            stock.item,
            1,
            place=stock.store,
            for_kind="order",
            for_id="1",
            client_id=uuid4(),
            at=NIGHT,
            good_until=NIGHT + 2 * DAY,
        )


def test_what_is_reserved_is_not_moved_by_others_and_is_free_again_when_given_back():
    stock = AStore()
    lot = stock.lot(5)
    staging = moves.place_of(stock.incident, "staging", "待发区")
    reserving.reserve(stock.item, 4, place=stock.store, for_kind="order", for_id="1", client_id=uuid4(), at=NIGHT)

    def take(packs, reserved=False):
        said = moves.Said(uuid4(), NIGHT, "transfer")
        line = [moves.Line(lot.pk, packs)]
        moves.move(stock.incident, line, source=stock.store, target=staging, said=said, reserved=reserved)

    with pytest.raises(UserError):
        take(2)
    take(1)
    assert reserving.give_back(Reservation.objects.filter(for_id="1"), at=NIGHT) == 4
    assert reserving.give_back(Reservation.objects.filter(for_id="1"), at=NIGHT) == 0
    take(4)
    assert stock.packs(staging) == 5


def test_a_recall_stops_the_lot_and_names_the_doors_that_have_it():
    stock = AStore()
    lot = stock.lot(10)
    a_compound()
    door = Door.objects.first()
    behind = moves.place_at_door(stock.incident, door)
    said = moves.Said(uuid4(), NIGHT, "hand_over")
    moves.move(stock.incident, [moves.Line(lot.pk, 2)], source=stock.store, target=behind, said=said)
    reserving.reserve(stock.item, 3, place=stock.store, for_kind="order", for_id="1", client_id=uuid4(), at=NIGHT)
    by = a_member()
    lots.recall(lot, reason="发霉", at=NIGHT + DAY, by=by, client_id=uuid4())
    assert lots.doors_with(lot) == [(door, 2)]
    assert lots.where(lot) == {"supplier": -10, "quarantine": 8, "door": 2}
    assert JournalEntry.objects.filter(act="recall_lot").count() == 1
    with pytest.raises(UserError):
        reserving.reserve(stock.item, 1, place=stock.store, for_kind="o", for_id="2", client_id=uuid4(), at=NIGHT)
    assert "door-" not in str(JournalEntry.objects.filter(act="move_goods").values_list("data", flat=True))


def test_a_released_lot_comes_back_to_the_store_but_never_past_its_date():
    stock = AStore()
    lot = stock.lot(4, answers={"sealed": False})
    lots.release(lot, store=stock.store, reason="只是外箱破损", at=NIGHT, by=None, client_id=uuid4())
    assert stock.packs(stock.store) == 4
    old = stock.lot(4, "old", days=1, answers={"sealed": False})
    with pytest.raises(UserError):
        lots.release(old, store=stock.store, reason="看过了", at=NIGHT + 2 * DAY, by=None, client_id=uuid4())


def test_a_count_that_differs_needs_a_reason_and_is_a_move():
    stock = AStore()
    lot = stock.lot(10)
    with pytest.raises(UserError) as refused:
        lots.count(lot, stock.store, 8, reason="", at=NIGHT, by=None, client_id=uuid4())
    assert refused.value.field == "reason"
    said = uuid4()
    for _ in range(2):
        lots.count(lot, stock.store, 8, reason="破损两袋", at=NIGHT, by=None, client_id=said)
    assert stock.packs(stock.store, lot) == 8
    assert lots.count(lot, stock.store, 8, reason="", at=NIGHT, by=None, client_id=uuid4()) is None
    assert moves.unbalanced(stock.incident) == []


@settings(max_examples=25)
@given(
    steps=some.lists(
        some.tuples(some.integers(0, 3), some.integers(0, 3), some.integers(1, 6)).filter(lambda s: s[0] != s[1]),
        max_size=12,
    )
)
def test_moves_always_balance(steps):
    stock = AStore.__new__(AStore)
    stock.incident = an_incident()
    stock.supplier, _ = Supplier.objects.get_or_create(incident=stock.incident, name="城北粮店")
    stock.store = moves.place_of(stock.incident, "store", "街道仓库")
    stock.item = Item.objects.filter(code="rice").first() or an_item()
    lot = stock.lot(10)
    places = [stock.store, *(moves.place_of(stock.incident, kind, kind) for kind in ("staging", "carrier", "wasted"))]
    for source, target, packs in steps:
        said = moves.Said(uuid4(), NIGHT, "transfer")
        try:
            line = [moves.Line(lot.pk, packs)]
            moves.move(stock.incident, line, source=places[source], target=places[target], said=said)
        except UserError:
            continue
    assert moves.unbalanced(stock.incident) == []
    assert sum(stock.packs(place) for place in places) == 10
    assert all(stock.packs(place) >= 0 for place in places)


def test_a_door_is_no_place_of_two_incidents():
    a_compound()
    door = Door.objects.first()
    one, other = an_incident(), an_incident()
    assert moves.place_at_door(one, door) == moves.place_at_door(one, door)
    assert moves.place_at_door(one, door) != moves.place_at_door(other, door)
    assert Location.objects.filter(door=door).count() == 2
