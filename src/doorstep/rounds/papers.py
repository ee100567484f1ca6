"""The rounds on paper: door lists for those without a phone, labels for the kits."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import formats, translation
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.paper import pdfs
from doorstep.register.models import Household
from doorstep.rounds.queries import PlanPage, RoundView, StopView
from doorstep.rounds.sheets import WELL_KEY, outcome_keys, sheets_of
from doorstep.rounds.visits import food_until
from doorstep.rounds.words import item_title
from doorstep.storage.bulk import in_batches

FOLDER = Path(__file__).parent / "paper"
SPEAKS = ("zh-hans", "en")
STOPS_A_PAPER = 1_500  # typesetting takes about 80 kB of memory a row: a district is printed in parts


def door_lists(page: PlanPage) -> list[bytes]:
    """PDFs with a part for each carrier and, last, the doors that no round reaches; one PDF for up to STOPS_A_PAPER doors.

    No names stand on them.
    """
    parts = _parts(page)
    data = [_door_list(page, views, last=views is parts[-1]) for views in parts]
    return pdfs(FOLDER / "door_lists.typ", data, at=page.plan.requested_at)


def labels(page: PlanPage) -> list[bytes]:
    """PDFs of labels, one a door with goods; within a trip in the order of loading (last out first).

    Each speaks the language of its household, where the register knows one that Doorstep speaks.
    """
    data = [_labels(page.plan.incident, views) for views in _parts(page)]
    return pdfs(FOLDER / "labels.typ", data, at=page.plan.requested_at)


def stair_sheets(page: PlanPage) -> list[bytes]:
    """PDFs with a page a stair: its doors from the top floor down, boxes to tick, a code to type it back by. No names."""
    parts = _parts(page)
    data = [_stair_sheets(page, views) for views in parts]
    return pdfs(FOLDER / "stair_sheets.typ", data, at=page.plan.requested_at)


def _parts(page: PlanPage) -> list[list[RoundView]]:
    parts: list[list[RoundView]] = [[]]
    for view in page.rounds:
        if parts[-1] and sum(len(one.stops) for one in [*parts[-1], view]) > STOPS_A_PAPER:
            parts.append([])
        parts[-1].append(view)
    return parts


def _door_list(page: PlanPage, rounds: list[RoundView], *, last: bool) -> dict[str, Any]:
    tz = page.plan.incident.tz
    return {
        "lang": _language(),
        "title": _("Door lists"),
        "footer": _version(page),
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


def _stair_sheets(page: PlanPage, rounds: list[RoundView]) -> dict[str, Any]:
    incident = page.plan.incident
    sheets = sheets_of(incident, rounds)
    return {
        "lang": _language(),
        "title": _("Stair sheets"),
        "footer": _version(page),
        "headings": {"door": _("door"), "time": _("time"), "items": _("hand over"), "note": _("note")},
        "spoke": _("tick one"),
        "outcomes": [[one["key"], one["title"]] for one in outcome_keys()],
        "well": [WELL_KEY, _("all well")],
        "boxes": [[box.key, box.title, box.said] for box in sheets[0].boxes] if sheets else [],
        "begun": _("begun at"),
        "by": _("walked by"),
        "help": _(
            "Top floor first, one outcome a door. What stands under “hand over” counts as handed over where somebody opened or spoke: cross out what was not. Leave empty what was not done."
        ),
        "sheets": [
            {
                "code": sheet.code,
                "place": f"{sheet.stair.building.compound.name} · {sheet.stair.building.name}",
                "stair": _("Stair %(name)s") % {"name": sheet.stair.name},
                "round": f"{sheet.round.number} · {sheet.round.carrier_name}",
                "when": formats.date_format(sheet.first_at.astimezone(incident.tz), _("M j, H:i")),
                "kg": f"{sum(line.stop.weight_kg for line in sheet.lines):.0f} kg",
                "lines": [_line(line, incident.tz) for line in sheet.lines],
            }
            for sheet in sheets
        ],
    }


def _line(stop: StopView, tz: ZoneInfo) -> dict[str, Any]:
    row = _row(stop, tz)
    counted = Counter(item.title for item in stop.items if item.kind != "contact")
    items = [f"{title} ×{count}" if count > 1 else title for title, count in counted.items()]
    return {"door": row["door"], "time": row["time"], "notes": row["notes"], "items": items}


def _version(page: PlanPage) -> str:
    when = page.plan.requested_at.astimezone(page.plan.incident.tz).strftime("%Y-%m-%d %H:%M")
    facts = {"incident": page.plan.incident.name, "number": page.plan.pk, "when": when}
    return _("%(incident)s · plan %(number)s of %(when)s") % facts


def _labels(incident: Incident, rounds: list[RoundView]) -> dict[str, Any]:
    lines = []
    spoken = _languages([stop.stop.door_id for view in rounds for stop in view.stops])
    for view in rounds:
        goods = [stop for stop in view.stops if any(item.kg for item in stop.items)]
        for stop in sorted(goods, key=lambda s: (s.stop.trip, -s.stop.order)):
            with translation.override(spoken.get(stop.stop.door_id, get_language() or "zh-hans")):
                lines.append(_label(incident, view, stop))
    return {"lang": _language(), "title": _("Kit labels"), "labels": lines}


def _label(incident: Incident, view: RoundView, stop: StopView) -> dict[str, str]:
    titles = [item_title(incident, item.kind) for item in stop.items if item.kg]
    return {
        "place": f"{stop.stop.door.stair.building.compound.name} · {stop.stop.door.stair.building.name}",
        "door": f"{stop.stop.door.stair.name}-{stop.stop.door.number}",
        "round": f"{view.round.carrier_name} {stop.stop.trip}-{stop.stop.order}",
        "items": _(", ").join(titles),
        "facts": _facts(stop),
        "until": _until(incident, stop),
    }


def _languages(doors: list[int]) -> dict[int, str]:
    """Door → the language of its household, where it is one in which Doorstep speaks. A question for each 800 doors."""
    found: dict[int, str] = {}
    for batch in in_batches(doors):
        homes = Household.objects.filter(door__in=batch, active=True).exclude(languages=[]).order_by("-pk")
        for door, languages in homes.values_list("door_id", "languages"):
            known = [code for text in languages for code in SPEAKS if str(text).lower().startswith(code[:2])]
            if known:
                found[door] = known[0]
    return found


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
