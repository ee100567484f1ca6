"""What lists say of how many live behind a door: counts to hold against the register (S43)."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db.models import Max, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from doorstep.register.models import Door, Household, ImportChange, ListImport, Person
from doorstep.wiring.contributions import Told


def stated(incident: Any, doors: QuerySet[Door], at: datetime) -> dict[int, Told]:
    """The number of persons that a household or its list states. One query."""
    rows = Household.objects.filter(door__in=doors.values("pk"), active=True, size_stated__isnull=False)
    found: dict[int, Told] = {}
    for door, size, listed_at, sources in rows.values_list("door_id", "size_stated", "source_at", "sources"):
        said = parse_datetime((sources.get("size_stated") or {}).get("at", "")) or listed_at
        before = found.get(door)
        persons = (size or 0) + (before.persons or 0 if before else 0)
        newest = max((when for when in (said, before.at if before else None) if when), default=at)
        found[door] = Told(newest, persons, of="registered", text=_("%(n)d persons are stated") % {"n": persons})
    return found


def forgotten(incident: Any, doors: QuerySet[Door], at: datetime) -> dict[int, Told]:
    """People whom the newest list of their compound names no more. Two queries."""
    done = ListImport.objects.filter(state__in=[ListImport.State.DONE, ListImport.State.EMPTY], compound__isnull=False)
    newest = set(done.values("compound").annotate(last=Max("pk")).order_by().values_list("last", flat=True))
    gone = ImportChange.objects.filter(
        listimport__in=newest, model="person", field="active", after=False, accepted=False
    ).values("object_id")
    people = Person.objects.filter(
        pk__in=gone, active=True, household__active=True, household__door__in=doors.values("pk")
    )
    when = dict(done.filter(pk__in=newest).values_list("compound_id", "done_at"))
    by_door: dict[int, list[int]] = defaultdict(list)
    times: dict[int, datetime] = {}
    columns = ("pk", "household__door_id", "household__door__stair__building__compound_id", "sources")
    for pk, door, compound, sources in people.values_list(*columns):
        listed = when.get(compound) or at
        looked = parse_datetime((sources.get("active") or {}).get("at", ""))
        if looked is None or looked < listed:
            by_door[door].append(pk)
            times[door] = listed
    return {
        door: Told(times[door], person_ids=tuple(keys), text=_("on the newest list no more"))
        for door, keys in by_door.items()
    }
