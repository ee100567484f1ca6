"""The numbers brief for the press: what stands on proof at doors, each with its time and what it counts (F9, S3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from doorstep.command.models import Incident
from doorstep.report import blocks
from doorstep.report.content import number
from doorstep.report.papers import language
from doorstep.report.periods import INSTANT, Period
from doorstep.report.rules import defaults
from doorstep.wiring.texts import in_language


@dataclass(frozen=True)
class BriefLine:
    """One public figure: its value in words, what it counts, and whether it is too small to be told."""

    title: str
    value: str
    definition: str
    hidden: bool


def brief(content: dict[str, Any]) -> list[BriefLine]:
    """The public ones of a period's figures; a figure that the room's data file does not name stays inside."""
    named: dict[str, dict[str, str]] = defaults()["brief"]["figures"]
    found = []
    for section in content["sections"]:
        for line in section["lines"]:
            code = f"{section['code']}.{line['code']}"
            definition = next((text for pattern, text in named.items() if fnmatchcase(code, pattern)), None)
            if definition is not None and line["public"] and line["value"] is not None:
                found.append(_line(line, definition))
    return found


def _line(line: dict[str, Any], definition: dict[str, str]) -> BriefLine:
    rules: dict[str, Any] = defaults()["brief"]
    counted = line["unit"] in {pgettext("unit", unit) for unit in rules["counted"]}
    value, of, least = line["value"], line["of"], rules["smallest"]
    hidden = counted and 0 < value < least
    said = _("fewer than %(n)d") % {"n": least} if hidden else number(value)
    if of is not None and not hidden and not (counted and of < least):
        said = _("%(value)s of %(of)s") % {"value": said, "of": number(of)}
    return BriefLine(line["title"], f"{said} {line['unit']}".strip(), in_language(definition), hidden)


def brief_paper(incident: Incident, period: Period, lines: list[BriefLine]) -> blocks.Paper:
    """The brief as a paper, in the language that is spoken now."""
    as_of = told_as_of(incident, period.end)
    heads = [_("figure"), _("value"), _("what it counts")]
    table = blocks.table(heads, [[line.title, line.value, line.definition] for line in lines])
    note = blocks.text(_("What nobody has proved at a door counts as not reached."))
    subtitle = f"{incident.name} · {period.told(incident)} · {as_of}"
    return blocks.Paper(_("Numbers brief"), subtitle, as_of, [table, note], language())


def told_as_of(incident: Incident, end: datetime) -> str:
    """The time at which the figures stood."""
    when = formats.date_format((end - INSTANT).astimezone(incident.tz), _("M j, H:i"))
    return _("as of %(when)s") % {"when": when}
