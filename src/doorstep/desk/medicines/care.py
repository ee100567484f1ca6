"""Treatments that come again: a calendar in which every session has place, vehicle and permit in time (F3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command import journal
from doorstep.command.events import ExitAsked, PermitChanged
from doorstep.command.models import Incident, Member
from doorstep.desk.medicines.models import CareSession, RecurringCare, Source
from doorstep.errors import UserError
from doorstep.promises.events import TimePassed
from doorstep.register.models import Person
from doorstep.wiring.events import publish


@dataclass(frozen=True)
class Treatment:
    """A treatment as somebody tells it. `weekdays` are 0 (Monday) to 6."""

    kind: str
    weekdays: tuple[int, ...]
    starts_at: time
    first_on: date
    until: date | None = None
    place: str = ""
    source: Source | None = None
    note: str = ""
    client_id: UUID | None = None


@transaction.atomic
def begin(person: Person, told: Treatment, *, incident: Incident, at: datetime, by: Member | None) -> RecurringCare:
    """Write a treatment down and its next sessions into the calendar. Sent twice, it is written once."""
    if told.client_id and (there := RecurringCare.objects.filter(client_id=told.client_id).first()) is not None:
        return there
    if not told.weekdays:
        raise UserError(_("No day of the week is chosen."), field="weekdays", mend=_("Tick the days."))
    if told.until and told.until < told.first_on:
        raise UserError(_("It ends before it begins."), field="until", mend=_("Give the later day last."))
    care = RecurringCare.objects.create(
        incident=incident,
        person=person,
        kind=told.kind,
        weekdays=sorted(set(told.weekdays)),
        starts_at=told.starts_at,
        first_on=told.first_on,
        until=told.until,
        place=told.place.strip()[:160] or (str(told.source) if told.source else ""),
        source=told.source,
        note=told.note.strip()[:240],
        client_id=told.client_id,
    )
    write_sessions(incident, at=at)
    _noted("care_begin", care, at, by)
    return care


@transaction.atomic
def stop(care: RecurringCare, *, at: datetime, by: Member | None) -> RecurringCare:
    """It comes no more; sessions still to come fall away."""
    if care.active:
        care.active = False
        care.save(update_fields=["active"])
        care.sessions.filter(state=CareSession.State.DUE, starts_at__gte=at).update(
            state=CareSession.State.CANCELLED, ended_at=at
        )
        _noted("care_stop", care, at, by)
    return care


@transaction.atomic
def settle(
    session: CareSession, *, place: str, vehicle: str, permit: str, at: datetime, by: Member | None
) -> CareSession:
    """Place, vehicle and permit of one session, as far as they are settled."""
    new = (place.strip()[:160], vehicle.strip()[:160], permit.strip()[:160])
    if (session.place, session.vehicle, session.permit) != new:
        session.place, session.vehicle, session.permit = new
        session.save(update_fields=["place", "vehicle", "permit"])
        _noted("care_settle", session.care, at, by, session=session.pk, missing=session.missing)
    return session


@transaction.atomic
def end(session: CareSession, state: str, *, at: datetime, by: Member | None, note: str = "") -> CareSession:
    """It took place, was missed, or is not needed; or ("due") that is taken back."""
    if state not in CareSession.State.values:
        raise UserError(_("No state is chosen."), field="state", mend=_("Say whether it took place."))
    if session.state != state:
        session.state = state
        session.ended_at = None if state == CareSession.State.DUE else at
        session.note = note.strip()[:240] or session.note
        session.save(update_fields=["state", "ended_at", "note"])
        _noted("care_end", session.care, at, by, session=session.pk, state=state)
    return session


def write_sessions(incident: Incident, *, at: datetime) -> int:
    """The calendar of the next days, each session once. Two queries and one write."""
    rules = protocol.outgoing_rules(incident.protocol).treatments
    ahead = at + timedelta(days=rules.ahead_days)
    tz = incident.tz
    rows = []
    for care in RecurringCare.objects.filter(incident=incident, active=True):
        day = max(care.first_on, at.astimezone(tz).date())
        while day <= ahead.astimezone(tz).date() and (care.until is None or day <= care.until):
            if day.weekday() in care.weekdays:
                starts = datetime.combine(day, care.starts_at, tz)
                rows.append(CareSession(care=care, starts_at=starts, place=care.place))
            day += timedelta(days=1)
    known = set(
        CareSession.objects.filter(care__incident=incident, starts_at__gte=at - timedelta(days=1)).values_list(
            "care_id", "starts_at"
        )
    )
    fresh = [row for row in rows if (row.care_id, row.starts_at) not in known]
    CareSession.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def follow_time(event: TimePassed) -> None:
    """Each minute, and when an exercise's clock is moved."""
    incident = Incident.objects.get(pk=event.incident_id)
    write_sessions(incident, at=event.at)
    ask_permits(incident, at=event.at)


@transaction.atomic
def ask_permits(incident: Incident, *, at: datetime) -> int:
    """Ask the gate for the permits of the sessions that come within the protocol's hours, each once. Two queries and one write."""
    rules = protocol.outgoing_rules(incident.protocol).treatments
    soon = CareSession.objects.select_for_update(of=("self",)).filter(
        care__incident=incident,
        state=CareSession.State.DUE,
        permit="",
        permit_asked_at=None,
        starts_at__gt=at,
        starts_at__lte=at + timedelta(hours=rules.ask_hours),
        care__person__active=True,
        care__person__present=Person.Present.HOME,
    )
    rows = list(soon.select_related("care__person__household"))
    for session in rows:
        session.permit_asked_at = at
    CareSession.objects.bulk_update(rows, ["permit_asked_at"], batch_size=500)
    for session in rows:
        care = session.care
        ends = session.starts_at + timedelta(hours=rules.lasts_hours)
        publish(
            ExitAsked(
                f"session:{session.pk}", incident.pk, care.person.household.door_id, rules.exit_kind,
                str(care.get_kind_display()), session.starts_at, ends, at, care.person_id,
            )
        )  # fmt: skip
    return len(rows)


def follow_permit(event: PermitChanged) -> None:
    """The gate has decided about a session's permit: granted, it stands there; refused or taken back, it is missing again."""
    kind, _colon, key = event.key.partition(":")
    if kind != "session" or not key.isdecimal():
        return
    session = CareSession.objects.select_related("care__incident", "care__person").filter(pk=int(key)).first()
    if session is None or session.state != CareSession.State.DUE:
        return
    by = Member.objects.filter(pk=event.by_id or 0).first()
    if event.state == "granted":
        number = event.number or _("granted")
        settle(session, place=session.place, vehicle=session.vehicle, permit=number, at=event.at, by=by)
    elif event.state in ("refused", "withdrawn"):
        settle(session, place=session.place, vehicle=session.vehicle, permit="", at=event.at, by=by)
        session.note = event.reason.strip()[:240]
        session.save(update_fields=["note"])


def _noted(act: str, care: RecurringCare, at: datetime, by: Member | None, **data: Any) -> None:
    journal.record(
        act, incident=care.incident, subject=care.person, by=by, occurred_at=at, label=care.kind, care=care.pk, **data
    )
