"""Kits that one can check by hand, and properties of those that one cannot."""

from __future__ import annotations

import csv

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as some

from doorstep.cli.solve import solve
from doorstep.errors import UserError
from doorstep.planning.kits import Food, HouseholdClass, KitsProblem, Need, check, plan_kits, solve_file


def food(name, cost=1.0, kcal=1000.0, **facts):
    protein = facts.pop("protein", 0.0)
    return Food(name, cost, facts.pop("kg", 1.0), {"kcal": kcal, "protein": protein}, **facts)


def home(name="two", households=1, kcal=2000.0, **facts):
    return HouseholdClass(name, households, (Need("kcal", kcal, facts.pop("most", None)),), **facts)


def packs(plan, name="two"):
    return dict(next(kit for kit in plan.kits if kit.household_class == name).packs)


def test_the_cheapest_whole_packs_that_cover_the_need():
    problem = KitsProblem((food("rice", 1.0, 900), food("cake", 3.0, 1000)), (home(),))
    plan = plan_kits(problem, seconds=2)
    assert packs(plan) == {"rice": 3}
    assert (plan.cost, plan.shortfalls, check(problem, plan)) == (3.0, (), [])
    assert plan.gap < 0.01


def test_a_banned_food_is_never_packed_even_if_the_need_is_missed():
    pork = food("pork", 0.1, 2000, contains=frozenset({"pork"}))
    problem = KitsProblem((pork, food("rice", 1.0, 500, most=1)), (home(bans=frozenset({"pork"})),))
    plan = plan_kits(problem, seconds=2)
    assert packs(plan) == {"rice": 1}
    assert [(line.nutrient, line.missing) for line in plan.shortfalls] == [("kcal", 1500.0)]


def test_shared_stock_goes_where_nothing_else_can():
    """Both may eat rice, only one may eat wheat: the rice goes to the other."""
    rice, wheat = food("rice", 1.0, 2000, stock=1), food("wheat", 1.5, 2000, contains=frozenset({"gluten"}))
    problem = KitsProblem((rice, wheat), (home("any"), home("coeliac", bans=frozenset({"gluten"}))))
    plan = plan_kits(problem, seconds=3)
    assert packs(plan, "coeliac") == {"rice": 1}
    assert packs(plan, "any") == {"wheat": 1}
    assert check(problem, plan) == []


def test_a_shortage_names_the_class_the_nutrient_and_the_purchase_that_mends_it():
    problem = KitsProblem((food("rice", 1.0, 1000, stock=3),), (home("two", households=2),))
    plan = plan_kits(problem, seconds=2)
    assert {(line.household_class, line.nutrient) for line in plan.shortfalls} == {("two", "kcal")}
    assert [(one.food, one.nutrient) for one in plan.purchases] == [("rice", "kcal")]
    assert check(problem, plan) == []
    again = KitsProblem((food("rice", 1.0, 1000, stock=3 + plan.purchases[0].packs),), problem.classes)
    assert plan_kits(again, seconds=2).shortfalls == ()


def test_variety_weight_and_what_infants_get_in_any_case():
    foods = (*tuple(food(f"f{n}", 1 + n / 10, 400, kg=0.4) for n in range(14)), food("formula", 5, 0, kg=0.4))
    group = home(kcal=3000, kinds_least=10, kinds_most=12, weight_limit_kg=5.0, must={"formula": 2})
    problem = KitsProblem(foods, (group,))
    plan = plan_kits(problem, seconds=3)
    kit = plan.kits[0]
    assert 10 <= kit.kinds <= 12
    assert kit.weight_kg <= 5.0
    assert dict(kit.packs)["formula"] == 2
    assert check(problem, plan) == []


def test_an_upper_limit_holds():
    salty, plain = food("salty", 0.1, 1000, protein=50), food("plain", 1.0, 1000, protein=1)
    group = HouseholdClass("two", 1, (Need("kcal", 3000), Need("protein", 0, 60)))
    problem = KitsProblem((salty, plain), (group,))
    plan = plan_kits(problem, seconds=2)
    assert packs(plan) == {"salty": 1, "plain": 2}


def test_classes_that_are_alike_share_a_kit_when_few_may_be_packed():
    classes = (home("a", kcal=2000), home("b", kcal=2100), home("c", kcal=6000))
    problem = KitsProblem((food("rice", 1.0, 100),), tuple(classes))
    wide = KitsProblem((food("rice", 1.0, 100, most=100),), problem.classes)
    plan = plan_kits(wide, seconds=3, most_types=2)
    assert packs(plan, "a") == packs(plan, "b") == {"rice": 21}
    assert packs(plan, "c") == {"rice": 60}
    assert plan.types == 2
    assert check(wide, plan) == []


@settings(max_examples=20)
@given(
    some.lists(
        some.tuples(some.integers(1, 9), some.integers(0, 9), some.integers(0, 9), some.integers(0, 20)),
        min_size=1,
        max_size=6,
    ),
    some.lists(some.tuples(some.integers(1, 5), some.integers(1, 30), some.integers(0, 20)), min_size=1, max_size=3),
    some.integers(0, 3),
)
def test_every_plan_holds_and_its_bound_is_below_it(foods, classes, least):
    table = tuple(
        Food(f"f{n}", cost, 0.5, {"kcal": kcal, "protein": protein}, stock=stock)
        for n, (cost, kcal, protein, stock) in enumerate(foods)
    )
    groups = tuple(
        HouseholdClass(
            f"c{n}", many, (Need("kcal", kcal), Need("protein", protein, 40)), kinds_least=least, kinds_most=4
        )
        for n, (many, kcal, protein) in enumerate(classes)
    )
    problem = KitsProblem(table, groups)
    assert check(problem, plan_kits(problem, seconds=0.5)) == []


def test_a_food_with_an_impossible_figure_is_refused_with_its_name():
    with pytest.raises(UserError, match="rice") as refused:
        KitsProblem((food("rice", -1.0),), (home(),))
    assert refused.value.field == "foods[rice]"


def diet(tmp_path, rows, needs):
    foods, wanted = tmp_path / "foods.csv", tmp_path / "needs.csv"
    for path, lines in ((foods, rows), (wanted, needs)):
        with path.open("w", newline="") as handle:
            csv.writer(handle).writerows(lines)
    return foods, wanted


def test_a_diet_file_gives_the_cheapest_year(tmp_path):
    rows = [("commodity", "unit", "kcal", "protein"), ("flour", "10 lb", 10, 1), ("beans", "1 lb", 5, 5)]
    foods, needs = diet(tmp_path, rows, [("nutrient", "daily_minimum"), ("kcal", 10), ("protein", 5)])
    answer = solve_file(foods, needs)
    # x flour + y beans: 10x + 5y = 10, x + 5y = 5: x = 5/9, y = 8/9
    assert answer["cost"] == pytest.approx(365 * 13 / 9, abs=1e-4)
    ran = CliRunner().invoke(solve, ["kits", str(foods), "--needs", str(needs)])
    assert ran.exit_code == 0
    assert "flour: " in ran.output


def test_a_diet_file_with_a_wrong_cell_is_refused_by_row_and_column(tmp_path):
    rows = [("commodity", "kcal"), ("flour", 10), ("beans", "many")]
    foods, needs = diet(tmp_path, rows, [("nutrient", "daily_minimum"), ("kcal", 10)])
    with pytest.raises(UserError, match="row 3, kcal"):
        solve_file(foods, needs)
