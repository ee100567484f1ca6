"""Strength, content of a pack, packs asked for, what is left at home: 300u:3ml, 0.5g*6片, 5mg×28, 2盒, 还剩5片."""

from __future__ import annotations

import re
from dataclasses import dataclass

from doorstep.desk.dosing.model import Strength
from doorstep.desk.dosing.words import NUMBER, unit_code, unit_pattern, words

AMOUNT = r"(?:国际单位|单位|iu|units?|u|毫克|微克|克|mg|mcg|ug|μg|g)(?![a-z])"
VOLUME = r"(?:毫升|ml)(?![a-z])"
WHOLE = r"(?:毫升|ml|片|粒|支|喷|揿|袋|tab|tablet|dose)s?(?![a-z])"


@dataclass(frozen=True)
class Packed:
    """What a line says of the pack: strength, volume (ml), how many are in a pack, how many packs are asked for."""

    strength: Strength | None = None
    volume_ml: float | None = None
    count: float | None = None
    unit: str = ""
    packs: float | None = None


@dataclass(frozen=True)
class Left:
    """What is left at home: so many of a unit ("pack" for boxes), or so many days."""

    amount: float | None = None
    unit: str = ""
    days: float | None = None
    span: tuple[int, int] = (0, 0)


def find_packed(text: str) -> Packed:
    """What a text (lower case, digits; name and dose taken out) says of the pack."""
    strength, volume, text = _strength(text)
    packs, text = _packs(text)
    count, unit = _count(text)
    return Packed(strength, volume, count, unit, packs)


def find_left(text: str) -> Left | None:
    """What a text says is left at home."""
    n, unit = NUMBER, unit_pattern()
    have = r"(?:还剩|剩下|只剩|剩余|剩|还有|家里有|家有|现有|库存|余|at home:?|have)\s*(?:大概|约|about|only)?\s*"
    days = re.search(rf"(?:够|能用|能吃|能打|可用|撑|{have})\s*(?:吃|用|打)?\s*({n})\s*(?:天|日|days?)", text)
    days = days or re.search(rf"({n})\s*days? (?:left|supply|of supply)|({n})\s*天的?量", text)
    if days is not None:
        return Left(None, "", float(days[1] or days[2]), days.span())
    packs = re.search(rf"{have}({n})\s*(?:盒|box(?:es)?|packs?)", text)
    if packs is not None:
        return Left(float(packs[1]), "pack", None, packs.span())
    found = re.search(rf"{have}({n})\s*({unit})?", text) or re.search(
        rf"({n})\s*({unit})?\s*(?:left|remaining|at home)", text
    )
    return Left(float(found[1]), unit_code(found[2] or ""), None, found.span()) if found else None


def find_form(text: str) -> str:
    """The form that a text names; "" for none."""
    return next((str(code) for code, pattern in words()["forms"] if re.search(pattern, text)), "")


def find_release(text: str) -> str:
    """Slow, enteric, dispersible; "" for plain."""
    return next((str(code) for code, pattern in words()["release"] if re.search(pattern, text)), "")


def _strength(text: str) -> tuple[Strength | None, float | None, str]:
    """The strength, a volume beside it, and the text without both."""
    n = NUMBER
    ratio = re.search(rf"({n})\s*({AMOUNT})\s*(?:[:/]|每)\s*({n})?\s*({WHOLE})", text)
    if ratio is not None:
        rest = _cut(text, ratio)
        per, per_unit = float(ratio[3] or 1), unit_code(ratio[4]) or "ml"
        strength = Strength(
            float(ratio[1]), unit_code(ratio[2]), per if per_unit == "ml" else 0, "ml" if per_unit == "ml" else ""
        )
        volume = re.search(rf"({n})\s*{VOLUME}", rest)
        if per_unit == "ml" and (volume is not None or ratio[3]):
            rest = _cut(rest, volume) if volume else rest
            return strength, float(volume[1]) if volume else per, rest
        return strength, None, rest
    mass = re.search(rf"({n})\s*({AMOUNT})(?:\s*/\s*({n})\s*({AMOUNT}))?", text)
    percent = re.search(rf"({n})\s*%", text) if mass is None else None
    rest = _cut(text, mass) if mass else _cut(text, percent) if percent else text
    volume = re.search(rf"({n})\s*{VOLUME}", rest)
    ml = float(volume[1]) if volume else None
    rest = _cut(rest, volume) if volume else rest
    if mass is not None:
        amount = float(mass[1])
        return Strength(amount, unit_code(mass[2]), ml or 0, "ml" if ml else ""), ml, rest
    if percent is not None:
        return Strength(float(percent[1]), "%"), ml, rest
    return None, ml, rest


def _packs(text: str) -> tuple[float | None, str]:
    signs = "|".join(words()["packs"])
    found = re.search(rf"×?\s*({NUMBER})\s*(?:{signs})(?![a-z])", text)
    return (float(found[1]), _cut(text, found)) if found else (None, text)


def _count(text: str) -> tuple[float | None, str]:
    """How many are in a pack: factors are multiplied (7片×4板)."""
    counted = "|".join(
        pattern
        for code, patterns in words()["count_units"].items()
        if code not in ("mg", "g", "ug", "ml", "unit")
        for pattern in patterns
    )
    signs = rf"(?:{counted}|板|张|根|个|排|s)"
    factors = re.findall(rf"(×)?\s*({NUMBER})\s*({signs})?(?![a-z\d%])", text)
    total, unit, any_sign = 1.0, "", False
    for times, number, sign in factors:
        if not (times or sign):
            continue
        total *= float(number)
        any_sign = True
        unit = unit or (unit_code(sign) if sign else "")
    return (total, unit) if any_sign else (None, "")


def _cut(text: str, match: re.Match[str] | None) -> str:
    return text if match is None else f"{text[: match.start()]} {text[match.end() :]}"
