"""Many lots from a file: headings in Chinese or English in any order; a row that cannot be taken comes back with why."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command.models import Incident, Member
from doorstep.errors import UserError
from doorstep.register.lists import open_table, parse_birth
from doorstep.supplies.handling import save_supplier
from doorstep.supplies.lots import PAYERS, Receipt, receive
from doorstep.supplies.models import Item, Location
from doorstep.supplies.stock_forms import doors_of, end_of_day, find_items, named_door

HEADINGS = {
    "item": ("item", "code", "barcode", "goods", "物资", "品名", "商品", "编码", "条码", "名称"),
    "supplier": ("supplier", "from", "donor", "供应商", "供货单位", "来源", "捐赠方"),
    "number": ("lot", "batch", "lot number", "批号", "批次", "生产批号"),
    "best_before": ("best before", "expiry", "use by", "保质期至", "有效期至", "到期日", "有效期"),
    "packs": ("packs", "quantity", "number", "数量", "件数", "包数"),
    "checked": ("checked", "in order", "inspection", "验收", "验收合格", "检查"),
    "payer": ("payer", "paid by", "付款", "费用", "承担"),
    "door": ("door", "for door", "门牌", "门牌号", "住户门牌", "送往"),
    "note": ("note", "remark", "备注"),
}
NEEDED = ("item", "supplier", "number", "packs", "checked")
YES = {"yes", "y", "ok", "true", "1", "是", "合格", "√", "✓", "通过"}
NO = {"no", "n", "false", "0", "否", "不合格", "×", "✗"}
PAID = {"公费": "public", "财政": "public", "居民": "household", "住户": "household", "捐赠": "donor", "": "public"}


@dataclass(frozen=True)
class Bad:
    """A row that was not taken: its number, what it says, why."""

    row: int
    cells: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Brought:
    """What a file brought: how many lots were taken, and the rows to mend."""

    taken: int
    held: int
    headings: tuple[str, ...]
    bad: tuple[Bad, ...]

    def as_text(self) -> str:
        """The rows to mend, for the form that gives them back as a file."""
        return json.dumps({"h": self.headings, "r": [[*one.cells, one.why] for one in self.bad]}, ensure_ascii=False)


@transaction.atomic
def receive_file(
    incident: Incident, data: bytes, filename: str, *, store: Location, at: datetime, by: Member | None
) -> Brought:
    """Take in every row that is whole; the same file brought twice takes nothing twice."""
    rows = open_table(data, filename)[0].rows
    start, columns = _columns(rows)
    headings = tuple(str(cell) for cell in rows[start])
    seed = uuid5(NAMESPACE_URL, sha256(data).hexdigest() + f":{incident.pk}:{store.pk}")
    taken, held, bad = 0, 0, []
    items = list(Item.objects.filter(active=True))
    for number, row in enumerate(rows[start + 1 :], start=start + 2):
        if not any(str(cell if cell is not None else "").strip() for cell in row):
            continue
        try:
            with transaction.atomic():
                facts = {code: row[column] if column < len(row) else "" for code, column in columns.items()}
                act = uuid5(seed, str(number))
                lot = receive(incident, _receipt(incident, items, facts, act, at, by), store=store, at=at, by=by)
        except UserError as error:
            bad.append(Bad(number, tuple(_text(cell) for cell in row), str(error)))
            continue
        taken += 1
        held += lot.state != "good"
    return Brought(taken, held, headings, tuple(bad))


def to_mend(text: str) -> tuple[list[str], list[list[str]]]:
    """The rows of `as_text` as a table with a column that says why."""
    try:
        given = json.loads(text)
        headings = [str(cell) for cell in given["h"]]
        rows = [[str(cell) for cell in row] for row in given["r"]]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(_("These rows cannot be read."), mend=_("Bring the file once more.")) from error
    width = max([len(headings), *(len(row) - 1 for row in rows)])
    headings += [""] * (width - len(headings))
    filled = [[*row[:-1], *([""] * (width - len(row) + 1)), row[-1]] for row in rows]
    return [*headings, _("why")], filled


def _columns(rows: list[list[Any]]) -> tuple[int, dict[str, int]]:
    words = {word: code for code, every in HEADINGS.items() for word in every}
    for number, row in enumerate(rows[:25]):
        found: dict[str, int] = {}
        for column, cell in enumerate(row):
            code = words.get(_text(cell).lower())
            if code is not None:
                found.setdefault(code, column)
        if all(code in found for code in NEEDED):
            return number, found
    raise UserError(
        _("No row names the columns that are needed."),
        field="file",
        mend=_("Give a heading with item, supplier, lot, packs and checked; best before where goods have a date."),
    )


def _receipt(
    incident: Incident, items: list[Item], facts: dict[str, Any], act: UUID, at: datetime, by: Member | None
) -> Receipt:
    item = _item(_text(facts["item"]), items)
    packs = _text(facts["packs"])
    if not packs.isdecimal() or int(packs) < 1:
        raise UserError(_("%(text)s is no number of packs.") % {"text": packs or "—"}, mend=_("Give 1 or more."))
    checked = _text(facts["checked"]).lower()
    if checked not in YES | NO:
        raise UserError(_("The row does not say whether the goods were in order."), mend=_("Write yes or no."))
    name = _text(facts["supplier"])
    supplier = save_supplier(incident, name, at=at, by=by) if name else None
    payer = _text(facts.get("payer", "")).lower()
    payer = PAID.get(payer, payer)
    if payer not in PAYERS:
        raise UserError(
            _("%(text)s is nobody who pays.") % {"text": payer}, mend=_("Write public, household or donor.")
        )
    date = _date(facts.get("best_before", ""))
    return Receipt(
        act,
        item,
        int(packs),
        _text(facts["number"]),
        supplier,
        end_of_day(date, incident) if date else None,
        {"list": checked in YES},
        payer,
        _text(facts.get("note", "")),
        door=named_door(door, doors_of(incident)) if (door := _text(facts.get("door", ""))) else None,
    )


def _item(text: str, items: list[Item]) -> Item:
    found = find_items(text, items)
    if len(found) == 1:
        return found[0]
    raise UserError(
        (_("%(text)s is several items.") if found else _("%(text)s is no item of the list.")) % {"text": text or "—"},
        mend=_("Write its code or its barcode."),
    )


def _date(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = _text(value)
    if not text:
        return None
    found = parse_birth(value if isinstance(value, int | float) else text, date(2100, 1, 1))
    if found is None or found.precision != "day":
        raise UserError(_("%(text)s is no date.") % {"text": text}, mend=_("Write it as 2022-05-31."))
    return found.date


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    return str(value).strip()
