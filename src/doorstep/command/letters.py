"""The letter to residents: written in versions, never changed once written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.utils import formats, translation
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Area, Incident, Member, Notice, Organisation
from doorstep.errors import UserError
from doorstep.paper import pdf
from doorstep.wiring.texts import in_language

LANGUAGES = ("zh-hans", "en")


def last_letter(incident: Incident, kind: str = Notice.Kind.LETTER) -> Notice | None:
    """The newest version, or None before the first."""
    return Notice.objects.filter(incident=incident, kind=kind).order_by("-version").first()


@cache
def _file() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "letter.yaml").read_text("utf-8"))
    return loaded


def starting_text(incident: Incident) -> dict[str, dict[str, str]]:
    """A first text from letter.yaml, filled in from the incident and its protocol: a draft for a person to read."""
    words, rules = _file(), incident.protocol
    found = {}
    for language, text in words["text"].items():
        short = language[:2]
        services = words["join"][short].join(
            words["every" if kit.every_days else "once"][short].format(
                title=kit.title[short], days=f"{kit.every_days or 0:g}"
            )
            for kit in rules.supply.kits
        )
        facts = {
            "incident": incident.name,
            "why": (incident.trigger_text or incident.name).rstrip("。. "),
            "rules": rules.title[short],
            "issuer": rules.issuer[short],
            "services": services or rules.title[short],
        }
        found[language] = {"title": text["title"], "body": text["body"].format(**facts)}
    return found


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


def complaint_of(area: Area) -> Organisation | None:
    """Where to complain: the nearest office above the team that can be reached (F33)."""
    leader = area.supply_team.leader if area.supply_team else None
    here = area.owner or (leader.organisation if leader else None)
    while here is not None:
        here = here.parent
        if here is not None and here.phone:
            return here
    return Organisation.objects.filter(parent=None).exclude(phone="").order_by("pk").first()


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


def letter_pdf(letter: Notice, language: str, area: Area | None, *, large: bool = False) -> bytes:
    """The letter as a PDF in one of its languages, in large type where asked, with the facts of an area below."""
    text = letter.texts.get(language) or next(iter(letter.texts.values()))
    with translation.override(language):
        written = formats.date_format(letter.created_at.astimezone(letter.incident.tz), "Y-m-d H:i")
        data = {
            "lang": language[:2],
            "size": 17 if large else 11,
            "title": text.get("title", ""),
            "blocks": [{"heading": b.heading, "paragraphs": b.paragraphs} for b in blocks(text.get("body", ""))],
            "facts": facts_of(area) if area else [],
            "facts_title": _("In your area"),
            "footer": _("%(incident)s · version %(number)s of %(when)s")
            % {"incident": letter.incident.name, "number": letter.version, "when": written},
        }
    return pdf(Path(__file__).parent / "paper" / "letter.typ", data, at=letter.created_at)


@transaction.atomic
def write_letter(
    incident: Incident,
    texts: dict[str, dict[str, str]],
    *,
    at: datetime,
    by: Member | None = None,
    kind: str = Notice.Kind.LETTER,
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
    last = last_letter(incident, kind)
    if last is not None and last.texts == kept:
        return last
    version = last.version + 1 if last else 1
    letter = Notice.objects.create(incident=incident, kind=kind, version=version, texts=kept, created_at=at)
    journal.record("write_letter", incident=incident, subject=letter, by=by, occurred_at=at, label=f"{letter}")
    return letter
