"""The letter to residents: written in versions, never changed once written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from difflib import ndiff
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import formats, translation
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command import journal
from doorstep.command.models import Area, Incident, Member, Notice
from doorstep.command.notices.facts import complaint_of, filled_text, spoken_for
from doorstep.errors import UserError
from doorstep.paper import pdf
from doorstep.wiring.texts import in_language

LANGUAGES = ("zh-hans", "en")
PAPER = Path(__file__).parent / "paper" / "letter.typ"
FIELDS = {"zh-hans": "zh", "zh-hant": "zh_hant"}  # of a form: a name may hold no dash
__all__ = [
    "Block",
    "blocks",
    "complaint_of",
    "differences",
    "facts_of",
    "last_letter",
    "letter_pdf",
    "sheet",
    "starting_text",
    "write_letter",
]


def last_letter(incident: Incident) -> Notice | None:
    """The newest version, or None before the first."""
    return Notice.objects.filter(incident=incident, kind=Notice.Kind.LETTER).order_by("-version").first()


def starting_text(incident: Incident) -> dict[str, dict[str, str]]:
    """The protocol's template in each language, with its {facts}: a draft for a person to read and change."""
    return {
        language: {"title": text.headline, "body": protocol.body_of(text)}
        for language, text in protocol.letter_templates(incident.protocol).items()
    }


@dataclass(frozen=True)
class Block:
    """A part of a letter: a heading (or none) and its paragraphs."""

    heading: str
    paragraphs: tuple[str, ...]


def blocks(body: str) -> list[Block]:
    """A body in parts: a line that begins with `# ` heads what follows."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    for line in body.splitlines():
        if line.startswith("# "):
            parts.append((line[2:].strip(), []))
        elif line.strip():
            parts[-1][1].append(line.strip())
    return [Block(heading, tuple(lines)) for heading, lines in parts if heading or lines]


def facts_of(area: Area) -> list[tuple[str, str]]:
    """What is printed below a letter for one area, in the language that is active."""
    zone, tz = area.incident.protocol.zones[area.zone], area.incident.tz
    team, office = area.supply_team, complaint_of(area)

    def local(instant: datetime | None) -> str:
        return formats.date_format(instant.astimezone(tz), _("M j, H:i")) if instant else ""

    above = " ".join(filter(None, (office.name, office.phone))) if office else ""
    lines = [
        (_("Area"), f"{area.name} · {in_language(zone.title)}"),
        (_("Measures"), in_language(zone.rule)),
        (_("Reason"), area.reason),
        (_("Basis"), area.basis),
        (_("In force since"), local(area.effective_at)),
        (_("Review due"), local(area.review_at)),
        (_("Ends when"), area.ends_when),
        (_("First delivery"), local(area.first_delivery_at)),
        (_("Team that answers for supply"), team.name if team else ""),
        (_("Emergency number"), area.emergency_phone),
        (_("Where to complain"), above),
    ]
    return [(title, text or "—") for title, text in lines]


def sheet(letter: Notice, language: str, area: Area | None, *, large: bool = False) -> dict[str, Any]:
    """What one letter on paper holds, in one of its languages, with the facts of an area in the text and below it."""
    text = filled_text(letter, language, area)
    with translation.override(spoken_for(language)):
        written = formats.date_format(letter.created_at.astimezone(letter.incident.tz), "Y-m-d H:i")
        return {
            "lang": language[:2],
            "size": 17 if large else 11,
            "title": text["title"],
            "blocks": [{"heading": b.heading, "paragraphs": b.paragraphs} for b in blocks(text["body"])],
            "facts": facts_of(area) if area else [],
            "facts_title": _("In your area"),
            "drill": _("Exercise") if letter.incident.clock_kind == Incident.ClockKind.EXERCISE else "",
            "footer": _("%(incident)s · version %(number)s of %(when)s")
            % {"incident": letter.incident.name, "number": letter.version, "when": written},
            "card": None,
        }


def letter_pdf(letter: Notice, language: str, area: Area | None, *, large: bool = False) -> bytes:
    """The letter as a PDF in one of its languages, in large type where asked."""
    one = sheet(letter, language, area, large=large)
    return pdf(PAPER, {"title": one["title"], "lang": one["lang"], "sheets": [one]}, at=letter.created_at)


def differences(older: Notice, newer: Notice, language: str) -> list[tuple[str, str]]:
    """What a version changed in one language, line by line: ("+", new), ("-", gone) or ("", stays)."""

    def lines(notice: Notice) -> list[str]:
        text = notice.texts.get(language, {})
        return [line for line in (text.get("title", ""), *text.get("body", "").splitlines()) if line.strip()]

    compared = ndiff(lines(older), lines(newer))
    return [(mark.strip(), line) for mark, line in ((one[:2], one[2:]) for one in compared) if mark != "? "]


@transaction.atomic
def write_letter(
    incident: Incident,
    texts: dict[str, dict[str, str]],
    *,
    at: datetime,
    by: Member | None = None,
) -> Notice:
    """Write a new version. Chinese is needed; other languages where residents read them. The same text is no version."""
    kept = {
        language: {"title": text.get("title", "").strip(), "body": text.get("body", "").strip()}
        for language, text in texts.items()
        if text.get("body", "").strip()
    }
    if not kept.get(LANGUAGES[0], {}).get("body"):
        raise UserError(
            _("The letter has no Chinese text."), field="zh_body", mend=_("Write it in a few short sentences.")
        )
    for language, text in kept.items():
        if unknown := protocol.unknown_facts(f"{text['title']} {text['body']}"):
            raise UserError(
                _("No fact is called {%(name)s}.") % {"name": unknown[0]},
                field=f"{FIELDS.get(language, language)}_body",
                mend=_("Take one of the list below, or write it out."),
            )
    last = last_letter(incident)
    if last is not None and last.texts == kept:
        return last
    version = last.version + 1 if last else 1
    letter = Notice.objects.create(incident=incident, version=version, texts=kept, created_at=at, by=by)
    journal.record("write_letter", incident=incident, subject=letter, by=by, occurred_at=at, label=f"{letter}")
    return letter
