"""Nutrition of every class of household at once: what its kit gives each person and day against what they need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from doorstep.command.models import Area, Incident
from doorstep.register.models import Household
from doorstep.supplies import catalogue
from doorstep.supplies.designing import class_code
from doorstep.supplies.kit_demand import classes_of
from doorstep.supplies.kit_queries import Bar, bars_of, kit_titles, need_names, said
from doorstep.supplies.models import KitDesign
from doorstep.supplies.rules import defaults
from doorstep.wiring.texts import in_language


@dataclass(frozen=True)
class ClassRow:
    """A class of household with the kit that is in use for it; `cells` are the needs that the page shows (None: has none)."""

    design: KitDesign
    title: str
    households: int
    bars: tuple[Bar, ...]
    cells: tuple[Bar | None, ...]
    short: tuple[str, ...]

    @property
    def words(self) -> str:
        return in_language(self.design.facts["words"])


@dataclass(frozen=True)
class Overview:
    """Every class with a kit in use, those that fall short first; households of the areas in force without one."""

    rows: tuple[ClassRow, ...]
    needs: tuple[tuple[str, str], ...]  # names and units of the cells
    households: int
    short: int  # households whose kit falls short of something
    without: int  # households in areas in force for whose class no kit is in use
    classes_without: int


def overview(incident: Incident) -> Overview:
    """Six queries, whatever the number of households."""
    titles, names = kit_titles(incident), need_names()
    codes = list(defaults()["shown_needs"])
    known = catalogue.nutrients()
    living = _living(incident)
    rows = []
    for design in KitDesign.objects.filter(incident=incident, state=KitDesign.State.IN_USE):
        by_code = {bar.code: bar for bar in bars_of(design)}
        rows.append(
            ClassRow(
                design,
                titles.get(design.kind, design.kind),
                living.get(design.household_class, 0),
                tuple(by_code.values()),
                tuple(by_code.get(code) for code in codes),
                tuple(said(line, names) for line in design.figures["short"]),
            )
        )
    rows.sort(key=lambda row: (not row.short, -row.households, row.design.household_class))
    served = {row.design.household_class for row in rows}
    without = {of: many for of, many in living.items() if of not in served}
    return Overview(
        tuple(rows),
        tuple((names[code], known[code].unit) for code in codes),
        sum(living.values()),
        sum(row.households for row in rows if row.short),
        sum(without.values()),
        len(without),
    )


def _living(incident: Incident) -> Counter[str]:
    """Households with somebody at home in areas in force, by class as designs store it. Two queries."""
    areas = incident.areas.filter(state=Area.State.IN_FORCE)
    homes = Household.objects.filter(active=True, door__area_doors__area__in=areas)
    months = incident.protocol.supply.infants.below_months if incident.protocol.supply.infants else 0
    found = classes_of(homes.values("pk"), incident.now().astimezone(incident.tz).date(), months)
    return Counter(class_code(of) for of, persons, _infants in found.values() if persons)


def headings() -> list[str]:
    """The columns of the exported overview: a line for each need of each class."""
    first = [_("kit"), _("households like this"), _("households"), _("version"), _("need"), _("unit")]
    return [*first, _("given per person and day"), _("at least"), _("at most"), _("percent"), _("state")]


def rows_of(rows: Sequence[ClassRow]) -> list[list[Any]]:
    """The exported overview."""
    states = {"short": _("too little"), "over": _("too much"), "met": _("met")}
    return [
        [
            *(row.title, row.words, row.households, row.design.version, bar.name, bar.unit),
            *(bar.given, bar.least or "", "" if bar.most is None else bar.most, bar.percent, states[bar.state]),
        ]
        for row in rows
        for bar in row.bars
    ]
