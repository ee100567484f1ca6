"""The rounds room's part of the watch list: cupboards (1) and doors that no list contains (16)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
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


@dataclass(frozen=True)
class Cupboard:
    """A door whose food ends (None: no food ever came, which was due by `since`) before the `next` kit that is planned."""

    since: datetime
    door: int
    ends: bool
    next: datetime | None


def cupboards_empty(incident: Incident, at: datetime) -> list[WatchRow]:
    """Invariant 1: food ends before the next planned arrival, or soon with nothing planned, or none has come in time."""
    rules = incident.protocol
    zones = [key for key, zone in rules.zones.items() if zone.delivery == "door"]
    areas = {area.pk: area for area in incident.areas.filter(state=Area.State.IN_FORCE, zone__in=zones)}
    bound = {door: area for door, area in bound_doors(incident).items() if area in areas}
    found = [one for one in _cupboards(incident, list(areas), at) if one.door in bound]
    found.sort(key=lambda one: (one.since, one.door))

    def rows(lines: Sequence[Cupboard]) -> list[WatchRow]:
        doors = _doors(one.door for one in lines)
        return [
            WatchRow(
                what=_why(one, incident),
                since=one.since,
                who_acts=_("supply"),
                next_step=_("plan a round that brings a kit earlier"),
                subject=door_label(doors[one.door]),
                url=reverse("board:door", args=[one.door]),
                level=3,
                area_id=bound[one.door],
                door_id=one.door,
                due=one.since,
            )
            for one in lines
        ]

    return shown_and_counted(found, rows, lambda one: (bound[one.door], one.since), names_of(incident))


def _cupboards(incident: Incident, areas: Sequence[int], at: datetime) -> list[Cupboard]:
    """Two queries, whatever the number of households."""
    supply = incident.protocol.supply
    margin = timedelta(hours=supply.margin_hours)
    food = [f"kit:{kit.code}" for kit in supply.kits if kit.food]
    planned = Q(state="open", planned_at__gte=at)
    overdue = Q(sequence=0, state__in=["open", "broken"], due_at__lt=at, area__in=areas)
    coming: dict[int, datetime] = {}
    first: dict[int, tuple[int, datetime]] = {}  # household → its door, and when its first food was due
    kits = Promise.objects.filter(planned | overdue, incident=incident, kind__in=food).order_by("-planned_at")
    for household, door, when, number, due in kits.values_list(
        "subject_id", "door_id", "planned_at", "sequence", "due_at"
    ):
        if when is not None and when >= at:
            coming[household] = when
        if number == 0 and due < at and door is not None:
            first[household] = (door, due)
    covers = Coverage.objects.filter(
        incident=incident, household__door__area_doors__area__in=areas, household__active=True
    )
    found, fed = [], set()
    for household, door, until in covers.values_list("household_id", "household__door_id", "covered_until").distinct():
        fed.add(household)
        next_at = coming.get(household)
        if (next_at is None and until - margin <= at) or (next_at is not None and next_at > until):
            found.append(Cupboard(until, door, True, next_at))
    found += [
        Cupboard(due, door, False, coming.get(household))
        for household, (door, due) in first.items()
        if household not in fed
    ]
    return found


def _why(one: Cupboard, incident: Incident) -> str:
    when = f"{one.next.astimezone(incident.tz):%m-%d %H:%M}" if one.next else ""
    if not one.ends:
        return (
            _("no food has come yet; it is planned for %(when)s") % {"when": when}
            if when
            else _("no food has come yet, and none is planned")
        )
    if when:
        return _("food ends before the next kit, which is planned for %(when)s") % {"when": when}
    return _("food ends, and no kit is planned")


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
