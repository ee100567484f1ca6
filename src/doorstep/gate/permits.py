"""Permits: asked for, granted, refused, withdrawn, used. An emergency is granted by itself and never waits (F1, F17)."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.events import PermitChanged
from doorstep.command.models import Area, Incident, Member
from doorstep.errors import UserError
from doorstep.gate.models import Crossing, Permit
from doorstep.gate.rules import approval_of, is_emergency, told_once, waits
from doorstep.register.models import Door, Gate, Person
from doorstep.wiring.events import publish

DIGITS = 6
State = Permit.State


@dataclass(frozen=True)
class Asked:
    """What is asked for. `gates` empty = every gate of the area; `key` is the asking room's own name of it."""

    area: Area
    kind: str
    starts_at: datetime
    ends_at: datetime
    bearer: str = Permit.Bearer.RESIDENT
    door: Door | None = None
    person: Person | None = None
    bearer_text: str = ""
    persons: int = 1
    way: str = Permit.Way.OUT
    reason: str = ""
    many: bool = False
    gates: tuple[Gate, ...] = ()
    key: str | None = None
    client_id: UUID = field(default_factory=uuid4)


@transaction.atomic
def ask(incident: Incident, asked: Asked, *, at: datetime, by: Member | None = None) -> Permit:
    """Ask for a permit. Where the protocol wants no approval first it is granted in the same act. Asking again gives
    the one there is."""
    if (there := Permit.objects.filter(client_id=asked.client_id).first()) is not None:
        return told_once(there, incident)
    _check(incident, asked)
    approval = approval_of(incident, asked.area, asked.kind)
    permit = Permit.objects.create(
        incident=incident,
        client_id=asked.client_id,
        key=asked.key,
        number=_new_number(incident),
        area=asked.area,
        door=asked.door,
        person=asked.person,
        bearer=asked.bearer,
        bearer_text=asked.bearer_text.strip()[:80],
        persons=asked.persons,
        way=asked.way,
        kind=asked.kind,
        approval=approval,
        reason=asked.reason.strip()[:240],
        starts_at=asked.starts_at,
        ends_at=asked.ends_at,
        many=asked.many,
        asked_at=at,
        asked_by=by,
    )
    permit.gates.set(asked.gates)
    _told("ask_permit", permit, at, by)
    return permit if waits(approval) else _decide(permit, State.GRANTED, "", at, by)


@transaction.atomic
def grant(permit: Permit, *, at: datetime, by: Member | None, reason: str = "") -> Permit:
    """Say yes; also to one that was refused or withdrawn. Saying it twice changes nothing."""
    permit = _locked(permit)
    if permit.state in (State.GRANTED, State.USED):
        return permit
    if permit.approval == "never":
        raise UserError(
            _("The protocol allows no exit of this kind here."),
            field="reason",
            mend=_("Bring what is needed to the door; where life is in danger, the gate opens without a permit."),
        )
    if permit.ends_at <= at:
        raise UserError(
            _("Its time is over."), field="ends_at", mend=_("Ask for a new one with a time that lies ahead.")
        )
    return _decide(permit, State.GRANTED, reason, at, by)


@transaction.atomic
def refuse(permit: Permit, reason: str, *, at: datetime, by: Member | None) -> Permit:
    """Say no, with the reason that the household is told."""
    permit = _locked(permit)
    if permit.state == State.REFUSED:
        return permit
    if permit.state != State.ASKED:
        raise UserError(_("It is decided already."), field="reason", mend=_("Withdraw it instead."))
    return _decide(permit, State.REFUSED, _said(reason), at, by)


@transaction.atomic
def withdraw(permit: Permit, reason: str, *, at: datetime, by: Member | None) -> Permit:
    """Take a permit back. Gates without a network hear of it when they next have one."""
    permit = _locked(permit)
    if permit.state == State.WITHDRAWN:
        return permit
    if permit.state == State.USED:
        raise UserError(_("It was used already."), field="reason", mend=_("Nothing needs to be withdrawn."))
    return _decide(permit, State.WITHDRAWN, _said(reason), at, by)


@transaction.atomic
def replace(permit: Permit, *, at: datetime) -> None:
    """The asking room asks anew, for another time: this one is taken back and its key is free."""
    permit.key = None
    permit.save(update_fields=["key"])
    if permit.state in (State.ASKED, State.GRANTED):
        _decide(permit, State.WITHDRAWN, _("replaced by one for another time"), at, None)


def settle(permit: Permit, *, at: datetime, by: Member | None) -> None:
    """A permit for one trip is used once its bearer has gone and come back; an undone crossing gives it back."""
    if permit.state not in (State.GRANTED, State.USED):
        return
    state = State.USED if not permit.many and trips(permit) and not is_away(permit) else State.GRANTED
    if state != permit.state:
        permit.state = state
        permit.save(update_fields=["state"])
        tell(permit, at=at, by=by)


def legs_of(known: Sequence[Permit]) -> dict[int, list[Crossing]]:
    """The crossings that count of some permits, in the order in which they happened. One query."""
    rows = Crossing.objects.filter(permit__in=known, undone_at=None, refused=False)
    found: dict[int, list[Crossing]] = defaultdict(list)
    for row in rows.exclude(direction=Crossing.Direction.OPEN).order_by("occurred_at", "id"):
        if row.permit_id is not None:
            found[row.permit_id].append(row)
    return found


def legs(permit: Permit) -> list[Crossing]:
    """Those of one permit. One query."""
    return legs_of([permit]).get(permit.pk, [])


def trips(permit: Permit) -> int:
    """How often its bearer set out on it."""
    return trips_in(permit, legs(permit))


def is_away(permit: Permit) -> bool:
    """Whether its bearer is on the other side now: a resident outside, a visitor inside."""
    return away_in(permit, legs(permit))


def trips_in(permit: Permit, legs: Sequence[Crossing]) -> int:
    """How often its bearer set out, from its crossings."""
    return sum(leg.direction == permit.way for leg in legs)


def away_in(permit: Permit, legs: Sequence[Crossing]) -> bool:
    """Whether its bearer is on the other side, from its crossings."""
    passed = [leg.direction for leg in legs if leg.direction in (Crossing.Direction.IN, Crossing.Direction.OUT)]
    return bool(passed) and passed[-1] == permit.way


def _check(incident: Incident, asked: Asked) -> None:
    if asked.kind not in incident.protocol.exit_kinds:
        raise UserError(_("The protocol knows no such kind of exit."), field="kind", mend=_("Choose one of the list."))
    if asked.ends_at <= asked.starts_at:
        raise UserError(_("It ends before it begins."), field="ends_at", mend=_("Give a later time."))
    if asked.area.incident_id != incident.pk:
        raise UserError(_("The area is not of this incident."), field="area", mend=_("Choose one of the list."))
    inside = (Permit.Bearer.RESIDENT, Permit.Bearer.HOUSEHOLD)
    if asked.bearer in inside and asked.door is None:
        raise UserError(_("No door is named."), field="door", mend=_("Write it as 3-2-501."))
    if asked.bearer not in inside and not asked.bearer_text.strip() and asked.person is None:
        raise UserError(
            _("Nobody is named."), field="bearer_text", mend=_("Write the name, or the plate of the vehicle.")
        )
    if asked.person is not None and asked.door is not None and asked.person.household.door_id != asked.door.pk:
        raise UserError(_("This person does not live behind that door."), field="person", mend=_("Choose again."))
    if not asked.reason.strip() and not is_emergency(incident, asked.kind):
        raise UserError(_("The reason is missing."), field="reason", mend=_("Say in a few words what it is for."))


def _said(reason: str) -> str:
    if not reason.strip():
        raise UserError(
            _("The reason is missing."), field="reason", mend=_("Say why in a few words: the household is told.")
        )
    return reason.strip()[:240]


def _decide(permit: Permit, state: str, reason: str, at: datetime, by: Member | None) -> Permit:
    permit.state, permit.decided_at, permit.decided_by, permit.decided_reason = state, at, by, reason.strip()[:240]
    permit.save(update_fields=["state", "decided_at", "decided_by", "decided_reason"])
    _told({"granted": "grant_permit", "refused": "refuse_permit"}.get(state, "withdraw_permit"), permit, at, by)
    return permit


def _told(act: str, permit: Permit, at: datetime, by: Member | None) -> None:
    journal.record(act, incident=permit.incident, subject=permit, by=by, occurred_at=at, label=str(permit))
    tell(permit, at=at, by=by)


def tell(permit: Permit, *, at: datetime, by: Member | None = None) -> None:
    """Tell the room that asked."""
    if permit.key:
        window = {"starts_at": permit.starts_at, "ends_at": permit.ends_at}
        reason = permit.decided_reason
        by_id = by.pk if by else None
        publish(PermitChanged(permit.key, permit.state, at, number=permit.number, reason=reason, by_id=by_id, **window))


def _locked(permit: Permit) -> Permit:
    """The permit as it is now, held for this transaction: two who decide at once come one after the other."""
    Permit.objects.select_for_update().filter(pk=permit.pk).first()
    permit.refresh_from_db()
    return permit


def _new_number(incident: Incident) -> str:
    """Six digits that nobody can guess the next of; the last one checks the others."""
    given = Permit.objects.filter(incident=incident)
    digits = DIGITS + (given.count() > 10 ** (DIGITS - 2)) * 2
    while True:
        body = f"{secrets.randbelow(9 * 10 ** (digits - 2)) + 10 ** (digits - 2)}"
        number = body + check_digit(body)
        if not given.filter(number=number).exists():
            return number


def check_digit(body: str) -> str:
    """The digit that makes a slip of the finger visible (Luhn)."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)
