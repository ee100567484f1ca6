"""What can be asked of goods: the list, one kind of goods with its figures, what was done to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from doorstep.command.models import JournalEntry
from doorstep.supplies import catalogue
from doorstep.supplies.item_files import columns
from doorstep.supplies.items import CHANGE, IMPORT, UNDO
from doorstep.supplies.models import Item
from doorstep.wiring.texts import in_language

SHOWN, LOOK_AT = 5, 60


@dataclass(frozen=True)
class ItemLine:
    """A row of the list."""

    code: str
    name: str
    group: str
    pack: str
    weight_g: float
    kcal: float | None
    protein: float | None
    tags: tuple[str, ...]
    keep: str
    price: float | None
    own: bool
    active: bool


@dataclass(frozen=True)
class Figure:
    """One measure: in 100 g of the edible part, and in a pack."""

    name: str
    unit: str
    in_100: float | None
    in_pack: float | None
    places: int


@dataclass(frozen=True)
class ItemChange:
    """An act on goods: when, who, what (field, before, after), whether it can be taken back."""

    entry: int
    at: datetime
    by: str
    facts: tuple[tuple[str, str, str], ...]
    may_undo: bool
    of_list: bool


def items_in(asked: dict[str, str]) -> QuerySet[Item]:
    """The goods that some filters leave, in the order of the groups."""
    state = asked.get("state")
    found = Item.objects.all() if state == "all" else Item.objects.filter(active=state != "off")
    words = asked.get("q", "").strip()
    if words:
        found = found.filter(
            Q(names__zh__icontains=words) | Q(names__en__icontains=words) | Q(code__icontains=words) | Q(barcode=words)
        )
    if asked.get("group"):
        found = found.filter(group=asked["group"])
    if asked.get("cooking") == "no":
        found = found.filter(needs_cooking=False)
    kind, _colon, code = asked.get("without", "").partition(":")
    if code:
        tags = catalogue.tags()
        bans = set((tags.diets if kind == "diet" else tags.allergies)[code].bans)
        banned = [pk for pk, contains in found.values_list("pk", "contains") if bans & set(contains)]
        found = found.exclude(pk__in=banned)
    order = [When(group=code, then=Value(number)) for number, code in enumerate(catalogue.groups())]
    return found.order_by(Case(*order, default=Value(len(order))), "code")


def lines_of(items: Iterable[Item]) -> list[ItemLine]:
    """The goods as rows of the list."""
    return [
        ItemLine(
            item.code,
            str(item),
            group_name(item.group),
            pack_text(item),
            item.pack_weight_g,
            item.nutrients.get("kcal"),
            item.nutrients.get("protein_g"),
            tuple(tag_names(item.contains)),
            item.get_keep_display(),
            None if item.price_cents is None else item.price_cents / 100,
            bool(item.own),
            item.active,
        )
        for item in items
    ]


def group_name(code: str) -> str:
    """A group in words."""
    group = catalogue.groups().get(code)
    return in_language(group.names) if group else code


def tag_names(codes: Iterable[str]) -> list[str]:
    """Tags in words."""
    tags = catalogue.tags().tags
    return [in_language(tags[code].names) if code in tags else code for code in codes]


def pack_text(item: Item) -> str:
    """What is in a pack: 500 g, 10 pieces."""
    return f"{item.per_pack:g} {item.get_unit_display()}"


def figures_of(item: Item) -> list[Figure]:
    """The figures of goods, in the order of the catalogue; none where nothing is known."""
    if not item.nutrients:
        return []
    found = []
    share = item.per_pack * item.edible_share / 100 if item.unit != Item.Unit.PIECE else None
    for code, nutrient in catalogue.nutrients().items():
        amount = item.nutrients.get(code)
        if code == "water_ml" and amount is None:
            continue
        inside = None if amount is None or share is None else amount * share
        found.append(Figure(in_language(nutrient.names), nutrient.unit, amount, inside, nutrient.places))
    return found


def fits(item: Item) -> list[tuple[str, bool]]:
    """Each diet and allergy in words, and whether these goods fit it."""
    tags, contains = catalogue.tags(), set(item.contains)
    every = [*tags.diets.values(), *tags.allergies.values()]
    return [(in_language(diet.names), not contains & set(diet.bans)) for diet in every]


def changes_of(item: Item) -> list[ItemChange]:
    """What was last done to these goods by itself or by one of the last lists, the newest first. Two queries."""
    alone = Q(subject_kind="item", subject_id=str(item.pk), act__in=(CHANGE, UNDO))
    entries = JournalEntry.objects.filter(alone | Q(act=IMPORT)).order_by("-sequence")[:LOOK_AT]
    about = [e for e in entries if item.code in e.data.get("changed", {}) or item.code in e.data.get("made", [])]
    mine = about[:SHOWN]
    undone = set(
        JournalEntry.objects.filter(act=UNDO, data__of__in=[e.pk for e in mine]).values_list("data__of", flat=True)
    )
    return [
        ItemChange(
            entry.pk,
            entry.occurred_at,
            entry.by_label,
            tuple(_words(name, *pair) for name, pair in entry.data["changed"].get(item.code, {}).items()),
            entry.act != UNDO and entry.pk not in undone and item.code in entry.data["changed"],
            entry.act == IMPORT,
        )
        for entry in mine
    ]


def _words(name: str, before: Any, after: Any) -> tuple[str, str, str]:
    if name == "price_cents":
        before, after = (None if cents is None else f"¥{cents / 100:.2f}" for cents in (before, after))
    return field_name(name), _value(before, after), _value(after, before)


def field_name(name: str) -> str:
    """A field of goods in words."""
    other = {
        "names": _("name"),
        "nutrients": _("figures of 100 g"),
        "price_cents": _("price"),
        "kind": _("kind"),
    }
    return other.get(name) or (in_language(columns()[name]) if name in columns() else name)


def _value(value: Any, beside: Any) -> str:
    if isinstance(value, dict):
        nutrients = catalogue.nutrients()
        differing = [(code, text) for code, text in value.items() if not beside or beside.get(code) != text]
        parts = [
            f"{in_language(nutrients[code].names)} {text}" if code in nutrients else str(text)
            for code, text in differing
        ]
        return " · ".join(parts) or "—"
    if isinstance(value, list):
        return " · ".join(tag_names(value)) or "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "—" if value in (None, "") else str(value)
