"""What the planner and the ledger say, in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.rounds.demand import defaults
from doorstep.wiring.texts import in_language


def item_title(incident: Incident, kind: str) -> str:
    """What is handed over or done at the door."""
    if kind.startswith("kit:"):
        for kit in incident.protocol.supply.kits:
            if kind == f"kit:{kit.code}":
                return in_language(kit.title)
    names = {"contact": _("contact"), "letter": _("letter"), "test": _("test"), "check": _("daily check")}
    return names.get(kind, kind)


def broken_rule(code: str) -> str:
    """Which rule of visits a stop breaks, in words; a code without words says itself."""
    return code.replace("_", " ")


def why_unserved(line: dict[str, Any]) -> str:
    """Why a door is on no round, in words."""
    reasons = {
        "too_heavy": _("heavier than a trolley holds"),
        "no_carrier": _("nobody is chosen to carry"),
        "no_time": _("the shifts end before"),
        "over_budget": _("the carriers' limit of work is reached"),
    }
    return reasons.get(line["reason"], line["reason"])


def default_walk(unplaced: int, stairs: int) -> str:
    """What a plan of rounds takes for the way to stairs that stand on no plan of their compound; "" where all do."""
    if not unplaced:
        return ""
    figures = {"unplaced": unplaced, "stairs": stairs, "metres": defaults()["stair_apart_m"]}
    return (
        _(
            "%(unplaced)s of %(stairs)s stairs have no position yet. Rounds are planned all the same: such a stair "
            "is taken to stand %(metres)s m beyond the one before it, in a line from the gate."
        )
        % figures
    )
