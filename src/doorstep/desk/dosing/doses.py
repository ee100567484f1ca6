"""How much a day: 早晚各1片, 一天三次每次两片, 每晚10单位, 1-0-1, bid, every 8 h."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from doorstep.desk.dosing.model import Dose
from doorstep.desk.dosing.runout import COUNTED
from doorstep.desk.dosing.words import NUMBER, unit_code, unit_pattern, words

MOST_AT_ONCE = 12.0  # more tablets than this at once are the number in a box
Span = tuple[int, int]


@dataclass(frozen=True)
class FoundDose:
    """A dose and the places of the text that said it."""

    dose: Dose
    spans: tuple[Span, ...]


def find_dose(text: str) -> FoundDose | None:
    """The dose that a text (lower case, digits) says; None where it says none."""
    needed = re.search(words()["as_needed"], text)
    found = _schedule(text) or _by_moments(text) or _by_times(text) or _a_day(text) or _at_moments(text)
    if needed is not None:
        spans = (*(found.spans if found else ()), needed.span())
        return FoundDose(Dose(None, found.dose.unit if found else "", True), spans)
    return found


def _schedule(text: str) -> FoundDose | None:
    """1-0-1, 8-8-10 单位, 1+0+1."""
    n, sign = NUMBER, r"\s*[-–—+/]\s*"
    pattern = rf"(?<![\d.\-/]){n}{sign}{n}{sign}{n}(?:{sign}{n})?(?![\d\-/])\s*({unit_pattern()})?"
    match = re.search(pattern, text)
    if match is None:
        return None
    head = match[0] if match[1] is None else match[0][: -len(match[1])]
    amounts = [float(one) for one in re.findall(NUMBER, head)]
    return FoundDose(Dose(sum(amounts), unit_code(match[1] or "")), (match.span(),)) if sum(amounts) else None


def _by_moments(text: str) -> FoundDose | None:
    """早晚各1片, 早8单位 晚12单位, 三餐前各6单位, 睡前1片, 10 units at bedtime, 2 in the morning and 1 at night."""
    unit = unit_pattern()
    verbs = r"(?:各|分别|每次|1次|服|口服|吃|打|注射|用|皮下注射|空腹|[饭餐][前后]|:|\s|,|、)*"
    many = rf"({_moment()}(?:[、和及,/&\s]|and)*(?:{_moment()}(?:[、和及,/&\s]|and)*)*)"
    total, kind, spans = 0.0, "", []
    meals = re.search(rf"(?:{words()['meals']}){verbs}({NUMBER})\s*({unit})?", text)
    if meals is not None:
        total, kind = 3 * float(meals[1]), unit_code(meals[2] or "")
        spans.append(meals.span())
        text = _blank(text, meals.span())
    for match in re.finditer(rf"(?:每|each |every |)?{many}{verbs}({NUMBER})\s*({unit})?(?!\s*次|\s*×)", text):
        is_mass = unit_code(match[3] or "") in ("mg", "g", "ug") and not re.search("[各服打射用吃次]", match[0])
        if is_mass or (match[3] is None and re.match(r"\s*(?:mg|ml|g|次|天)", text[match.end() :])):
            continue
        moments = len(re.findall(_moment(), match[1]))
        total += moments * float(match[2])
        kind = kind or unit_code(match[3] or "")
        spans.append(match.span())
        text = _blank(text, match.span())
    before = re.search(rf"({NUMBER})\s*({unit})\s*(?:{words()['meals']})", text) if meals is None else None
    if before is not None:
        total, kind = total + 3 * float(before[1]), unit_code(before[2])
        spans.append(before.span())
        text = _blank(text, before.span())
    reverse = rf"({NUMBER})\s*({unit})?\s*(?:,|in|at|每|各|each|every|by mouth)*\s*{many}"
    if not spans or re.search(r"[a-z]", text):
        for match in re.finditer(reverse, text):
            amount, code = float(match[1]), unit_code(match[2] or "")
            if text[: match.start()].rstrip().endswith("×") or (code in COUNTED and amount > MOST_AT_ONCE):
                continue
            total += len(re.findall(_moment(), match[3])) * (1 if code in ("mg", "g", "ug") else amount)
            kind = kind or ("" if code in ("mg", "g", "ug") else code)
            spans.append((match.start(3), match.end()) if code in ("mg", "g", "ug") else match.span())
    return FoundDose(Dose(total, kind), tuple(spans)) if total else None


def _by_times(text: str) -> FoundDose | None:
    """So often a day, with how much each time where it is said (one where it is not)."""
    often = _times(text)
    if often is None:
        return None
    times, span = often
    rest = _blank(text, span)
    each = _each(rest, span)
    amount, unit, spans = each if each else (1.0, "", ())
    return FoundDose(Dose(times * amount, unit), (span, *spans))


def _times(text: str) -> tuple[float, Span] | None:
    n = NUMBER
    counted = (
        rf"(?:每|1)?\s*[日天]\s*(?:服|吃|用|打)?\s*(?P<n>{n})\s*次",
        rf"(?P<n>{n})\s*次\s*/?\s*(?:每|1)?\s*[日天](?!半)",
        rf"(?P<n>{n})\s*(?:×|x|times?)\s*(?:a|per|/|each|every)?\s*(?:day|daily|d)(?![a-z])",
        rf"(?P<n>{n})\s*/\s*(?:d|day|日|天)(?![a-z])",
    )
    for pattern in counted:
        if match := re.search(pattern, text):
            return float(match["n"]), match.span()
    if match := re.search(rf"(?:每|every|q)\s*({n})\s*(?:个)?(?:小时|hours?|hrs?|h)(?![a-z])(?:\s*1?次)?", text):
        hours = float(match[1])
        return (24 / hours, match.span()) if hours else None
    if match := re.search(rf"每\s*({n})\s*[天日]\s*(?:1?次)?|every ({n}) days", text):
        days = float(match[1] or match[2])
        return (1 / days, match.span()) if days else None
    if match := re.search(rf"每?(?:周|星期|week)\s*({n})\s*次|({n})\s*(?:times|×) (?:a|per) week", text):
        return float(match[1] or match[2]) / 7, match.span()
    for pattern, times in words()["times"]:
        if match := re.search(pattern, text):
            return float(times), match.span()
    return None


def _each(text: str, span: Span) -> tuple[float, str, tuple[Span, ...]] | None:
    """How much each time: said with 每次, or standing beside the words that say how often."""
    unit = unit_pattern()
    said = re.search(rf"(?:每次|1次|各|each time)\s*(?:服|口服|吃|用|打|注射|:)*\s*({NUMBER})\s*({unit})?", text)
    said = said or re.search(rf"({NUMBER})\s*({unit})\s*/?\s*(?:每|1)?次", text)
    if said is not None:
        return float(said[1]), unit_code(said[2] or ""), (said.span(),)
    after = re.match(rf"[\s,、:(]*(?:服|口服|吃|用|打|take)?\s*({NUMBER})\s*({unit})", text[span[1] :])
    if after is not None and _at_once(after, text[span[1] + after.end() :]):
        place = (span[1] + after.start(1), span[1] + after.end())
        return float(after[1]), unit_code(after[2]), (place,)
    before = re.search(rf"(?<![×\d.:/-])({NUMBER})\s*({unit})\s*(?:po|by mouth|,|、|口服|\s)*$", text[: span[0]])
    if before is not None and not text[: before.start()].rstrip().endswith("×") and _at_once(before, ""):
        return float(before[1]), unit_code(before[2]), ((before.start(), before.end(2)),)
    return None


def _at_once(match: re.Match[str], following: str) -> bool:
    """Whether an amount is one that is taken at once: no mass, no number in a box."""
    code = unit_code(match[2])
    if code in ("mg", "g", "ug", "ml") or following.lstrip().startswith(("×", "/", "装")):
        return False
    return code == "unit" or code in ("puff", "drop") or float(match[1]) <= MOST_AT_ONCE


def _a_day(text: str) -> FoundDose | None:
    """每日1片, 一天2片, 2片/天, 30 units a day."""
    unit = unit_pattern()
    match = re.search(rf"(?:每|1)\s*[日天晚早]\s*(?:共|总共|服|口服|吃|用|打|注射|约)*\s*({NUMBER})\s*({unit})", text)
    match = match or re.search(
        rf"({NUMBER})\s*({unit})\s*(?:/|每|a |per |each |every )\s*(?:1\s*)?(?:日|天|day|d)(?![a-z])", text
    )
    if match is None:
        return None
    return FoundDose(Dose(float(match[1]), unit_code(match[2])), (match.span(),))


def _at_moments(text: str) -> FoundDose | None:
    """睡前, 早晚, every morning: one each time."""
    match = re.search(words()["only_moments"], text)
    if match is None:
        return None
    return FoundDose(Dose(float(max(1, len(re.findall(_moment(), match[0]))))), (match.span(),))


@cache
def _moment() -> str:
    return f"(?:{'|'.join(_whole(pattern) for (pattern,) in words()['moments'])})"


def _whole(pattern: str) -> str:
    """Latin alternatives of a pattern are whole words."""
    parts = _alternatives(pattern)
    return "|".join(rf"(?<![a-z]){part}(?![a-z])" if re.search("[a-z]", part) else part for part in parts)


def _alternatives(pattern: str) -> list[str]:
    parts, depth, now = [], 0, ""
    for sign in pattern:
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and depth == 0:
            parts.append(now)
            now = ""
        else:
            now += sign
    return [*parts, now]


def _blank(text: str, span: Span) -> str:
    """The text with a place made empty, so that other places keep their numbers."""
    return text[: span[0]] + " " * (span[1] - span[0]) + text[span[1] :]
