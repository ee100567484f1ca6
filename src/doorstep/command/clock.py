"""The clock of an exercise, moved from the page: stepped, to the next morning, run, stood still."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.actions import move_clock
from doorstep.command.events import ClockMoved
from doorstep.command.models import Incident, Member
from doorstep.errors import UserError
from doorstep.wiring.events import publish

STEPS = {"15": timedelta(minutes=15), "60": timedelta(hours=1), "360": timedelta(hours=6)}
RATES = {"stand": 0.0, "real": 1.0, "minute": 60.0, "quarter": 900.0}  # a minute, a quarter of an hour a second
MORNING = time(9, 0)


def stamp_of(incident: Incident) -> str:
    """What a page shows of the clock's last move, so that the same order is never carried out twice."""
    return f"{incident.clock_anchor_real.timestamp():.6f}"


def next_morning(incident: Incident, now: datetime) -> datetime:
    """The next local 09:00 after `now`."""
    local = now.astimezone(incident.tz)
    day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, incident.tz)


@transaction.atomic
def turn_clock(incident: Incident, turn: str, *, seen: str, real: datetime, by: Member | None = None) -> Incident:
    """Carry out one order of the page: a key of STEPS, `morning`, or a key of RATES.

    `seen` is the stamp of the clock that the page showed: an order given to a clock that moved since is not repeated.
    What fell due on the way is brought up to date by those who hear ClockMoved.
    """
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    if seen != stamp_of(incident):
        return incident
    before = incident.clock.now(real)
    if turn in RATES:
        move_clock(incident, real=real, rate=RATES[turn])
    elif turn in STEPS:
        move_clock(incident, real=real, by=STEPS[turn])
    elif turn == "morning":
        move_clock(incident, real=real, by=next_morning(incident, before) - before)
    else:
        raise UserError(_("The clock does not know this."), field="clock", mend=_("Choose one of the buttons."))
    after = incident.clock.now(real)
    journal.record("move_clock", incident=incident, subject=incident, by=by, occurred_at=after, label=turn)
    publish(ClockMoved(incident.pk, before, after))
    return incident
