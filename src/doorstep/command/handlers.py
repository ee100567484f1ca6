"""The journal writes down what the register tells."""

from __future__ import annotations

from django.utils import timezone

from doorstep.command import journal
from doorstep.command.models import Incident, Member
from doorstep.register.events import RecordRead, RegisterChanged
from doorstep.wiring.pages import Exported


def journal_register(event: RegisterChanged) -> None:
    """One line for each change of the register, under the open incident where there is one."""
    incident = Incident.objects.filter(state=Incident.State.OPEN).order_by("-trigger_at").first()
    by = Member.objects.filter(pk=event.by_id).first() if event.by_id else None
    journal.record(
        event.act, incident=incident, by=by, occurred_at=event.occurred_at, label=event.label, facts=event.data
    )


def journal_read(event: RecordRead) -> None:
    """One line for each reading of a household's record."""
    incident = Incident.objects.filter(pk=event.incident_id).first() if event.incident_id else None
    by = Member.objects.filter(pk=event.member_id).first() if event.member_id else None
    journal.record(
        "read", incident=incident, by=by, occurred_at=event.at, label=event.label, household=event.household_id
    )


def journal_export(event: Exported) -> None:
    """One line for each list that left the program."""
    incident = Incident.objects.filter(pk=event.incident_id).first() if event.incident_id else None
    by = Member.objects.filter(pk=event.member_id).first() if event.member_id else None
    at = incident.now() if incident else timezone.now()
    journal.record("export", incident=incident, by=by, occurred_at=at, label=event.name, rows=event.rows)
