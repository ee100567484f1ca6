"""A permit on paper, with its square; the list of valid permits for a gate that has no device."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import segno
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Area, Incident, Member
from doorstep.gate import tokens
from doorstep.gate.models import Permit
from doorstep.gate.queries import valid_permits
from doorstep.gate.words import bearer_label, kind_title
from doorstep.paper import pdf
from doorstep.register.models import Gate

FOLDER = Path(__file__).parent / "paper"


def token_of(permit: Permit) -> str:
    """The signed text of a permit's square."""
    gates = tuple(gate.pk for gate in permit.gates.all())
    return tokens.sign(
        tokens.Pass(
            permit.incident_id,
            permit.number,
            permit.kind,
            bearer_label(permit),
            permit.starts_at,
            permit.ends_at,
            permit.area_id,
            permit.way,
            permit.many,
            gates,
        )
    )


def square(permit: Permit, *, scale: int = 4) -> str:
    """The square as SVG."""
    out = io.BytesIO()
    segno.make_qr(token_of(permit), error="m").save(out, kind="svg", border=2, scale=scale, xmldecl=False, light="#fff")
    return out.getvalue().decode()


def window(permit: Permit) -> str:
    """From when until when, in the incident's time."""
    tz = permit.incident.tz
    starts, ends = permit.starts_at.astimezone(tz), permit.ends_at.astimezone(tz)
    same_day = starts.date() == ends.date()
    return f"{starts:%Y-%m-%d %H:%M} – {ends:%H:%M}" if same_day else f"{starts:%Y-%m-%d %H:%M} – {ends:%Y-%m-%d %H:%M}"


def slip(permit: Permit, *, at: datetime, by: Member | None) -> bytes:
    """A PDF of one permit. Who printed it stands in the journal."""
    journal.record("print_permit", incident=permit.incident, subject=permit, by=by, occurred_at=at, label=str(permit))
    gates = (
        "、".join(gate.name for gate in permit.gates.all())
        if _chinese()
        else ", ".join(g.name for g in permit.gates.all())
    )
    lines = [
        [_("Number"), str(permit)],
        [_("For"), bearer_label(permit)],
        [_("Kind"), kind_title(permit.incident, permit.kind)],
        [_("Valid"), window(permit)],
        [_("Trips"), _("more than one") if permit.many else _("one trip")],
        [_("Area"), permit.area.name],
        [_("Gates"), gates or _("every gate")],
    ]
    data = {
        "lang": "zh" if _chinese() else "en",
        "title": _("Permit to go out") if permit.way == Permit.Way.OUT else _("Permit to come in"),
        "number": str(permit),
        "lines": lines,
        "qr": square(permit),
        "how": _("Show this paper at the gate. The gate reads the square, or types the number."),
        "life": _("Where life is in danger, the gate opens without a permit."),
        "footer": _("%(incident)s · printed %(when)s")
        % {"incident": permit.incident.name, "when": f"{at.astimezone(permit.incident.tz):%Y-%m-%d %H:%M}"},
    }
    return pdf(FOLDER / "slip.typ", data, at=at)


def gate_list(incident: Incident, gates: Sequence[tuple[Gate, Area]], *, at: datetime, by: Member | None) -> bytes:
    """A PDF with a page for each gate: the permits that hold there today, and those that do not hold any more."""
    journal.record("print_permit_list", incident=incident, by=by, occurred_at=at, label=incident.name)
    known = list(valid_permits([area for _gate, area in gates], at))
    when = f"{at.astimezone(incident.tz):%Y-%m-%d %H:%M}"
    data = {
        "lang": "zh" if _chinese() else "en",
        "title": _("Permits at this gate"),
        "heads": [_("Number"), _("For"), _("Kind"), _("Valid"), _("Trips"), _("out"), _("back")],
        "void": _("Not valid any more, do not let pass:"),
        "none": _("No permit holds here now."),
        "life": _("Where life is in danger, open. Write it down afterwards."),
        "footer": _("%(incident)s · permits as of %(when)s · an older sheet is void")
        % {"incident": incident.name, "when": when},
        "gates": [_gate_page(gate, [one for one in known if one.area_id == area.pk]) for gate, area in gates],
    }
    return pdf(FOLDER / "gate_list.typ", data, at=at)


def _gate_page(gate: Gate, known: Sequence[Permit]) -> dict[str, Any]:
    here = [one for one in known if not one.gates.all() or gate in one.gates.all()]
    rows = [
        [
            str(one),
            bearer_label(one),
            kind_title(one.incident, one.kind),
            window(one),
            _("many") if one.many else _("one"),
            "",
            "",
        ]
        for one in here
        if one.state == Permit.State.GRANTED
    ]
    void = [str(one) for one in here if one.state != Permit.State.GRANTED]
    return {"name": str(gate), "rows": rows, "void": void}


def _chinese() -> bool:
    return (get_language() or "zh").startswith("zh")
