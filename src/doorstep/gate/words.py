"""How doors, bearers and kinds at the gate are called."""

from __future__ import annotations

from collections.abc import Iterable

from doorstep.command.models import Incident
from doorstep.gate.models import Crossing, Permit
from doorstep.protocol.schema import Named
from doorstep.register.models import Door
from doorstep.register.sight import shown_name
from doorstep.wiring.texts import in_language


def door_label(door: Door) -> str:
    """Building-stair-number, as people say it."""
    return f"{door.stair.building.name}-{door.stair.name}-{door.number}"


def bearer_name(permit: Permit, *, full: bool = False) -> str:
    """Who bears it: a resident's name masked unless it may be seen; a visitor or a plate as it was written."""
    if permit.person is not None:
        return shown_name(permit.person.name, full)
    return permit.bearer_text or str(permit.get_bearer_display())


def bearer_label(permit: Permit, *, full: bool = False) -> str:
    """The bearer and the door: what stands on the paper and at the gate."""
    parts = [bearer_name(permit, full=full)]
    if permit.door is not None:
        parts.append(door_label(permit.door))
    if permit.persons > 1:
        parts.append(f"×{permit.persons}")
    return " · ".join(parts)


def crossing_label(crossing: Crossing) -> str:
    """Who or what crossed, in a few words."""
    if crossing.permit is not None:
        return bearer_label(crossing.permit)
    parts = [crossing.label]
    if crossing.door is not None:
        parts.append(door_label(crossing.door))
    named = " · ".join(part for part in parts if part)
    return named or str(crossing.get_what_display())


def kind_title(incident: Incident, kind: str) -> str:
    """A kind of exit in words."""
    title = incident.protocol.exit_kinds.get(kind)
    return in_language(title) if title else kind


def title_of(named: Iterable[Named], code: str) -> str:
    """The title of a code in a list of the protocol; the code itself where the rules have changed."""
    return next((in_language(one.title) for one in named if one.code == code), code)


def spaced(number: str) -> str:
    """A permit's number in two groups, to be read out."""
    return f"{number[:3]} {number[3:]}"
