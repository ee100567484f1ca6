"""The rounds on paper: door lists for those without a phone, labels for the kits."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.paper import pdfs
from doorstep.rounds.queries import PlanPage, RoundView, StopView
from doorstep.rounds.visits import food_until

FOLDER = Path(__file__).parent / "paper"
STOPS_A_PAPER = 1_500  # typesetting takes about 80 kB of memory a row: a district is printed in parts


def door_lists(page: PlanPage) -> list[bytes]:
    """PDFs with a part for each carrier and, last, the doors that no round reaches; one PDF for up to STOPS_A_PAPER doors.

    No names stand on them.
    """
    parts = _parts(page)
    data = [_door_list(page, views, last=views is parts[-1]) for views in parts]
    return pdfs(FOLDER / "door_lists.typ", data, at=page.plan.requested_at)


def labels(page: PlanPage) -> list[bytes]:
    """PDFs of labels, one a door with goods; within a trip in the order of loading (last out first)."""
    data = [_labels(page.plan.incident, views) for views in _parts(page)]
    return pdfs(FOLDER / "labels.typ", data, at=page.plan.requested_at)


def _parts(page: PlanPage) -> list[list[RoundView]]:
    parts: list[list[RoundView]] = [[]]
    for view in page.rounds:
        if parts[-1] and sum(len(one.stops) for one in [*parts[-1], view]) > STOPS_A_PAPER:
            parts.append([])
        parts[-1].append(view)
    return parts


def _door_list(page: PlanPage, rounds: list[RoundView], *, last: bool) -> dict[str, Any]:
    plan, tz = page.plan, page.plan.incident.tz
    version = plan.requested_at.astimezone(tz).strftime("%Y-%m-%d %H:%M")
    return {
        "lang": _language(),
        "title": _("Door lists"),
        "footer": _("%(incident)s · plan %(number)s of %(when)s")
        % {"incident": plan.incident.name, "number": plan.pk, "when": version},
        "headings": ["#", _("time"), _("door"), _("place"), _("hand over"), "kg", _("done")],
        "handed": _("handed over"),
        "missed": _("no answer"),
        "lost_title": _("Doors on no round"),
        "lost": [[lost.label, lost.why] for lost in page.lost] if last else [],
        "rounds": [
            {
                "title": f"{view.round.number} · {view.round.carrier_name}",
                "subtitle": _subtitle(
                    view.round.starts_at.astimezone(tz),
                    view.round.ends_at.astimezone(tz),
                    len(view.stops),
                    view.trips,
                    view.round.load_kg,
                ),
                "stops": [_row(stop, tz) for stop in view.stops],
            }
            for view in rounds
        ],
    }


def _labels(incident: Incident, rounds: list[RoundView]) -> dict[str, Any]:
    lines = []
    for view in rounds:
        goods = [stop for stop in view.stops if any(item.kg for item in stop.items)]
        for stop in sorted(goods, key=lambda s: (s.stop.trip, -s.stop.order)):
            lines.append(
                {
                    "place": f"{stop.stop.door.stair.building.compound.name} · {stop.stop.door.stair.building.name}",
                    "door": f"{stop.stop.door.stair.name}-{stop.stop.door.number}",
                    "round": f"{view.round.carrier_name} {stop.stop.trip}-{stop.stop.order}",
                    "items": _(", ").join(item.title for item in stop.items if item.kg),
                    "facts": _facts(stop),
                    "until": _until(incident, stop),
                }
            )
    return {"lang": _language(), "title": _("Kit labels"), "labels": lines}


def _facts(stop: StopView) -> str:
    persons = max((item.persons for item in stop.items), default=0)
    people = ngettext("%(n)d person", "%(n)d persons", persons) % {"n": persons}
    return f"{people} · {stop.stop.weight_kg:.1f} kg"


def _until(incident: Incident, stop: StopView) -> str:
    """The promise of the kit in the residents' words (S132), rounded down to the hour."""
    until = food_until(incident, [item.kind for item in stop.items], stop.stop.arrives_at)
    if until is None:
        return ""
    local = until.astimezone(incident.tz).replace(minute=0)
    return _("This kit keeps this household until %(until)s") % {"until": formats.date_format(local, _("M j, H:i"))}


def _row(stop: StopView, tz: ZoneInfo) -> dict[str, str]:
    door = stop.stop.door
    return {
        "order": f"{stop.stop.order}",
        "time": formats.time_format(stop.stop.arrives_at.astimezone(tz), "H:i"),
        "door": door.number,
        "place": f"{door.stair.building.name} · {door.stair.name}",
        "notes": _(", ").join(stop.notes),
        "items": _(", ").join(item.title for item in stop.items),
        "kg": f"{stop.stop.weight_kg:.1f}" if stop.stop.weight_kg else "",
    }


def _subtitle(starts: datetime, ends: datetime, doors: int, trips: int, kg: float) -> str:
    return _("%(starts)s – %(ends)s · %(doors)d doors · %(trips)d trips · %(kg).0f kg") % {
        "starts": formats.date_format(starts, _("M j, H:i")),
        "ends": formats.time_format(ends, "H:i"),
        "doors": doors,
        "trips": trips,
        "kg": kg,
    }


def _language() -> str:
    return "zh" if (get_language() or "zh").startswith("zh") else "en"
