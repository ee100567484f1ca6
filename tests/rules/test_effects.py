"""What a kit gives to each person and day, counted by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doorstep.planning.kits import Food, HouseholdClass, KitsProblem, Need
from doorstep.supplies.choosing import narrowed, planned
from doorstep.supplies.effects import figures_of, mends, persons_of
from doorstep.supplies.needs import Eater, Home

BREAD = Food("bread", 2.0, 0.5, {"kcal": 1200.0, "sodium_mg": 100.0}, group="cereal")
CHEESE = Food("cheese", 8.0, 0.2, {"kcal": 800.0, "calcium_mg": 1400.0}, frozenset({"milk"}))
GREENS = Food("greens", 1.0, 0.3, {"calcium_mg": 300.0})
FOODS = {food.id: food for food in (BREAD, CHEESE, GREENS)}
TWO = Home((Eater.aged(30, "m"), Eater.aged(30, "f")))


def test_amounts_are_shared_by_the_persons_and_days():
    figures = figures_of(TWO, 2.5, {"bread": 5, "cheese": 1}, FOODS)
    assert figures["needs"]["kcal"]["given"] == pytest.approx((5 * 1200 + 800) / 5)
    assert figures["weight_kg"] == pytest.approx(2.7)
    assert figures["cost"] == pytest.approx(18)


def test_what_is_missing_and_what_is_too_much_are_both_named():
    salt = FOODS | {"salt": Food("salt", 1.0, 0.5, {"sodium_mg": 30000.0})}
    short = {line["need"]: line for line in figures_of(TWO, 1.0, {"salt": 1}, salt)["short"]}
    assert short["kcal"]["share"] == 1
    assert short["sodium_mg"]["missing"] < 0


def test_a_purchase_is_whole_packs_for_all_households_of_what_they_may_have():
    missing = [{"need": "calcium_mg", "missing": 700.0, "share": 0.5}]
    assert mends(TWO, missing, FOODS, 10) == [{"item": "greens", "packs": 30, "need": "calcium_mg"}]
    without = Home(TWO.eaters, allergies=frozenset({"milk"}))
    only_cheese = {"cheese": CHEESE}
    assert mends(without, missing, only_cheese, 10) == []


def test_an_infant_is_fed_by_lines_of_its_own():
    home = Home((Eater(2), Eater.aged(30, "f")))
    assert persons_of(home) == 1
    short = {line["need"] for line in figures_of(home, 2.0, {}, FOODS)["short"]}
    assert {"formula_1", "nappies_s"} <= short


def test_goods_that_are_banned_are_named():
    home = Home(TWO.eaters, allergies=frozenset({"milk"}))
    assert figures_of(home, 1.0, {"cheese": 1}, FOODS)["banned"] == ["cheese"]


def test_goods_that_no_good_kit_would_hold_are_not_planned_with():
    need = (Need("kcal", 2400.0),)
    must = HouseholdClass("infant", 1, need, must={"milk": 1})
    milk, dear = Food("milk", 5.0, 1.0, {}), Food("dear", 90.0, 1.0, {"kcal": 1200.0})
    kept = narrowed(KitsProblem((BREAD, dear, milk), (must,))).foods
    assert [food.id for food in kept] == ["bread", "milk"]


def test_goods_that_would_mend_a_shortfall_are_planned_with_though_none_are_there():
    need = (Need("calcium_mg", 300.0),)
    none = replace(GREENS, stock=0)
    kept = narrowed(KitsProblem((none, BREAD), (HouseholdClass("two", 1, need),))).foods
    assert [food.id for food in kept] == ["greens"]


def test_a_class_that_big_packs_leave_short_is_planned_again_with_all_goods():
    big, small = Food("big", 1.0, 1.0, {"kcal": 1000.0}), Food("small", 0.5, 0.1, {"kcal": 100.0})
    one = HouseholdClass("one", 5, (Need("kcal", 250.0, 300.0),))
    ten = HouseholdClass("ten", 1, (Need("kcal", 2000.0, 2100.0),))
    _, kits = planned(KitsProblem((big, small), (one, ten)), 2.0)
    assert {key: dict(kit.packs) for key, kit in kits.items()} == {"one": {"small": 3}, "ten": {"big": 2}}


def test_limited_goods_are_never_planned_twice():
    rice = Food("rice", 1.0, 1.0, {"kcal": 1000.0}, stock=3)
    classes = tuple(HouseholdClass(name, 2, (Need("kcal", 2000.0),)) for name in ("a", "b"))
    _, kits = planned(KitsProblem((rice,), classes), 2.0)
    assert sum(2 * dict(kit.packs).get("rice", 0) for kit in kits.values()) <= 3
