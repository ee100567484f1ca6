"""The rounds room's part of the watch list: cupboards (1) and doors that no list contains (16)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.command.models import Area, Incident
from doorstep.command.queries import bound_doors
from doorstep.promises.models import Promise
from doorstep.register.models import Door
from doorstep.rounds.models import Coverage, RoundPlan, Stop
from doorstep.rounds.visits import door_label
from doorstep.wiring.contributions import WatchRow

SHOWN = 500


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
    rows = []
    covers = Coverage.objects.filter(household__door__area_doors__area__in=areas, household__active=True)
    for cover in covers.select_related("household__door__stair__building").distinct():
        door = cover.household.door
        if door.pk not in bound:
            continue
        next_at = coming.get(cover.household_id)
        if next_at is not None and next_at <= cover.covered_until:
            continue
        if next_at is None and cover.covered_until - margin > at:
            continue
        rows.append(
            WatchRow(
                what=_("food ends before the next kit"),
                since=cover.covered_until,
                who_acts=_("supply"),
                next_step=_("plan a round that brings a kit earlier"),
                subject=door_label(door),
                url=reverse("board:door", args=[door.pk]),
                level=3,
                area_id=bound[door.pk],
                door_id=door.pk,
                due=cover.covered_until,
            )
        )
    return rows[:SHOWN]


def doors_on_no_list(incident: Incident, at: datetime) -> list[WatchRow]:
    """Invariant 16: a door that is owed something in its lead time and stands on no list."""
    waiting = Promise.objects.filter(
        incident=incident, state__in=["open", "broken"], door__isnull=False, at_risk_from__lte=at, window_start__lte=at
    )
    since = dict(waiting.order_by("-at_risk_from").values_list("door_id", "at_risk_from"))
    listed = set(
        Stop.objects.filter(
            round__plan__incident=incident, round__plan__state=RoundPlan.State.READY, round__plan__ends_at__gte=at
        ).values_list("door_id", flat=True)
    )
    bound = bound_doors(incident)
    missing = [door for door in since if door in bound and door not in listed]
    doors = Door.objects.filter(pk__in=missing[:SHOWN]).select_related("stair__building")
    return [
        WatchRow(
            what=_("on no list"),
            since=since[door.pk],
            who_acts=_("coordinator"),
            next_step=_("plan a round for this area"),
            subject=door_label(door),
            url=reverse("board:door", args=[door.pk]),
            level=2,
            area_id=bound[door.pk],
            door_id=door.pk,
        )
        for door in doors
    ]
