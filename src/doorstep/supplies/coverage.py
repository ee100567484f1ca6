"""Until when each household is covered: deliveries written down, taken back, and counted again when people come and go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from doorstep.command.models import Incident
from doorstep.protocol.cupboard import cause_of, food_until
from doorstep.register.events import RegisterChanged
from doorstep.register.models import Household
from doorstep.storage.bulk import bulk_change, bulk_load, bulk_load_new, in_batches
from doorstep.storage.instants import Seconds
from doorstep.supplies.models import AtHome, Coverage, CoverageChange, Delivery


@dataclass(frozen=True)
class Handed:
    """Food of one kind for one household, confirmed by a proof."""

    household: int
    kind: str
    person_days: float
    at: datetime


Line = tuple[Handed, str, str]  # with its proof
WHOLE = 20_000  # households in one go where all of an incident are counted
MANY = 10_000  # rows fetched at a time
_waiting: ContextVar[list[Line] | None] = ContextVar("deliveries that wait", default=None)


@contextmanager
def together(incident: Incident, *, at: datetime) -> Iterator[list[Line]]:
    """Many knocks written down in one go (a phone that was offline): households are counted once, at the end.

    Use it inside one transaction. Gives the list of what waits: cut it where a knock is undone by an error.
    """
    waiting: list[Line] = []
    token = _waiting.set(waiting)
    try:
        yield waiting
    finally:
        _waiting.reset(token)
    _deliver(incident, waiting, at)


def deliver(
    incident: Incident, handed: Iterable[Handed], *, proof_kind: str, proof_id: str, at: datetime
) -> dict[int, datetime | None]:
    """Write confirmed food down and count anew. Repeating it adds nothing. Returns covered-until by household, nothing
    where it waits (`together`)."""
    lines = [(line, proof_kind, proof_id) for line in handed]
    if (waiting := _waiting.get()) is not None:
        waiting += lines
        return {}
    return _deliver(incident, lines, at)


@transaction.atomic(savepoint=False)
def _deliver(incident: Incident, lines: Sequence[Line], at: datetime) -> dict[int, datetime | None]:
    if not lines:
        return {}
    fields = ("incident_id", "household_id", "kind", "person_days", "delivered_at", "proof_kind", "proof_id")
    bulk_load_new(
        Delivery, fields, [(incident.pk, h.household, h.kind, h.person_days, h.at, *proof) for h, *proof in lines]
    )
    households = {handed.household for handed, _, _ in lines}
    note_at_home(incident, households, at=at)
    return recount(incident, households, at=at)


@transaction.atomic(savepoint=False)
def take_back(incident: Incident, *, proof_kind: str, proof_id: str, at: datetime) -> dict[int, datetime | None]:
    """The deliveries of a proof did not happen: counted anew, with that as the cause."""
    if (waiting := _waiting.get()) is not None:
        waiting[:] = [line for line in waiting if line[1:] != (proof_kind, proof_id)]
    found = Delivery.objects.filter(incident=incident, proof_kind=proof_kind, proof_id=proof_id, undone_at=None)
    households = set(found.values_list("household_id", flat=True))
    if not households:
        return {}
    found.update(undone_at=at)
    return recount(incident, households, at=at, undone=True)


@transaction.atomic(savepoint=False)
def note_at_home(incident: Incident, households: Collection[int] | None, *, at: datetime) -> set[int]:
    """Write down how many are at home where that differs from what was written last. Returns the households changed.

    None for `households`: all that have ever got food here. The first count of a household holds for the time before, too.
    """
    if households is None:
        households = set(Delivery.objects.filter(incident=incident).values_list("household_id", flat=True))
    changed: set[int] = set()
    for batch in in_batches(sorted(households)):
        home = Count("persons", filter=Q(persons__active=True, persons__present="home"))
        counts = dict(
            Household.objects.filter(pk__in=batch).annotate(at_home_now=home).values_list("pk", "at_home_now")
        )
        last = dict(
            AtHome.objects.filter(incident=incident, household__in=batch)
            .order_by("since", "pk")
            .values_list("household_id", "persons")
        )
        rows = [
            (incident.pk, household, at, persons)
            for household, persons in counts.items()
            if last.get(household) != persons
        ]
        changed.update(row[1] for row in rows)
        AtHome.objects.filter(incident=incident, household__in=[row[1] for row in rows], since=at).delete()
        bulk_load(AtHome, ("incident_id", "household_id", "since", "persons"), rows)
    return changed


def follow_register(event: RegisterChanged) -> None:
    """People came, went or were corrected: who has got food is counted again, with that as the cause."""
    for incident in Incident.objects.filter(state=Incident.State.OPEN):
        fed = Delivery.objects.filter(incident=incident)
        if event.door_ids:
            fed = fed.filter(household__door__in=event.door_ids)
        households = set(fed.order_by().values_list("household_id", flat=True).distinct())
        if households:
            at = incident.now()
            recount(incident, note_at_home(incident, households, at=at), at=at)


@transaction.atomic(savepoint=False)
def recount(
    incident: Incident, households: Collection[int] | None = None, *, at: datetime, undone: bool = False
) -> dict[int, datetime | None]:
    """Covered-until of some households (None: all of the incident), replayed from what was delivered and who was at home.

    Where it ends earlier than was said, the cause is written down. Works in sets: five queries for each 800 households,
    for a whole incident five for each 20,000.
    """
    found: dict[int, datetime | None] = {}
    for batch, these in _batches(incident, households):
        found.update(_recount(incident, batch, these, at, undone))
    return found


def _batches(incident: Incident, households: Collection[int] | None) -> Iterator[tuple[list[int], dict[str, Any]]]:
    """Households with the filter that finds their rows: by name, or all from one to another where all are asked."""
    if households is not None:
        for batch in in_batches(sorted(households)):
            yield batch, {"household__in": batch}
        return
    known = Delivery.objects.filter(incident=incident).order_by().values_list("household_id", flat=True).distinct()
    for batch in in_batches(sorted(known), WHOLE):
        yield batch, {"household__gte": batch[0], "household__lte": batch[-1]}


def _recount(
    incident: Incident, batch: list[int], these: dict[str, Any], at: datetime, undone: bool
) -> dict[int, datetime | None]:
    delivered, at_home = _delivered(incident, these), _at_home(incident, these)
    lines = Coverage.objects.filter(incident=incident, **these).values_list(
        "household_id", "pk", Seconds("covered_until"), "persons"
    )
    known = {household: said for household, *said in lines.iterator(chunk_size=MANY)}
    found: dict[int, datetime | None] = {}
    new, changed, gone, changes = [], [], [], []
    for household in batch:
        food, counts = delivered.get(household, []), at_home.get(household, [])
        until = food_until(food, counts)
        found[household] = covered = None if until is None else _when(until)
        persons = counts[-1][1] if counts else 0
        if household in known:
            pk, before, persons_before = known[household]
            if covered is None:
                gone.append(pk)
            elif (covered, persons) != (_when(before), persons_before):
                changed.append((pk, (covered, _when(food[-1][0]), persons)))
            cause = cause_of(before, until, persons=persons, persons_before=persons_before, undone=undone)
            if cause or (covered is None and undone):
                cause = cause or "delivery_taken_back"
                changes.append((incident.pk, household, _when(before), covered, cause, at))
        elif covered is not None:
            new.append((incident.pk, household, covered, _when(food[-1][0]), persons))
    columns = ("incident_id", "household_id", "covered_until", "last_delivery_at", "persons")
    if new:
        bulk_load(Coverage, columns, new)
    if changed:
        bulk_change(Coverage, columns[2:], changed)
    for some in in_batches(gone):
        Coverage.objects.filter(pk__in=some).delete()
    if changes:
        bulk_load(CoverageChange, ("incident_id", "household_id", "before", "after", "cause", "changed_at"), changes)
    return found


def _delivered(incident: Incident, these: dict[str, Any]) -> dict[int, list[tuple[float, float]]]:
    """What stands delivered, by household, in the order of time. One query."""
    lines = Delivery.objects.filter(incident=incident, undone_at=None, **these)
    found: dict[int, list[tuple[float, float]]] = defaultdict(list)
    rows = lines.order_by("household_id", "delivered_at").values_list(
        "household_id", Seconds("delivered_at"), "person_days"
    )
    for household, when, amount in rows.iterator(chunk_size=MANY):
        found[household].append((when, amount))
    return found


def _at_home(incident: Incident, these: dict[str, Any]) -> dict[int, list[tuple[float, int]]]:
    """From when on how many were at home, by household, in the order of time. One query."""
    counts = AtHome.objects.filter(incident=incident, **these).order_by("household_id", "since", "pk")
    found: dict[int, list[tuple[float, int]]] = defaultdict(list)
    rows = counts.values_list("household_id", Seconds("since"), "persons")
    for household, since, persons in rows.iterator(chunk_size=MANY):
        found[household].append((since, persons))
    return found


def _when(instant: float) -> datetime:
    return datetime.fromtimestamp(instant, UTC)
