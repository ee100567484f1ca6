"""The path of an emergency, and journeys: what may never stand in the way, and what must be clear before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from doorstep.protocol.schema import Protocol, Text


def emergency_faults(protocol: Protocol, zone_key: str, steps: Iterable[str] = ()) -> list[Text]:
    """What lies on the path of an emergency out of a zone and may not: barred steps, an approval first. Empty = clear.

    `steps` are the codes of what a real path would ask, in order, such as call, gate_opens, vehicle (F1, F17).
    """
    barred = {step.code: step.title for step in protocol.emergency.never}
    found: list[Text] = [
        {
            "zh": f"紧急通道上不得有：{barred[step]['zh']}",
            "en": f"not on the path of an emergency: {barred[step]['en']}",
        }
        for step in steps
        if step in barred
    ]
    exits = protocol.zones[zone_key].exits
    for kind in protocol.emergency.covers:
        if exits.get(kind) in ("prior", "never"):
            title = protocol.exit_kinds[kind]
            found.append({"zh": f"{title['zh']}：不得先审批", "en": f"{title['en']}: no approval first"})
    return found


@dataclass(frozen=True)
class EmergencyTimes:
    """For one emergency: by when each target must stand, and when the next rung is called."""

    targets: tuple[tuple[str, datetime], ...]
    rungs: tuple[datetime, ...]


def emergency_times(protocol: Protocol, called_at: datetime) -> EmergencyTimes:
    """The clock of one emergency, from the call."""
    rule = protocol.emergency
    return EmergencyTimes(
        tuple((target.code, called_at + timedelta(minutes=target.minutes)) for target in rule.targets),
        tuple(called_at + timedelta(minutes=minutes) for minutes in rule.ladder_minutes),
    )


@dataclass(frozen=True)
class Journey:
    """A planned transfer. `cleared` holds the codes of `transfer.before` that are done; an emergency is never held up."""

    leaves: datetime
    driver_hours: float
    cleared: frozenset[str] = frozenset()
    companion_classes: frozenset[str] = frozenset()
    emergency: bool = False


def journey_faults(protocol: Protocol, journey: Journey, tz: ZoneInfo) -> list[Text]:
    """What forbids a journey: the night, the driver's hours, an open check, a companion who may not be one (F14, F15)."""
    rule = protocol.transfer
    if rule is None or journey.emergency:
        return []
    found: list[Text] = []
    if rule.night_ban and _within(journey.leaves.astimezone(tz).hour, rule.night_ban.from_hour, rule.night_ban.to_hour):
        hours = f"{rule.night_ban.from_hour}:00–{rule.night_ban.to_hour}:00"
        found.append({"zh": f"夜间不转运（{hours}）", "en": f"no journeys at night ({hours})"})
    if journey.driver_hours > rule.driver_hours:
        most = f"{rule.driver_hours:g}"
        found.append({"zh": f"司机连续驾驶不得超过 {most} 小时", "en": f"the driver drives at most {most} h"})
    for check in rule.before:
        if check.code not in journey.cleared:
            found.append({"zh": f"尚未完成：{check.title['zh']}", "en": f"not done yet: {check.title['en']}"})
    for code in rule.never_companions:
        if code in journey.companion_classes:
            title = protocol.classes[code]
            found.append({"zh": f"{title['zh']}不宜陪同", "en": f"not as a companion: {title['en']}"})
    return found


def _within(hour: int, start: int, end: int) -> bool:
    return start <= hour < end if start <= end else hour >= start or hour < end
