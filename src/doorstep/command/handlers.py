"""The journal writes down what the register tells; changes of areas happen when their hour comes."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from doorstep.command import journal
from doorstep.command.areas.changing import carry_out_due
from doorstep.command.events import AreaChanged, ClockMoved
from doorstep.command.models import Area, Incident, Member
from doorstep.command.places import work_out_doors
from doorstep.register.events import PlacesChanged, RecordRead, RegisterChanged
from doorstep.wiring.events import publish
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


def journal_places(event: PlacesChanged) -> None:
    """One line for each act on the places; a door that changed its stair changes the areas that hold either."""
    incident = Incident.objects.filter(state=Incident.State.OPEN).order_by("-trigger_at").first()
    by = Member.objects.filter(pk=event.by_id).first() if event.by_id else None
    journal.record(
        event.act, incident=incident, by=by, occurred_at=event.occurred_at, label=event.label, facts=event.data
    )
    if event.doors_moved:
        _redraw_areas(event)


def _redraw_areas(event: PlacesChanged) -> None:
    """Areas mean places, so their doors are worked out again; what is owed there follows (F24)."""
    pk = event.compound_id
    here = Q(places__compound=pk) | Q(places__building__compound=pk) | Q(places__stair__building__compound=pk)
    for area in Area.objects.exclude(state=Area.State.LIFTED).filter(here).distinct():
        before = set(area.area_doors.values_list("door_id", flat=True))
        work_out_doors(area)
        if before != set(area.area_doors.values_list("door_id", flat=True)):
            publish(AreaChanged(area.pk, event.occurred_at))


def carry_out_changes(event: ClockMoved) -> None:
    """The clock of an exercise was moved: changes of areas decided for an hour on the way happen."""
    carry_out_due(Incident.objects.get(pk=event.incident_id), event.after)
