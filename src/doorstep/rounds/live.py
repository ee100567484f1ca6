"""A round as it goes: each knock corrects when the doors after it are reached, and so which promises are at risk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef
from django.db.models.functions import Coalesce

from doorstep.planning.rounds.pace import Pace, Planned, Rest, expected
from doorstep.promises.events import TimePassed
from doorstep.promises.models import Promise
from doorstep.rounds.demand import defaults
from doorstep.rounds.events import VisitRecorded, VisitUndone
from doorstep.rounds.models import Round, RoundPlan, Stop, Visit
from doorstep.storage.bulk import bulk_change, in_batches

_waiting: ContextVar[set[int] | None] = ContextVar("rounds_to_correct", default=None)


def follow_visit(event: VisitRecorded | VisitUndone) -> None:
    """A knock was written down or taken back: its own promises, and the times of the doors after it."""
    visit = Visit.objects.filter(pk=event.visit_id).values_list("stop_id", "stop__round_id", "undone_at").first()
    if visit is None or visit[0] is None:
        return
    stop, walk, undone_at = visit
    _replan_own(stop, back=undone_at is not None)
    waiting = _waiting.get()
    if waiting is None:
        correct([walk], at=event.at)
    else:
        waiting.add(walk)


def follow_time(event: TimePassed) -> None:
    """Time went by: rounds that have not begun, or of which nothing is heard, run late with all that follows."""
    rules = defaults()
    late = event.at - timedelta(minutes=rules["quiet_minutes"])
    silent = open_stops(event.at).filter(round__plan__incident_id=event.incident_id, coming_at__lt=late)
    rounds = set(silent.values_list("round_id", flat=True))
    for batch in in_batches(sorted(rounds)):
        correct(batch, at=event.at)


@contextmanager
def together(at: datetime) -> Iterator[None]:
    """Many knocks written down in one go (a phone that was offline): each round is corrected once, at the end.

    Use it inside one transaction.
    """
    if _waiting.get() is not None:
        yield
        return
    token = _waiting.set(set())
    try:
        yield
        rounds = _waiting.get() or set()
    finally:
        _waiting.reset(token)
    correct(rounds, at=at)


@transaction.atomic(savepoint=False)
def correct(rounds: Iterable[int], *, at: datetime) -> int:
    """Work out anew when the open doors of some rounds are reached. Returns how many stops were given another time.

    Two questions for all rounds; one more and two writes where a time moved by more than `expected_moves_s`.
    """
    keys = list(rounds)
    if not keys:
        return 0
    rules = defaults()
    least, pace = timedelta(seconds=rules["expected_moves_s"]), Pace(**rules["pace"])
    done = _done(keys)
    in_force = Stop.objects.filter(round__in=keys, round__out=False, round__plan__state=RoundPlan.State.READY)
    by_round: dict[int, list[Stop]] = defaultdict(list)
    fields = ("id", "round_id", "order", "trip", "arrives_at", "expected_at", "round__starts_at", "round__rests")
    for stop in in_force.select_related("round").only(*fields).order_by("round_id", "order", "pk"):
        by_round[stop.round_id].append(stop)
    moved: list[Stop] = []
    for stops in by_round.values():
        walk = stops[0].round
        lines = [Planned(stop.arrives_at, stop.trip, done.get(stop.pk)) for stop in stops]
        times = expected(lines, walk.starts_at, at, rests=_rests(walk), pace=pace)
        for stop, when in zip(stops, times, strict=True):
            if stop.pk not in done and abs(when - (stop.expected_at or stop.arrives_at)) > least:
                stop.expected_at = when
                moved.append(stop)
    _write(moved)
    return len(moved)


def open_stops(at: datetime) -> Any:  # the stubs cannot say an annotated query set
    """Stops of rounds in force at which nobody has knocked, with `coming_at`: when somebody is expected there."""
    ends = at - timedelta(hours=defaults()["watched_hours"])
    known = Visit.objects.filter(stop=OuterRef("pk"), undone_at=None)
    stops = Stop.objects.filter(
        ~Exists(known), round__out=False, round__plan__state=RoundPlan.State.READY, round__plan__ends_at__gte=ends
    )
    return stops.annotate(coming_at=Coalesce(F("expected_at"), F("arrives_at")))


def _done(rounds: list[int]) -> dict[int, datetime]:
    known = Visit.objects.filter(stop__round__in=rounds, undone_at=None).order_by()
    return dict(known.values_list("stop_id").annotate(Max("occurred_at")))


def _rests(walk: Round) -> list[Rest]:
    return [Rest(*(datetime.fromisoformat(rest[name]) for name in ("starts_at", "ends_at"))) for rest in walk.rests]


def _write(stops: list[Stop]) -> None:
    """Store the new times, and let the open promises of these stops follow."""
    for batch in in_batches(stops):
        times = {stop.pk: stop.expected_at for stop in batch}
        bulk_change(Stop, ["expected_at"], ((pk, [when]) for pk, when in times.items()))
        links = Stop.promises.through.objects.filter(stop_id__in=list(times))
        pairs = dict(links.order_by("stop_id").values_list("promise_id", "stop_id"))
        still = Promise.objects.filter(pk__in=list(pairs), state=Promise.State.OPEN).values_list("pk", flat=True)
        bulk_change(Promise, ["planned_at"], ((promise, [times[pairs[promise]]]) for promise in still))


def _replan_own(stop: int, *, back: bool) -> None:
    """What a knock did not keep is planned no more: nobody comes again on this round. Taken back, it is."""
    links = Stop.promises.through.objects.filter(stop=stop).values_list("promise_id", flat=True)
    own = Promise.objects.filter(pk__in=list(links), state=Promise.State.OPEN)
    when = None
    if back:
        others = Visit.objects.filter(stop=stop, undone_at=None)
        coming = Stop.objects.filter(~Exists(others), pk=stop, round__plan__state=RoundPlan.State.READY)
        found = coming.values_list("expected_at", "arrives_at").first()
        if found is None:
            return
        when = found[0] or found[1]
    own.update(planned_at=when)
