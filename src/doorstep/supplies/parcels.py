"""Parcels at the gate (F13): registered with a holder and a limit, handed over at the door, refused only with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident, Member
from doorstep.errors import UserError
from doorstep.register.models import Door, Gate
from doorstep.supplies.models import Parcel
from doorstep.supplies.rules import defaults
from doorstep.wiring.contributions import VisitLine

SIDES = ("sender", "door")


@dataclass(frozen=True)
class Brought:
    """What was brought to the gate. `client_id` is made once for each parcel by whoever writes it down."""

    client_id: UUID
    door: Door
    kind: str = Parcel.Kind.FAMILY
    sender: str = ""
    sender_phone: str = ""
    what: str = ""
    cold: bool = False
    kg: float = 0.0
    gate: Gate | None = None


@transaction.atomic
def register(incident: Incident, brought: Brought, *, at: datetime, by: Member | None) -> Parcel:
    """Write a parcel down; whoever does so holds it. Saying it twice writes one."""
    if not (brought.sender.strip() or brought.sender_phone.strip()):
        raise UserError(
            _("Nobody is named who brought it."),
            field="sender",
            mend=_("Write a name or a phone: if it is refused, they must be told."),
        )
    facts = {
        "incident": incident,
        "door": brought.door,
        "gate": brought.gate,
        "kind": brought.kind,
        "sender": brought.sender.strip()[:120],
        "sender_phone": brought.sender_phone.strip()[:40],
        "what": brought.what.strip()[:240],
        "cold": brought.cold,
        "kg": max(0.0, brought.kg),
        "registered_at": at,
        "registered_by": by,
        "holder": by,
    }
    parcel, is_new = Parcel.objects.get_or_create(client_id=brought.client_id, defaults=facts)
    return _noted("register_parcel", parcel, at, by) if is_new else parcel


@transaction.atomic
def take_over(parcel: Parcel, holder: Member, *, at: datetime, by: Member | None) -> Parcel:
    """Somebody else holds the parcel now. There is always one holder, never two."""
    _waits(parcel)
    if parcel.holder_id != holder.pk:
        parcel.holder = holder
        parcel.save(update_fields=["holder"])
        _noted("hold_parcel", parcel, at, by, holder=holder.pk)
    return parcel


@transaction.atomic
def hand_over(parcel: Parcel, *, at: datetime, by: Member | None, proof: str = "") -> Parcel:
    """The parcel is with its household. Saying it twice changes nothing."""
    if parcel.state == Parcel.State.HANDED:
        return parcel
    _waits(parcel)
    parcel.state, parcel.ended_at, parcel.proof = Parcel.State.HANDED, at, proof[:40]
    parcel.save(update_fields=["state", "ended_at", "proof"])
    return _noted("hand_parcel", parcel, at, by)


@transaction.atomic
def refuse(parcel: Parcel, *, reason: str, at: datetime, by: Member | None) -> Parcel:
    """The parcel is not let in, for a reason that both sides are told; until then it stays on the watch list."""
    if parcel.state == Parcel.State.REFUSED:
        return parcel
    _waits(parcel)
    if not reason.strip():
        raise UserError(
            _("A reason is missing."), field="reason", mend=_("Say why it is not let in: both sides are told.")
        )
    parcel.state, parcel.ended_at, parcel.reason = Parcel.State.REFUSED, at, reason.strip()[:240]
    parcel.save(update_fields=["state", "ended_at", "reason"])
    return _noted("refuse_parcel", parcel, at, by, reason=parcel.reason)


@transaction.atomic
def tell(parcel: Parcel, side: str, *, at: datetime, by: Member | None) -> Parcel:
    """One side was told that the parcel is refused, and why."""
    if side not in SIDES or parcel.state != Parcel.State.REFUSED:
        raise UserError(_("There is nothing to tell."), field="side", mend=_("Refuse the parcel first."))
    field = f"told_{side}_at"
    if getattr(parcel, field) is None:
        setattr(parcel, field, at)
        parcel.save(update_fields=[field])
        _noted("tell_refusal", parcel, at, by, side=side)
    return parcel


@transaction.atomic
def reopen(parcel: Parcel, *, at: datetime, by: Member | None) -> Parcel:
    """Take a hand-over or a refusal back: the parcel is at the gate, its clock runs on from when it came."""
    if parcel.state == Parcel.State.WAITS:
        return parcel
    parcel.state, parcel.ended_at, parcel.proof, parcel.reason = Parcel.State.WAITS, None, "", ""
    parcel.told_sender_at = parcel.told_door_at = None
    parcel.save()
    return _noted("reopen_parcel", parcel, at, by)


def limit_of(parcel: Parcel) -> datetime:
    """When the parcel must be at its door."""
    minutes = defaults()["parcel_cold_minutes" if parcel.cold else "parcel_minutes"]
    return parcel.registered_at + timedelta(minutes=minutes)


def visit_lines(incident: Incident, doors: list[int], start: datetime, end: datetime) -> dict[int, list[VisitLine]]:
    """What waits at the gate for these doors, for the visits of a plan. One query."""
    waiting = Parcel.objects.filter(incident=incident, state=Parcel.State.WAITS, registered_at__lt=end)
    found: dict[int, list[VisitLine]] = {}
    wanted = set(doors)
    for parcel in waiting:
        if parcel.door_id in wanted:
            title = defaults()["words"]["parcel_cold" if parcel.cold else "parcel"]
            line = VisitLine(
                f"parcel:{parcel.pk}",
                "parcel",
                title,
                limit_of(parcel),
                parcel.kg,
                1 if parcel.cold else 0,
                str(parcel.pk),
            )
            found.setdefault(parcel.door_id, []).append(line)
    return found


def handed_at_door(
    incident: Incident, door_id: int, handed: list[str], *, visit: int, at: datetime, by: Member | None
) -> list[Parcel]:
    """The parcels that a knock handed over, confirmed as parcel:<id>; those of other doors are left alone."""
    keys = [text.removeprefix("parcel:") for text in handed if text.startswith("parcel:")]
    wanted = [int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 19]
    rows = Parcel.objects.filter(incident=incident, door_id=door_id, pk__in=wanted, state=Parcel.State.WAITS)
    return [hand_over(parcel, at=at, by=by, proof=f"visit:{visit}") for parcel in rows]


def visit_undone(incident: Incident, *, visit: int, at: datetime, by: Member | None) -> list[Parcel]:
    """A knock was taken back: its parcels are at the gate again."""
    rows = Parcel.objects.filter(incident=incident, proof=f"visit:{visit}", state=Parcel.State.HANDED)
    return [reopen(parcel, at=at, by=by) for parcel in rows]


def _waits(parcel: Parcel) -> None:
    now = Parcel.objects.select_for_update().only("state").get(pk=parcel.pk)
    if now.state != Parcel.State.WAITS:
        parcel.state = now.state
        raise UserError(
            _("The parcel is not at the gate any more: %(state)s.") % {"state": parcel.get_state_display()},
            field="parcel",
            mend=_("Look at the list again; it can be taken back there."),
        )


def _noted(act: str, parcel: Parcel, at: datetime, by: Member | None, **data: object) -> Parcel:
    journal.record(act, incident=parcel.incident, subject=parcel, by=by, occurred_at=at, label=f"#{parcel.pk}", **data)
    return parcel
