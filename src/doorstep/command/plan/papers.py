"""Papers of command: blocks of facts, text and tables, set by one template in the language of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.paper import pdf

TEMPLATE = Path(__file__).parent.parent / "paper" / "command_form.typ"


@dataclass(frozen=True)
class Block:
    """A part of a form: `facts` (title, value), `paragraphs`, or a table of `heads` and `rows`; `widths` are shares."""

    heading: str
    facts: Sequence[tuple[str, str]] = ()
    paragraphs: Sequence[str] = ()
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    widths: Sequence[float] = ()
    empty: str = ""


@dataclass(frozen=True)
class Paper:
    """A form before it is set: its number, its parts, who signs, what stands at its foot."""

    number: str
    title: str
    incident: Incident
    subtitle: str
    blocks: Sequence[Block]
    signatures: Sequence[tuple[str, str]] = ()
    foot: str = ""
    lying: bool = False


def paper_pdf(paper: Paper, *, at: datetime) -> bytes:
    """The form as a PDF."""
    incident = paper.incident
    drill = _("Exercise") if incident.clock_kind == "exercise" else ""
    data: dict[str, Any] = {
        "lang": "zh" if (get_language() or "zh").startswith("zh") else "en",
        "number": paper.number,
        "title": paper.title,
        "incident": " · ".join(filter(None, (incident.name, drill))),
        "subtitle": paper.subtitle,
        "blocks": [asdict(block) for block in paper.blocks],
        "signatures": paper.signatures,
        "lying": paper.lying,
        "foot": " · ".join(filter(None, (_("made %(when)s") % {"when": local(at, incident)}, paper.foot))),
    }
    return pdf(TEMPLATE, data, at=at)


def local(at: datetime | None, incident: Incident) -> str:
    """An instant in the incident's zone, short."""
    return formats.date_format(at.astimezone(incident.tz), "Y-m-d H:i") if at else "—"


def short(at: datetime | None, incident: Incident) -> str:
    """Day and time without the year."""
    return formats.date_format(at.astimezone(incident.tz), _("M j, H:i")) if at else "—"
