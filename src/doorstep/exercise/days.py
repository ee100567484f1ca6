"""An exercise run for days: its clock stepped, its crew at work, and after each day what people had and who waited."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from doorstep.command.models import Incident
from doorstep.exercise.load import play
from doorstep.exercise.supply import lacking
from doorstep.protocol.cupboard import food_until
from doorstep.register.models import Person
from doorstep.rounds.models import Visit
from doorstep.rounds.watches import cupboards_empty
from doorstep.supplies.models import AtHome, Coverage, Delivery, Move, OrderLine, PurchaseOrder
from doorstep.wiring.contributions import contributions

NOT_ORDERED = [PurchaseOrder.State.PROPOSED, PurchaseOrder.State.CANCELLED]
STEP = timedelta(hours=6)  # how often the watch list is read while a day is played


@dataclass(frozen=True)
class Gap:
    """A household without food: from when until its next kit, or until the day ended."""

    household: int
    door: int
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Day:
    """One day of an exercise, as it stood at its end.

    `first_end` is when the first cupboard will be empty; `named` are the doors that watch 1 named during the day, each
    with why; `waiting` counts the rows of every watch at the end.
    """

    number: int
    at: datetime
    visits: int
    kits: int
    at_home: int
    first_end: datetime | None
    gaps: tuple[Gap, ...]
    named: dict[int, str]
    waiting: dict[int, int]
    ordered: int
    received: int
    lacking: dict[str, int]
    review_at: datetime | None

    @property
    def unnamed(self) -> tuple[Gap, ...]:
        """Households without food whom the watch list did not name: there must be none."""
        return tuple(gap for gap in self.gaps if gap.door not in self.named)


def run_days(incident: Incident, days: int) -> Iterator[Day]:
    """Play an exercise day by day, and say after each how it went."""
    for number in range(1, days + 1):
        start = incident.now()
        named: dict[int, str] = {}
        while incident.now() < start + timedelta(days=1):
            play(incident, until=min(incident.now() + STEP, start + timedelta(days=1)))
            named |= {row.door_id: row.what for row in cupboards_empty(incident, incident.now()) if row.door_id}
        yield _told(incident, number, start, named)


def _told(incident: Incident, number: int, start: datetime, named: dict[int, str]) -> Day:
    at = incident.now()
    today = {"occurred_at__gt": start, "occurred_at__lte": at}
    reviews = [area.review_at for area in incident.areas.filter(state="in_force") if area.review_at]
    orders = OrderLine.objects.filter(
        order__incident=incident, order__proposed_at__gt=start, order__proposed_at__lte=at
    )
    return Day(
        number,
        at,
        Visit.objects.filter(incident=incident, undone_at=None, **today).count(),
        Delivery.objects.filter(
            incident=incident, undone_at=None, delivered_at__gt=start, delivered_at__lte=at
        ).count(),
        Person.objects.filter(
            household__door__area_doors__area__in=incident.areas.filter(state="in_force"), active=True, present="home"
        )
        .distinct()
        .count(),
        Coverage.objects.filter(incident=incident)
        .order_by("covered_until")
        .values_list("covered_until", flat=True)
        .first(),
        tuple(gaps(incident, start, at)),
        named,
        _waiting(incident, at),
        sum(orders.exclude(order__state__in=NOT_ORDERED).values_list("packs", flat=True)),
        sum(
            Move.objects.filter(incident=incident, reason="receipt", ref_kind="order_line", **today).values_list(
                "packs", flat=True
            )
        ),
        lacking(incident, start, at),
        min(reviews, default=None),
    )


def _waiting(incident: Incident, at: datetime) -> dict[int, int]:
    found: Counter[int] = Counter()
    for watch in contributions.watches:
        found[watch.number] += sum(row.count for row in watch.rows(incident, at))
    return dict(found)


def gaps(incident: Incident, start: datetime, end: datetime) -> Iterator[Gap]:
    """Households whose food had ended at some time in (start, end], replayed from what was handed over. Two queries."""
    food: dict[int, list[tuple[float, float]]] = defaultdict(list)
    doors: dict[int, int] = {}
    lines = Delivery.objects.filter(incident=incident, undone_at=None, delivered_at__lte=end).order_by("delivered_at")
    for household, door, when, amount in lines.values_list(
        "household_id", "household__door_id", "delivered_at", "person_days"
    ):
        doors[household] = door
        food[household].append((when.timestamp(), amount))
    at_home: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for household, since, persons in (
        AtHome.objects.filter(incident=incident).order_by("since").values_list("household_id", "since", "persons")
    ):
        at_home[household].append((since.timestamp(), persons))
    for household, given in food.items():
        for number in range(1, len(given) + 1):
            until = food_until(given[:number], at_home[household])
            next_at = given[number][0] if number < len(given) else end.timestamp()
            if until is not None and until < next_at and next_at > start.timestamp():
                since, to = (datetime.fromtimestamp(stamp, incident.tz) for stamp in (until, next_at))
                yield Gap(household, doors[household], since, to)
