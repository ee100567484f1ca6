"""The rules of a visit: by when each thing must be at the door, and which rules a plan could not hold to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from doorstep.protocol.clock import local_day, local_hour
from doorstep.protocol.schema import KitRule, Protocol

CODES = ("late", "hot_late", "spoilt", "hour_late", "infected_first", "no_skill")


@dataclass(frozen=True)
class VisitDeadline:
    """An instant after which a rule is broken, and the code that says which."""

    code: str
    at: datetime


@dataclass(frozen=True)
class PlannedVisit:
    """One visit of a plan, as the rules look at it. `skills` are those of its carrier, `deadlines` those of its items."""

    key: str
    carrier: str
    arrives: datetime
    kinds: tuple[str, ...]
    deadlines: tuple[VisitDeadline, ...] = ()
    infected: bool = False
    skills: frozenset[str] = frozenset()


def base_kind(kind: str) -> str:
    """The kind in the rules of what a knock confirms: `test` of `test:12`, a kit with its code."""
    return kind if kind.startswith("kit:") else kind.partition(":")[0]


def deadlines(
    protocol: Protocol, kind: str, due: datetime, *, tz: ZoneInfo, ready: datetime | None = None
) -> list[VisitDeadline]:
    """By when a thing must be at the door: its due time, and what the rules of visits add.

    `ready` is when the goods are packed. An hour of the day counts on the local day on which the thing falls due.
    """
    found = [VisitDeadline("late", due)]
    kit = kit_of(protocol, kind)
    if kit and kit.best_within_hours and ready is not None and (kit.hot or kit.perishable):
        code = "hot_late" if kit.hot else "spoilt"
        found.append(VisitDeadline(code, ready + timedelta(hours=kit.best_within_hours)))
    hour = protocol.visits.before_hour.get(base_kind(kind))
    if hour is not None:
        day = local_day(due - timedelta(microseconds=1), tz)
        found.append(VisitDeadline("hour_late", min(due, local_hour(day, hour, tz))))
    return found


def must_be_by(found: Iterable[VisitDeadline], starts: datetime) -> datetime:
    """The tightest of some deadlines that can still be met; where none can, the first of them."""
    instants = sorted(line.at for line in found)
    return next((at for at in instants if at >= starts), instants[0])


def leaves_first(protocol: Protocol, kind: str, *, ready: datetime, ends: datetime) -> bool:
    """Whether goods would be cold or spoilt before the window ends, so that they leave before what can wait (S49)."""
    kit = kit_of(protocol, kind)
    if kit is None or not kit.best_within_hours or not (kit.hot or kit.perishable):
        return False
    return ready + timedelta(hours=kit.best_within_hours) <= ends


def skills_for(protocol: Protocol, kinds: Iterable[str]) -> frozenset[str]:
    """What a carrier must know for these things."""
    wanted = protocol.visits.skills
    return frozenset(wanted[base] for kind in kinds if (base := base_kind(kind)) in wanted)


def rules_broken(protocol: Protocol, visits: Sequence[PlannedVisit]) -> dict[str, tuple[str, ...]]:
    """The codes of the rules that each visit breaks, for those that break any, in the order of CODES."""
    clean_after: dict[str, datetime] = {}
    for visit in visits:
        if not visit.infected:
            clean_after[visit.carrier] = max(visit.arrives, clean_after.get(visit.carrier, visit.arrives))
    found = {}
    for visit in visits:
        codes = {line.code for line in visit.deadlines if visit.arrives > line.at}
        if protocol.visits.infected_last and visit.infected:
            later = clean_after.get(visit.carrier)
            if later is not None and later > visit.arrives:
                codes.add("infected_first")
        if not skills_for(protocol, visit.kinds) <= visit.skills:
            codes.add("no_skill")
        if codes:
            found[visit.key] = tuple(code for code in CODES if code in codes)
    return found


def kit_of(protocol: Protocol, kind: str) -> KitRule | None:
    """The rule of a kit by its kind `kit:CODE`; None for what is no kit of this protocol."""
    return next((kit for kit in protocol.supply.kits if kind == f"kit:{kit.code}"), None)
