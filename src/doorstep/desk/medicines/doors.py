"""Medicines that go to the door with a round: what waits for a knock, and what a knock confirms."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from doorstep.command.models import Incident, Member
from doorstep.desk.medicines import refills
from doorstep.desk.medicines.models import Refill
from doorstep.desk.medicines.rules import defaults
from doorstep.wiring.contributions import VisitLine
from doorstep.wiring.texts import in_both

KIND = "medicine"


def visit_lines(incident: Incident, doors: list[int], start: datetime, end: datetime) -> dict[int, list[VisitLine]]:
    """Collected medicines that wait for a knock at these doors; the carrier reads no name of a medicine. One query."""
    rows = Refill.objects.filter(
        state=Refill.State.COLLECTED,
        line__incident=incident,
        line__person__household__door__in=doors,
        collected_at__lt=end,
    )
    found: dict[int, list[VisitLine]] = {}
    soon = timedelta(minutes=defaults()["hand_over_minutes"])
    for refill in rows.select_related("line__person__household"):
        door = refill.line.person.household.door_id

        def say(cold: bool = refill.line.cold) -> str:
            return _("medicine, keep cold") if cold else _("medicine")

        due = min(refill.line.runs_out_at or end, (refill.collected_at or start) + soon * 8)
        line = VisitLine(f"{KIND}:{refill.pk}", KIND, in_both(say), due, 0.3, 3, str(refill.pk))
        found.setdefault(door, []).append(line)
    return found


def handed_at_door(
    incident: Incident, door_id: int, handed: list[str], *, visit: int, at: datetime, by: Member | None
) -> list[Refill]:
    """The medicines that a knock handed over, confirmed as medicine:<id>; those of other doors are left alone."""
    keys = [text.removeprefix(f"{KIND}:") for text in handed if text.startswith(f"{KIND}:")]
    wanted = [int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 19]
    rows = Refill.objects.filter(
        line__incident=incident, line__person__household__door=door_id, pk__in=wanted, state=Refill.State.COLLECTED
    )
    return [
        refills.hand_over(one, at=at, by=by, proof=f"visit:{visit}") for one in rows.select_related("line", "request")
    ]


def visit_undone(incident: Incident, *, visit: int, at: datetime, by: Member | None) -> list[Refill]:
    """A knock was taken back: its medicines are with the courier again."""
    rows = Refill.objects.filter(line__incident=incident, proof=f"visit:{visit}", state=Refill.State.IN_HAND)
    return [refills.not_handed(one, at=at, by=by) for one in rows.select_related("line", "request")]
