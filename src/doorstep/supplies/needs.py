"""What a household needs for some days: lines for the planner of kits, goods it gets in any case, and its class.

Pure: it reads the catalogue's data and nothing else. Amounts are of all persons and days together. Figures of populations
serve to plan kits; they are no advice for one person.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from doorstep.errors import UserError
from doorstep.planning.kits import HouseholdClass, Need
from doorstep.supplies import catalogue
from doorstep.supplies.catalogue import Band, Condition, Persons
from doorstep.supplies.foods import NO_STOVE, plate_needs

Text = dict[str, str]


@dataclass(frozen=True)
class Eater:
    """A person who is at home. `months` of age (None: unknown), sex "m", "f" or "", states and conditions by code."""

    months: int | None = None
    sex: str = ""
    states: frozenset[str] = frozenset()
    conditions: frozenset[str] = frozenset()

    @staticmethod
    def aged(years: float, sex: str = "", *, states: Iterable[str] = (), conditions: Iterable[str] = ()) -> Eater:
        """A person of so many years."""
        return Eater(int(years * 12), sex, frozenset(states), frozenset(conditions))


@dataclass(frozen=True)
class Home:
    """A household as the planner of kits sees it."""

    eaters: tuple[Eater, ...]
    diets: frozenset[str] = frozenset()
    allergies: frozenset[str] = frozenset()
    pets: tuple[str, ...] = ()
    stove: bool = True
    tap_water: bool = True


@dataclass(frozen=True)
class DayNeed:
    """What one person needs in a day of one nutrient."""

    least: float = 0.0
    most: float | None = None


def band_of(eater: Eater) -> str:
    """The code of the band of ages; an unknown age is that of an adult."""
    bands = catalogue.persons().bands
    months = eater.months if eater.months is not None else bands["adult"].start
    if months < 0:
        raise UserError("Nobody is younger than nothing.", field="months", mend="Check the date of birth.")
    return max((code for code, band in bands.items() if band.start <= months), key=lambda code: bands[code].start)


def day_needs(eater: Eater) -> dict[str, DayNeed]:
    """What one person needs in a day, by nutrient; nothing for an infant, who is fed by lines of its own.

    Where the sex is unknown, energy is the mean of both, anything else the larger need. Where the age is unknown too, energy is the population figure.
    """
    data = catalogue.persons()
    band = data.bands[band_of(eater)]
    if band.own:
        return {}
    least = _least(eater, band, data)
    known = catalogue.nutrients()
    most = {code: value for code, value in band.upper.items() if known[code].upper}
    if band.fat_share:
        least["fat_g"] = band.fat_share[0] * least["kcal"] / 9
        most["fat_g"] = band.fat_share[1] * least["kcal"] / 9
    for condition in _conditions(eater, data):
        _limit(condition, least, most)
    codes = [code for code in known if code in least or code in most]
    return {code: DayNeed(min(least.get(code, 0.0), most.get(code, math.inf)), most.get(code)) for code in codes}


def _least(eater: Eater, band: Band, data: Persons) -> dict[str, float]:
    at = {"m": 0, "f": 1}.get(eater.sex)
    least = {code: pair[at] if at is not None else max(pair) for code, pair in band.least.items()}
    if at is None:
        least["kcal"] = sum(band.least["kcal"]) / 2
        if eater.months is None:
            least["kcal"] = data.reference["kcal"]
    for code in sorted(eater.states & set(data.states)):
        state = data.states[code]
        if at is None:
            least["kcal"] = band.least["kcal"][1]
        least |= state.least
        for nutrient, more in state.plus.items():
            least[nutrient] = least.get(nutrient, 0.0) + more
    return least


def _conditions(eater: Eater, data: Persons) -> list[Condition]:
    """The conditions that set limits: one that stands over another takes its place."""
    found = {name for word in eater.conditions if (name := catalogue.named(word, data.conditions))}
    over = {data.conditions[name].over for name in found}
    return [data.conditions[name] for name in sorted(found - over)]


def _limit(condition: Condition, least: dict[str, float], most: dict[str, float]) -> None:
    for code in condition.drop:
        least.pop(code, None)
    least |= condition.least
    limits = dict(condition.most)
    for code, (low, high) in condition.share.items():
        grams = least["kcal"] / 4
        least[code] = low * grams
        limits[code] = high * grams
    for code, value in limits.items():
        most[code] = min(most.get(code, math.inf), value)
    for code in condition.least:  # a condition that asks for more of something does not cap it too
        if code not in condition.most:
            most.pop(code, None)


def needs_of(eaters: Iterable[Eater], days: float, *, tap_water: bool = True) -> tuple[Need, ...]:
    """The needs of all persons for some days.

    An upper limit of the household is the sum of the persons' limits. Where only some have one, each of the others is
    thought to take `others_times` their least amount of it; where they have no least amount either, there is no limit.
    """
    if days <= 0:
        raise UserError("Needs are of at least part of a day.", field="days", mend="Give more than 0 days.")
    data = catalogue.persons()
    everybody = list(eaters)
    people = [need for eater in everybody if (need := day_needs(eater))]
    lines = []
    for code, nutrient in catalogue.nutrients().items():
        each = [need.get(code, DayNeed()) for need in people]
        least = sum(need.least for need in each)
        most = _together(each, data.others_times)
        if least or most is not None:
            most = most if most is None else max(most, least) * days
            lines.append(Need(code, round(least * days, 6), most and round(most, 6), nutrient.grave))
    if not tap_water and everybody:
        lines.append(
            Need(
                "water_ml", data.water.ml_per_day * len(everybody) * days, None, catalogue.nutrients()["water_ml"].grave
            )
        )
    return tuple(lines)


def _together(each: Sequence[DayNeed], times: float) -> float | None:
    if not any(need.most is not None for need in each):
        return None
    if any(need.most is None and not need.least for need in each):
        return None
    return sum(need.most if need.most is not None else need.least * times for need in each)


def bans_of(home: Home) -> frozenset[str]:
    """Tags of goods that this household does not get: its diets, allergies, the illnesses of its persons, no stove."""
    data = catalogue.persons()
    found, _ = catalogue.bans_of(home.diets, home.allergies)
    eating = [eater for eater in home.eaters if not data.bands[band_of(eater)].own]
    for condition in (line for eater in eating for line in _conditions(eater, data)):
        if condition.diet:
            found |= frozenset(catalogue.tags().diets[condition.diet].bans)
    return found if home.stove else found | {NO_STOVE}


def must_of(home: Home, days: float) -> dict[str, int]:
    """Goods that come in any case, in whole packs: formula, cereal and nappies by age, food for animals.

    An infant that is breastfed gets no formula. A household without milk or lactose gets the hydrolysed kind.
    """
    infants = catalogue.persons().infants
    amounts: dict[str, float] = defaultdict(float)
    no_milk = bool({"milk", "lactose"} & catalogue.bans_of((), home.allergies)[0])
    for eater in home.eaters:
        if eater.months is None or eater.months >= infants.nappies[-1].below_months:
            continue
        months = eater.months
        for line in infants.formula:
            if months < line.below_months:
                if "breastfed" not in eater.states:
                    item = infants.without_milk if no_milk else line.item
                    amounts[item] += formula_ml(months) * line.powder_g_per_100_ml / 100 * days
                break
        if infants.cereal.from_months <= months < infants.cereal.below_months:
            amounts[infants.cereal.item] += infants.cereal.g_per_day * days
        size = next(line for line in infants.nappies if months < line.below_months)
        amounts[size.item] += size.per_day * days
    for animal in home.pets:
        pet = catalogue.persons().pets.get(animal)
        if pet:
            amounts[pet.item] += pet.g_per_day * days
    goods = catalogue.goods()
    return {code: math.ceil(amount / goods[code].content - 1e-9) for code, amount in sorted(amounts.items())}


def formula_ml(months: int) -> float:
    """Millilitres of formula in a day at the median weight of that age, up to what an infant drinks."""
    infants = catalogue.persons().infants
    line = next((line for line in infants.formula if months < line.below_months), None)
    return 0.0 if line is None else min(line.ml_per_kg * infants.weight_kg[months], line.most_ml)


def key_of(home: Home) -> str:
    """A stable code of the class: households with the same code get the same kit.

    Persons by band of age with their states and limits, infants with the month that sets milk and nappies, then diets, allergies, animals, no stove, no water.
    """
    people = Counter(_person_key(eater) for eater in home.eaters)
    parts = ["+".join(f"{count}x{name}" for name, count in sorted(people.items())) or "nobody"]
    parts += [f"diet={word}" for word in sorted(_named(home.diets, "diets"))]
    parts += [f"no={word}" for word in sorted(_named(home.allergies, "allergies"))]
    parts += [f"{count}{animal}" for animal, count in sorted(Counter(home.pets).items())]
    parts += ["no-stove"] * (not home.stove) + ["no-water"] * (not home.tap_water)
    return "|".join(parts)


def _person_key(eater: Eater) -> str:
    data = catalogue.persons()
    code = "person" if eater.months is None else band_of(eater)
    if eater.months is not None and eater.months < data.infants.nappies[-1].below_months:
        code += f"@{_step(eater.months)}"
    limits = sorted(name for name, line in data.conditions.items() if line in _conditions(eater, data))
    marks = [*sorted(eater.states & {*data.states, "breastfed"}), *limits]
    return ".".join([code, *marks])


def _step(months: int) -> int:
    """Infants whose milk and nappies are the same share a class: the oldest month of the step."""
    infants = catalogue.persons().infants
    edges = {line.below_months for line in infants.formula} | {line.below_months for line in infants.nappies}
    return min(edge for edge in edges if edge > months) - 1


def _named(words: Iterable[str], kind: str) -> set[str]:
    known = getattr(catalogue.tags(), kind)
    return {catalogue.named(word, known) or word.strip().lower() for word in words}


def in_words(home: Home) -> Text:
    """The class in words of both languages, such as "2 adults, 1 child 4–8 · halal"."""
    data = catalogue.persons()
    people = Counter(_person_words(eater) for eater in home.eaters)
    order = {code: number for number, code in enumerate(reversed(data.bands))}
    lines = sorted(people.items(), key=lambda pair: (order.get(pair[0][0], -1), pair[0]))
    zh = "，".join(f"{words[1]}{count}人" for words, count in lines) or "无人"
    en = ", ".join(f"{count} {words[3] if count > 1 else words[2]}" for words, count in lines) or "nobody"
    more = _more_words(home)
    return {"zh": " · ".join([zh, *(m["zh"] for m in more)]), "en": " · ".join([en, *(m["en"] for m in more)])}


def _person_words(eater: Eater) -> tuple[str, str, str, str]:
    """(band, Chinese, English of one, English of several)."""
    data = catalogue.persons()
    if eater.months is None:
        code, zh, one, many = "person", "人员（年龄不详）", "person of unknown age", "persons of unknown age"
    else:
        code = band_of(eater)
        band = data.bands[code]
        zh, one, many = band.zh, band.en, band.plural or _plural(band.en)
        if eater.months < data.infants.nappies[-1].below_months:
            step = _step(eater.months) + 1
            zh, one, many = f"{zh}（{step}月以下）", f"{one} (below {step} months)", f"{many} (below {step} months)"
    marks = [data.states[name] for name in sorted(eater.states & set(data.states))] + _conditions(eater, data)
    if marks:
        zh += "（" + "、".join(mark.zh for mark in marks) + "）"
        tail = " (" + ", ".join(mark.en for mark in marks) + ")"
        one, many = one + tail, many + tail
    return code, zh, one, many


def _plural(name: str) -> str:
    """child 4–8 → children 4–8, infant 0–5 months → infants 0–5 months."""
    first, _, rest = name.partition(" ")
    return " ".join([{"child": "children", "youth": "youths", "infant": "infants"}.get(first, first), rest])


def _more_words(home: Home) -> list[Text]:
    tags, data = catalogue.tags(), catalogue.persons()
    found: list[Text] = []
    for words, known in ((home.diets, tags.diets), (home.allergies, tags.allergies)):
        for word in sorted(words):
            code = catalogue.named(word, known)
            found.append(known[code].names if code else {"zh": word, "en": word})
    for animal, count in sorted(Counter(home.pets).items()):
        pet = data.pets.get(animal)
        names = pet.names if pet else {"zh": animal, "en": animal}
        found.append({"zh": f"{names['zh']}{count}只", "en": f"{count} {names['en']}"})
    if not home.stove:
        found.append({"zh": "无炉灶", "en": "no stove"})
    if not home.tap_water:
        found.append({"zh": "停水", "en": "no tap water"})
    return found


def typical(home: Home) -> Home:
    """The household that stands for its class: sexes left out, infants at the oldest month of their step."""
    last = catalogue.persons().infants.nappies[-1].below_months
    eaters = []
    for eater in home.eaters:
        months = eater.months
        if months is not None:
            start = catalogue.persons().bands[band_of(eater)].start
            months = _step(months) if months < last else max(start, last)
        eaters.append(Eater(months, "", eater.states, eater.conditions))
    return Home(tuple(eaters), home.diets, home.allergies, home.pets, home.stove, home.tap_water)


def class_of(home: Home, days: float, households: int = 1, *, weight_limit_kg: float | None = None) -> HouseholdClass:
    """The class of a household for the planner: needs and the lines of a day's food, what it must not and must have."""
    same, bans, must = typical(home), bans_of(home), must_of(typical(home), days)
    kcal = [need["kcal"].least for eater in same.eaters if (need := day_needs(eater))]
    return HouseholdClass(
        key_of(home),
        households,
        (*needs_of(same.eaters, days, tap_water=home.tap_water), *plate_needs(kcal, days, bans)),
        bans=bans,
        weight_limit_kg=weight_limit_kg,
        kinds_least=catalogue.persons().plate.variety.least + len(must) if kcal else 0,
        must=must,
    )
