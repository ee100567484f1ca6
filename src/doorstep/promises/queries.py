"""What can be asked of the ledger."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, Count, F, Min, Q, QuerySet, Value, When

from doorstep.command.models import Area, Incident
from doorstep.promises.models import Promise

STATES = ("broken", "risk", "open", "kept", "waived")


def with_look(promises: QuerySet[Promise], at: datetime) -> Any:  # the stubs cannot say an annotated query set
    """Adds `look`: the state as people see it. Open is broken past its due time, and at risk when the plan comes
    too late or nothing is planned and the lead time has begun."""
    late_plan = Q(planned_at__gt=F("due_at")) | Q(planned_at__isnull=True, at_risk_from__lte=at)
    return promises.annotate(
        look=Case(
            When(state="open", due_at__lt=at, then=Value("broken")),
            When(late_plan, state="open", then=Value("risk")),
            default=F("state"),
            output_field=CharField(),
        )
    )


@dataclass(frozen=True)
class KindRow:
    """How the promises of one kind stand: counts by look, of those whose window has opened."""

    kind: str
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(count for look, count in self.counts.items() if look != "waived")


def by_kind(incident: Incident, at: datetime, areas: Iterable[int] | None = None) -> list[KindRow]:
    """The ledger in one table: kinds by look, windows opened by now. One query."""
    promises = Promise.objects.filter(incident=incident, window_start__lte=at).exclude(state="waived")
    if areas is not None:
        promises = promises.filter(area_id__in=list(areas))
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for kind, look, count in with_look(promises, at).values_list("kind", "look").annotate(Count("pk")).order_by():
        found[kind][look] = count
    return [KindRow(kind, {look: found[kind][look] for look in STATES}) for kind in sorted(found)]


def by_area_and_kind(incident: Incident, at: datetime) -> dict[int, list[KindRow]]:
    """The same for each area by itself. One query."""
    promises = Promise.objects.filter(incident=incident, window_start__lte=at).exclude(state="waived")
    found: dict[int, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    rows = with_look(promises, at).values_list("area_id", "kind", "look").annotate(Count("pk")).order_by()
    for area, kind, look, count in rows:
        found[area][kind][look] = count
    return {area: [KindRow(kind, dict(counts)) for kind, counts in kinds.items()] for area, kinds in found.items()}


def together(rows: Iterable[KindRow]) -> list[KindRow]:
    """Rows of several areas as one table of kinds by look."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        found[row.kind].update(row.counts)
    return [KindRow(kind, {look: found[kind][look] for look in STATES}) for kind in sorted(found)]


@dataclass(frozen=True)
class DoorState:
    """How a door stands for one kind of promise: the worst of its households' newest."""

    look: str
    due_at: datetime


def states_by_door(area: Area, kind: str, at: datetime) -> dict[int, DoorState]:
    """Door → its state for one kind, by the newest promise of each household whose window has opened. One query."""
    promises = Promise.objects.filter(area=area, kind=kind, door__isnull=False, window_start__lte=at)
    rows = with_look(promises, at).order_by("window_start").values_list("door_id", "subject_id", "look", "due_at")
    newest: dict[tuple[int, int], DoorState] = {}
    for door, subject, look, due in rows:
        newest[door, subject] = DoorState(look, due)
    found: dict[int, DoorState] = {}
    for (door, _), state in newest.items():
        if door not in found or STATES.index(state.look) < STATES.index(found[door].look):
            found[door] = state
    return found


def ledger(
    incident: Incident,
    at: datetime,
    areas: Iterable[int] | None,
    *,
    kind: str = "",
    look: str = "",
    area: int | None = None,
) -> Any:
    """Promises one by one within some areas (None = all), the nearest due first; narrowed by kind, look and area."""
    found = with_look(Promise.objects.filter(incident=incident), at)
    if areas is not None:
        found = found.filter(area_id__in=list(areas))
    if area is not None:
        found = found.filter(area_id=area)
    if kind:
        found = found.filter(kind=kind)
    if look:
        found = found.filter(look=look)
    return found.order_by("due_at", "pk")


def derived_ends(incident: Incident) -> dict[Area, datetime]:
    """Up to when everything owed in each area in force is written down: the horizon, or its review where that is later.

    Empty where nothing has been derived. One query.
    """
    if incident.derived_until is None:
        return {}
    areas = Area.objects.filter(incident=incident, state=Area.State.IN_FORCE)
    return {area: max(incident.derived_until, area.review_at or incident.derived_until) for area in areas}


FIRST_KEPT = {"letter": "letter", "kit": "kit:"}


def first_kept(incident: Incident, codes: Iterable[str], at: datetime) -> dict[str, datetime]:
    """When a promise behind a target was first kept: the first kit, letter or test at a door. One query."""
    kept = Promise.objects.filter(incident=incident, kept_at__lte=at).order_by().values_list("kind")
    first = list(kept.annotate(first=Min("kept_at")))
    found = {}
    for code in codes:
        times = [when for kind, when in first if kind.startswith(FIRST_KEPT.get(code, code))]
        if times:
            found[code] = min(times)
    return found
