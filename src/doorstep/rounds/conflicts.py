"""Two truths of one door: both kept until a coordinator has looked, and settled without losing either."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Member, Task
from doorstep.errors import UserError
from doorstep.register.models import Door
from doorstep.rounds.models import PhoneAct, Visit, VisitConflict
from doorstep.rounds.visits import door_label, undo_visit


def conflict_of(
    act: PhoneAct, kind: str, *, first: Visit | None = None, second: Visit | None = None, door_id: int | None = None
) -> VisitConflict:
    """A conflict that an act of a phone brings, to be kept with the act."""
    door = first.door_id if first else door_id
    return VisitConflict(
        incident=act.incident, kind=kind, door_id=door, act=act, first=first, second=second, opened_at=act.received_at
    )


def built_on(visit: Visit) -> tuple[Visit | None, bool]:
    """The knock that came after this one, if any, and whether anybody has built on this one: knocked or acted since."""
    later = Visit.objects.filter(
        door=visit.door_id, incident=visit.incident_id, undone_at=None, occurred_at__gte=visit.occurred_at
    ).exclude(pk=visit.pk)
    found = later.order_by("occurred_at", "pk").first()
    acted = Task.objects.filter(key__startswith=f"visit:{visit.pk}:", state=Task.State.DONE).exists()
    return found, found is not None or acted


@transaction.atomic
def settle_conflict(
    conflict: VisitConflict, decision: str, *, note: str, by: Member | None, at: datetime
) -> VisitConflict:
    """Say which of two truths counts: the other is taken back. Saying it twice changes nothing."""
    if conflict.settled_at is not None:
        return conflict
    if decision not in VisitConflict.Decision.values:
        raise UserError(_("Nothing was decided."), field="decision", mend=_("Say what counts."))
    drop = {"first": conflict.second, "second": conflict.first}.get(decision)
    if decision in ("first", "second") and (conflict.first is None or conflict.second is None):
        raise UserError(
            _("There are no two knocks to choose between."), field="decision", mend=_("Say that you have looked.")
        )
    if drop is not None:
        undo_visit(drop, by=by, at=at)
    conflict.decision, conflict.note = decision, note.strip()[:240]
    conflict.settled_at, conflict.settled_by = at, by
    conflict.save(update_fields=["decision", "note", "settled_at", "settled_by"])
    journal.record(
        "settle_visit_conflict",
        incident=conflict.incident,
        subject=conflict,
        by=by,
        occurred_at=at,
        label=door_label(conflict.door) if conflict.door else "",
        kind=conflict.kind,
        decision=decision,
        dropped=drop.pk if drop else None,
    )
    return conflict


@transaction.atomic
def reopen_conflict(conflict: VisitConflict, *, by: Member | None, at: datetime) -> VisitConflict:
    """Open a settled conflict again, where nothing was taken back by it: a knock that was stays taken back."""
    if conflict.settled_at is None:
        return conflict
    if conflict.decision in (VisitConflict.Decision.FIRST, VisitConflict.Decision.SECOND):
        raise UserError(
            _("A knock was taken back by this decision."), field="decision", mend=_("Write the knock down again.")
        )
    conflict.settled_at, conflict.settled_by, conflict.decision = None, None, ""
    conflict.save(update_fields=["settled_at", "settled_by", "decision"])
    label = door_label(conflict.door) if conflict.door else ""
    journal.record(
        "reopen_visit_conflict", incident=conflict.incident, subject=conflict, by=by, occurred_at=at, label=label
    )
    return conflict


def known_door(door_id: int | None) -> int | None:
    """The key, where there is such a door."""
    return door_id if door_id and Door.objects.filter(pk=door_id).exists() else None
