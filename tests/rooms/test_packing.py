"""Packing: orders by class and round, goods promised, refused at the table, kits to the door and back, recalls, times."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from builders import NIGHT
from packers import DAY, KIT, Table, packed, tap, walked

from doorstep.errors import UserError
from doorstep.register.models import Household, Person
from doorstep.rounds import gatework
from doorstep.rounds import packing as plan_kits
from doorstep.rounds.models import Stop
from doorstep.rounds.visits import undo_visit
from doorstep.supplies import kit_watches, kit_ways, lots, moves, pack_many, pack_queries, pack_table, packing
from doorstep.supplies.designing import free_stock
from doorstep.supplies.forecast import forecast
from doorstep.supplies.kit_codes import as_typed, kit_code
from doorstep.supplies.models import Balance, Item, Lot, PackedKit

pytestmark = pytest.mark.django_db


@pytest.fixture
def table():
    return Table()


def test_an_order_for_each_class_holds_a_kit_with_a_code_for_each_household_and_promises_the_goods(table):
    one, two, other = table.household(), table.household(), table.household(diets=["halal"])
    table.design(one, {"rice": 2})
    table.design(other, {"rice": 1})
    table.lot("rice", 20)
    made = table.order()
    assert (made.kits, [order.kits for order in made.orders]) == (3, [2, 1])
    assert table.held("rice") == 5
    assert {kit.household_id for kit in PackedKit.objects.all()} == {one.pk, two.pk, other.pk}
    assert all(as_typed(kit.code) == kit.code for kit in PackedKit.objects.all())


def test_ordering_twice_orders_nothing_twice_and_a_class_without_design_is_named(table):
    one = table.household()
    table.household(diets=["halal"])
    table.design(one, {"rice": 1})
    made = table.order()
    assert made.kits == 1
    assert list(made.without.values()) == [1]
    again = table.order()
    assert (again.kits, PackedKit.objects.count()) == (0, 1)


def test_what_expires_first_is_promised_first_and_what_ends_before_the_kit_never(table):
    one = table.household()
    table.design(one, {"rice": 3})
    table.lot("rice", 50, days=2)  # the kit lasts 2.5 days from 05:00
    late, soon = table.lot("rice", 5, days=90), table.lot("rice", 2, days=10)
    table.order()
    found = dict(Balance.objects.filter(reserved__gt=0).values_list("lot", "reserved"))
    assert found == {soon.pk: 2, late.pk: 1}


def test_a_kit_is_packed_when_its_last_line_is_in_and_the_goods_are_in_the_kit(table):
    one = table.household()
    table.design(one, {"rice": 2, "salt": 1})
    table.lot("rice", 9)
    table.lot("salt", 9)
    order = table.order().orders[0]
    kit = order.packed.get()
    pack_table.put_in(kit, table.line(order, "rice"), tap())
    kit.refresh_from_db()
    order.refresh_from_db()
    assert kit.packed_at is None
    assert order.state == "packing"
    pack_table.put_in(kit, table.line(order, "salt"), tap())
    kit.refresh_from_db()
    order.refresh_from_db()
    assert (kit.packed_at, order.state) == (NIGHT, "ready")
    assert (table.there("rice", "kit"), table.there("rice", "store"), table.held("rice")) == (2, 7, 0)
    assert moves.unbalanced(table.incident) == []
    assert free_stock(table.incident, NIGHT) == {table.item("rice").pk: 7, table.item("salt").pk: 8}


def test_the_same_tap_twice_puts_nothing_in_twice_even_after_it_was_taken_out(table):
    one = table.household()
    table.design(one, {"rice": 2, "salt": 1})
    table.lot("rice", 9)
    order = table.order().orders[0]
    kit, same = order.packed.get(), tap()
    (row,) = pack_table.put_in(kit, table.line(order, "rice"), same)
    assert pack_table.put_in(kit, table.line(order, "rice"), same) == []
    pack_table.take_out(row, tap())
    pack_table.take_out(row, tap())
    assert pack_table.put_in(kit, table.line(order, "rice"), same) == []
    assert (table.there("rice", "kit"), table.there("rice", "store"), table.held("rice")) == (0, 9, 2)
    assert moves.unbalanced(table.incident) == []


def test_goods_are_found_by_barcode_code_and_lot_number(table):
    one = table.household()
    table.design(one, {"rice": 1, "salt": 1, "wheat_flour": 1})
    for code in ("rice", "salt", "wheat_flour"):
        table.lot(code, 5, number=f"N-{code}")
    Item.objects.filter(code="rice").update(barcode="6901234567892")
    order = table.order().orders[0]
    kit = order.packed.get()
    for text in ("6901234567892", "SALT", "n-wheat_flour"):
        assert pack_table.scan(kit, text, tap())
    kit.refresh_from_db()
    assert kit.packed_at is not None


@pytest.mark.parametrize(
    ("text", "said"), [("no-such", "unknown here"), ("", "Nothing was scanned"), ("wheat_flour", "is not in this kit")]
)
def test_what_is_wrong_is_refused_in_words(table, text, said):
    one = table.household()
    table.design(one, {"rice": 1})
    order = table.order().orders[0]
    with pytest.raises(UserError, match=said) as refused:
        pack_table.scan(order.packed.get(), text, tap())
    assert refused.value.field == "scan"


@pytest.mark.parametrize(
    ("facts", "code", "why"),
    [
        ({"diets": ["halal"]}, "chinese_sausage", "pork"),
        ({"allergies": ["milk"]}, "milk_uht", "milk"),
        ({"classes": ["infant"]}, "honey", "honey"),
    ],
)
def test_goods_against_a_diet_an_allergy_or_an_age_are_refused_at_the_table(table, facts, code, why):
    one = table.household(**facts)
    table.design(one, {"rice": 1})
    item = table.item(code)
    order = table.order().orders[0]
    with pytest.raises(UserError, match=why):
        pack_table.scan(order.packed.get(), item.code, tap())
    with pytest.raises(UserError, match=why):
        pack_table.put_in(order.packed.get(), table.line(order, "rice"), tap(), instead=item, packs=1, reason="no rice")


def test_milk_for_infants_goes_only_where_one_of_that_age_is(table):
    one = table.household()
    table.design(one, {"formula_1": 1})
    table.lot("formula_1", 3)
    order = table.order().orders[0]
    with pytest.raises(UserError, match="for infants of 0 to under 6 months"):
        pack_table.put_in(order.packed.get(), table.line(order, "formula_1"), tap())


def test_the_household_counts_as_it_is_now_not_as_it_was_when_the_kit_was_designed(table):
    one, two = table.household(), table.household()
    table.design(one, {"chinese_sausage": 1})
    table.lot("chinese_sausage", 9)
    order = table.order().orders[0]
    Household.objects.filter(pk=one.pk).update(diets=["halal"])
    done = pack_many.pack_many(order, 2, tap())
    assert [kit.household_id for kit in done.packed] == [two.pk]
    assert "pork" in done.refused[0][1]


@pytest.mark.parametrize("wrong", ["hold", "recall"])
def test_a_lot_out_of_use_is_refused_at_the_table_and_not_promised(table, wrong):
    one = table.household()
    table.design(one, {"rice": 1})
    bad, good = table.lot("rice", 5, days=10, number="BAD"), table.lot("rice", 5, days=90)
    order = table.order().orders[0]
    getattr(lots, wrong)(bad, reason="mouse", at=NIGHT, by=None, client_id=uuid4())
    with pytest.raises(UserError, match=r"was called back|is held back"):
        pack_table.scan(order.packed.get(), "BAD", tap())
    (row,) = pack_table.put_in(order.packed.get(), table.line(order, "rice"), tap())
    assert row.lot == good


def test_a_lot_past_its_date_is_refused_at_the_table(table):
    one = table.household()
    table.design(one, {"rice": 1})
    table.lot("rice", 5, days=10, number="OLD")
    order = table.order().orders[0]
    with pytest.raises(UserError, match="past its date"):
        pack_table.scan(order.packed.get(), "OLD", tap(NIGHT + 11 * DAY))


def test_a_lot_called_back_between_two_lines_stops_the_kit_until_it_is_out(table):
    one = table.household()
    table.design(one, {"rice": 1, "salt": 1})
    lot = table.lot("rice", 1)
    table.lot("salt", 1)
    order = table.order().orders[0]
    kit = order.packed.get()
    (row,) = pack_table.put_in(kit, table.line(order, "rice"), tap())
    lots.recall(lot, reason="mouse", at=NIGHT, by=None, client_id=uuid4())
    with pytest.raises(UserError, match="called back"):
        pack_table.put_in(kit, table.line(order, "salt"), tap())
    pack_table.take_out(row, tap())
    assert (table.there("rice", "quarantine"), table.there("rice", "store")) == (1, 0)
    assert moves.unbalanced(table.incident) == []


def test_other_goods_need_a_reason_and_count_for_the_line(table):
    one = table.household()
    table.design(one, {"rice": 2})
    table.lot("noodles", 9)
    order = table.order().orders[0]
    line, other = table.line(order, "rice"), table.item("noodles")
    with pytest.raises(UserError) as refused:
        pack_table.put_in(order.packed.get(), line, tap(), instead=other, packs=3)
    assert refused.value.field == "reason"
    pack_table.put_in(order.packed.get(), line, tap(), instead=other, packs=3, reason="no rice left")
    assert order.packed.get().packed_at is not None
    assert table.there("noodles", "kit") == 3


def test_a_line_replaced_in_the_order_promises_the_other_goods_and_goes_back(table):
    one = table.household()
    table.household()
    table.design(one, {"rice": 2})
    table.lot("rice", 9)
    table.lot("noodles", 9)
    order = table.order().orders[0]
    line = packing.substitute(
        table.line(order, "rice"), table.item("noodles"), 3, reason="wet sacks", at=NIGHT, by=None
    )
    assert (table.held("rice"), table.held("noodles")) == (0, 6)
    packing.substitute(line, table.item("rice"), 2, reason="", at=NIGHT, by=None)
    assert (table.held("rice"), table.held("noodles")) == (4, 0)


def test_ten_alike_are_packed_in_one_tap_some_left_out_and_the_tap_is_taken_back(table):
    homes = [table.household() for _ in range(10)]
    table.design(homes[0], {"rice": 1, "salt": 1})
    table.lot("rice", 30)
    table.lot("salt", 30)
    order = table.order().orders[0]
    out, same = order.packed.first(), tap()
    done = pack_many.pack_many(order, 10, same, but=[out.pk])
    assert len(done.packed) == 9
    assert len(pack_many.pack_many(order, 10, same, but=[out.pk]).packed) == 9
    assert (table.there("rice", "kit"), table.held("rice")) == (9, 1)
    assert pack_many.undo_many(order, same.client_id, tap()) == 9
    assert (table.there("rice", "kit"), table.held("rice")) == (0, 10)
    assert len(pack_many.pack_many(order, 10, same).packed) == 0
    assert moves.unbalanced(table.incident) == []


def test_where_goods_run_out_what_can_be_packed_is_packed_and_the_rest_is_named(table):
    homes = [table.household() for _ in range(3)]
    table.design(homes[0], {"rice": 2})
    table.lot("rice", 5)
    order = table.order().orders[0]
    done = pack_many.pack_many(order, 3, tap())
    assert len(done.packed) == 2
    assert "1 of 2 packs at 街道仓库" in done.refused[0][1]
    order.refresh_from_db()
    assert order.state == "packing"


def test_cancelling_frees_the_goods_of_what_is_not_packed_and_can_be_taken_back(table):
    homes = [table.household() for _ in range(3)]
    table.design(homes[0], {"rice": 1})
    table.lot("rice", 9)
    order = table.order().orders[0]
    pack_many.pack_many(order, 1, tap())
    with pytest.raises(UserError):
        packing.drop(order, reason=" ", at=NIGHT, by=None)
    packing.drop(order, reason="round cancelled", at=NIGHT, by=None)
    assert (order.kits, order.state, table.held("rice")) == (1, "ready", 0)
    packing.undrop(order, at=NIGHT, by=None)
    assert (order.kits, order.state, table.held("rice")) == (3, "packing", 2)


def test_a_cancelled_order_does_not_come_back_for_who_has_another_kit_by_now(table):
    one = table.household()
    table.design(one, {"rice": 1})
    order = table.order().orders[0]
    packing.drop(order, reason="x", at=NIGHT, by=None)
    assert order.state == "dropped"
    assert table.order().kits == 1
    packing.undrop(order, at=NIGHT, by=None)
    assert order.state == "dropped"


def test_a_knock_takes_the_kit_to_the_door_a_recall_finds_it_and_the_undo_brings_it_back(table):
    table.lot("rice", 9)
    order, (home,) = packed(table)
    visit = table.knock(home.door)
    kit = order.packed.get()
    assert (kit.handed_at, kit.visit_id) == (visit.occurred_at, visit.pk)
    lot = Lot.objects.get(item__code="rice")
    assert lots.doors_with(lot) == [(home.door, 1)]
    assert lots.where(lot) == {"supplier": -9, "store": 8, "door": 1}
    undo_visit(visit, by=None, at=NIGHT + timedelta(hours=9))
    kit.refresh_from_db()
    assert kit.handed_at is None
    assert lots.where(lot) == {"supplier": -9, "store": 8, "kit": 1}
    table.knock(home.door)
    assert lots.doors_with(lot) == [(home.door, 1)]
    assert moves.unbalanced(table.incident) == []


def test_a_knock_hands_over_one_kit_though_two_are_packed_and_none_where_nobody_spoke(table):
    table.lot("rice", 9)
    order, homes = packed(table, homes=2)
    table.knock(homes[0].door)
    table.knock(homes[0].door)
    table.knock(homes[1].door, handed=(), outcome="no_answer")
    assert order.packed.exclude(handed_at=None).count() == 1


def test_the_label_of_another_door_is_refused_at_the_door_and_the_right_one_is_handed_over(table):
    table.lot("rice", 9)
    order, (one, two) = packed(table, homes=2)
    mine, other = order.packed.get(household=one), order.packed.get(household=two)
    with pytest.raises(UserError, match="another door"):
        kit_ways.suits_door(table.incident, one.door, other.code, NIGHT)
    assert kit_ways.suits_door(table.incident, one.door, mine.code.lower(), NIGHT) == mine
    table.knock(one.door, handed=(KIT, f"kit_code:{mine.code}"))
    with pytest.raises(UserError, match="handed over before"):
        kit_ways.suits_door(table.incident, one.door, mine.code, NIGHT)


def test_a_packed_kit_that_no_longer_suits_is_not_taken_and_not_handed_over(table):
    table.lot("chinese_sausage", 9)
    order, (home,) = packed(table, lines={"chinese_sausage": 1})
    kit_ways.stage(order, None, at=NIGHT, by=None)
    Household.objects.filter(pk=home.pk).update(diets=["halal"])
    with pytest.raises(UserError, match="pork"):
        kit_ways.take(order, at=NIGHT, by=None)
    with pytest.raises(UserError, match="pork"):
        kit_ways.suits_door(table.incident, home.door, order.packed.get().code, NIGHT)


def test_kits_are_ready_when_they_stand_at_the_staging_place_and_late_packing_is_counted(table):
    homes = [table.household() for _ in range(4)]
    table.design(homes[0], {"rice": 1})
    table.lot("rice", 9)
    order = table.order().orders[0]
    doors = {(home.door_id, KIT) for home in homes}
    asked = kit_ways.ready_at_doors(table.incident, NIGHT)
    assert set(asked) == doors
    assert set(asked.values()) == {order.ready_by}
    late = NIGHT + timedelta(hours=7)  # four kits of three minutes, and five to the staging place
    (one,) = kit_ways.expected(table.incident, late)
    assert one.late
    assert one.at == late + timedelta(minutes=17)
    pack_many.pack_many(order, 4, tap(late))
    assert set(kit_ways.ready_at_doors(table.incident, late).values()) == {late + timedelta(minutes=5)}
    kit_ways.stage(order, None, at=late, by=None)
    assert kit_ways.ready_at_doors(table.incident, late) == {}
    kit_ways.unstage(order, at=late, by=None)
    assert len(kit_ways.ready_at_doors(table.incident, late)) == 4


def test_a_slip_in_a_code_is_found():
    code = kit_code(12, 7)
    assert as_typed(f" {code[:2]}-{code[2:].lower()}") == code
    with pytest.raises(UserError):
        as_typed(code[:-1] + ("2" if code[-1] != "2" else "3"))
    assert len({kit_code(order, number) for order in range(1, 40) for number in range(1, 40)}) == 39 * 39


def test_a_door_is_not_set_out_for_before_its_kit_is_packed_and_staged(table):
    early, late = [table.household() for _ in range(2)]
    table.design(early, {"rice": 1})
    table.lot("rice", 9)
    order = table.order().orders[0]
    kit = order.packed.get(household=early)
    pack_table.put_in(kit, table.line(order, "rice"), tap())
    kit_ways.stage(order, None, at=NIGHT, by=None)
    plan = walked(table)
    stops = {stop.door_id: stop for stop in Stop.objects.filter(round__plan=plan).select_related("round")}
    assert stops[early.door_id].arrives_at < order.ready_by
    assert plan_kits.leaves_at(plan, stops[late.door_id]) >= order.ready_by
    assert plan_kits.leaves_at(plan, stops[early.door_id]) < order.ready_by


def test_the_plan_names_the_doors_whose_kits_come_after_their_trip(table):
    homes = [table.household() for _ in range(3)]
    table.design(homes[0], {"rice": 1})
    table.lot("rice", 9)
    plan = walked(table)
    assert plan_kits.kits_of_plan(plan, NIGHT).to_order == 3
    made = plan_kits.order_plan(plan, table.store, table.staging, at=NIGHT, by=None)
    (order,) = made.orders
    first = min(Stop.objects.filter(round__plan=plan), key=lambda stop: stop.order)
    assert order.ready_by == plan_kits.leaves_at(plan, first) - timedelta(minutes=15)
    assert (order.plan_id, order.area, order.round_number) == (plan.pk, table.area, 1)
    assert plan_kits.order_plan(plan, table.store, table.staging, at=NIGHT, by=None).kits == 0
    seen = plan_kits.kits_of_plan(plan, NIGHT)
    assert (seen.to_order, len(seen.late)) == (0, 3)
    pack_many.pack_many(order, 3, tap())
    kit_ways.stage(order, None, at=NIGHT, by=None)
    assert plan_kits.kits_of_plan(plan, NIGHT).late == []


def test_what_is_counted_out_at_the_gate_is_with_the_carrier(table):
    table.lot("rice", 9)
    order, _homes = packed(table, homes=2)
    plan = walked(table)
    walk = plan.rounds.get()
    gatework.count_out(walk, 1, {KIT: 1}, by=None, at=NIGHT)
    assert order.packed.filter(taken_at=None).count() == 2
    gatework.count_out(walk, 1, {KIT: 2}, by=None, at=NIGHT)
    assert order.packed.filter(taken_at=NIGHT, staged_at=NIGHT).count() == 2


def test_the_watch_list_names_a_kit_whose_household_changed_after_packing_until_it_is_mended(table):
    table.lot("chinese_sausage", 9)
    order, (home,) = packed(table, lines={"chinese_sausage": 1})
    assert kit_watches.kits_unfit(table.incident, NIGHT) == []
    Household.objects.filter(pk=home.pk).update(diets=["halal"])
    (row,) = kit_watches.kits_unfit(table.incident, NIGHT)
    kit = order.packed.get()
    assert (row.door_id, row.area_id, row.level) == (home.door_id, table.area.pk, 2)
    assert kit.code in row.subject
    assert "pork" in row.subject
    assert row.url == f"/supplies/packing/kit/{kit.code}/"
    pack_table.unpack(kit, tap())
    assert kit_watches.kits_unfit(table.incident, NIGHT) == []


def test_a_child_that_grew_out_of_its_milk_is_on_the_watch_list(table):
    home = table.household(persons=1)
    Person.objects.filter(household=home).update(birth_date=date(2021, 6, 20))
    table.design(home, {"formula_1": 1})
    table.lot("formula_1", 3)
    order = table.order().orders[0]
    pack_many.pack_many(order, 1, tap())
    assert kit_watches.kits_unfit(table.incident, NIGHT) == []
    (row,) = kit_watches.kits_unfit(table.incident, NIGHT + 20 * DAY)
    assert "under 6 months" in row.subject


def test_lots_past_their_date_or_called_back_in_kits_and_a_wrong_kit_at_a_door_are_on_the_watch_list(table):
    lot = table.lot("rice", 9, days=5)
    order, (one, two) = packed(table, homes=2)
    whats = {row.what for row in kit_watches.kits_unfit(table.incident, NIGHT + 6 * DAY)}
    assert whats == {"a lot past its date in a packed kit"}
    lots.recall(lot, reason="mouse", at=NIGHT, by=None, client_id=uuid4())
    assert len(kit_watches.kits_unfit(table.incident, NIGHT)) == 2
    table.knock(one.door)
    table.knock(two.door)
    assert kit_watches.kits_unfit(table.incident, NIGHT + timedelta(hours=9)) == []
    assert len(lots.doors_with(lot)) == 2
    Household.objects.filter(pk=one.pk).update(allergies=["rice"], diets=["halal"])
    Item.objects.filter(code="rice").update(contains=["pork"])
    (row,) = kit_watches.kits_unfit(table.incident, NIGHT + timedelta(hours=9))
    assert row.what == "handed over, and does not suit this household"
    assert order.packed.filter(handed_at=None).count() == 0


def test_many_kits_are_watched_in_a_known_number_of_queries(table, django_assert_max_num_queries):
    table.lot("rice", 12)
    packed(table, homes=12)
    with django_assert_max_num_queries(6):
        kit_watches.kits_unfit(table.incident, NIGHT)


def test_packed_goods_are_neither_free_nor_missing_in_the_forecast(table):
    homes = [table.household() for _ in range(2)]
    table.design(homes[0], {"rice": 2})
    table.lot("rice", 4)
    before = next(row for row in forecast(table.incident, NIGHT).items if row.item.code == "rice")
    order = table.order().orders[0]
    pack_many.pack_many(order, 1, tap())
    after = next(row for row in forecast(table.incident, NIGHT).items if row.item.code == "rice")
    assert (before.on_hand, before.needed) == (after.on_hand, after.needed) == (4, 4)
    assert free_stock(table.incident, NIGHT) == {}


def test_an_order_is_packed_from_another_store_while_nothing_is_begun(table):
    one = table.household()
    table.household()
    table.design(one, {"rice": 1})
    order = table.order().orders[0]
    lot = table.lot("rice", 5)
    other, later = table.stores[1], NIGHT + timedelta(hours=9)
    said = moves.Said(uuid4(), NIGHT, "transfer")
    moves.move(table.incident, [moves.Line(lot.pk, 5)], source=table.store, target=other, said=said)
    packing.change(order, later, other, at=NIGHT, by=None)
    assert Balance.objects.get(lot=lot, location=other).reserved == 2
    pack_many.pack_many(order, 1, tap())
    with pytest.raises(UserError) as refused:
        packing.change(order, later, table.store, at=NIGHT, by=None)
    assert refused.value.field == "store"


def test_the_store_with_the_most_free_goods_is_offered_first(table):
    table.lot("rice", 5)
    assert pack_queries.fullest(list(reversed(table.stores))) == table.store.pk


def test_goods_that_cannot_be_had_are_left_out_of_all_kits_with_a_reason_and_come_back(table):
    one = table.household()
    table.design(one, {"rice": 1, "salt": 2})
    table.lot("rice", 5)
    order = table.order().orders[0]
    line = table.line(order, "salt")
    with pytest.raises(UserError) as refused:
        packing.substitute(line, None, 0, reason="", at=NIGHT, by=None)
    assert refused.value.field == "reason"
    packing.substitute(line, None, 0, reason="none in town", at=NIGHT, by=None)
    assert len(pack_many.pack_many(order, 1, tap()).packed) == 1
    pack_table.unpack(order.packed.get(), tap())
    packing.substitute(line, table.item("salt"), 2, reason="", at=NIGHT, by=None)
    with pytest.raises(UserError, match="salt"):
        pack_many.pack_many(order, 1, tap())


def test_nobody_waits_for_a_kit_that_is_still_packed_where_something_else_is_due_before(table):
    one = table.household()
    table.design(one, {"rice": 1})
    order = table.order().orders[0]
    table.owed(one, "contact", due=NIGHT + timedelta(hours=3))
    plan = walked(table)
    first, second = Stop.objects.filter(round__plan=plan).order_by("arrives_at")
    assert [item["kind"] for item in first.items] == ["contact"]
    assert [item["kind"] for item in second.items] == [KIT]
    assert first.arrives_at < NIGHT + timedelta(hours=3) < order.ready_by <= second.arrives_at


def test_fresh_goods_are_packed_though_they_do_not_keep_as_long_as_the_kit(table):
    home = table.household()
    Item.objects.filter(code="rice").update(shelf_days=2.0)
    table.design(home, {"rice": 1}, days=2.5)
    old = table.lot("rice", 5, days=0.5, number="TIRED")
    fresh = table.lot("rice", 5, days=1.9, number="FRESH")
    (order,) = table.order().orders
    pick = {one.lot for one in pack_table.picks_of(order, table.item("rice"), NIGHT)}
    assert pick == {fresh}
    assert old not in pick
