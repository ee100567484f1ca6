"""What the planner and the ledger say, in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command.models import Incident
from doorstep.rounds.demand import defaults
from doorstep.supplies.kit_ways import CODE
from doorstep.wiring.texts import in_language

OF_PERSONS = ("test", "check")  # of several at one door, each is for a person: `test:12`


def item_title(incident: Incident, kind: str, title: dict[str, str] | None = None) -> str:
    """What is handed over or done at the door. `title` is what another room calls it, or for whom of several it is."""
    if title and protocol.base_kind(kind) not in OF_PERSONS:
        return in_language(title)
    if title:
        return f"{item_title(incident, protocol.base_kind(kind))} · {in_language(title)}"
    if kind.startswith("kit:"):
        for kit in incident.protocol.supply.kits:
            if kind == f"kit:{kit.code}":
                return in_language(kit.title)
    if kind.startswith(f"{CODE}:"):
        return _("kit %(code)s") % {"code": kind.removeprefix(f"{CODE}:")}
    names = {
        "contact": _("contact"),
        "letter": _("letter"),
        "test": _("test"),
        "check": _("daily check"),
        "waste": _("refuse to collect"),
    }
    return names.get(protocol.base_kind(kind), kind)


def conflict_words(code: str) -> str:
    """A rule of visits that a plan could not hold to, in words."""
    said = {
        "late": _("after its due time"),
        "hot_late": _("the hot food has waited too long"),
        "spoilt": _("the fresh food has waited too long"),
        "hour_late": _("the test comes after its hour"),
        "infected_first": _("a stair with an infection comes before a clean one"),
        "no_skill": _("the carrier has not learnt what is to be done here"),
    }
    return said.get(code, code)


def conflict_mend(code: str) -> str:
    """What would mend it."""
    said = {
        "late": _("More carriers at the beginning, or an earlier beginning, would reach them in time."),
        "hot_late": _("Pack the hot food later, or give it a carrier more."),
        "spoilt": _("Pack the fresh food later, or give it a carrier more."),
        "hour_late": _("Begin earlier, or plan the tests as a round of their own."),
        "infected_first": _("Give these stairs to one carrier who goes there last."),
        "no_skill": _("Choose a carrier with this skill, or give the door to one who has it."),
    }
    return said.get(code, "")


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
