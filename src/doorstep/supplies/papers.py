"""The room's papers: an order to be sent, a receipt for who gave goods."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.db.models import Sum
from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.paper import pdf
from doorstep.supplies.models import Move, PurchaseOrder, Supplier

SHEET = Path(__file__).parent / "paper" / "sheet.typ"


def order(found: PurchaseOrder, at: datetime) -> bytes:
    """An order as PDF, to be sent to its supplier."""
    incident = found.incident
    rows = [
        [str(number), str(line.item), _amount(line.item.per_pack, line.item.get_unit_display()), str(line.packs)]
        for number, line in enumerate(found.lines.select_related("item"), start=1)
    ]
    facts = [
        [_("To"), found.supplier.name if found.supplier else "—"],
        [_("Phone"), found.supplier.phone if found.supplier and found.supplier.phone else "—"],
        [_("Needed by"), _when(found.need_by, incident)],
        *([[_("For"), found.area.name]] if found.area else []),
    ]
    closing = [
        _("Please confirm what you can bring, and when. Each lot needs its number and its best-before date."),
        _("Goods whose date has passed, or whose wrapping is damaged, are not taken in."),
    ]
    title = _("Order %(n)d") % {"n": found.pk}
    heads, signs = (
        [_("No."), _("Goods"), _("Pack"), _("Packs")],
        [_("for who orders, date"), _("for the supplier, date")],
    )
    return sheet(incident, title, facts, heads, rows, closing, signs, at)


def donation(incident: Incident, donor: Supplier, at: datetime) -> bytes:
    """A receipt for everything that a donor has given, as far as it was taken in."""
    rows = [
        [str(number), name, lot, str(packs)]
        for number, (name, lot, packs) in enumerate(given_by(incident, donor), start=1)
    ]
    facts = [[_("Given by"), donor.name], [_("For"), incident.name]]
    closing = [_("Received with thanks. The goods go to households that cannot leave their homes.")]
    heads = [_("No."), _("Goods"), _("Lot"), _("Packs")]
    signs = [_("for the receiving side, date"), _("for the giving side, date")]
    return sheet(incident, _("Receipt for a donation"), facts, heads, rows, closing, signs, at)


def given_by(incident: Incident, donor: Supplier) -> list[tuple[str, str, int]]:
    """What a donor gave: item, lot, packs; a receipt that was taken back counts no more. Two queries."""
    came = Move.objects.filter(incident=incident, lot__supplier=donor, lot__payer="donor", reason="receipt")
    back = Move.objects.filter(incident=incident, lot__supplier=donor, reason="undo", target__kind="supplier")
    taken_back = dict(back.values_list("lot").annotate(Sum("packs")).order_by())
    lots: dict[int, list[Any]] = {}
    for one in came.select_related("lot__item").order_by("occurred_at", "pk"):
        line = lots.setdefault(one.lot_id, [str(one.lot.item), one.lot.number, -taken_back.get(one.lot_id, 0)])
        line[2] += one.packs
    return [(name, number, packs) for name, number, packs in lots.values() if packs > 0]


def sheet(
    incident: Incident,
    title: str,
    facts: list[list[str]],
    headings: list[str],
    rows: list[list[str]],
    closing: list[str],
    signs: list[str],
    at: datetime,
) -> bytes:
    """One sheet: facts, a table, a closing text, who signs."""
    data = {
        "lang": "zh" if (get_language() or "zh").startswith("zh") else "en",
        "title": title,
        "facts": facts,
        "headings": headings,
        "rows": rows,
        "closing": closing,
        "signs": signs,
        "footer": f"{incident.name} · {_when(at, incident)}",
    }
    return pdf(SHEET, data, at=at)


def _when(at: datetime, incident: Incident) -> str:
    local = at.astimezone(incident.tz)
    return f"{formats.date_format(local, 'DATE_FORMAT')} {local:%H:%M}"


def _amount(per_pack: float, unit: str) -> str:
    return f"{per_pack:g} {unit}"
