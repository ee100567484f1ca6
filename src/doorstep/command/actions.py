"""What command does: open and close an incident, move its clock. The acts of areas stand in `areas/`, and are named here."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command import journal
from doorstep.command.areas.changing import change_part, change_zone, undo_change
from doorstep.command.areas.deciding import advise, decide
from doorstep.command.areas.keeping import (
    extend_review,
    lift,
    note_lifting_facts,
    propose_again,
    rename_area,
    renew,
)
from doorstep.command.areas.measures import add_measure, confirm_measure, end_measure
from doorstep.command.areas.sealing import (
    PREPARED,
    Missing,
    accept_supply,
    change_places,
    note_exits_checked,
    prepare_area,
    propose_area,
    seal,
    seal_requirements,
    withdraw_area,
)
from doorstep.command.models import Area, Incident, Member
from doorstep.command.people import grant
from doorstep.command.rights import rights_of
from doorstep.errors import UserError

__all__ = [
    "PREPARED",
    "Missing",
    "accept_supply",
    "add_measure",
    "advise",
    "change_part",
    "change_places",
    "change_zone",
    "close_incident",
    "confirm_measure",
    "decide",
    "end_measure",
    "extend_review",
    "lift",
    "move_clock",
    "note_exits_checked",
    "note_lifting_facts",
    "open_incident",
    "prepare_area",
    "propose_again",
    "propose_area",
    "rename_area",
    "renew",
    "reopen_incident",
    "seal",
    "seal_requirements",
    "undo_change",
    "withdraw_area",
]


@transaction.atomic
def open_incident(
    name: str,
    protocol_id: str,
    trigger_at: datetime,
    *,
    at: datetime,
    by: Member | None = None,
    time_zone: str = "Asia/Shanghai",
    exercise: str = "",
    trigger_text: str = "",
    drill: bool = False,
) -> Incident:
    """Open an incident at its exact trigger (S4). An exercise's clock starts at the trigger and stands until moved.

    `exercise` names the described exercise that is played; `drill` is an exercise without a description. Whoever
    opens it commands it. Opening the same incident again gives the one there is.
    """
    rules = protocol.find(protocol_id)
    if not name.strip():
        raise UserError(_("The incident has no name."), field="name", mend=_("Say in a few words what happened where."))
    if trigger_at.tzinfo is None:
        raise UserError(
            "The trigger has no time zone.", field="trigger_at", mend="Give an instant such as 23:00+08:00."
        )
    drill = drill or bool(exercise)
    if not drill and trigger_at > at:
        raise UserError(
            _("The trigger lies in the future."),
            field="trigger_at",
            mend=_("Give the instant at which it became known, or choose the clock of an exercise."),
        )
    same = Incident.objects.filter(
        name=name.strip(), trigger_at=trigger_at, protocol_id=rules.id, state=Incident.State.OPEN, exercise=exercise
    )
    if (there := same.first()) is not None:
        return there
    incident = Incident.objects.create(
        name=name.strip(),
        protocol_id=rules.id,
        trigger_at=trigger_at,
        time_zone=time_zone,
        clock_kind=Incident.ClockKind.EXERCISE if drill else Incident.ClockKind.REAL,
        clock_anchor_real=at,
        clock_anchor_incident=trigger_at if drill else at,
        clock_rate=0.0 if drill else 1.0,
        exercise=exercise,
        trigger_text=trigger_text.strip(),
    )
    journal.record("open_incident", incident=incident, subject=incident, by=by, occurred_at=trigger_at, label=name)
    if by is not None and not rights_of(by, incident).covers("manage_areas"):
        grant(by, "commander", incident=incident, area=None, at=trigger_at, by=by)
    return incident


@transaction.atomic
def move_clock(
    incident: Incident, *, real: datetime, by: timedelta | None = None, rate: float | None = None
) -> Incident:
    """Step an exercise's clock, or let it run `rate` times as fast. A real clock is never moved."""
    if incident.clock_kind != Incident.ClockKind.EXERCISE:
        raise UserError(_("Only the clock of an exercise can be moved."), field="clock", mend=_("Open an exercise."))
    if (by is not None and by < timedelta(0)) or (rate is not None and rate < 0):
        raise UserError(_("The clock goes forward only."), field="clock", mend=_("Give a positive step."))
    clock = incident.clock.stepped(real, by) if by is not None else incident.clock.accelerated(real, rate or 0.0)
    incident.clock_anchor_real, incident.clock_anchor_incident = clock.anchor_real, clock.anchor_incident
    incident.clock_rate = clock.rate
    incident.save(update_fields=["clock_anchor_real", "clock_anchor_incident", "clock_rate"])
    return incident


@transaction.atomic
def close_incident(incident: Incident, *, at: datetime, by: Member | None = None) -> Incident:
    """Close an incident. Refused while an area is in force: nobody behind a door is forgotten."""
    still = incident.areas.filter(state=Area.State.IN_FORCE).values_list("name", flat=True)
    if still:
        raise UserError(
            _("Areas are still in force: %(names)s.") % {"names": ", ".join(still)},
            field="areas",
            mend=_("Lift them first."),
        )
    if incident.state == Incident.State.OPEN:
        incident.state = Incident.State.CLOSED
        incident.save(update_fields=["state"])
        journal.record(
            "close_incident", incident=incident, subject=incident, by=by, occurred_at=at, label=incident.name
        )
    return incident


@transaction.atomic
def reopen_incident(incident: Incident, *, at: datetime, by: Member | None = None) -> Incident:
    """Take the closing of an incident back."""
    if incident.state != Incident.State.OPEN:
        incident.state = Incident.State.OPEN
        incident.save(update_fields=["state"])
        journal.record(
            "reopen_incident", incident=incident, subject=incident, by=by, occurred_at=at, label=incident.name
        )
    return incident
