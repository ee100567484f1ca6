"""What somebody answers for: requests, messages, objects, errands, tasks. It is empty before they leave (F6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from doorstep.command.models import Incident, Member, Task
from doorstep.desk.medicines.models import Errand
from doorstep.desk.models import EntrustedObject, Message, Request

UNTOLD = Q(state=Request.State.DECLINED, told_at=None)
APPEALED = Q(appealed_at__isnull=False, appeal_answered_at=None) & ~Q(state=Request.State.MERGED)
WAITING = Q(state__in=Request.LIVE) | UNTOLD | APPEALED  # somebody must answer for these


@dataclass(frozen=True)
class Burden:
    """How much somebody answers for."""

    requests: int
    messages: int
    objects: int
    errands: int
    tasks: int

    @property
    def total(self) -> int:
        return self.of_residents + self.tasks

    @property
    def of_residents(self) -> int:
        """What residents count on: it keeps a shift from ending. Tasks of command have a ladder of their own."""
        return self.requests + self.messages + self.objects + self.errands


def requests_of(member: Member, incident: Incident | None = None) -> QuerySet[Request]:
    """Requests for which somebody answers; in one incident, or in all that are open."""
    return _in(Request.objects.filter(WAITING, owner=member), incident)


def messages_of(member: Member, incident: Incident | None = None) -> QuerySet[Message]:
    """Messages that somebody has taken and not dealt with."""
    return _in(Message.objects.filter(taken_by=member, state=Message.State.TAKEN), incident)


def objects_of(member: Member, incident: Incident | None = None) -> QuerySet[EntrustedObject]:
    """Objects of residents that somebody holds."""
    return _in(EntrustedObject.objects.filter(holder=member, state=EntrustedObject.State.HELD), incident)


def errands_of(member: Member, incident: Incident | None = None) -> QuerySet[Errand]:
    """Errands that somebody is to go or is on; back with medicines in hand they are still on it."""
    return _in(Errand.objects.filter(courier=member, state__in=[Errand.State.PLANNED, Errand.State.OUT]), incident)


def tasks_of(member: Member, incident: Incident | None = None) -> QuerySet[Task]:
    """Tasks of command that somebody owns."""
    return _in(Task.objects.filter(owner=member, state=Task.State.OPEN), incident)


def burden_of(member: Member, incident: Incident | None = None) -> Burden:
    """All of it, counted. Five queries."""
    return Burden(
        requests_of(member, incident).count(),
        messages_of(member, incident).count(),
        objects_of(member, incident).count(),
        errands_of(member, incident).count(),
        tasks_of(member, incident).count(),
    )


def _in(rows: QuerySet[Any], incident: Incident | None) -> QuerySet[Any]:
    return rows.filter(incident=incident) if incident else rows.filter(incident__state=Incident.State.OPEN)
