"""What a change of an area would do, shown before anybody decides: doors and people, promises by kind, tests, supply (F24)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command.areas.changing import carry_out, doors_moved, paths_lost
from doorstep.command.models import Area, AreaChange, Incident
from doorstep.errors import UserError
from doorstep.register.models import Person
from doorstep.wiring.contributions import contributions


@dataclass(frozen=True)
class OwedLine:
    """Promises of one kind that the doors have from the change on: before it, after it."""

    kind: str
    before: int
    after: int

    @property
    def falls(self) -> int:
        return max(0, self.before - self.after)

    @property
    def new(self) -> int:
        return max(0, self.after - self.before)


@dataclass(frozen=True)
class Outlook:
    """A change before it is made. `lost` are ways of supply that end; `tests_before` and `tests_after` days of tests."""

    doors: int
    persons: int
    owed: list[OwedLine]
    lost: list[str]
    tests_before: tuple[int, ...]
    tests_after: tuple[int, ...]


def outlook(area: Area, kind: str, zone: str, codes: Sequence[str], *, effective_at: datetime, at: datetime) -> Outlook:
    """Make the change, count, and take it back: nothing of it stays."""
    rules = area.incident.protocol
    if kind == AreaChange.Kind.ZONE and zone not in rules.zones:
        raise UserError(_("Choose the class that follows."), field="zone", mend=_("Or lift the area."))
    tests = rules.sampling.zone_tests if rules.sampling else {}
    every = set(area.area_doors.values_list("door_id", flat=True))
    doors = doors_moved(area, codes) if kind == AreaChange.Kind.PART else every
    persons = Person.objects.filter(household__door_id__in=doors, household__active=True, active=True, present="home")
    owed = _owed(area, kind, zone, codes, doors, effective_at, at) if doors else []
    return Outlook(
        len(doors),
        persons.count(),
        owed,
        paths_lost(area.incident, area.zone, zone),
        tests[area.zone].days if area.zone in tests else (),
        tests[zone].days if zone in tests else (),
    )


def _owed(
    area: Area, kind: str, zone: str, codes: Sequence[str], doors: set[int], effective_at: datetime, at: datetime
) -> list[OwedLine]:
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    since = max(effective_at, at)
    with transaction.atomic():
        here = Area.objects.select_related("incident").get(pk=area.pk)
        for count in contributions.owed:
            before |= count(Incident.objects.get(pk=area.incident_id), doors, [area.pk], since)
        change = AreaChange.objects.create(
            area=here,
            kind=kind,
            zone=zone,
            zone_before=here.zone,
            moved=list(codes),
            reason="-",
            effective_at=effective_at,
            decided_at=at,
        )
        carry_out(change, at=at, tell=False)
        areas = [area.pk, *([change.made.pk] if change.made else [])]
        for count in contributions.owed:
            after |= count(Incident.objects.get(pk=area.incident_id), doors, areas, since)
        transaction.set_rollback(True)
    kinds = sorted({*before, *after})
    return [OwedLine(one, before.get(one, 0), after.get(one, 0)) for one in kinds]
