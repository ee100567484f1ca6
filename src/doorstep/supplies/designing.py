"""Acts on designs of kits: have them planned for each class of household, change a line, put one to use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Area, Incident, Member
from doorstep.errors import UserError
from doorstep.planning.kits import Food, KitsPlan, KitsProblem, plan_kits
from doorstep.protocol.schema.goods import KitRule
from doorstep.supplies import catalogue
from doorstep.supplies.effects import Figures, figures_of, mends
from doorstep.supplies.foods import food_of
from doorstep.supplies.handling import INSIDE
from doorstep.supplies.homes import Group, as_facts, groups_of, home_of
from doorstep.supplies.models import Balance, DesignLine, Item, KitDesign, Lot
from doorstep.supplies.needs import bans_of, class_of, in_words
from doorstep.supplies.rules import defaults
from doorstep.wiring.texts import in_language

State = KitDesign.State
IN_KITS = (Item.Kind.FOOD, Item.Kind.WATER, Item.Kind.INFANT, Item.Kind.HYGIENE, Item.Kind.PET)


@dataclass(frozen=True)
class Designed:
    """The designs of a request, largest class first; `made` counts those that are new. `complete`: no time ran out."""

    designs: tuple[KitDesign, ...]
    made: int
    complete: bool
    gap: float
    seconds: float


def kits_of(incident: Incident) -> list[KitRule]:
    """The kits of the protocol that a household lives on: for these there is something to design."""
    return [kit for kit in incident.protocol.supply.kits if kit.food and kit.covers_days > 0]


def days_of(incident: Incident, kit: KitRule) -> float:
    """For how many days a kit must last: until the next, and the margin of the protocol."""
    return round(float(kit.covers_days + incident.protocol.supply.margin_hours / 24), 4)


def design_kits(
    incident: Incident,
    kind: str,
    areas: Sequence[Area],
    *,
    at: datetime,
    by: Member | None,
    seconds: float | None = None,
    buy: bool = False,
) -> Designed:
    """A draft for each class of household of some areas in force, from the free stock; with `buy` priced goods may be had, too.

    Asked again with the same households and goods it makes nothing new. It plans outside the transaction.
    """
    kit = next((one for one in kits_of(incident) if one.code == kind), None)
    if kit is None:
        raise UserError(_("There is no such kit."), field="kind", mend=_("Choose a kit of food of the protocol."))
    if not areas or any(area.state != Area.State.IN_FORCE for area in areas):
        raise UserError(_("Choose areas that are in force."), field="areas", mend=_("Seal the area first."))
    found = groups_of(incident, areas, at)
    if not found:
        raise UserError(
            _("Nobody is at home in these areas."), field="areas", mend=_("Bring in the list of households first.")
        )
    days = days_of(incident, kit)
    foods = foods_for(incident, at + timedelta(days=days), buy=buy)
    if not any(food.nutrients.get("kcal") and food.stock != 0 for food in foods):
        raise UserError(
            _("There are no goods to make kits of."),
            field="buy",
            mend=_("Take goods in, or let goods that can be bought count."),
        )
    kg = float(defaults()["designs"]["most_kg"]) * days
    classes = tuple(
        class_of(group.home, days, len(group.households), weight_limit_kg=kg * len(group.home.eaters))
        for group in found
    )
    limit = seconds if seconds is not None else float(defaults()["designs"]["seconds"])
    plan = plan_kits(KitsProblem(tuple(foods), classes), seconds=limit)
    return _stored(incident, kind, found, plan, foods, days, at=at, by=by)


def free_stock(incident: Incident, until: datetime) -> dict[int, int]:
    """Packs by item that are in our places, good until then, and promised to nobody. One query."""
    rows = Balance.objects.filter(
        location__incident=incident, location__kind__in=INSIDE, lot__state=Lot.State.GOOD, packs__gt=F("reserved")
    ).exclude(lot__best_before__lt=until)
    return dict(
        rows.values("lot__item").annotate(free=Sum(F("packs") - F("reserved"))).values_list("lot__item", "free")
    )


def foods_for(incident: Incident, until: datetime, *, buy: bool) -> list[Food]:
    """What kits may be made of. Goods that some household must have but nobody keeps are there with a stock of nothing."""
    free, most = free_stock(incident, until), int(defaults()["designs"]["most_packs"])
    found = []
    for item in Item.objects.filter(active=True, kind__in=IN_KITS).order_by("code"):
        stock = None if buy and item.price_cents is not None else free.get(item.pk, 0)
        found.append(food_of(item, stock=stock, most=most))
    known = {food.id for food in found}
    infants, pets = catalogue.persons().infants, catalogue.persons().pets
    must = [milk.item for milk in infants.formula] + [size.item for size in infants.nappies]
    must += [infants.without_milk, infants.cereal.item, *(pet.item for pet in pets.values())]
    return found + [Food(code, 1.0, 0.0, {}, stock=0) for code in sorted(set(must) - known)]


@transaction.atomic
def _stored(
    incident: Incident,
    kind: str,
    found: Sequence[Group],
    plan: KitsPlan,
    foods: Sequence[Food],
    days: float,
    *,
    at: datetime,
    by: Member | None,
) -> Designed:
    by_code = {food.id: food for food in foods}
    kits = {kit.household_class: kit for kit in plan.kits}
    items = {item.code: item for item in Item.objects.filter(code__in=by_code)}
    _locked(incident)
    designs, made = [], 0
    for group in found:
        packs, many = dict(kits[group.key].packs), len(group.households)
        figures = figures_of(group.home, days, packs, by_code)
        short = {line["need"] for line in figures["short"]}
        bought = [
            {"item": line.food, "packs": line.packs, "need": line.nutrient}
            for line in plan.purchases
            if line.household_class == group.key and line.nutrient in short
        ]
        named = {line["need"] for line in bought}
        rest = [line for line in figures["short"] if line["need"] not in named]
        figures["purchases"] = bought + mends(group.home, rest, by_code, many)
        facts = {"home": as_facts(group.home), "households": many, "words": in_words(group.home)}
        design, is_new = _version(
            incident, kind, group.key, facts, {items[c]: n for c, n in packs.items()}, figures, at, by
        )
        designs.append(design)
        made += is_new
    if made:
        journal.record(
            "design_kits", incident=incident, by=by, occurred_at=at, label=kind, designs=[one.pk for one in designs]
        )
    return Designed(tuple(designs), made, plan.complete, plan.gap, plan.seconds)


def _version(
    incident: Incident,
    kind: str,
    key: str,
    facts: dict[str, Any],
    packs: Mapping[Item, int],
    figures: Figures,
    at: datetime,
    by: Member | None,
) -> tuple[KitDesign, bool]:
    """The newest design of a class if it says the same, else the next version; a draft before it is over."""
    code = class_code(key)
    mine = KitDesign.objects.filter(incident=incident, kind=kind, household_class=code)
    last = mine.order_by("-version").first()
    if last and last.facts == facts and last.figures == figures and _packs(last) == packs:
        return last, False
    mine.filter(state=State.DRAFT).update(state=State.ENDED)
    design = KitDesign.objects.create(
        incident=incident,
        kind=kind,
        household_class=code,
        facts=facts,
        version=last.version + 1 if last else 1,
        covers_days=figures["days"],
        figures=figures,
        made_at=at,
        made_by=by,
    )
    DesignLine.objects.bulk_create(DesignLine(design=design, item=item, packs=many) for item, many in packs.items())
    return design, True


@transaction.atomic
def change_line(design: KitDesign, item: Item, packs: int, *, at: datetime, by: Member | None) -> KitDesign:
    """So many packs of an item (0: none) as a new version, its figures counted anew. Said twice it is one version.

    Refused where households of this class must not have the goods.
    """
    most = int(defaults()["designs"]["most_packs"])
    if not 0 <= packs <= most:
        raise UserError(
            _("A kit has from 0 to %(most)d packs of one kind.") % {"most": most},
            field="packs",
            mend=_("Give a number in between."),
        )
    home = home_of(design.facts["home"])
    clash = sorted(food_of(item).contains & bans_of(home)) if packs else []
    if clash:
        names = ", ".join(tag_name(code) for code in clash)
        raise UserError(
            _("%(item)s is not for these households: %(tags)s.") % {"item": item, "tags": names},
            field="item",
            mend=_("Choose goods without it."),
        )
    _locked(design.incident)
    lines = {**_packs(design), item: packs}
    lines = {one: many for one, many in lines.items() if many}
    foods = foods_for(design.incident, at + timedelta(days=design.covers_days), buy=True)
    by_code = {food.id: food for food in foods} | {one.code: food_of(one) for one in lines}
    figures = figures_of(home, design.covers_days, {one.code: many for one, many in lines.items()}, by_code)
    figures["purchases"] = mends(home, figures["short"], by_code, design.facts["households"])
    if lines == _packs(design):
        return design
    made, is_new = _version(design.incident, design.kind, design.household_class, design.facts, lines, figures, at, by)
    if is_new:
        before = _packs(design).get(item, 0)
        _noted("change_design", made, at, by, item=item.code, before=before, packs=packs, of=design.version)
    return made


@transaction.atomic
def use(design: KitDesign, *, at: datetime, by: Member | None) -> KitDesign:
    """Pack by this version from now on; the one before it is over. An older version can be put to use again."""
    _locked(design.incident)
    design.refresh_from_db()
    if design.state == State.IN_USE:
        return design
    if not design.lines.exists():
        raise UserError(_("The kit is empty."), field="design", mend=_("Add goods to it first."))
    same = KitDesign.objects.filter(
        incident=design.incident, kind=design.kind, household_class=design.household_class, state=State.IN_USE
    )
    same.update(state=State.ENDED)
    design.state = State.IN_USE
    design.save(update_fields=["state"])
    return _noted("use_design", design, at, by)


def class_code(key: str) -> str:
    """The key of a class as it is stored: a long one keeps its beginning and a mark of the whole."""
    return key if len(key) <= 120 else f"{key[:103]}#{sha256(key.encode()).hexdigest()[:16]}"


def tag_name(code: str) -> str:
    """What goods contain, in the language of the page."""
    tag = catalogue.tags().tags.get(code)
    return in_language(tag.names) if tag else code


def _packs(design: KitDesign) -> dict[Item, int]:
    return {line.item: line.packs for line in design.lines.select_related("item").order_by("pk")}


def _locked(incident: Incident) -> None:
    """One change of designs of an incident at a time, so that versions count up."""
    Incident.objects.select_for_update().get(pk=incident.pk)


def _noted(act: str, design: KitDesign, at: datetime, by: Member | None, **data: Any) -> KitDesign:
    label = f"{design.kind} v{design.version}"
    journal.record(act, incident=design.incident, subject=design, by=by, occurred_at=at, label=label, **data)
    return design
