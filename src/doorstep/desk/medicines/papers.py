"""The errand sheet: what, where, which department, for whom, with which cards, how long in the warm, whom to ring."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.desk.medicines.errand_queries import StopLine
from doorstep.desk.medicines.models import Authority, Errand
from doorstep.desk.medicines.rules import cold_minutes
from doorstep.paper import pdf

SHEET = Path(__file__).parents[1] / "paper" / "errand.typ"


def sheet(errand: Errand, stops: list[StopLine], at: datetime) -> bytes:
    """The sheet that the courier carries, with boxes to tick. It is shredded when the errand is over."""
    incident = errand.incident
    kinds = dict(Authority.Kind.choices)
    shred = _("shred it afterwards")
    data = {
        "lang": "zh" if (get_language() or "zh").startswith("zh") else "en",
        "title": _("Errand %(n)d") % {"n": errand.number},
        "facts": [
            [_("Who goes"), errand.courier_label],
            [_("Leaves"), _when(errand.starts_at, incident)],
            [_("Back by"), _when(errand.ends_at, incident)],
        ],
        "headings": ["", _("For whom"), _("Medicine"), _("Written as"), _("Bring along"), _("Phone")],
        "stops": [
            {
                "title": f"{number}. {one.stop.source}",
                "facts": " · ".join(
                    filter(
                        None,
                        (
                            one.stop.source.address,
                            one.stop.source.phone,
                            one.hours,
                            _("queue about %(n)d minutes") % {"n": one.stop.source.queue_minutes},
                            _("there at %(at)s") % {"at": f"{one.stop.arrives_at.astimezone(incident.tz):%H:%M}"}
                            if one.stop.arrives_at
                            else "",
                        ),
                    )
                ),
                "rule": " · ".join(
                    filter(
                        None,
                        (
                            one.stop.source.prescription_rule,
                            _("bring: %(what)s")
                            % {"what": _(", ").join(str(kinds[c]) for c in one.stop.source.requires if c in kinds)}
                            if one.stop.source.requires
                            else "",
                        ),
                    )
                ),
                "rows": [_row(line) for line in one.lines],
            }
            for number, one in enumerate(stops, start=1)
        ],
        "cold": _cold(incident),
        "closing": [
            _(
                "Read each box against this sheet. Another brand or medicine only with the resident's yes; for those marked ! also a clinician's."
            ),
            _("Not to be had: write it down at once, so that nobody tries there again."),
        ],
        "signs": [_("courier, time back"), _("desk, time")],
        "footer": f"{incident.name} · {_when(at, incident)} · {shred}",
    }
    return pdf(SHEET, data, at=at)


def _row(line: Any) -> list[str]:
    marks = "".join(filter(None, ("!" if line.line.is_essential else "", " ❄" if line.line.cold else "")))
    return [
        "☐",
        f"{line.door}\n{line.who}",
        f"{line.what} {marks}".strip(),
        line.line.written,
        "\n".join(line.authorities),
        line.phone,
    ]


def _cold(incident: Incident) -> str:
    most = cold_minutes(incident)
    cold = incident.protocol.medicine.cold if incident.protocol.medicine else None
    if most is None or cold is None:
        return ""
    return _("❄ keep at %(low)g–%(high)g °C; at most %(n)d minutes outside.") % {
        "low": cold.min_c,
        "high": cold.max_c,
        "n": most,
    }


def _when(at: datetime, incident: Incident) -> str:
    local = at.astimezone(incident.tz)
    return f"{formats.date_format(local, 'DATE_FORMAT')} {local:%H:%M}"
