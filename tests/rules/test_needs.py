"""What a household needs, worked out by hand."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from doorstep.errors import UserError
from doorstep.planning.kits import KitsProblem, plan_kits
from doorstep.supplies import catalogue
from doorstep.supplies.foods import food_of, plate_needs
from doorstep.supplies.needs import (
    Eater,
    Home,
    bans_of,
    class_of,
    day_needs,
    formula_ml,
    in_words,
    key_of,
    must_of,
    needs_of,
)

MAN, WOMAN, CHILD = Eater.aged(35, "m"), Eater.aged(33, "f"), Eater.aged(6)


def lines(*eaters, days=1.0, **facts):
    return {need.nutrient: need for need in needs_of(eaters, days, **facts)}


def test_energy_of_a_couple_for_two_and_a_half_days():
    assert lines(MAN, WOMAN, days=2.5)["kcal"].least == (2250 + 1800) * 2.5


def test_somebody_of_whom_nothing_is_known_needs_the_population_figure():
    assert lines(Eater())["kcal"].least == 2100


def test_an_unknown_sex_gets_the_mean_energy_and_the_larger_need():
    need = day_needs(Eater.aged(40))
    assert need["kcal"].least == 2025
    assert need["iron_mg"].least == 18


def test_upper_limits_are_summed_only_where_they_hold_for_food():
    both = lines(MAN, WOMAN)
    assert both["sodium_mg"].most == 4600
    assert both["iron_mg"].most == 90
    assert both["vit_a_ug"].most is None
    assert both["fat_g"].most == pytest.approx(0.35 * 4050 / 9)


def test_a_woman_with_child_needs_more_iron_and_energy():
    need = day_needs(Eater.aged(30, "f", states=["pregnant"]))
    assert need["iron_mg"].least == 27
    assert need["kcal"].least == 2100


def test_diabetes_caps_sugar_and_the_share_of_carbohydrate():
    need = day_needs(Eater.aged(66, "f", conditions=["diabetes"]))
    assert need["sugar_g"].most == 50
    assert need["carb_g"].most == pytest.approx(0.60 * 1700 / 4)
    assert need["carb_g"].least == pytest.approx(0.45 * 1700 / 4)


def test_kidneys_cap_potassium_phosphorus_and_protein_and_dialysis_takes_the_cap_of_protein_away():
    ill = day_needs(Eater.aged(66, "m", conditions=["kidney"]))
    assert (ill["potassium_mg"].most, ill["potassium_mg"].least) == (2000, 0)
    assert (ill["protein_g"].most, ill["protein_g"].least) == (48, 48)
    treated = day_needs(Eater.aged(66, "m", conditions=["kidney", "dialysis"]))
    assert (treated["protein_g"].most, treated["protein_g"].least) == (None, 60)
    assert treated["phosphorus_mg"].most == 1000


def test_a_limit_of_one_leaves_the_others_their_due():
    ill = Eater.aged(66, "m", conditions=["kidney"])
    assert lines(ill, MAN)["potassium_mg"].most == 2000 + 1.5 * 3400
    assert lines(Eater.aged(66, "f", conditions=["diabetes"]), MAN).get("sugar_g") is None


def test_infants_have_lines_of_their_own():
    assert day_needs(Eater(4)) == {}
    assert formula_ml(2) == pytest.approx(150 * 5.4)
    assert formula_ml(11) == 900
    home = Home((WOMAN, Eater(4)))
    assert must_of(home, 2.5) == {"formula_1": 1, "nappies_m": 1}
    assert must_of(home, 7) == {"formula_1": 3, "nappies_m": 3}
    assert must_of(Home((Eater(7),)), 2.5) == {"formula_2": 1, "infant_cereal": 1, "nappies_m": 1}


def test_a_breastfed_infant_gets_no_formula_and_one_without_milk_the_hydrolysed_kind():
    fed = Eater(2, states=frozenset({"breastfed"}))
    assert must_of(Home((fed,)), 2) == {"nappies_s": 1}
    assert must_of(Home((Eater(2),), allergies=frozenset({"牛奶"})), 2) == {"formula_hydrolysed": 1, "nappies_s": 1}


def test_animals_eat_too():
    assert must_of(Home((MAN,), pets=("dog", "dog", "parrot")), 4) == {"dog_food": 2}


def test_without_a_stove_nothing_is_left_that_needs_cooking():
    assert bans_of(Home((MAN,), stove=False)) == {"needs_cooking"}
    assert bans_of(Home((MAN,))) == frozenset()


def test_an_illness_brings_its_diet():
    assert bans_of(Home((MAN, Eater.aged(66, conditions=["diabetes"])))) == {"added_sugar", "refined_grain"}


def test_water_is_needed_while_the_mains_fail():
    assert lines(MAN, WOMAN, days=2, tap_water=False)["water_ml"].least == 12_000
    assert "water_ml" not in lines(MAN, WOMAN)


def test_the_class_in_words_and_as_a_stable_code():
    home = Home((MAN, CHILD, WOMAN), diets=frozenset({"清真"}))
    same = Home((CHILD, Eater.aged(50, "f"), MAN), diets=frozenset({"halal"}))
    assert key_of(home) == key_of(same) == "2xadult+1xchild_4|diet=halal"
    assert in_words(home) == {"zh": "成人2人，4–8岁儿童1人 · 清真", "en": "2 adults, 1 child 4–8 · halal"}
    assert in_words(Home((CHILD, CHILD), stove=False))["en"] == "2 children 4–8 · no stove"


def test_households_of_one_class_have_one_need():
    first, second = Home((MAN, Eater(4))), Home((WOMAN, Eater(5)))
    assert key_of(first) == key_of(second)
    assert class_of(first, 2.5) == class_of(second, 2.5)
    assert key_of(Home((MAN, Eater(3)))) != key_of(first)


def test_no_days_and_no_age_below_nothing():
    with pytest.raises(UserError):
        needs_of([MAN], 0)
    with pytest.raises(UserError):
        day_needs(Eater(-1))


def foods():
    """The starter goods that are kept on a shelf, as items of a store have them."""
    return tuple(
        food_of(
            SimpleNamespace(
                code=line.code,
                group=line.group,
                unit=line.unit,
                per_pack=line.content,
                pack_weight_g=line.gross_g,
                edible_share=line.edible,
                nutrients=line.nutrients,
                contains=line.contains,
                needs_cooking=line.cook,
                price_cents=line.price,
            )
        )
        for line in catalogue.goods().values()
        if line.kind in ("food", "infant") and line.keep != "hot"
    )


def test_a_pack_of_eggs_as_the_planner_sees_it():
    eggs = next(food for food in foods() if food.id == "eggs")
    assert (eggs.cost, eggs.weight_kg) == (9.0, 0.62)
    assert eggs.nutrients["kcal"] == pytest.approx(143 * 570 * 0.88 / 100)
    assert eggs.nutrients["g_protein"] == pytest.approx(570 * 0.88)
    assert eggs.contains == {"egg", "needs_cooking"}


def test_a_day_s_food_has_vegetables_in_proportion_to_energy():
    lines = {need.nutrient: need for need in plate_needs([2000, 1000], 2, ())}
    assert (lines["g_vegetable"].least, lines["g_vegetable"].most) == (900, 2100)
    assert plate_needs([], 2, ()) == ()


def test_who_eats_no_meat_and_no_milk_may_have_more_soya():
    every = {need.nutrient: need for need in plate_needs([2000], 1, ())}
    vegan = {need.nutrient: need for need in plate_needs([2000], 1, catalogue.tags().diets["vegan"].bans)}
    assert set(every) - set(vegan) == {"g_protein", "g_milk"}
    assert vegan["g_soya"].most == 4 * every["g_soya"].most


def test_every_need_has_a_name():
    assert {need.nutrient for need in class_of(Home((MAN,), tap_water=False), 2).needs} <= set(catalogue.need_names())


@pytest.mark.parametrize(
    "home",
    [
        Home((MAN, WOMAN, CHILD), diets=frozenset({"halal"})),
        Home((Eater.aged(66, "f", conditions=["diabetes"]),), stove=False),
        Home((Eater.aged(70, "m", conditions=["kidney"]), Eater.aged(68, "f"))),
        Home((WOMAN, Eater(4)), diets=frozenset({"vegetarian"})),
    ],
)
def test_the_starter_goods_feed_every_kind_of_household(home):
    wanted = class_of(home, 2.5)
    plan = plan_kits(KitsProblem(foods(), (wanted,)), iterations=2, workers=1)
    assert max((line.share for line in plan.shortfalls), default=0.0) < 0.1
    packs = dict(plan.kits[0].packs)
    assert all(packs[code] >= count for code, count in wanted.must.items())
    contained = {food.id: food.contains for food in foods()}
    assert not any(contained[code] & wanted.bans for code in packs if code not in wanted.must)
