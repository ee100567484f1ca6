"""The kinds of promises in words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from doorstep.command.models import Incident
from doorstep.wiring.texts import in_language

KINDS = {
    "contact": _("contact"),
    "answer": _("answer to a request"),
    "letter": _("letter"),
    "review": _("review"),
    "exit_check": _("exits check"),
    "check": _("daily check"),
    "test": _("test"),
    "waste": _("refuse to collect"),
    "medicine_ask": _("medicines asked for"),
    "food_days": _("days of food"),
}


def kind_title(incident: Incident, kind: str) -> str:
    """A kind in the words of the protocol, else of the catalogue."""
    if kind.startswith("kit:"):
        for kit in incident.protocol.supply.kits:
            if kind == f"kit:{kit.code}":
                return in_language(kit.title)
    return str(KINDS.get(kind.partition(":")[0], kind))
