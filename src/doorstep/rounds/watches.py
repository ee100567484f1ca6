"""The rounds room's part of the watch list: cupboards (1) and doors that no list contains (16)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.command.models import Area, Incident
from doorstep.command.queries import bound_doors, names_of
from doorstep.promises.models import Promise
from doorstep.register.models import Door
from doorstep.rounds.models import RoundPlan, Stop
from doorstep.rounds.visits import door_label
from doorstep.supplies.models import Coverage
from doorstep.wiring.contributions import WatchRow
from doorstep.wiring.watching import shown_and_counted


def cupboards_empty(incident: Incident, at: datetime) -> list[WatchRow]:
    """Invariant 1: food ends before the next planned arrival, or soon with nothing planned."""
    rules = incident.protocol
    zones = [key for key, zone in rules.zones.items() if zone.delivery == "door"]
    areas = {area.pk: area for area in incident.areas.filter(state=Area.State.IN_FORCE, zone__in=zones)}
    bound = {door: area for door, area in bound_doors(incident).items() if area in areas}
    food = [f"kit:{kit.code}" for kit in rules.supply.kits if kit.food]
    coming: dict[int, datetime] = {}
    planned = Promise.objects.filter(incident=incident, kind__in=food, state="open", planned_at__isnull=False)
    for household, when in planned.order_by("-planned_at").values_list("subject_id", "planned_at"):
        if when is not None and when >= at:
            coming[household] = when
    margin = timedelta(hours=rules.supply.margin_hours)
    covers = Coverage.objects.filter(
        incident=incident, household__door__area_doors__area__in=areas, household__active=True
    )
    found = []
    for household, door, until in covers.values_list("household_id", "household__door_id", "covered_until").distinct():
        next_at = coming.get(household)
        empty = (next_at is None and until - margin <= at) or (next_at is not None and next_at > until)
        if door in bound and empty:
            found.append((until, door))
    found.sort()

    def rows(lines: Sequence[tuple[datetime, int]]) -> list[WatchRow]:
        doors = _doors(door for _, door in lines)
        return [
            WatchRow(
                what=_("food ends before the next kit"),
                since=until,
                who_acts=_("supply"),
                next_step=_("plan a round that brings a kit earlier"),
                subject=door_label(doors[door]),
                url=reverse("board:door", args=[door]),
                level=3,
                area_id=bound[door],
                door_id=door,
                due=until,
            )
            for until, door in lines
        ]

    return shown_and_counted(found, rows, lambda line: (bound[line[1]], line[0]), names_of(incident))


def doors_on_no_list(incident: Incident, at: datetime) -> list[WatchRow]:
    """Invariant 16: a door that is owed something in its lead time and stands on no list."""
    waiting = Promise.objects.filter(
        incident=incident, state__in=["open", "broken"], door__isnull=False, at_risk_from__lte=at, window_start__lte=at
    ).exclude(subject_kind="request")  # the desk answers for those
    since = dict(waiting.order_by("-at_risk_from").values_list("door_id", "at_risk_from"))
    listed = set(
        Stop.objects.filter(
            round__plan__incident=incident, round__plan__state=RoundPlan.State.READY, round__plan__ends_at__gte=at
        ).values_list("door_id", flat=True)
    )
    bound = bound_doors(incident)
    missing = [door for door in since if door in bound and door not in listed]

    def rows(doors: Sequence[int]) -> list[WatchRow]:
        named = _doors(doors)
        return [
            WatchRow(
                what=_("on no list"),
                since=since[door],
                who_acts=_("coordinator"),
                next_step=_("plan a round for this area"),
                subject=door_label(named[door]),
                url=reverse("board:door", args=[door]),
                level=2,
                area_id=bound[door],
                door_id=door,
            )
            for door in doors
        ]

    return shown_and_counted(missing, rows, lambda door: (bound[door], since[door]), names_of(incident))


def _doors(keys: Iterable[int]) -> dict[int, Door]:
    return Door.objects.select_related("stair__building").in_bulk(list(keys))
