"""From the ledger to the planner: everything due at a door in a window is one visit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from doorstep import protocol
from doorstep.command.models import Area, Incident
from doorstep.planning.rounds import Carrier, DoorDemand, Gate, RoundsProblem, Stair
from doorstep.promises.models import Promise
from doorstep.register import models
from doorstep.register.models import Door, Person

VISITED = ("kit:", "letter", "contact", "test", "check")


@cache
def defaults() -> dict[str, Any]:
    """defaults.yaml."""
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "defaults.yaml").read_text("utf-8"))
    return loaded


@dataclass(frozen=True)
class Due:
    """One promise of a visit, with what it weighs."""

    promise: int
    kind: str
    household: int
    persons: int
    kg: float
    due_at: datetime
    priority: int


@dataclass(frozen=True)
class CarrierLine:
    """Who carries in a plan, and when. `member` is None for a helper without an account."""

    member: int | None
    name: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Demand:
    """A problem for the planner and what stands behind each of its doors."""

    problem: RoundsProblem
    due: dict[int, list[Due]]
    placed: bool


def demand_of(
    incident: Incident,
    areas: Sequence[Area],
    starts_at: datetime,
    ends_at: datetime,
    carriers: Iterable[CarrierLine],
    *,
    without: Collection[int] = (),
) -> Demand:
    """What must be carried in a window. A door with anything due by its end gets one visit with all that is open there.

    Doors in `without` are somebody's already. Six queries. Stairs without a position stand at a stated distance from one another (defaults.yaml); `placed` is
    False then.
    """
    due = {door: lines for door, lines in _due(incident, areas, ends_at).items() if door not in without}
    rules = incident.protocol.carrying
    doors = {door.pk: door for door in Door.objects.filter(pk__in=due).select_related("stair__building")}
    stairs, gates, placed = _stairs(doors.values())
    demands = []
    for pk, lines in due.items():
        first = min(line.due_at for line in lines)
        demands.append(
            DoorDemand(
                str(pk),
                str(doors[pk].stair_id),
                doors[pk].floor,
                sum(line.kg for line in lines),
                service_s=rules.door_s,
                due_s=max(0.0, (first - starts_at).total_seconds()),
                priority=max(line.priority for line in lines),
                last=doors[pk].stair.infected,
            )
        )
    limit = rules.ppe_minutes * 60 if rules.ppe_minutes else None
    problem = RoundsProblem(
        tuple(demands),
        tuple(stairs),
        tuple(
            Carrier(
                str(number),
                (line.starts_at - starts_at).total_seconds(),
                (line.ends_at - starts_at).total_seconds(),
                work_limit_s=limit,
            )
            for number, line in enumerate(carriers)
        ),
        gates=tuple(gates),
        climb_load_kg=rules.climb_load_kg,
        trolley_kg=rules.trolley_kg,
        walk_m_per_s=rules.walk_m_per_s,
        reload_s=defaults()["reload_s"],
    )
    return Demand(problem, due, placed)


def next_due(incident: Incident, areas: Sequence[Area], after: datetime) -> datetime | None:
    """When the next thing falls due at a door of these areas: what to say where a window holds nothing."""
    waiting = Promise.objects.filter(
        incident=incident, area__in=areas, state=Promise.State.OPEN, subject_kind="household", due_at__gt=after
    )
    return waiting.order_by("due_at").values_list("due_at", flat=True).first()


def _due(incident: Incident, areas: Sequence[Area], ends_at: datetime) -> dict[int, list[Due]]:
    promises = Promise.objects.filter(
        incident=incident,
        area__in=areas,
        state__in=[Promise.State.OPEN, Promise.State.BROKEN],
        door__isnull=False,
        subject_kind="household",
        window_start__lte=ends_at,
    )
    rows = list(promises.values_list("pk", "kind", "door_id", "subject_id", "due_at", "priority"))
    must = {door for _, kind, door, _, due_at, _ in rows if due_at <= ends_at and kind.startswith(VISITED)}
    people: dict[int, int] = defaultdict(int)
    for household in Person.objects.filter(
        household__door__area_doors__area__in=areas, present="home", active=True
    ).values_list("household_id", flat=True):
        people[household] += 1
    kits = {f"kit:{kit.code}": kit for kit in incident.protocol.supply.kits}
    newest: dict[tuple[int, str, int], Due] = {}
    for pk, kind, door, household, due_at, priority in sorted(rows, key=lambda row: row[4]):
        if door not in must or not kind.startswith(VISITED):
            continue
        kg = protocol.kit_weight_kg(kits[kind], people[household]) if kind in kits else 0.0
        newest[door, kind, household] = Due(pk, kind, household, people[household], kg, due_at, priority)
    found: dict[int, list[Due]] = defaultdict(list)
    for (door, _, _), line in newest.items():
        found[door].append(line)
    return dict(found)


def _stairs(doors: Iterable[Door]) -> tuple[list[Stair], list[Gate], bool]:
    """Stairs, each supplied from the gate of its compound: the reload point, else any gate with a place, else the origin."""
    stairs = {door.stair_id: door.stair for door in doors}
    compounds = {stair.building.compound_id for stair in stairs.values()}
    at: dict[int, tuple[float, float]] = {}
    for known in models.Gate.objects.filter(compound__in=compounds, x_m__isnull=False).order_by("-reload_point", "pk"):
        at.setdefault(known.compound_id, (known.x_m or 0.0, known.y_m or 0.0))
    found, placed = [], True
    for number, (key, stair) in enumerate(sorted(stairs.items()), start=1):
        home = stair.building
        gate = at.get(home.compound_id, (0.0, 0.0))
        x = stair.x_m if stair.x_m is not None else home.x_m
        y = stair.y_m if stair.y_m is not None else home.y_m
        if x is None or y is None:
            placed = False
            x, y = gate[0] + number * defaults()["stair_apart_m"], gate[1]
        found.append(Stair(str(key), x, y, lift=home.has_lift, gate=str(home.compound_id)))
    gates = [Gate(str(compound), *at.get(compound, (0.0, 0.0))) for compound in sorted(compounds)]
    return found, gates, placed
