"""What infants at home need each day (formula by age, cereal, nappies by size), and how long the stock lasts for them.

The protocol's figures stand over those of the catalogue: millilitres for a kilogram, and the least nappies a day.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from doorstep.command.models import Area, Incident
from doorstep.protocol.schema.goods import Infants as Rule
from doorstep.register.models import Person
from doorstep.supplies import catalogue
from doorstep.supplies.designing import free_stock
from doorstep.supplies.homes import eater_of
from doorstep.supplies.models import Item
from doorstep.supplies.needs import Eater
from doorstep.supplies.order_queries import awaited
from doorstep.wiring.texts import in_language

MONTH = timedelta(days=365.25 / 12)


@dataclass(frozen=True)
class InfantLine:
    """An item for infants: for how many of them, packs a day, free packs, packs missing for the days asked
    (the minimum stock on top, what is ordered already taken off)."""

    item: Item
    infants: int
    packs_a_day: float
    free: int
    missing: int

    @property
    def days(self) -> float:
        """How many days the free packs last."""
        return self.free / self.packs_a_day

    @property
    def whole_days(self) -> int:
        return int(self.days)


@dataclass(frozen=True)
class InfantNeeds:
    """All lines, what lasts least at first; goods that nobody has in the list yet; how many infants there are."""

    infants: int
    lines: tuple[InfantLine, ...]
    unknown: tuple[str, ...]


def infant_needs(incident: Incident, at: datetime, days: float) -> InfantNeeds:
    """Infants at home where kits come to the door, against the free stock that is good for the days. Six queries."""
    amounts: dict[str, float] = defaultdict(float)
    heads: dict[str, int] = defaultdict(int)
    rule, many = incident.protocol.supply.infants, 0
    for eater, no_milk in _infants_at_home(incident, at):
        many += 1
        for code, amount in day_of(eater, rule, no_milk=no_milk):
            amounts[code] += amount
            heads[code] += 1
    items = {item.code: item for item in Item.objects.filter(code__in=amounts, active=True, per_pack__gt=0)}
    free = free_stock(incident, at + timedelta(days=days)) if items else {}
    coming = awaited(incident) if items else {}
    lines = []
    for code, item in items.items():
        a_day, there = amounts[code] / item.per_pack, free.get(item.pk, 0)
        wanted = math.ceil(a_day * days - 1e-9) + item.least_packs
        missing = max(0, wanted - there - coming.get(item.pk, 0))
        lines.append(InfantLine(item, heads[code], a_day, there, missing))
    lines.sort(key=lambda line: (line.days, line.item.code))
    unknown = [in_language(catalogue.goods()[code].names) for code in sorted(amounts.keys() - items.keys())]
    return InfantNeeds(many, tuple(lines), tuple(unknown))


def day_of(eater: Eater, rule: Rule | None, *, no_milk: bool = False) -> Iterator[tuple[str, float]]:
    """What one infant needs in a day: item code and amount in its unit (g, pieces). One breastfed gets no formula."""
    data, months = catalogue.persons().infants, eater.months
    if months is None:
        return
    mine = rule if rule is not None and months < rule.below_months else None
    formula = next((line for line in data.formula if months < line.below_months), None)
    if formula is not None and "breastfed" not in eater.states:
        ml_per_kg = (mine.formula_ml_per_kg if mine else None) or formula.ml_per_kg
        ml = min(ml_per_kg * data.weight_kg[months], formula.most_ml)
        yield (data.without_milk if no_milk else formula.item), ml * formula.powder_g_per_100_ml / 100
    if data.cereal.from_months <= months < data.cereal.below_months:
        yield data.cereal.item, data.cereal.g_per_day
    size = next((line for line in data.nappies if months < line.below_months), None)
    if size is not None:
        yield size.item, max(size.per_day, (mine.nappies if mine else None) or 0)


def _infants_at_home(incident: Incident, at: datetime) -> Iterable[tuple[Eater, bool]]:
    """Each child young enough for nappies, and whether its household must not have milk. Two queries."""
    today = at.astimezone(incident.tz).date()
    oldest = today - MONTH * (catalogue.persons().infants.nappies[-1].below_months + 1)
    zones = [code for code, zone in incident.protocol.zones.items() if zone.delivery == "door"]
    areas = incident.areas.filter(state=Area.State.IN_FORCE, zone__in=zones)
    people = Person.objects.filter(active=True, present=Person.Present.HOME, household__active=True)
    people = people.filter(household__door__area_doors__area__in=areas).annotate(said=Cast("classes", TextField()))
    young = people.filter(Q(birth_date__gt=oldest) | Q(birth_date=None, said__contains="infant"))
    for row in young.distinct().values("pk", "birth_date", "sex", "classes", "conditions", "household__allergies"):
        eater = eater_of(row, today)
        last = catalogue.persons().infants.nappies[-1].below_months
        if eater.months is not None and eater.months < last:
            bans = catalogue.bans_of((), frozenset(row["household__allergies"]))[0]
            yield eater, bool({"milk", "lactose"} & bans)
