"""What is to be had becomes a problem for the planner, and its plan becomes routes: the only caller of planning/errands."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from doorstep.command.models import Incident, Member
from doorstep.desk import dosing
from doorstep.desk.medicines import sources as sourcing
from doorstep.desk.medicines.listing import may_differ
from doorstep.desk.medicines.models import Refill, Source, SourceStock
from doorstep.desk.medicines.rules import cold_minutes, defaults, key_of

PLENTY = 999  # packs, where a source says "has it" and not how many
HAS = (SourceStock.Said.HAS, SourceStock.Said.COLLECTED)


@dataclass(frozen=True)
class PlannedStop:
    """One source on a way, with what is to be collected there."""

    source: Source
    arrives_at: datetime
    leaves_at: datetime
    refills: tuple[Refill, ...]


@dataclass(frozen=True)
class PlannedRoute:
    """One courier's way."""

    courier: Member
    starts_at: datetime
    ends_at: datetime
    stops: tuple[PlannedStop, ...]


@dataclass(frozen=True)
class Short:
    """A supply that the plan leaves open, and why: no_source, not_confirmed, stock, time, couriers."""

    refill: Refill
    why: str


@dataclass(frozen=True)
class Outcome:
    """What the planner says. `apart_s`: what it would take if each resident's medicines were fetched on a way of their own."""

    routes: tuple[PlannedRoute, ...] = ()
    short: tuple[Short, ...] = ()
    late: tuple[Refill, ...] = ()
    courier_s: float = 0.0
    apart_s: float = 0.0
    lower_bound: float = 0.0
    gap: float = 0.0
    complete: bool = True
    seconds: float = 0.0

    @property
    def saved(self) -> float:
        """The part of the courier time that going together saves."""
        return 1 - self.courier_s / self.apart_s if self.apart_s > 0 else 0.0


@dataclass
class Ground:
    """What is known before planning: usable sources, their windows, who has what."""

    incident: Incident
    start: datetime
    end: datetime
    sources: list[Source] = field(default_factory=list)
    windows: dict[int, tuple[float, float]] = field(default_factory=dict)
    stock: dict[int, dict[str, int]] = field(default_factory=dict)
    unsure: list[Source] = field(default_factory=list)


def ground(incident: Incident, start: datetime, end: datetime, at: datetime) -> Ground:
    """The sources that are open within a window and were confirmed lately, with what they have. Two queries."""
    found = Ground(incident, start, end)
    rows = list(Source.objects.filter(incident=incident, active=True))
    for source in rows:
        source.incident = incident
        window = window_of(source, start, end)
        if source.doors == Source.Doors.CLOSED or window is None:
            continue
        if sourcing.is_old(source, at) or source.doors != Source.Doors.OPEN:
            found.unsure.append(source)
            continue
        found.sources.append(source)
        found.windows[source.pk] = window
    found.stock = stock_of(rows)
    return found


def stock_of(rows: Sequence[Source]) -> dict[int, dict[str, int]]:
    """The packs of each medicine that each source has by the newest word. One query."""
    stock: dict[int, dict[str, int]] = {source.pk: {} for source in rows}
    seen: set[tuple[int, str]] = set()
    for said in SourceStock.objects.filter(source__in=rows).order_by("-at", "-pk"):
        if (said.source_id, said.drug) not in seen:
            seen.add((said.source_id, said.drug))
            if said.said in HAS:
                stock[said.source_id][said.drug] = PLENTY if said.packs is None else said.packs
    return stock


def window_of(source: Source, start: datetime, end: datetime) -> tuple[float, float] | None:
    """The first opening of a source within a window, in seconds from its start; None where it does not open."""
    tz = source.incident.tz
    day = start.astimezone(tz).date()
    while day <= end.astimezone(tz).date():
        if day.weekday() in source.opens_days:
            opens = datetime.combine(day, source.opens_at, tz)
            closes = datetime.combine(day, source.closes_at, tz)
            if closes > start and opens < end:
                return max(0.0, (opens - start).total_seconds()), (closes - start).total_seconds()
        day += timedelta(days=1)
    return None


def travel_s(one: Source | None, other: Source | None) -> float:
    """Seconds between two places, None being our base: by their places, else by their minutes from the base."""
    rules = defaults()
    if one is other:
        return 0.0
    if one is not None and other is not None:
        if one.name == other.name:
            return float(rules["same_house_minutes"]) * 60
        if not (_placed(one) and _placed(other)):
            return travel_s(None, one) + travel_s(None, other)
    here, there = one or other, other if one is not None else None
    if here is not None and there is None:
        if not _placed(here):
            return float(here.minutes_away or rules["unknown_minutes"]) * 60
        return _ride(here.east_km or 0, here.north_km or 0)
    assert one is not None
    assert other is not None
    return _ride((one.east_km or 0) - (other.east_km or 0), (one.north_km or 0) - (other.north_km or 0))


def plan(
    incident: Incident,
    refills: Sequence[Refill],
    couriers: Sequence[Member],
    *,
    start: datetime,
    end: datetime,
    at: datetime,
    cool_box: bool = False,
    seconds: float | None = None,
    iterations: int | None = None,
    seed: int = 1,
    progress: Callable[[float, str], None] | None = None,
) -> Outcome:
    """Who goes where for which supplies. What cannot be back before it runs out is fetched late rather than left."""
    from doorstep.planning.errands import ErrandsProblem, plan_errands

    rules = defaults()["errand"]
    known = ground(incident, start, end, at)
    lines, short = _lines(known, refills, cool_box)
    if not lines or not couriers:
        return Outcome(short=(*short, *(Short(refill, "couriers") for refill, _ in lines if not couriers)))
    matrix = _matrix(known.sources)

    def solve(rows: Sequence[Any]) -> Any:
        problem = ErrandsProblem(_sites(known), tuple(rows), _couriers(couriers, start, end), matrix)
        return plan_errands(
            problem,
            iterations=iterations or rules["iterations"],
            seconds=seconds or rules["seconds"],
            seed=seed,
            progress=progress,
        )

    found = solve([line for _, line in lines])
    tardy = {one.line for one in found.unserved if one.why == "time"}
    if tardy:
        relaxed = [replace(line, due_s=math.inf) if line.id in tardy else line for _, line in lines]
        found = solve(relaxed)
    return _outcome(found, known, lines, couriers, start, tuple(short))


def apart_s(known: Ground, lines: Sequence[tuple[Refill, Any]]) -> float:
    """Courier seconds if each resident's lines were fetched on a way of their own, each at the nearest source that has it."""
    ways: dict[int, set[int]] = {}
    by_id = {source.pk: source for source in known.sources}
    for refill, line in lines:
        having = [
            source
            for source in known.sources
            if (line.sites is None or str(source.pk) in line.sites)
            and any(known.stock[source.pk].get(drug) for drug in line.drugs)
        ]
        if having:
            nearest = min(having, key=lambda source: (travel_s(None, source), source.pk))
            ways.setdefault(refill.line.person_id, set()).add(nearest.pk)
    total = 0.0
    for visited in ways.values():
        left, here = [by_id[pk] for pk in sorted(visited)], None
        while left:
            place = min(left, key=lambda source: (travel_s(here, source), source.pk))
            total += travel_s(here, place) + place.queue_minutes * 60
            left.remove(place)
            here = place
        total += travel_s(here, None)
    return total


def _lines(known: Ground, refills: Sequence[Refill], cool_box: bool) -> tuple[list[tuple[Refill, Any]], list[Short]]:
    from doorstep.planning.errands import Line

    lines, short = [], []
    cold = cold_minutes(known.incident)
    spare = float(defaults()["hand_over_minutes"]) * 60
    for refill in refills:
        line = refill.line
        drugs = [key_of(line)]
        if may_differ(line) and line.drug:
            drugs += [one.code for one in dosing.alternatives(line.drug)]
        allowed = [
            source
            for source in known.sources
            if (source.special or not line.special) and (source.keeps_cold or not line.cold)
        ]
        having = [source for source in allowed if any(known.stock[source.pk].get(drug) for drug in drugs)]
        if not having:
            unsure = any(known.stock[source.pk].get(drug) for source in known.unsure for drug in drugs)
            short.append(Short(refill, "not_confirmed" if unsure else "no_source"))
            continue
        limits = [source.most_packs or refill.packs for source in having]
        packs = min(refill.packs, max(limits))
        sites = frozenset(str(source.pk) for source in having if (source.most_packs or packs) >= packs)
        left = (line.runs_out_at - known.start).total_seconds() - spare if line.runs_out_at else math.inf
        out = max(60.0, cold * 60 - spare) if line.cold and cold and not cool_box else math.inf
        due = left if left > 0 else math.inf
        grave = 4.0 if line.is_essential else 1.0
        lines.append((refill, Line(str(refill.pk), tuple(drugs), packs, due, out, sites, True, grave)))
    return lines, short


def _sites(known: Ground) -> tuple[Any, ...]:
    from doorstep.planning.errands import Site

    return tuple(
        Site(str(source.pk), known.stock[source.pk], source.queue_minutes * 60.0, *known.windows[source.pk])
        for source in known.sources
    )


def _couriers(couriers: Sequence[Member], start: datetime, end: datetime) -> tuple[Any, ...]:
    from doorstep.planning.errands import Courier

    return tuple(Courier(str(member.pk), 0.0, (end - start).total_seconds()) for member in couriers)


def _matrix(sources: Sequence[Source]) -> list[list[float]]:
    places: list[Source | None] = [None, *sources]
    return [[travel_s(one, other) for other in places] for one in places]


def _outcome(
    found: Any,
    known: Ground,
    lines: Sequence[tuple[Refill, Any]],
    couriers: Sequence[Member],
    start: datetime,
    short: tuple[Short, ...],
) -> Outcome:
    by_id = {str(source.pk): source for source in known.sources}
    wanted = {str(refill.pk): refill for refill, _ in lines}
    people = {str(member.pk): member for member in couriers}

    def instant(seconds: float) -> datetime:
        return start + timedelta(seconds=round(seconds))

    routes, late = [], []
    for route in found.routes:
        if not route.stops:
            continue
        ends = instant(route.ends_s)
        stops = []
        for stop in route.stops:
            had = tuple(dict.fromkeys(wanted[one.line] for one in stop.collected))
            late += [one for one in had if one.line.runs_out_at and ends > one.line.runs_out_at]
            stops.append(PlannedStop(by_id[stop.site], instant(stop.arrives_s), instant(stop.leaves_s), had))
        routes.append(PlannedRoute(people[route.courier], instant(route.starts_s), ends, tuple(stops)))
    left = tuple(Short(wanted[one.line], one.why) for one in found.unserved)
    return Outcome(
        tuple(routes),
        (*short, *left),
        tuple(late),
        found.courier_s,
        apart_s(known, lines),
        found.lower_bound,
        found.gap,
        found.complete,
        found.seconds,
    )


def _placed(source: Source) -> bool:
    return source.east_km is not None and source.north_km is not None


def _ride(east: float, north: float) -> float:
    rules = defaults()
    return math.hypot(east, north) * float(rules["detour"]) / float(rules["travel_km_per_h"]) * 3600
