"""The papers of packing: the pick list of a store, the labels of kits with their codes."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import segno
from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.paper import pdf
from doorstep.supplies.kit_queries import kit_titles
from doorstep.supplies.models import Item, PackedKit, PackLine, PackOrder
from doorstep.supplies.pack_queries import PickList
from doorstep.supplies.papers import sheet
from doorstep.supplies.rules import defaults

LABELS = Path(__file__).parent / "paper" / "kit_labels.typ"


@dataclass(frozen=True)
class Piece:
    """One bag or box of a kit: `mark` is cold, hot or "" for neither."""

    mark: str
    kg: float


def pieces_of(lines: Iterable[PackLine]) -> list[Piece]:
    """The pieces of a kit: what must stay cold and what is hot each by itself, the rest in bags that one hand carries."""
    kg = {"": 0.0, "cold": 0.0, "hot": 0.0}
    for line in lines:
        keep = line.item.keep
        mark = "cold" if keep in (Item.Keep.COOL, Item.Keep.FROZEN) else "hot" if keep == Item.Keep.HOT else ""
        kg[mark] += line.packs * line.item.pack_weight_g / 1000
    most = float(defaults()["packing"]["bag_kg"])
    found = []
    for mark, weight in kg.items():
        bags = math.ceil(weight / most - 1e-9)
        found += [Piece(mark, weight / bags) for _number in range(bags)]
    return found or [Piece("", 0.0)]


def labels(incident: Incident, orders: Sequence[PackOrder], at: datetime, only: PackedKit | None = None) -> bytes:
    """A label for each piece of the kits of some orders, or of one kit; it names the door, never a person."""
    titles, made = kit_titles(incident), []
    for order in orders:
        pieces = pieces_of(order.lines.filter(packs__gt=0).select_related("item"))
        kits = order.packed.filter(dropped_at=None).select_related("household__door__stair__building__compound")
        for kit in kits if only is None else [only]:
            title = titles.get(order.design.kind, order.design.kind)
            made += [_label(kit, title, piece, n, len(pieces)) for n, piece in enumerate(pieces, start=1)]
    data = {
        "lang": "zh" if (get_language() or "zh").startswith("zh") else "en",
        "title": _("Kit labels"),
        "labels": made,
    }
    return pdf(LABELS, data, at=at)


def _label(kit: PackedKit, title: str, piece: Piece, number: int, count: int) -> dict[str, str]:
    door = kit.household.door if kit.household else None
    marks = {"cold": _("KEEP COLD"), "hot": _("HOT"), "": ""}
    facts = {"n": number, "m": count, "kg": f"{piece.kg:.1f}"}
    return {
        "place": f"{door.stair.building.compound.name} · {door.stair.building.name}" if door else "",
        "door": f"{door.stair.name}-{door.number}" if door else "—",
        "kind": title,
        "facts": _("piece %(n)d of %(m)d · %(kg)s kg") % facts,
        "mark": marks[piece.mark],
        "code": kit.code,
        "qr": qr_of(kit.code),
    }


def qr_of(code: str) -> str:
    """A kit's code as QR, as SVG text."""
    out = io.BytesIO()
    segno.make_qr(code, error="m").save(out, kind="svg", border=1, scale=4)
    return out.getvalue().decode()


def pick_list(incident: Incident, found: PickList, at: datetime) -> bytes:
    """What is to be fetched from one store, to be ticked off by hand."""
    rows = [
        [
            str(number),
            str(line.item),
            line.lot.number if line.lot else "",
            formats.date_format(line.lot.best_before.astimezone(incident.tz), "DATE_FORMAT")
            if line.lot and line.lot.best_before
            else "—",
            str(line.packs),
            "☐",
        ]
        for number, line in enumerate(found.lines, start=1)
    ]
    first = min((order.ready_by for order in found.orders), default=at).astimezone(incident.tz)
    facts = [
        [_("Store"), str(found.store)],
        [_("Orders"), ", ".join(str(order.pk) for order in found.orders)],
        [_("First needed by"), f"{formats.date_format(first, 'DATE_FORMAT')} {first:%H:%M}"],
    ]
    closing = [_("Take what ends first at first, and only the lots that stand here.")]
    if found.missing:
        lines = " · ".join(f"{line.item} × {line.packs}" for line in found.missing)
        closing.append(_("Missing: %(lines)s") % {"lines": lines})
    heads = [_("No."), _("Goods"), _("Lot"), _("Best before"), _("Packs"), ""]
    return sheet(
        incident, _("Pick list"), facts, heads, rows, closing, [_("fetched by, time"), _("checked by, time")], at
    )
