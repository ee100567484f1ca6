"""Acts on goods: load the starter catalogue, change, add, bring in a list, take an act back. One journal entry each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident, JournalEntry, Member
from doorstep.errors import UserError
from doorstep.supplies import catalogue
from doorstep.supplies.catalogue import Goods
from doorstep.supplies.models import Item

Facts = dict[str, Any]
FIELDS = (
    *("names", "kind", "group", "unit", "per_pack", "pack_weight_g", "pack_volume_ml", "edible_share", "nutrients"),
    *("contains", "needs_cooking", "keep", "shelf_days", "price_cents", "lead_hours", "least_packs", "barcode"),
    *("source", "active"),
)
CHANGE, IMPORT, LOAD, UNDO = "change_item", "import_items", "load_items", "undo_items"


@dataclass
class Done:
    """What an act did to goods: codes of new ones, and code → field → [before, after]. `entry` is its journal entry."""

    made: list[str] = field(default_factory=list)
    changed: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    same: int = 0
    entry: int | None = None


@dataclass(frozen=True)
class Act:
    """Who acts, in which incident, when."""

    at: datetime
    by: Member | None = None
    incident: Incident | None = None


def starter_facts(goods: Goods) -> Facts:
    """The fields of an item as the starter catalogue has them."""
    return {
        "names": goods.names,
        "kind": goods.kind,
        "group": goods.group,
        "unit": goods.unit,
        "per_pack": goods.content,
        "pack_weight_g": goods.gross_g,
        "pack_volume_ml": goods.volume_ml,
        "edible_share": goods.edible,
        "nutrients": dict(goods.nutrients),
        "contains": list(goods.contains),
        "needs_cooking": goods.cook,
        "keep": goods.keep,
        "shelf_days": goods.shelf,
        "price_cents": goods.price,
        "lead_hours": goods.lead,
        "source": goods.source.text[:240],
    }


@transaction.atomic
def load_starter(act: Act) -> Done:
    """Bring the starter catalogue in. Run again it renews only what nobody here has changed."""
    done = Done()
    present = {item.code: item for item in Item.objects.select_for_update()}
    fresh = []
    for code, goods in catalogue.goods().items():
        facts = starter_facts(goods)
        item = present.get(code)
        if item is None:
            fresh.append(Item(code=code, **facts))
            done.made.append(code)
            continue
        _put(item, {name: value for name, value in facts.items() if name not in item.own}, done, own=False)
    Item.objects.bulk_create(fresh)
    return _written(LOAD, done, act)


@transaction.atomic
def change_item(item: Item, facts: Facts, act: Act) -> Done:
    """Change fields of an item. What is the same already changes nothing."""
    done = Done()
    _put(Item.objects.select_for_update().get(pk=item.pk), _derived(facts, item), done)
    return _written(CHANGE, done, act)


@transaction.atomic
def add_item(code: str, facts: Facts, act: Act) -> Item:
    """A new kind of goods."""
    if Item.objects.filter(code=code).exists():
        raise UserError(_("There are goods with this code."), field="code", mend=_("Choose another code."))
    item = Item(code=code, **_derived(facts, None))
    item.own = sorted(facts)
    item.save()
    _written(CHANGE, Done(made=[code]), act)
    return item


@transaction.atomic
def import_items(rows: Iterable[tuple[str, Facts]], act: Act, *, filename: str = "") -> Done:
    """Bring in checked rows (code, facts): new goods are made, others changed where they differ."""
    done = Done()
    present = {item.code: item for item in Item.objects.select_for_update()}
    for code, facts in rows:
        item = present.get(code)
        if item is None:
            item = present[code] = Item.objects.create(code=code, own=sorted(facts), **_derived(facts, None))
            done.made.append(code)
        else:
            _put(item, _derived(facts, item), done)
    return _written(IMPORT, done, act, file=filename)


@transaction.atomic
def take_back(entry: JournalEntry, act: Act) -> Done:
    """Put back what a change or a list did, where nobody has changed it since. Goods made by it leave unless they are used."""
    if entry.act not in (CHANGE, IMPORT) or JournalEntry.objects.filter(act=UNDO, data__of=entry.pk).exists():
        raise UserError(_("This cannot be taken back."), field="entry", mend=_("Change the goods by hand."))
    done = Done()
    for item in Item.objects.select_for_update().filter(code__in=entry.data["changed"]):
        before = {
            name: old for name, (old, new) in entry.data["changed"][item.code].items() if getattr(item, name) == new
        }
        _put(item, before, done)
    for item in Item.objects.filter(code__in=entry.data["made"]):
        try:
            with transaction.atomic():
                item.delete()
        except ProtectedError:
            _put(item, {"active": False}, done)
    return _written(UNDO, done, act, of=entry.pk)


def _derived(facts: Facts, item: Item | None) -> Facts:
    """The facts with what follows from them: the kind from the group, tags from the figures."""
    found = dict(facts)
    if "group" in found:
        found["kind"] = catalogue.groups()[found["group"]].kind
    if "nutrients" in found or "contains" in found:
        nutrients: Mapping[str, float] = found.get("nutrients", item.nutrients if item else {})
        typed = found.get("contains", item.contains if item else [])
        by_figure = set(catalogue.tags().by_figure)
        found["contains"] = sorted((set(typed) - by_figure) | catalogue.tags_by_figure(nutrients))
    return found


def _put(item: Item, facts: Facts, done: Done, *, own: bool = True) -> None:
    differing = {name: value for name, value in facts.items() if getattr(item, name) != value}
    if not differing:
        done.same += 1
        return
    done.changed[item.code] = {name: [getattr(item, name), value] for name, value in differing.items()}
    for name, value in differing.items():
        setattr(item, name, value)
    goods = catalogue.goods().get(item.code)
    if own:
        starter = starter_facts(goods) if goods else {}
        theirs = set(item.own) | set(differing)
        item.own = sorted(name for name in theirs if name not in starter or getattr(item, name) != starter[name])
    item.save(update_fields=[*differing, "own"])


def _written(name: str, done: Done, act: Act, **more: Any) -> Done:
    """One entry of the journal, unless nothing was done."""
    if not done.made and not done.changed:
        return done
    codes = [*done.made, *done.changed]
    one = Item.objects.filter(code=codes[0]).first() if len(codes) == 1 else None
    label = codes[0] if len(codes) == 1 else str(len(codes))
    entry = journal.record(
        name,
        incident=act.incident,
        subject=one,
        by=act.by,
        occurred_at=act.at,
        label=label,
        made=done.made,
        changed=done.changed,
        **more,
    )
    done.entry = entry.pk
    return done
