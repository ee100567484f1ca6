"""Kits for classes of households from one scarce stock, beside plain HiGHS on one model with the same time.

`python -m benchmarks.supplies.kits --classes 20 --foods 80 --seconds 10 --seeds 1,2,3` takes goods of the starter catalogue
and invented households; `--diet FOODS.csv NEEDS.csv` takes the foods and needs of such files. `--share 0.2` leaves a fifth
of the stock, so that what is planned is the least shortfall.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from doorstep.planning.kits import Food, HouseholdClass, KitsProblem, Need, check, plan_kits
from doorstep.planning.kits.pricing import Pricer, most_packs
from doorstep.planning.kits.rows import kit_columns
from doorstep.planning.program import Program, highs

DAYS = 2.0
KINDS_LEAST, KINDS_MOST = 10, 12  # of goods in a kit
AGES = (2, 6, 11, 16, 30, 34, 40, 45, 52, 65, 71, 83)
SIZES = (1, 2, 2, 3, 3, 4, 5, 6)
STOCK = (0.3, 0.6, 1.0, 1.5, 3.0)  # packs of a food for each household
PRICES = (0.05, 0.08, 0.1, 0.12, 0.15, 0.2)  # dollars for a pack of a diet file
SPLURGE = 1e3  # what the lack of a whole need costs


def from_catalogue(classes: int, foods: int, seed: int, share: float) -> KitsProblem:
    """Goods of the starter catalogue, households by age, sex, illness, diet and stove."""
    from doorstep.supplies import catalogue
    from doorstep.supplies.foods import food_of
    from doorstep.supplies.needs import Eater, Home, class_of

    chance = random.Random(seed)
    goods = [line for line in catalogue.goods().values() if line.nutrients.get("kcal") and line.kind == "food"]
    groups: dict[str, HouseholdClass] = {}
    while len(groups) < classes:
        size = chance.choice(SIZES)
        eaters = tuple(
            Eater.aged(chance.choice(AGES), conditions=["diabetes"] if chance.random() < 0.05 else ())
            for _ in range(size)
        )
        diets = frozenset(chance.choice([(), (), (), (), ("halal",), ("vegetarian",)]))
        home = Home(eaters, diets, stove=chance.random() > 0.1)
        kind = class_of(home, DAYS, chance.randint(5, 60), weight_limit_kg=8.0 * size)
        groups[kind.id] = HouseholdClass(
            kind.id, kind.households, kind.needs, kind.bans, kind.weight_limit_kg, KINDS_LEAST, KINDS_MOST
        )
    persons = sum(group.households * group.id.count("x") for group in groups.values())
    table = []
    for line in sorted(chance.sample(goods, min(foods, len(goods))), key=lambda line: line.code):
        item = SimpleNamespace(
            code=line.code, group=line.group, unit=line.unit, per_pack=line.content, pack_weight_g=line.gross_g,
            edible_share=line.edible, nutrients=line.nutrients, contains=line.contains, needs_cooking=line.cook,
            price_cents=line.price,
        )  # fmt: skip
        table.append(food_of(item, stock=int(persons * share * chance.choice(STOCK)) + 1))
    return KitsProblem(tuple(table), tuple(groups.values()), SPLURGE)


def from_diet(files: list[Path], classes: int, seed: int, share: float) -> KitsProblem:
    """Foods of a diet file in packs of some cents, households of one to six persons."""
    chance = random.Random(seed)
    with files[0].open() as foods, files[1].open() as needs:
        rows = list(csv.DictReader(foods))
        least = {row["nutrient"]: float(row["daily_minimum"]) for row in csv.DictReader(needs)}
    groups = []
    for number in range(classes):
        size = chance.choice(SIZES)
        lines = []
        for name, day in least.items():
            wanted = day * size * DAYS * chance.uniform(0.8, 1.1)
            lines.append(Need(name, wanted, wanted * (1.6 if "kcal" in name else 12.0)))
        many = chance.randint(5, 60)
        limit = 8.0 * max(1.0, size / 2)
        groups.append(HouseholdClass(f"c{number}", many, tuple(lines), frozenset(), limit, KINDS_LEAST, KINDS_MOST))
    households = sum(group.households for group in groups)
    table = []
    for row in rows:
        cents = chance.choice(PRICES)
        weight = min(max(cents / float(row["price_cents_1939"]) * 45.0, 0.1), 1.0)
        amounts = {name: float(row[name]) * cents for name in least}
        stock = int(households * share * chance.choice(STOCK))
        table.append(Food(row["commodity"], cents, weight, amounts, stock=stock))
    return KitsProblem(tuple(table), tuple(groups), SPLURGE)


def one_model(problem: KitsProblem, seconds: float) -> tuple[float, float]:
    """Plain HiGHS on all classes at once, with its presolve and heuristics and all threads: (value, bound)."""
    program, kits = Program(), []
    for group in problem.classes:
        caps = most_packs(problem, group)
        first, more = np.minimum(caps, 1.0), np.maximum(caps - 1.0, 0.0)
        many, grave = float(group.households), problem.shortfall_cost
        kits.append(kit_columns(program, problem.foods, group, first, more, grave=grave, households=many, linked=True))
    for number, food in enumerate(problem.foods):
        if food.stock is None:
            continue
        entries = []
        for group, kit in zip(problem.classes, kits, strict=True):
            for at in np.flatnonzero(kit.foods == number):
                entries += [(int(kit.first[at]), float(group.households)), (int(kit.more[at]), float(group.households))]
        program.row(-highs().kHighsInf, float(food.stock), entries)
    model = program.model()
    model.resetGlobalScheduler(True)  # it keeps the number of threads of the first run
    model.setOptionValue("presolve", "choose")
    model.setOptionValue("threads", os.cpu_count() or 1)
    model.setOptionValue("time_limit", seconds)
    model.run()
    model.resetGlobalScheduler(True)
    solution, bound = model.getSolution(), float(model.getInfo().mip_dual_bound)
    if not solution.value_valid:
        return float("inf"), bound
    values = np.array(solution.col_value)
    prices = np.array([food.cost for food in problem.foods])
    total = sum(
        group.households * Pricer(problem, group).value(np.round(kit.packs(values, len(prices))), prices)
        for group, kit in zip(problem.classes, kits, strict=True)
    )
    return float(total), bound


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("--classes", type=int, default=20)
    told.add_argument("--foods", type=int, default=80)
    told.add_argument("--seconds", type=float, default=10.0)
    told.add_argument("--seeds", default="1,2,3")
    told.add_argument("--share", type=float, default=1.0, help="of the usual stock")
    told.add_argument("--diet", type=Path, nargs=2, metavar=("FOODS", "NEEDS"))
    told.add_argument("--alone", action="store_true", help="without plain HiGHS")
    asked = told.parse_args()
    for seed in (int(word) for word in asked.seeds.split(",")):
        if asked.diet:
            problem = from_diet(asked.diet, asked.classes, seed, asked.share)
        else:
            problem = from_catalogue(asked.classes, asked.foods, seed, asked.share)
        load, used = os.getloadavg()[0], time.process_time()
        plan = plan_kits(problem, seconds=asked.seconds, seed=seed)
        used = time.process_time() - used
        broken = check(problem, plan)
        line = (
            f"seed {seed}: {len(problem.classes)} classes, {len(problem.foods)} foods: cost {plan.objective:.2f}, "
            f"bound {plan.lower_bound:.2f}, gap {100 * plan.gap:.2f} % in {plan.seconds:.1f} s ({used:.1f} s of CPU, "
            f"load {load:.1f}), {len(plan.shortfalls)} shortfalls, {len(broken)} rules broken"
        )
        if not asked.alone:
            value, bound = one_model(problem, asked.seconds)
            line += f"; plain HiGHS {value:.2f}, {100 * (value / plan.lower_bound - 1):.2f} % above our bound"
            line += f", its own gap {100 * (value / bound - 1):.2f} %" if bound > 0 else ", no bound of its own yet"
        print(line, flush=True)


if __name__ == "__main__":
    main()
