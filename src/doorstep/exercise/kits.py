"""How the table of kits of an exercise is made: each class of household planned by itself, with more than ten kinds of food.

`python -m doorstep.exercise.kits gulou-2021 kits.csv` loads the exercise into a database of its own, plans a kit for every
class that occurs in its first three weeks (children grow older meanwhile), and writes the table.
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

# What is carried up in an old compound in December. The report names vegetables, fruit, noodles and meat (S48).
GOODS = [
    *("rice", "noodles", "oats", "brown_rice", "millet", "wheat_flour", "potatoes", "sweet_potatoes", "pak_choi"),
    *("chinese_cabbage", "spinach", "carrots", "tomatoes", "mushrooms", "winter_melon", "white_radish", "broccoli"),
    *("apples", "oranges", "tangerines", "bananas", "pears", "pork_minced", "pork_lean", "chicken_breast"),
    *("chicken_halal", "beef_halal", "carp", "shrimp", "eggs", "milk_uht", "milk_litre", "yoghurt", "tofu"),
    *("dried_tofu", "soybeans", "peanuts", "walnuts", "rapeseed_oil"),
]
ALWAYS = ("noodles", "pork_minced")  # in each kit of two persons or more, unless they may not have it
KINDS, DAYS, SECONDS = 11, 21, 4.0


def kits_for(groups: Iterable[Any], items: dict[str, Any], days: float) -> Iterator[tuple[str, str, int]]:
    """(class, item, packs) of one kit of each class."""
    from doorstep.planning.kits import KitsProblem, plan_kits
    from doorstep.supplies.foods import food_of
    from doorstep.supplies.needs import class_of
    from doorstep.supplies.rules import defaults

    for group in groups:
        eaters = len(group.home.eaters)
        limit = float(defaults()["designs"]["most_kg"]) * days * eaters
        wanted = class_of(group.home, days, weight_limit_kg=limit)
        most = 1 if eaters <= 2 else 2 if eaters <= 4 else 4
        foods = {code: food_of(items[code], most=most) for code in GOODS}
        foods |= {code: food_of(items[code], most=packs) for code, packs in wanted.must.items()}
        always = {code: 1 for code in ALWAYS if eaters > 1 and not foods[code].contains & wanted.bans}
        wanted = replace(wanted, kinds_least=KINDS, must={**wanted.must, **always})
        (kit,) = plan_kits(KitsProblem(tuple(foods.values()), (wanted,)), seconds=SECONDS).kits
        for code, packs in sorted(dict(kit.packs).items()):
            yield group.key, code, packs


def main(name: str, out: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "doorstep.web.settings"
    os.environ["DOORSTEP_DATA"] = tempfile.mkdtemp(prefix="doorstep-kits-")
    os.environ.pop("DOORSTEP_DATABASE", None)
    import django

    django.setup()
    from doorstep.command.models import Incident
    from doorstep.exercise.load import load_once
    from doorstep.storage.fresh import bring_up_to_date
    from doorstep.supplies import designing
    from doorstep.supplies.homes import groups_of
    from doorstep.supplies.models import Item

    bring_up_to_date()
    load_once(name)
    incident = Incident.objects.get(exercise=name)
    areas, start = list(incident.areas.filter(state="in_force")), incident.now()
    classes = {group.key: group for day in range(DAYS) for group in groups_of(incident, areas, start + timedelta(day))}
    with open(out, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["kit", "class", "item", "packs"])
        for kit in designing.kits_of(incident):
            rows = kits_for(
                classes.values(), {item.code: item for item in Item.objects.all()}, designing.days_of(incident, kit)
            )
            table.writerows([kit.code, *row] for row in rows)


if __name__ == "__main__":
    main(*sys.argv[1:3])
