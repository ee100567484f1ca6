"""A paper list becomes lines: name, strength, form, pack, dose, what is left. Whatever is read is read back to the resident."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from doorstep.desk.dosing.amounts import Left, find_form, find_left, find_packed, find_release
from doorstep.desk.dosing.doses import find_dose
from doorstep.desk.dosing.model import Dose, Strength
from doorstep.desk.dosing.names import Drug, find
from doorstep.desk.dosing.words import plain_text, with_digits, words

LEAST_UNITS = 4
LEAST_PUFFS = 20  # fewer are a dose, not what is in an inhaler
MARKER = re.compile(r"^\s*(?:[-•·●*]+|[①-⑳]|[(（]?\d{1,2}\s*[.、)）](?!\d)|第\d+[、:：])\s*")


@dataclass(frozen=True)
class ReadLine:
    """What one line says. `sure` is false where the name is a guess or unknown: it must be asked."""

    written: str
    name: str
    drug: Drug | None = None
    brand: str = ""
    form: str = ""
    release: str = ""
    strength: Strength | None = None
    volume_ml: float | None = None
    count: float | None = None
    unit: str = "tablet"
    packs: float | None = None
    dose: Dose | None = None
    left: Left | None = None
    sure: bool = True


def read_line(written: str) -> ReadLine:
    """What a line of a list says."""
    bare = MARKER.sub("", written).strip()
    text = plain_text(bare)
    found = find(text)
    rest = f"{text[: found.start]} {text[found.end :]}" if found else text
    rest = with_digits(rest)
    left = find_left(rest)
    rest = _blank(rest, left.span) if left else rest
    dosed = find_dose(rest)
    for span in dosed.spans if dosed else ():
        rest = _blank(rest, span)
    form = find_form(text) or (found.drug.form if found else "")
    packed = find_packed(rest)
    unit = words()["units_of_form"].get(form, "") or packed.unit or "tablet"
    count = packed.count
    volume = packed.volume_ml
    if packed.unit in ("puff", "drop") and (count or 0) >= LEAST_PUFFS:
        unit, count, volume = "bottle", 1.0, packed.count
    elif packed.unit in ("puff", "drop"):
        count = None
    name = found.written if found else _head(bare)
    return ReadLine(
        bare,
        name,
        found.drug if found else None,
        found.brand if found and found.sure else "",
        form,
        find_release(text),
        packed.strength,
        volume,
        count,
        unit,
        packed.packs,
        _in_units(dosed.dose, found.drug if found else None) if dosed else None,
        left,
        bool(found and found.sure),
    )


def read_list(text: str) -> list[ReadLine]:
    """The lines of a paper list or a chat: one for each medicine."""
    parts: list[str] = []
    for row in re.split(r"[\n\r;；]+", text):
        parts += _apart(row)
    return [read_line(part) for part in parts if re.search(r"[^\W\d_]", part)]


def _apart(row: str) -> list[str]:
    """Several medicines in one row are cut at commas, where what follows names another one."""
    pieces = re.split(r"([,，、。+]|(?<![a-zA-Z])and(?![a-zA-Z])|和)", row)
    parts: list[str] = [pieces[0]]
    for sign, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        before, after = find(plain_text(parts[-1])), find(plain_text(piece))
        if before and before.sure and after and after.sure:
            parts.append(piece)
        else:
            parts[-1] += sign + piece
    return [part.strip() for part in parts if part.strip()]


def _in_units(dose: Dose, drug: Drug | None) -> Dose | None:
    """早12晚10 of an insulin is units, not pens; "at bedtime" alone does not say how many."""
    if dose.unit or drug is None or drug.klass != "insulin" or dose.per_day is None:
        return dose
    return replace(dose, unit="unit") if dose.per_day >= LEAST_UNITS else None


def _head(text: str) -> str:
    """The words before the first number: what an unknown medicine is called."""
    head = re.split(r"\d|[,，、:：(（*×]", text, maxsplit=1)[0].strip()
    return (head or text)[:80]


def _blank(text: str, span: tuple[int, int]) -> str:
    return text[: span[0]] + " " * (span[1] - span[0]) + text[span[1] :]
