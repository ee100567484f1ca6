"""The starter catalogue: each figure is plausible and has its source; what is wrong with a file is named with its place."""

from __future__ import annotations

import pytest

from doorstep.errors import UserError
from doorstep.supplies import catalogue

COLUMNS = ["kcal", "protein_g", "fat_g", "carb_g", "fibre_g"]
RICE = {
    "zh": "大米",
    "en": "rice",
    "group": "cereal",
    "pack": [1000, "g", 1015, 1250],
    "price": 650,
    "source": {"of": "Rice"},
    "per_100": [365, 7.1, 0.7, 80.0, 1.3],
}


def read(**changed):
    return catalogue.read_goods({"columns": COLUMNS, "items": {"rice": {**RICE, **changed}}})["rice"]


def test_every_goods_has_a_source_a_price_and_names_in_both_languages():
    goods = catalogue.goods()
    assert len(goods) > 150
    for line in goods.values():
        assert line.source.text
        assert line.price > 0
        assert line.zh != line.en
        assert 0 < line.edible <= 1


def test_what_is_in_100_g_fits_into_100_g_and_everything_weighs_what_it_holds():
    for line in catalogue.goods().values():
        parts = [line.nutrients.get(name, 0.0) for name in ("protein_g", "fat_g", "carb_g")]
        salt = 2.54 * line.nutrients.get("sodium_mg", 0.0) / 1000
        assert sum(parts) + salt <= 101.5, line.code
        assert line.nutrients.get("sugar_g", 0.0) <= line.nutrients.get("carb_g", 0.0) + 0.5, line.code
        assert line.nutrients.get("kcal", 0.0) <= 900, line.code
        if line.unit == "g":
            assert line.content <= line.gross_g, line.code
        assert line.volume_ml is None or 0.02 < line.gross_g / line.volume_ml < 2.0, line.code


def test_energy_is_what_protein_fat_and_carbohydrate_give_but_for_the_named_exceptions():
    off = {code for code, line in catalogue.goods().items() if catalogue.energy_off(line.nutrients) is not None}
    assert off == set(catalogue.energy_exceptions())


def test_energy_of_a_pack_by_hand():
    assert catalogue.energy_off({"kcal": 409, "protein_g": 10, "fat_g": 1, "carb_g": 90}) is None
    assert catalogue.energy_off({"kcal": 500, "protein_g": 10, "fat_g": 1, "carb_g": 90}) == pytest.approx(91 / 409)
    assert catalogue.energy_off({"kcal": 500, "protein_g": 10}) is None


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"per_100": [900, 7.1, 0.7, 80.0, 1.3]}, "items.rice.per_100"),
        ({"per_100": [365, 7.1]}, "items.rice.per_100"),
        ({"group": "cereals"}, "items.rice.group"),
        ({"edible": 1.2}, "items.rice.edible"),
        ({"edible": 0}, "items.rice.edible"),
        ({"contains": ["ham"]}, "items.rice.contains"),
        ({"source": {}}, "items.rice.source"),
        ({"pack": [1000, "g", 900, 1250]}, "items.rice.pack"),
        ({"colour": "white"}, "items.rice.colour"),
    ],
)
def test_what_is_wrong_with_a_file_is_named_with_its_place(changed, place):
    with pytest.raises(UserError) as caught:
        read(**changed)
    assert caught.value.field == place


def test_an_unknown_measure_is_named():
    with pytest.raises(UserError, match="joule is not known"):
        catalogue.read_goods({"columns": ["joule"], "items": {}})


def test_high_in_potassium_follows_from_the_figures():
    goods = catalogue.goods()
    assert "high_potassium" in goods["spinach"].contains
    assert "high_potassium" not in goods["cabbage"].contains
    assert "high_sodium" in goods["soy_sauce"].contains
    assert catalogue.tags_by_figure({"potassium_mg": 250}) == set()


def test_no_pork_under_another_name_reaches_a_halal_table():
    bans, unknown = catalogue.bans_of(["清真"], ["虾", "pollen"])
    assert unknown == ("pollen",)
    assert "shellfish" in bans
    left = {code for code, line in catalogue.goods().items() if not bans & set(line.contains)}
    assert {"beef_halal", "mutton_halal", "boxed_meal_halal", "eggs"} <= left
    assert not {"pork_buns", "luncheon_meat", "instant_noodles", "beef_minced", "cooking_wine", "shrimp"} & left


def test_every_diet_leaves_something_of_each_meal():
    for code, diet in catalogue.tags().diets.items():
        left = [line for line in catalogue.goods().values() if not set(diet.bans) & set(line.contains)]
        groups = {line.group for line in left}
        assert {"cereal", "vegetable", "fruit"} <= groups, code
        assert any(line.nutrients.get("protein_g", 0) > 10 for line in left), code
