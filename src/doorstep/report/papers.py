"""The situation report as a paper: the figures hard and warm side by side in turn, the sentences, who signed it."""

from __future__ import annotations

from typing import Any

from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from doorstep.report import blocks
from doorstep.report.content import by_side, collect, spoken
from doorstep.report.models import Report
from doorstep.report.narrative import PARTS
from doorstep.report.periods import Period

MOST_SIGNS = 16  # of a hash, as people compare it by eye


def language() -> str:
    """The short code of the language that is spoken now."""
    return "zh" if (get_language() or "zh").startswith("zh") else "en"


def side_title(side: str) -> str:
    """A side of the report in words."""
    return {"hard": _("Containment"), "warm": _("Service")}.get(side, _("Both"))


def part_title(part: str) -> str:
    """A part of the text in words."""
    titles = {"events": _("Main events"), "problems": _("Open problems"), "coming": _("What comes next")}
    return titles.get(part, _("Remarks"))


def content_of(report: Report) -> dict[str, Any]:
    """The figures of a report in the language that is spoken now: as issued, or counted afresh for a draft."""
    if report.is_draft:
        return collect(report.incident, report.starts_at, report.ends_at)
    fixed: dict[str, Any] = report.content.get(language(), {})
    return fixed


def situation_paper(report: Report) -> blocks.Paper:
    """The whole report, in the language that is spoken now."""
    incident, content = report.incident, content_of(report)
    texts = report.texts.get(language(), {})
    period = Period(report.starts_at, report.ends_at).told(incident)
    parts = []
    if texts.get("own"):
        parts.append(blocks.lines(texts["own"]))
    for side, sections in by_side(content):
        if sections:
            parts.append(blocks.heading(side_title(side)))
            heads = [_("figure"), _("value"), _("unknown"), _("remarks")]
            parts.append(blocks.table(heads, [_row(line) for section in sections for line in section["lines"]]))
    for part in PARTS[:3]:
        if texts.get(part):
            parts += [blocks.heading(part_title(part)), blocks.lines(texts[part])]
    shown = [chart for chart in content.get("charts", []) if len(chart["bars"]) <= 31]
    if shown:
        parts.append(blocks.heading(_("Day by day")))
        parts += [blocks.bars(chart["title"], [(day, value) for day, value in chart["bars"]]) for chart in shown]
    number = _("No. %(n)d") % {"n": report.number} if report.number else _("draft")
    return blocks.Paper(
        _("Situation report"), f"{incident.name} · {period} · {number}", _footer(report, number), parts, language()
    )


def _row(line: dict[str, Any]) -> list[str]:
    return [line["title"], spoken(line), str(line["unknown"] or ""), line["note"]]


def _footer(report: Report, number: str) -> str:
    if report.issued_at is None:
        return _("draft, not signed · unknown counts as not reached")
    when = formats.date_format(report.issued_at.astimezone(report.incident.tz), _("M j, H:i"))
    facts = {"number": number, "who": report.signed_name, "when": when, "hash": report.journal_hash[:MOST_SIGNS]}
    return _("%(number)s · signed by %(who)s, %(when)s · journal %(hash)s · unknown counts as not reached") % facts
