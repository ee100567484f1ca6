"""What an area needs: food, water, kits, sampling, staff; who is called after a limit; which thresholds are crossed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from doorstep.errors import UserError
from doorstep.protocol.schema import KitRule, Protocol, Text


@dataclass(frozen=True)
class KitNeed:
    """How many of a kit in the window, and what they weigh together (kg)."""

    code: str
    title: Text
    count: int
    kg: float


@dataclass(frozen=True)
class SupplyNeeds:
    """For a window: energy (kcal), drinking water (litres), kits, nappies, and journeys by each vehicle of the file."""

    kcal: float
    water_litres: float
    kits: tuple[KitNeed, ...]
    nappies: float
    journeys: dict[str, int]

    @property
    def kg(self) -> float:
        """Weight of everything that is carried in."""
        return sum(kit.kg for kit in self.kits)


def water_litres_per_person(protocol: Protocol, *, from_day: float, days: float) -> float:
    """Litres for one person over a window of days since the area was bound; a later step counts from its own day."""
    steps, until = sorted(protocol.supply.water, key=lambda step: step.from_day), from_day + days
    ends = [*(step.from_day for step in steps[1:]), max(until, steps[-1].from_day)] if steps else []
    return sum(
        step.litres_per_person * max(0.0, min(until, end) - max(from_day, step.from_day))
        for step, end in zip(steps, ends, strict=True)
    )


def supply_needs(
    protocol: Protocol,
    zone_key: str,
    *,
    persons: int,
    households: int,
    infants: int = 0,
    from_day: float = 0,
    days: float = 1,
) -> SupplyNeeds:
    """What a zone with these people needs from `from_day` for `days`. A figure for a population, not for one person (S51)."""
    supply = protocol.supply
    kits = []
    for kit in supply.kits:
        rounds = _rounds(kit, from_day, from_day + days) if zone_key in kit.zones else 0
        if rounds:
            kg = rounds * (kit.kg_per_household * households + kit.kg_per_person * persons)
            kits.append(KitNeed(kit.code, kit.title, rounds * households, kg))
    weight = sum(kit.kg for kit in kits)
    return SupplyNeeds(
        kcal=(supply.kcal_floor or 0) * persons * days,
        water_litres=water_litres_per_person(protocol, from_day=from_day, days=days) * persons,
        kits=tuple(kits),
        nappies=(supply.infants.nappies or 0) * infants * days if supply.infants else 0,
        journeys={vehicle.code: ceil(weight / vehicle.max_kg) for vehicle in supply.vehicles},
    )


def _rounds(kit: KitRule, start: float, end: float) -> int:
    """How many deliveries of a kit fall due in [start, end), in days since the area was bound."""
    due, count = kit.from_day + kit.first_within_hours / 24, 0
    while due < end and (kit.until_day is None or due < kit.until_day):
        count += due >= start
        if kit.every_days is None:
            break
        due += kit.every_days
    return count


@dataclass(frozen=True)
class SamplingNeeds:
    """For one round of tests: tubes, points (least and most), sampler-days, hours until it must be done."""

    tubes: int
    points_min: int
    points_max: int
    sampler_days: int
    deadline_hours: float


def sampling_needs(protocol: Protocol, zone_key: str, *, persons: int, households: int) -> SamplingNeeds:
    """One round for everybody of a zone by its tube rule. Raises UserError where the file does not sample there."""
    rule, tube = protocol.sampling, protocol.zones[zone_key].tube
    if rule is None or not tube:
        raise UserError("This protocol has no tube rule for that zone.", field="zone", mend="Name `tube` in the zone.")
    kind = rule.tubes[tube]
    tubes = {"person": persons, "household": households, "pool": ceil(persons / (kind.persons or 1))}[kind.per]
    return SamplingNeeds(
        tubes,
        ceil(persons / rule.persons_per_point_max),
        ceil(persons / rule.persons_per_point_min),
        ceil(persons / rule.persons_per_sampler),
        rule.deadline_hours,
    )


@dataclass(frozen=True)
class StaffLine:
    """How many people a duty needs."""

    code: str
    title: Text
    persons: int


def staff_needed(protocol: Protocol, counts: Mapping[str, int]) -> list[StaffLine]:
    """Ratios and teams of the file over counts of persons, households, buildings, gates, watched, areas.

    Teams are counted in seats: one person may hold seats of several (a street's five-in-one teams share their police officer).
    """
    staffing = protocol.staffing
    if staffing is None:
        return []
    lines = [
        StaffLine(ratio.code, ratio.title, ceil(counts.get(ratio.per, 0) * ratio.staff / ratio.each))
        for ratio in staffing.ratios
    ]
    lines += [
        StaffLine(team.code, team.title, counts.get(team.per, 0) * sum(role.count for role in team.roles))
        for team in staffing.teams
    ]
    return lines


@dataclass(frozen=True)
class LadderStep:
    """One rung after a contact limit has passed, with its instant."""

    code: str
    title: Text
    at: datetime


def contact_ladder(protocol: Protocol, passed_at: datetime) -> list[LadderStep]:
    """What happens after the limit has passed without an answer: call, knock, entry, as the file has it (F32)."""
    return [
        LadderStep(rung.code, rung.title, passed_at + timedelta(minutes=rung.after_minutes))
        for rung in protocol.contact.ladder
    ]


def crossed(protocol: Protocol, readings: Mapping[str, float]) -> list[str]:
    """The thresholds that readings have reached, by code. A reading that is missing crosses nothing."""
    if protocol.monitoring is None:
        return []
    return [
        limit.code
        for limit in protocol.monitoring.thresholds
        if (value := readings.get(limit.code)) is not None
        and (value >= limit.at_least if limit.at_least is not None else value <= (limit.at_most or 0))
    ]


def missed_checks_limit(protocol: Protocol, classes: Iterable[str]) -> int | None:
    """After how many missed checks somebody acts: the strictest class wins; None where nothing is monitored."""
    if protocol.monitoring is None:
        return None
    limits = protocol.monitoring.missed_checks
    named = [limits[code] for code in classes if code in limits]
    return min(named) if named else limits.get("other")


@dataclass(frozen=True)
class MedicineDue:
    """When a medicine that runs out becomes a request by itself, and when command is told."""

    request_at: datetime
    command_at: datetime


def medicine_due(protocol: Protocol, medicine_class: str, runs_out_at: datetime) -> MedicineDue | None:
    """Counted back from the run-out instant (F4); a class that the file does not have counts as the strictest one."""
    rule = protocol.medicine
    if rule is None:
        return None
    hours = rule.warn_hours.get(medicine_class, max(rule.warn_hours.values()))
    return MedicineDue(runs_out_at - timedelta(hours=hours), runs_out_at - timedelta(hours=rule.command_hours))
