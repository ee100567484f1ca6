"""What a kit gives to each person and day, counted by hand."""

from __future__ import annotations

import pytest

from doorstep.planning.kits import Food
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


def test_a_kit_of_few_kinds_falls_short_of_variety():
    lines = {line["need"]: line["missing"] for line in figures_of(TWO, 1.0, {"bread": 3, "cheese": 1}, FOODS)["short"]}
    assert lines["kinds"] == 8
