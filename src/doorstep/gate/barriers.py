"""Barriers: put up with somebody who opens them, looked at each day, taken away. None may be locked from outside (F16)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import actions, journal
from doorstep.command.models import Area, Incident, Member
from doorstep.errors import UserError
from doorstep.gate.models import Barrier, BarrierCheck, Facility
from doorstep.gate.rules import check_hours, told_once
from doorstep.register.models import Gate
from doorstep.wiring.texts import in_language


@dataclass(frozen=True)
class PutUp:
    """A barrier as somebody describes it."""

    client_id: UUID
    area: Area
    name: str
    kind: str
    gate: Gate | None = None
    x_m: float | None = None
    y_m: float | None = None
    opener: str = Barrier.Opener.NOBODY
    opener_name: str = ""
    phone: str = ""


@transaction.atomic
def put_up(incident: Incident, facts: PutUp, *, at: datetime, by: Member | None) -> Barrier:
    """Write a barrier down. A kind that the protocol forbids is refused with its reason."""
    if (there := Barrier.objects.filter(client_id=facts.client_id).first()) is not None:
        return told_once(there, incident)
    _check_kind(incident, facts.kind)
    _check_named(facts.name)
    _check_opener(facts.opener, facts.opener_name)
    if Barrier.objects.filter(area=facts.area, name=facts.name.strip(), removed_at=None).exists():
        raise UserError(_("A barrier here has this name."), field="name", mend=_("Say where it stands, too."))
    barrier = Barrier.objects.create(
        incident=incident,
        area=facts.area,
        gate=facts.gate,
        client_id=facts.client_id,
        name=facts.name.strip()[:120],
        kind=facts.kind,
        x_m=facts.x_m if facts.x_m is not None else facts.gate.x_m if facts.gate else None,
        y_m=facts.y_m if facts.y_m is not None else facts.gate.y_m if facts.gate else None,
        opener=facts.opener,
        opener_name=facts.opener_name.strip()[:80],
        phone=facts.phone.strip()[:40],
        put_up_at=at,
        put_up_by=by,
    )
    return _noted("put_up_barrier", barrier, at, by)


@transaction.atomic
def set_opener(
    barrier: Barrier, opener: str, name: str = "", phone: str = "", *, at: datetime, by: Member | None
) -> Barrier:
    """Say who opens it, day and night."""
    _check_opener(opener, name)
    barrier.opener, barrier.opener_name, barrier.phone = opener, name.strip()[:80], phone.strip()[:40]
    barrier.save(update_fields=["opener", "opener_name", "phone"])
    return _noted("set_opener", barrier, at, by)


@transaction.atomic
def check(
    barrier: Barrier,
    client_id: UUID,
    opens: bool,
    *,
    at: datetime,
    by: Member | None,
    seconds: float | None = None,
    note: str = "",
) -> BarrierCheck:
    """Somebody tried it. Where every barrier of the area opens since its exits were last noted, the exits are checked
    in the same act."""
    if (there := BarrierCheck.objects.filter(client_id=client_id, barrier=barrier).first()) is not None:
        return there
    if not opens and not note.strip():
        raise UserError(_("What is wrong is missing."), field="note", mend=_("Say what keeps it shut."))
    made = BarrierCheck.objects.create(
        barrier=barrier, client_id=client_id, opens=opens, seconds=seconds, note=note.strip()[:240], by=by, at=at
    )
    _settle(barrier)
    journal.record(
        "check_barrier",
        incident=barrier.incident,
        subject=barrier,
        by=by,
        occurred_at=at,
        label=barrier.name,
        opens=opens,
        seconds=seconds,
    )
    _note_exits(barrier.area, at, by)
    return made


@transaction.atomic
def undo_check(made: BarrierCheck, *, at: datetime, by: Member | None) -> BarrierCheck:
    """Take a look back: the barrier stands as the one before found it."""
    if made.undone_at is None:
        made.undone_at = at
        made.save(update_fields=["undone_at"])
        _settle(made.barrier)
        _noted("undo_barrier_check", made.barrier, at, by)
    return made


@transaction.atomic
def take_away(barrier: Barrier, *, at: datetime, by: Member | None) -> Barrier:
    """It stands there no more."""
    if barrier.removed_at is None:
        barrier.removed_at = at
        barrier.save(update_fields=["removed_at"])
        _noted("take_away_barrier", barrier, at, by)
    return barrier


@transaction.atomic
def put_back(barrier: Barrier, *, at: datetime, by: Member | None) -> Barrier:
    """It stands there again: the undo of taking it away."""
    if barrier.removed_at is not None:
        if Barrier.objects.filter(area=barrier.area, name=barrier.name, removed_at=None).exists():
            raise UserError(_("A barrier here has this name."), field="name", mend=_("Put up a new one instead."))
        barrier.removed_at = None
        barrier.save(update_fields=["removed_at"])
        _noted("put_up_barrier", barrier, at, by)
    return barrier


@transaction.atomic
def set_facility(
    area: Area,
    name: str,
    *,
    kind: str,
    at: datetime,
    by: Member | None,
    gate: Gate | None = None,
    equipment: str = "",
    state: str = Facility.State.READY,
    note: str = "",
) -> Facility:
    """Write down what stands at a gate and in which state; the same name again changes it (S68)."""
    _check_named(name)
    if state not in Facility.State.values:
        raise UserError(_("The state is missing."), field="state", mend=_("Choose one of the list."))
    facts = {
        "incident": area.incident,
        "kind": kind,
        "gate": gate,
        "equipment": equipment.strip()[:240],
        "state": state,
        "note": note.strip()[:240],
        "changed_at": at,
        "changed_by": by,
    }
    made, _is_new = Facility.objects.update_or_create(area=area, name=name.strip()[:120], defaults=facts)
    journal.record("set_facility", incident=area.incident, subject=made, by=by, occurred_at=at, label=made.name)
    return made


def _settle(barrier: Barrier) -> None:
    """What the barrier's row says of its last look and its last test."""
    looks = barrier.checks.filter(undone_at=None)
    last = looks.first()
    timed = looks.filter(opens=True, seconds__isnull=False).first()
    barrier.checked_at, barrier.check_ok = (last.at, last.opens) if last else (None, None)
    barrier.tested_at, barrier.opened_in_s = (timed.at, timed.seconds) if timed else (None, None)
    barrier.save(update_fields=["checked_at", "check_ok", "tested_at", "opened_in_s"])


def _note_exits(area: Area, at: datetime, by: Member | None) -> None:
    """All barriers of the area open, and each was looked at since the exits were last noted."""
    area.refresh_from_db(fields=["exits_checked_at"])
    every = check_hours(area.incident)
    rows = list(Barrier.objects.filter(area=area, removed_at=None))
    oldest = at - timedelta(hours=every) if every else None
    for row in rows:
        if row.check_ok is not True or row.checked_at is None:
            return
        if oldest and row.checked_at < oldest:
            return
        if area.exits_checked_at and row.checked_at <= area.exits_checked_at:
            return
    actions.note_exits_checked(area, at=at, by=by)


def _check_kind(incident: Incident, kind: str) -> None:
    kinds = incident.protocol.gate.barriers
    found = next((one for one in kinds if one.code == kind), None)
    if found is None and kinds:
        raise UserError(_("The kind is missing."), field="kind", mend=_("Choose one of the list."))
    if found is not None and found.refused is not None:
        raise UserError(
            _("This cannot be put up: %(kind)s.") % {"kind": in_language(found.title)},
            field="kind",
            mend=in_language(found.refused),
        )


def _check_named(name: str) -> None:
    if not name.strip():
        raise UserError(_("It has no name."), field="name", mend=_("Say in a few words what it is and where."))


def _check_opener(opener: str, name: str) -> None:
    if opener not in Barrier.Opener.values:
        raise UserError(_("The opener is missing."), field="opener", mend=_("Choose one of the list."))
    if opener == Barrier.Opener.PERSON and not name.strip():
        raise UserError(_("Nobody is named."), field="opener_name", mend=_("Write who opens it, day and night."))


def _noted(act: str, barrier: Barrier, at: datetime, by: Member | None) -> Barrier:
    journal.record(act, incident=barrier.incident, subject=barrier, by=by, occurred_at=at, label=barrier.name)
    return barrier
