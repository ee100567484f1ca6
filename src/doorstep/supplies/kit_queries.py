"""What the pages of kit designs read: the newest design of each class; one with its lines, figures and versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, F, OuterRef, Subquery
from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.supplies import catalogue
from doorstep.supplies.designing import IN_KITS, free_stock
from doorstep.supplies.foods import food_of
from doorstep.supplies.homes import home_of
from doorstep.supplies.models import DesignLine, Item, KitDesign
from doorstep.supplies.needs import bans_of
from doorstep.wiring.texts import in_language

Names = Mapping[str, str]


@dataclass(frozen=True)
class Row:
    """A design in the list."""

    design: KitDesign
    title: str
    words: str
    households: int
    kinds: int
    weight_kg: float
    cost: float
    short: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """Goods of a kit: what one more or one fewer would be, and whether the stock holds for all households."""

    item: Item
    packs: int
    needed: int
    free: int

    @property
    def fewer(self) -> int:
        return self.packs - 1

    @property
    def more(self) -> int:
        return self.packs + 1

    @property
    def lacking(self) -> int:
        return max(0, self.needed - self.free)


@dataclass(frozen=True)
class Bar:
    """A need per person and day: given beside the target; `scale` is the length of the bar."""

    name: str
    unit: str
    given: float
    least: float
    most: float | None
    state: str  # short | over | met
    places: int
    code: str = ""

    @property
    def scale(self) -> float:
        return self.least or self.most or 1.0

    @property
    def brief(self) -> str:
        """The name without what stands in brackets, for narrow places."""
        return self.name.split("（")[0].split(" (")[0]

    @property
    def filled(self) -> float:
        return min(self.given, self.scale)

    @property
    def percent(self) -> int:
        """Rounded down, so that what is short is never called whole."""
        return int(self.given / self.scale * 100 + 1e-6)


def newest(incident: Incident) -> list[KitDesign]:
    """The newest version of each class's design. One query."""
    mine = KitDesign.objects.filter(
        incident=incident, kind=OuterRef("kind"), household_class=OuterRef("household_class")
    )
    last = mine.order_by("-version").values("pk")[:1]
    found = KitDesign.objects.filter(incident=incident).annotate(last=Subquery(last), kinds=Count("lines"))
    rows = list(found.filter(pk=F("last")))
    return sorted(rows, key=lambda one: (one.kind, -one.facts["households"], one.household_class))


def rows_in(incident: Incident) -> list[Row]:
    """The list of designs: two queries."""
    names, titles = need_names(), kit_titles(incident)
    return [
        Row(
            design,
            titles.get(design.kind, design.kind),
            in_language(design.facts["words"]),
            design.facts["households"],
            design.kinds,  # type: ignore[attr-defined]
            design.figures["weight_kg"],
            design.figures["cost"],
            tuple(said(line, names) for line in design.figures["short"]),
        )
        for design in newest(incident)
    ]


def kit_titles(incident: Incident) -> dict[str, str]:
    """The protocol's kits by code."""
    return {kit.code: in_language(kit.title) for kit in incident.protocol.supply.kits}


def need_names() -> dict[str, str]:
    """Nutrients, lines of a day's food, and goods by code, in the language of the page. One query."""
    starter = {code: in_language(goods.names) for code, goods in catalogue.goods().items()}
    goods = {item.code: str(item) for item in Item.objects.all()}
    return starter | goods | {code: in_language(named.names) for code, named in catalogue.need_names().items()}


def said(short: Mapping[str, Any], names: Names) -> str:
    """A shortfall in a few words: what, and how much of the need is missing or too much."""
    percent = f"{max(short['share'] * 100, 1):.0f}"
    name = names.get(short["need"], short["need"])
    if short["missing"] < 0:
        return _("%(need)s: %(percent)s%% too much") % {"need": name, "percent": percent}
    return _("%(need)s: %(percent)s%% missing") % {"need": name, "percent": percent}


def lines_of(design: KitDesign) -> list[Line]:
    """The goods of a kit with what the stock holds for them. Two queries."""
    until = design.incident.now() + timedelta(days=design.covers_days)
    free, many = free_stock(design.incident, until), design.facts["households"]
    found = design.lines.select_related("item").order_by("item__kind", "item__group", "item__code")
    return [Line(row.item, row.packs, row.packs * many, free.get(row.item_id, 0)) for row in found]


def bars_of(design: KitDesign) -> list[Bar]:
    """Every need per person and day against its target, what falls short first as the catalogue orders them."""
    known = catalogue.nutrients()
    found = []
    for code, line in design.figures["needs"].items():
        nutrient = known.get(code)
        name = in_language(catalogue.need_names()[code].names)
        least, most, given = line["least"], line["most"], line["given"]
        state = "short" if given < least * 0.99999 else "over" if most is not None and given > most * 1.00001 else "met"
        unit, places = (nutrient.unit, nutrient.places) if nutrient else ("g", 0)
        found.append(Bar(name, unit, given, least, most, state, places, code))
    return sorted(found, key=lambda bar: bar.state == "met")


def mends_of(design: KitDesign) -> list[dict[str, Any]]:
    """The purchases that mend what is short, with names."""
    names = need_names()
    return [
        {
            "code": line["item"],
            "name": names.get(line["item"], line["item"]),
            "packs": line["packs"],
            "need": names.get(line["need"], line["need"]),
        }
        for line in design.figures["purchases"]
    ]


def goods_for(design: KitDesign) -> list[Item]:
    """Goods that may be added to a kit: those that its households may have. One query."""
    bans = bans_of(home_of(design.facts["home"]))
    items = Item.objects.filter(active=True, kind__in=IN_KITS)
    return [item for item in items if not food_of(item).contains & bans]


def headings() -> list[str]:
    """The columns of the exported list: a line for each kind of goods of each kit."""
    kit = [_("kit"), _("households like this"), _("households"), _("version"), _("state"), _("days")]
    return [*kit, _("kg"), _("cost"), _("item"), _("packs"), _("packs for all"), _("falls short")]


def rows_of(rows: list[Row]) -> list[list[Any]]:
    """The exported list. One query."""
    found: list[list[Any]] = []
    lines: dict[int, list[tuple[Item, int]]] = {}
    designs = {row.design.pk: row for row in rows}
    chosen = DesignLine.objects.filter(design__in=list(designs)).select_related("item")
    for line in chosen.order_by("pk"):
        lines.setdefault(line.design_id, []).append((line.item, line.packs))
    for row in rows:
        design = row.design
        first = [row.title, row.words, row.households, design.version, design.get_state_display(), design.covers_days]
        for item, packs in lines.get(design.pk, []):
            found.append([*first, row.weight_kg, row.cost, str(item), packs, packs * row.households, list(row.short)])
    return found
