"""How rounds stand at an instant: done, missed, open and at risk, how far behind, when each door is reached."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef

from doorstep.command.models import Incident
from doorstep.promises.models import Promise
from doorstep.promises.queries import with_look
from doorstep.rounds.demand import defaults
from doorstep.rounds.models import Round, RoundPlan, Stop, Visit
from doorstep.rounds.visits import SPOKEN
from doorstep.rounds.words import item_title

STATES = ("kept", "missed", "open", "risk")
WAITING = (Promise.State.OPEN, Promise.State.BROKEN)


@dataclass(frozen=True)
class AtRisk:
    """A promise that this stop would keep too late."""

    title: str
    due_at: datetime
    look: str


@dataclass(frozen=True)
class StopNow:
    """A door of a round as it stands. `state` is one of STATES; `coming_at` is None where somebody knocked."""

    pk: int
    arrives_at: datetime
    state: str
    outcome: str = ""
    knocked_at: datetime | None = None
    coming_at: datetime | None = None
    risks: tuple[AtRisk, ...] = ()

    @property
    def is_moved(self) -> bool:
        """Whether it is expected at another time than planned, by a minute or more."""
        return self.coming_at is not None and abs(self.coming_at - self.arrives_at) >= timedelta(minutes=1)


@dataclass(frozen=True)
class Progress:
    """A round as it stands."""

    round_id: int
    starts_at: datetime
    stops: dict[int, StopNow] = field(default_factory=dict)
    at: datetime | None = None

    @property
    def counts(self) -> dict[str, int]:
        found = dict.fromkeys(STATES, 0)
        for stop in self.stops.values():
            found[stop.state] += 1
        return found

    @property
    def done(self) -> int:
        return sum(stop.coming_at is None for stop in self.stops.values())

    @property
    def left(self) -> int:
        return len(self.stops) - self.done

    @property
    def next(self) -> StopNow | None:
        """The door that is reached next."""
        coming = [stop for stop in self.stops.values() if stop.coming_at is not None]
        return min(coming, key=lambda stop: stop.coming_at or stop.arrives_at, default=None)

    @property
    def behind(self) -> int:
        """Minutes behind the plan at the next door; below 0 where the carrier is ahead."""
        stop = self.next
        return round(((stop.coming_at or stop.arrives_at) - stop.arrives_at).total_seconds() / 60) if stop else 0

    @property
    def ahead(self) -> int:
        return -self.behind

    @property
    def ends_at(self) -> datetime | None:
        """When the last open door is reached; None where every door is done."""
        return max((stop.coming_at for stop in self.stops.values() if stop.coming_at), default=None)

    @property
    def is_running(self) -> bool:
        """Whether somebody is on the way: time has come or a knock is written down, and doors are open."""
        return bool(self.left and (self.done or (self.at is not None and self.starts_at <= self.at)))


@dataclass(frozen=True)
class PlanProgress:
    """All rounds of a plan as they stand. `seconds` is how often a page of it looks again; 0: not at all."""

    rounds: tuple[Progress, ...]
    counts: dict[str, int]
    seconds: int
    stamp: str

    @property
    def left(self) -> int:
        return self.counts["open"] + self.counts["risk"]

    @property
    def slow(self) -> list[Progress]:
        """The rounds on which doors are at risk."""
        return [walk for walk in self.rounds if walk.counts["risk"]]


def plan_progress(plan: RoundPlan, at: datetime) -> PlanProgress:
    """How a plan stands. Four queries, whatever its size."""
    return _whole(plan, progress_of(plan.incident, plan.rounds.filter(out=False).order_by("number"), at), at)


def round_progress(walk: Round, at: datetime) -> PlanProgress:
    """How one round stands. Three queries."""
    return _whole(walk.plan, progress_of(walk.plan.incident, [walk], at), at)


def progress_of(incident: Incident, rounds: Iterable[Round], at: datetime) -> list[Progress]:
    """How some rounds stand, in their order. Three queries, and one for a set of rounds that was not read yet."""
    walks = list(rounds)
    keys = [walk.pk for walk in walks]
    visits: dict[int, tuple[str, datetime]] = {}
    known = Visit.objects.filter(stop__round__in=keys, undone_at=None).order_by("occurred_at", "pk")
    for stop, outcome, when in known.values_list("stop_id", "outcome", "occurred_at"):
        visits[stop or 0] = (outcome, when)
    risks = _risks(incident, keys, at)
    found: dict[int, dict[int, StopNow]] = {key: {} for key in keys}
    columns = ("pk", "round_id", "arrives_at", "expected_at")
    for pk, walk, arrives, coming in Stop.objects.filter(round__in=keys).order_by("order").values_list(*columns):
        if pk in visits:
            outcome, when = visits[pk]
            found[walk][pk] = StopNow(pk, arrives, "kept" if outcome in SPOKEN else "missed", outcome, when)
        else:
            lines = tuple(risks.get(pk, ()))
            found[walk][pk] = StopNow(
                pk, arrives, "risk" if lines else "open", coming_at=coming or arrives, risks=lines
            )
    return [Progress(walk.pk, walk.starts_at, found[walk.pk], at) for walk in walks]


def counts_by_plan(plans: Sequence[RoundPlan], at: datetime) -> dict[int, dict[str, int]]:
    """Stops by state for some plans, counted by the database. Four queries."""
    keys = [plan.pk for plan in plans]
    found = {key: dict.fromkeys(STATES, 0) for key in keys}
    stops = Stop.objects.filter(round__plan__in=keys, round__out=False).order_by()
    knocked = Visit.objects.filter(stop=OuterRef("pk"), undone_at=None)
    spoken = Exists(knocked.filter(outcome__in=SPOKEN))
    behind = with_look(Promise.objects.filter(stops=OuterRef("pk"), state__in=WAITING), at)
    late = Exists(behind.filter(look__in=["risk", "broken"]))
    for state, which in (
        ("kept", stops.filter(spoken)),
        ("missed", stops.filter(~spoken, Exists(knocked))),
        ("risk", stops.filter(~Exists(knocked), late)),
        ("all", stops),
    ):
        for plan, count in which.values_list("round__plan").annotate(Count("pk")):
            found[plan][state] = count
    for counts in found.values():
        counts["open"] = counts.pop("all", 0) - counts["kept"] - counts["missed"] - counts["risk"]
    return found


def _risks(incident: Incident, rounds: list[int], at: datetime) -> dict[int, list[AtRisk]]:
    waiting = with_look(Promise.objects.filter(stops__round__in=rounds, state__in=WAITING), at)
    late = waiting.filter(look__in=["risk", "broken"]).order_by("due_at", "pk")
    found: dict[int, list[AtRisk]] = defaultdict(list)
    titles: dict[str, str] = {}
    for stop, kind, due, look in late.values_list("stops__pk", "kind", "due_at", "look"):
        if kind not in titles:
            titles[kind] = item_title(incident, kind)
        found[stop].append(AtRisk(titles[kind], due, look))
    return found


def _whole(plan: RoundPlan, rounds: list[Progress], at: datetime) -> PlanProgress:
    counts = {state: sum(walk.counts[state] for walk in rounds) for state in STATES}
    seconds = 0
    ends = plan.ends_at + timedelta(hours=defaults()["watched_hours"])
    if plan.state == RoundPlan.State.READY and counts["open"] + counts["risk"] and at <= ends:
        seconds = defaults()["live_seconds" if any(walk.is_running for walk in rounds) else "live_seconds_before"]
    facts = repr((plan.state, seconds, [(walk.round_id, sorted(walk.stops.items())) for walk in rounds]))
    return PlanProgress(tuple(rounds), counts, seconds, hashlib.sha256(facts.encode()).hexdigest()[:12])
