"""Whether a permit lets its bearer pass here and now: one answer, with the words for both sides of the gate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.gate import permits, tokens
from doorstep.gate.models import Permit
from doorstep.gate.rules import leads_into
from doorstep.gate.words import bearer_label, kind_title
from doorstep.register.models import Gate


@dataclass(frozen=True)
class Verdict:
    """`look` is kept (may pass), broken (may not) or risk (ask); `title` and `words` say so; `way` is what comes next."""

    look: str
    title: str
    words: str
    permit: Permit | None = None
    label: str = ""
    kind: str = ""
    way: str = ""


def why_not(permit: Permit, *, at: datetime, gate: Gate | None = None, outward: bool) -> str:
    """What speaks against passing, in one sentence; "" for nothing. The way back is never shut: nobody is kept out of
    their home, no visitor is kept in."""
    away = permits.is_away(permit)
    if away and outward == (permit.way == Permit.Way.IN):
        return ""
    if permit.state == Permit.State.WITHDRAWN:
        return _("This permit was withdrawn.")
    if permit.state == Permit.State.REFUSED:
        return _("This permit was refused.")
    if permit.state == Permit.State.ASKED:
        return _("Nobody has decided about this permit yet.")
    if at >= permit.ends_at:
        return _("Its time is over.")
    if at < permit.starts_at:
        return _("Its time has not begun.")
    if gate is not None and not _is_for(permit, gate):
        return _("It is for another gate.")
    if permit.state == Permit.State.USED or (not permit.many and permits.trips(permit)):
        return _("It was for one trip, and that was made.")
    return ""


def _is_for(permit: Permit, gate: Gate) -> bool:
    """Whether a permit holds at a gate: one that it names, or any of its area."""
    only = {each.pk for each in permit.gates.all()}
    return gate.pk in only if only else leads_into(gate, permit.area_id)


def find(incident: Incident, said: str) -> tuple[Permit | None, bool]:
    """The permit that a square or a typed number names, and whether a square was forged."""
    said = said.strip()
    rows = Permit.objects.filter(incident=incident).select_related("person", "door__stair__building", "area")
    if said.startswith(tokens.HEAD + "."):
        signed = tokens.read(said)
        if signed is None:
            return None, True
        return (rows.filter(number=signed.number).first() if signed.incident == incident.pk else None), False
    number = "".join(char for char in said if char.isascii() and char.isdigit())
    return rows.filter(number=number).first() if number else None, False


def check(incident: Incident, said: str, *, at: datetime, gate: Gate | None = None) -> Verdict:
    """Look at a permit: by its square or its number."""
    permit, forged = find(incident, said)
    if forged:
        return Verdict("broken", _("Do not let pass"), _("This square was not made here."))
    if permit is None:
        return Verdict("risk", _("Ask first"), _("No permit has this number. Read it once more, or ask the desk."))
    away = permits.is_away(permit)
    outward = (permit.way == Permit.Way.OUT) != away
    label, kind, way = bearer_label(permit), kind_title(incident, permit.kind), "out" if outward else "in"
    if reason := why_not(permit, at=at, gate=gate, outward=outward):
        return Verdict("broken", _("Do not let pass"), reason, permit, label, kind, way)
    words = _("May go out.") if outward else _("May come in.")
    return Verdict("kept", _("May pass"), words, permit, label, kind, way)
