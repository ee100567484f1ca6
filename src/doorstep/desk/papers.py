"""The desk's papers and tables: the receipt of an object, the lists of objects and offers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.desk.emergencies import place_in_words
from doorstep.desk.models import EntrustedObject, Offer
from doorstep.desk.rules import offer_kinds
from doorstep.paper import pdf

RECEIPT = Path(__file__).parent / "paper" / "receipt.typ"


def receipt(thing: EntrustedObject, at: datetime) -> bytes:
    """The receipt that the household keeps. It names the door, not the people."""
    incident = thing.incident
    facts = [
        [_("Object"), " · ".join(filter(None, (str(thing.get_kind_display()), thing.what)))],
        *([[_("Amount"), f"{thing.amount:.2f}"]] if thing.amount else []),
        [_("From door"), f"{thing.door.stair.building.compound.name} {place_in_words(thing.door)}"],
        [_("Given on"), _when(thing.given_at, incident)],
        [_("Who holds it now"), thing.holder.name if thing.holder else _("the household")],
    ]
    rows = [
        [_when(link.at, incident), link.giver_label or _("household"), link.taker_label or _("household"), link.note]
        for link in thing.chain.all()
    ]
    data = {
        "lang": "zh" if (get_language() or "zh").startswith("zh") else "en",
        "title": _("Receipt %(n)d") % {"n": thing.number},
        "facts": facts,
        "headings": [_("When"), _("From"), _("To"), _("Note")],
        "rows": rows,
        "closing": [
            _("It is given back against this receipt. It is always with one named person; ask for them at any time."),
        ],
        "signs": [_("the household, date"), _("who takes it, date")],
        "footer": f"{incident.name} · {_when(at, incident)}",
    }
    return pdf(RECEIPT, data, at=at)


def object_headings() -> list[str]:
    """The list of objects as a table."""
    return [
        _("number"),
        _("what it is"),
        _("described"),
        _("amount"),
        _("door"),
        _("held by"),
        _("given"),
        _("given back"),
    ]


def object_rows(things: Iterable[EntrustedObject], incident: Incident) -> list[list[Any]]:
    """The list of objects as a table."""
    return [
        [
            thing.number,
            thing.get_kind_display(),
            thing.what,
            thing.amount if thing.amount is not None else "",
            place_in_words(thing.door),
            thing.holder.name if thing.holder else "",
            thing.given_at.astimezone(incident.tz),
            thing.returned_at.astimezone(incident.tz) if thing.returned_at else "",
        ]
        for thing in things
    ]


def offer_headings() -> list[str]:
    """The offers as a table."""
    return [_("said at"), _("door"), _("what they can do"), _("words"), _("neighbours may hear of it"), _("state")]


def offer_rows(rows: Iterable[Offer], incident: Incident) -> list[list[Any]]:
    """The offers as a table."""
    kinds = offer_kinds()
    return [
        [
            offer.said_at.astimezone(incident.tz),
            place_in_words(offer.door),
            kinds.get(offer.kind, offer.kind),
            offer.text,
            _("yes") if offer.consent_at else _("no"),
            offer.get_state_display(),
        ]
        for offer in rows
    ]


def _when(at: datetime, incident: Incident) -> str:
    local = at.astimezone(incident.tz)
    return f"{formats.date_format(local, 'DATE_FORMAT')} {local:%H:%M}"
