"""From the ledger to the planner: everything due at a door in a window is one visit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from doorstep import protocol
from doorstep.command.models import Area, Incident
from doorstep.planning.rounds import Carrier, DoorDemand, RoundsProblem, Stair
from doorstep.promises.models import Promise
from doorstep.register.models import Door, Gate
from doorstep.rounds.due import Due, Short, Window, door_of, due_at_doors, share_short, tightest
from doorstep.storage.bulk import in_batches


@cache
def defaults() -> dict[str, Any]:
    """defaults.yaml."""
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "defaults.yaml").read_text("utf-8"))
    return loaded


@dataclass(frozen=True)
class CarrierLine:
    """Who carries in a plan, when, with which skills; `member` is None for a helper without an account.

    `budget_kg_storeys` is the climbing that this one may do, where it is not the protocol's.
    """

    member: int | None
    name: str
    starts_at: datetime
    ends_at: datetime
    skills: tuple[str, ...] = ()
    budget_kg_storeys: float | None = None


@dataclass(frozen=True)
class Demand:
    """A problem for each compound, the carriers of all, and what is due at each visit.

    `placed` is False where a stair has no position and stands at the stated distance (defaults.yaml).
    """

    sites: tuple[RoundsProblem, ...]
    carriers: tuple[Carrier, ...]
    due: dict[str, list[Due]]
    placed: bool
    infected: frozenset[str] = frozenset()
    later: Sequence[tuple[int, str]] = ()
    short: Sequence[Short] = ()

    @property
    def doors(self) -> list[DoorDemand]:
        return [door for site in self.sites for door in site.doors]


def demand_of(
    incident: Incident,
    areas: Sequence[Area],
    starts_at: datetime,
    ends_at: datetime,
    carriers: Iterable[CarrierLine],
    *,
    without: Mapping[int, frozenset[int] | None] | None = None,
    ready: Mapping[str, datetime] | None = None,
    short: Mapping[str, int] | None = None,
    base: datetime | None = None,
    at_doors: Mapping[tuple[int, str], datetime] | None = None,
) -> Demand:
    """What must be carried in a window. A door with anything due by its end gets one visit with all that is open there.

    `without` and `ready` as in due_at_doors; `short`: how many there are of a kind; `base`: the planner counts from
    there; `at_doors`: when the kit of a door is packed and staged. A known number of queries.
    """
    window = Window(starts_at, ends_at, ready or {}, base, at_doors or {})
    asked = due_at_doors(incident, areas, window, without=without)
    due, lacking = share_short(asked.visits, short or {})
    visits: dict[int, list[str]] = defaultdict(list)
    for visit in due:
        visits[door_of(visit)].append(visit)
    doors = [door for batch in in_batches(visits) for door in _with_places(batch)]
    compounds: dict[int, list[Door]] = defaultdict(list)
    for door in doors:
        compounds[door.stair.building.compound_id].append(door)
    gates = _gates(compounds)
    rules = incident.protocol
    sites, placed = [], True
    for key, found in sorted(compounds.items()):
        gate = gates.get(key, (0.0, 0.0))
        stairs, all_placed = _stairs(found, gate)
        placed = placed and all_placed
        sites.append(
            RoundsProblem(
                tuple(_demand(rules, visit, door, due[visit], window) for door in found for visit in visits[door.pk]),
                tuple(stairs),
                (),
                gate_x_m=gate[0],
                gate_y_m=gate[1],
                climb_load_kg=rules.carrying.climb_load_kg,
                trolley_kg=rules.carrying.trolley_kg,
                walk_m_per_s=rules.carrying.walk_m_per_s,
                reload_s=defaults()["reload_s"],
            )
        )
    infected = frozenset(visit for door in doors if door.stair.infected for visit in visits[door.pk])
    return Demand(tuple(sites), _shifts(rules, carriers, window), due, placed, infected, asked.later, lacking)


def _shifts(rules: protocol.Protocol, carriers: Iterable[CarrierLine], window: Window) -> tuple[Carrier, ...]:
    """The carriers as the planner sees them: their hours, the time in a suit with its rests, what they may climb."""
    limit = rules.ppe_minutes * 60 if rules.ppe_minutes else None
    rest = (rules.ppe.rest_minutes if rules.ppe else None) or 0.0
    return tuple(
        Carrier(
            str(number),
            window.seconds(line.starts_at),
            window.seconds(line.ends_at),
            work_limit_s=None if rest else limit,
            budget_kg_storeys=line.budget_kg_storeys or rules.carrying.budget_kg_storeys,
            ppe_limit_s=limit if rest else None,
            rest_s=rest * 60,
        )
        for number, line in enumerate(carriers)
    )


def _demand(rules: protocol.Protocol, visit: str, door: Door, lines: list[Due], window: Window) -> DoorDemand:
    extra = {protocol.base_kind(line.kind) for line in lines} & set(rules.visits.extra_s)
    return DoorDemand(
        visit,
        str(door.stair_id),
        door.floor,
        sum(line.kg for line in lines),
        service_s=rules.carrying.door_s + sum(rules.visits.extra_s[kind] for kind in extra),
        release_s=max(window.seconds(line.opens_at or window.ready_at(line.kind, door.pk)) for line in lines),
        due_s=window.seconds(tightest(lines, window.starts_at)),
        priority=max(line.priority for line in lines),
        last=rules.visits.infected_last and door.stair.infected,
        first=any(
            protocol.leaves_first(rules, line.kind, ready=window.ready_at(line.kind, door.pk), ends=window.ends_at)
            for line in lines
        ),
    )


def next_due(incident: Incident, areas: Sequence[Area], after: datetime) -> datetime | None:
    """When the next thing falls due at a door of these areas: what to say where a window holds nothing."""
    waiting = Promise.objects.filter(
        incident=incident,
        area__in=areas,
        state=Promise.State.OPEN,
        subject_kind__in=["household", "person"],
        due_at__gt=after,
    )
    return waiting.order_by("due_at").values_list("due_at", flat=True).first()


def _with_places(doors: Collection[int]) -> Iterable[Door]:
    return Door.objects.filter(pk__in=doors).select_related("stair__building")


def _gates(compounds: Collection[int]) -> dict[int, tuple[float, float]]:
    """Compound → the gate at which its rounds start and reload."""
    gates = Gate.objects.filter(compound__in=compounds, x_m__isnull=False).order_by("reload_point", "-pk")
    return {gate.compound_id: (gate.x_m or 0.0, gate.y_m or 0.0) for gate in gates}


def _stairs(doors: Iterable[Door], gate: tuple[float, float]) -> tuple[list[Stair], bool]:
    stairs = {door.stair_id: door.stair for door in doors}
    found, placed = [], True
    for number, (key, stair) in enumerate(sorted(stairs.items()), start=1):
        home = stair.building
        x = stair.x_m if stair.x_m is not None else home.x_m
        y = stair.y_m if stair.y_m is not None else home.y_m
        if x is None or y is None:
            placed = False
            x, y = gate[0] + number * defaults()["stair_apart_m"], gate[1]
        found.append(Stair(str(key), x, y, lift=home.has_lift))
    return found, placed
