"""When something is short: what may stand in for it, what the rules say for a diet, and what infants need by their age."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from builders import NIGHT, a_household, a_sealed_area, sign_in

from doorstep.protocol.schema.goods import Infants
from doorstep.register.models import Door, Person
from doorstep.supplies import items, orders
from doorstep.supplies.infants import day_of, infant_needs
from doorstep.supplies.instead import instead_of, said_for
from doorstep.supplies.models import Balance, Item, Lot
from doorstep.supplies.moves import place_of
from doorstep.supplies.needs import Eater, Home

pytestmark = pytest.mark.django_db
DAY, H = timedelta(days=1), timedelta(hours=1)


class Town:
    """A sealed area with the starter catalogue, a store, and doors to put people behind."""

    def __init__(self):
        self.area = a_sealed_area()
        self.incident = self.area.incident
        self.doors = list(Door.objects.filter(area_doors__area=self.area).order_by("pk"))
        items.load_starter(items.Act(NIGHT))
        self.store = place_of(self.incident, "store", "街道仓库")

    def stocked(self, code, packs, **facts):
        item = Item.objects.get(code=code)
        lot = Lot.objects.create(incident=self.incident, item=item, number="A1", received_at=NIGHT, **facts)
        Balance.objects.create(lot=lot, location=self.store, packs=packs)
        return item

    def child(self, born, classes=(), **facts):
        home = a_household(self.doors.pop(), **facts)
        person = home.persons.last()
        Person.objects.filter(pk=person.pk).update(birth_date=born, classes=list(classes))
        return home


@pytest.fixture
def town():
    return Town()


def codes(found):
    return [one.item.code for one in found]


def test_goods_of_the_same_sort_that_are_there_stand_in_and_as_much_of_them(town, django_assert_max_num_queries):
    short = Item.objects.get(code="pak_choi")
    town.stocked("chinese_cabbage", 400)
    town.stocked("rice", 400)
    with django_assert_max_num_queries(2):
        found = instead_of(town.incident, [(short, 30)], NIGHT)
    (one,) = found[short.pk]
    same = short.per_pack * short.edible_share * 30
    assert codes([one]) == ["chinese_cabbage"]
    assert one.packs * one.item.per_pack * one.item.edible_share >= same
    assert (one.packs - 1) * one.item.per_pack * one.item.edible_share < same
    assert one.enough


def test_what_holds_more_of_what_somebody_must_not_have_never_stands_in(town):
    chicken, pork = Item.objects.get(code="chicken_breast"), Item.objects.get(code="pork_lean")
    town.stocked("pork_lean", 100)
    assert instead_of(town.incident, [(chicken, 5)], NIGHT) == {}
    town.stocked("chicken_breast", 100)
    assert set(chicken.contains) - set(pork.contains)
    assert instead_of(town.incident, [(pork, 5)], NIGHT) == {}


def test_goods_below_their_minimum_or_past_their_date_do_not_stand_in(town):
    short = Item.objects.get(code="pak_choi")
    other = town.stocked("chinese_cabbage", 40, best_before=NIGHT - H)
    assert instead_of(town.incident, [(short, 5)], NIGHT) == {}
    Lot.objects.update(best_before=None)
    assert codes(instead_of(town.incident, [(short, 5)], NIGHT)[short.pk]) == ["chinese_cabbage"]
    Item.objects.filter(pk=other.pk).update(least_packs=40)
    assert instead_of(town.incident, [(short, 5)], NIGHT) == {}


def test_a_late_order_names_what_is_there_instead(client, town):
    short = Item.objects.get(code="pak_choi")
    town.stocked("chinese_cabbage", 40)
    order = orders.propose(town.incident, [orders.Wanted(short, 5)], need_by=NIGHT - H, at=NIGHT)
    sign_in(client, "supply", town.incident)
    page = client.get(f"/supplies/orders/{order.pk}/").content.decode()
    assert "In stock, and may stand in" in page
    assert "/supplies/stock/chinese_cabbage/" in page


def test_the_rules_say_what_a_kit_holds_instead_for_a_diet_or_an_illness(town):
    kit = next(one for one in town.incident.protocol.supply.kits if one.code == "living")
    assert len(said_for(kit, Home((Eater(),), diets=frozenset({"清真"})))) == 1
    ill = Eater(500, "f", frozenset(), frozenset({"diabetic"}))
    assert len(said_for(kit, Home((ill,), diets=frozenset({"halal"})))) == 2
    assert said_for(kit, Home((Eater(),))) == []
    assert said_for(None, Home((ill,))) == []


def test_an_infant_gets_milk_food_and_nappies_of_its_age_and_the_protocol_stands_over_the_catalogue():
    assert dict(day_of(Eater(2), None)) == pytest.approx({"formula_1": 150 * 5.4 * 0.135, "nappies_s": 8})
    rule = Infants(below_months=12, formula_ml_per_kg=120, nappies=9)
    assert dict(day_of(Eater(2), rule)) == pytest.approx({"formula_1": 120 * 5.4 * 0.135, "nappies_s": 9})
    assert "formula_hydrolysed" in dict(day_of(Eater(2), rule, no_milk=True))
    assert set(dict(day_of(Eater(7), rule))) == {"formula_2", "infant_cereal", "nappies_m"}
    assert dict(day_of(Eater(20), rule)) == {"nappies_xl": 5}
    fed = Eater(2, "", frozenset({"breastfed"}))
    assert set(dict(day_of(fed, rule))) == {"nappies_s"}


def test_how_long_the_stock_lasts_for_infants_is_told_with_what_to_order(client, town, django_assert_max_num_queries):
    town.child(date(2021, 10, 1))
    town.child(None, ["infant"], allergies=["牛奶"])
    town.child(date(2015, 1, 1))
    Person.objects.filter(birth_date=date(2021, 10, 1)).update(sex="f")
    town.stocked("nappies_s", 2)
    with django_assert_max_num_queries(6):
        found = infant_needs(town.incident, NIGHT, 7)
    by_code = {line.item.code: line for line in found.lines}
    assert found.infants == 2
    assert by_code["nappies_s"].infants == 2
    assert by_code["nappies_s"].free == 2
    assert by_code["formula_1"].days == 0
    assert by_code["formula_hydrolysed"].missing >= 1
    wanted = [orders.Wanted(by_code["formula_1"].item, by_code["formula_1"].missing)]
    order = orders.propose(town.incident, wanted, need_by=NIGHT + DAY, at=NIGHT)
    again = {line.item.code: line for line in infant_needs(town.incident, NIGHT, 7).lines}
    assert again["formula_1"].missing == 0
    order.delete()
    Item.objects.filter(code="formula_1").delete()
    assert infant_needs(town.incident, NIGHT, 7).unknown
    sign_in(client, "supply", town.incident)
    page = client.get("/supplies/forecast/").content.decode()
    assert "For infants" in page
    assert "item=formula_hydrolysed&packs=" in page


def test_infants_elsewhere_or_away_need_nothing_here(town):
    home = town.child(date(2021, 10, 1))
    home.persons.update(present="hospital")
    assert infant_needs(town.incident, NIGHT, 7).infants == 0
    home.persons.update(present="home")
    town.area.state = "lifted"
    town.area.save()
    assert infant_needs(town.incident, NIGHT, 7).infants == 0
