"""Crossings: written down once, ended by the next, undone. The gate opens for life without a field to fill in (F17)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal, tasks
from doorstep.command.models import Incident, Member, Task
from doorstep.errors import UserError
from doorstep.gate import permits
from doorstep.gate.checking import why_not
from doorstep.gate.models import Crossing, Permit
from doorstep.gate.rules import approval_of, area_of_gate, told_once, waits
from doorstep.register.models import Door, Gate
from doorstep.wiring.texts import in_both

Direction, Permission, What = Crossing.Direction, Crossing.Permission, Crossing.What
OUTWARD = (Direction.OUT, Direction.BUFFER_OUT)
INWARD = (Direction.IN, Direction.BUFFER_IN)


@dataclass(frozen=True)
class Seen:
    """What somebody at a gate saw. `client_id` is made where it is written; `ends` is the crossing that it closes.

    `happened`: it is over (a device without network tells it late), so that nothing of it can be refused any more.
    """

    client_id: UUID
    direction: str
    permission: str
    occurred_at: datetime
    gate: Gate | None = None
    what: str = What.PERSON
    permit: Permit | None = None
    permission_ref: str = ""
    role: str = ""
    label: str = ""
    door: Door | None = None
    count: int = 1
    cold: bool = False
    reason: str = ""
    refused: bool = False
    ends: Crossing | None = None
    happened: bool = False
    doubt: str = ""


@transaction.atomic
def record(incident: Incident, seen: Seen, *, at: datetime, by: Member | None = None) -> Crossing:
    """Write one crossing down. The same `client_id` again gives the one there is. An emergency is never refused."""
    if (there := Crossing.objects.filter(client_id=seen.client_id).first()) is not None:
        return told_once(there, incident)
    occurred_at = min(seen.occurred_at, at)
    if not seen.happened and seen.permission != Permission.EMERGENCY:
        _check(incident, seen, occurred_at)
    permit = seen.permit
    crossing = Crossing.objects.create(
        incident=incident,
        client_id=seen.client_id,
        area=permit.area if permit else area_of_gate(incident, seen.gate),
        gate=seen.gate,
        what=seen.what,
        direction=seen.direction,
        permission=seen.permission,
        permit=permit,
        permission_ref=seen.permission_ref.strip()[:80],
        role=seen.role,
        label=seen.label.strip()[:80],
        door=seen.door or (permit.door if permit else None),
        count=permit.persons if permit else max(1, seen.count),
        cold=seen.cold,
        reason=seen.reason.strip()[:240],
        refused=seen.refused,
        told_outside_at=occurred_at if seen.refused else None,
        doubt=seen.doubt or _doubt(seen, occurred_at),
        offline=seen.happened,
        ends=None if permit or seen.refused else seen.ends,
        by=by,
        occurred_at=occurred_at,
        recorded_at=at,
    )
    _follow(crossing, at, by)
    if crossing.permission == Permission.EMERGENCY and not crossing.reason:
        _ask_for_reason(crossing, at, by)
    return _noted("refuse_crossing" if seen.refused else "record_crossing", crossing, at, by)


def open_for_life(
    incident: Incident, gate: Gate | None, client_id: UUID, *, at: datetime, by: Member | None, occurred_at: datetime
) -> Crossing:
    """The gate was opened because life is in danger: nothing is asked, nothing is checked; the reason comes later."""
    seen = Seen(client_id, Direction.OPEN, Permission.EMERGENCY, occurred_at, gate)
    return record(incident, seen, at=at, by=by)


@transaction.atomic
def complete(crossing: Crossing, reason: str, *, at: datetime, by: Member | None, label: str = "") -> Crossing:
    """Say afterwards what a gate was opened for; the task that asked for it is done."""
    if not reason.strip():
        raise UserError(_("The reason is missing."), field="reason", mend=_("Say in a few words what happened."))
    crossing.reason = reason.strip()[:240]
    crossing.label = label.strip()[:80] or crossing.label
    crossing.save(update_fields=["reason", "label"])
    task = Task.objects.filter(incident=crossing.incident, key=_task_key(crossing), state=Task.State.OPEN).first()
    if task is not None:
        tasks.finish(task, crossing.reason, at=at, by=by)
    return _noted("complete_crossing", crossing, at, by)


@transaction.atomic
def undo(crossing: Crossing, *, at: datetime, by: Member | None) -> Crossing:
    """Take a crossing back: it did not happen. What it had ended is open again. Saying it twice changes nothing."""
    if crossing.undone_at is not None:
        return crossing
    crossing.undone_at, crossing.ends = at, None
    crossing.save(update_fields=["undone_at", "ends"])
    Crossing.objects.filter(ends=crossing).update(ends=None)
    _follow(crossing, at, by)
    task = Task.objects.filter(incident=crossing.incident, key=_task_key(crossing), state=Task.State.OPEN).first()
    if task is not None:
        tasks.finish(task, _("The entry at the gate was taken back."), at=at, by=by)
    return _noted("undo_crossing", crossing, at, by)


@transaction.atomic
def tell_inside(crossing: Crossing, *, at: datetime, by: Member | None) -> Crossing:
    """Whoever was to be visited knows that, and why, the visitor was turned away (F13)."""
    if crossing.told_inside_at is None:
        crossing.told_inside_at = at
        crossing.save(update_fields=["told_inside_at"])
        _noted("tell_refusal", crossing, at, by)
    return crossing


def pair(legs: Sequence[Any]) -> dict[int, int]:
    """Which crossing of one bearer ends which: {crossing: the one before it in time}. The last one is where they are.

    Two in the same direction: what lay between them was not written down, and the later one tells more.
    """
    return {later.pk: earlier.pk for earlier, later in zip(legs, legs[1:], strict=False)}


def _follow(crossing: Crossing, at: datetime, by: Member | None) -> None:
    """A permit's crossings are paired anew and its state follows: also where one is told late."""
    permit = crossing.permit
    if permit is None:
        return
    ends = pair(permits.legs(permit))
    stand = {row.pk: row.ends_id for row in permit.crossings.filter(undone_at=None)}
    changed = [pk for pk, now in stand.items() if ends.get(pk) != now]
    Crossing.objects.filter(pk__in=changed).update(ends=None)
    for pk in changed:
        if pk in ends:
            Crossing.objects.filter(pk=pk).update(ends=ends[pk])
    crossing.refresh_from_db(fields=["ends"])
    permits.settle(permit, at=at, by=by)


def _check(incident: Incident, seen: Seen, at: datetime) -> None:
    if seen.refused:
        if not seen.reason.strip():
            raise UserError(
                _("The reason is missing."), field="reason", mend=_("Say why: it is told here and to who lives inside.")
            )
        return
    if seen.ends is not None and seen.permit is None:
        _check_end(seen)
        return
    if seen.permission == Permission.PERMIT:
        _check_permit(seen, at)
    elif seen.permission == Permission.VISITOR and seen.direction in INWARD:
        _check_visitor(incident, seen)
    elif seen.permission == Permission.HOME and seen.direction in OUTWARD:
        _check_home(incident, seen)
    elif seen.permission == Permission.DUTY and not (seen.label.strip() or seen.permission_ref.strip()):
        raise UserError(_("Nobody is named."), field="label", mend=_("Write the name or the number on the badge."))


def _check_end(seen: Seen) -> None:
    assert seen.ends is not None
    if seen.ends.undone_at is not None or Crossing.objects.filter(ends=seen.ends, undone_at=None).exists():
        raise UserError(_("This is closed already."), field="ends", mend=_("Look at the list again."))


def _check_permit(seen: Seen, at: datetime) -> None:
    if seen.permit is None:
        raise UserError(_("No permit is named."), field="number", mend=_("Type its number, or scan it."))
    verdict = why_not(seen.permit, at=at, gate=seen.gate, outward=seen.direction in OUTWARD)
    if verdict:
        raise UserError(
            verdict, field="number", mend=_("Ask the desk. Where life is in danger, open: no permit is needed.")
        )


def _check_visitor(incident: Incident, seen: Seen) -> None:
    role = next((one for one in incident.protocol.gate.visitors if one.code == seen.role), None)
    if role is None and incident.protocol.gate.visitors:
        raise UserError(_("The role is missing."), field="role", mend=_("Say who it is: press, doctor, craftsman."))
    if role is not None and role.needs == "permit":
        raise UserError(
            _("This visitor needs a permit."), field="role", mend=_("Ask the desk for one, or refuse with the reason.")
        )
    if not seen.reason.strip():
        raise UserError(
            _("The task is missing."), field="reason", mend=_("Who enters has a task or a right: write it down.")
        )
    if not seen.label.strip():
        raise UserError(_("Nobody is named."), field="label", mend=_("Write the name or the office."))


def _check_home(incident: Incident, seen: Seen) -> None:
    area = area_of_gate(incident, seen.gate)
    if area is None:
        return
    if waits(approval_of(incident, area, "other")):
        raise UserError(
            _("Who lives here needs a permit to go out now."),
            field="permission",
            mend=_("Ask the desk for one. Where life is in danger, open: no permit is needed."),
        )


def _doubt(seen: Seen, at: datetime) -> str:
    """What somebody should look at: it happened while the device had no network, and the permit did not hold."""
    if seen.permission != Permission.PERMIT or not seen.happened or seen.refused:
        return ""
    if seen.permit is None:
        return "unknown"
    bad = why_not(seen.permit, at=at, gate=seen.gate, outward=seen.direction in OUTWARD)
    return "not_valid" if bad else ""


def _task_key(crossing: Crossing) -> str:
    return f"gate:life:{crossing.client_id}"


def _ask_for_reason(crossing: Crossing, at: datetime, by: Member | None) -> None:
    where = str(crossing.gate) if crossing.gate else crossing.incident.name
    titles = in_both(lambda: _("Write down why the gate was opened for life: %(gate)s") % {"gate": where})
    due = at + timedelta(hours=crossing.incident.protocol.gate.log_hours)
    key = _task_key(crossing)
    task = tasks.open_task(
        crossing.incident, titles["en"], at=at, by=by, area=crossing.area, due_at=due, urgency=2, key=key
    )
    task.titles, task.kind = titles, "gate_opened"
    task.save(update_fields=["titles", "kind"])


def _noted(act: str, crossing: Crossing, at: datetime, by: Member | None) -> Crossing:
    facts = {"what": crossing.what, "direction": crossing.direction, "permission": crossing.permission}
    journal.record(
        act,
        incident=crossing.incident,
        subject=crossing,
        by=by,
        occurred_at=crossing.occurred_at if act == "record_crossing" else at,
        label=str(crossing.gate or ""),
        **facts,
    )
    return crossing
