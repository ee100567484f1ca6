"""Goods from one place to another: every move has two ends, nothing goes below what is there, saying it twice moves once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Case, F, IntegerField, Sum, When
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident, Member
from doorstep.errors import UserError
from doorstep.register.models import Door
from doorstep.storage.bulk import bulk_set, in_batches
from doorstep.supplies.models import Balance, Location, Lot, Move


@dataclass(frozen=True)
class Line:
    """Packs of a lot."""

    lot: int
    packs: int


@dataclass(frozen=True)
class Said:
    """Who moves goods, when, why, and for what; `client_id` is made once for the act by whoever says it."""

    client_id: UUID
    at: datetime
    reason: str
    by: Member | None = None
    note: str = ""
    ref_kind: str = ""
    ref_id: str = ""
    recorded_at: datetime | None = None


@transaction.atomic
def move(
    incident: Incident, lines: Iterable[Line], *, source: Location, target: Location, said: Said, reserved: bool = False
) -> list[Move]:
    """Move packs of lots; all of them or none. A repeated act changes nothing and returns what it moved.

    With `reserved`, what is taken was promised to this purpose before (reserving.py). Raises UserError where the
    source does not have so many free packs.
    """
    wanted = sorted(_together(lines), key=lambda line: line.lot)
    if source.pk == target.pk:
        raise UserError(_("The goods are there already."), field="target", mend=_("Choose another place."))
    ids = {line.lot: uuid5(said.client_id, str(line.lot)) for line in wanted}
    known = {found.client_id: found for found in Move.objects.filter(client_id__in=ids.values())}
    new = [line for line in wanted if ids[line.lot] not in known]
    if not new:
        return list(known.values())
    have_balances([line.lot for line in new], [source, target])
    _carry(new, source, target, reserved=reserved)
    Move.objects.bulk_create(
        _written(incident, Trip(line, source, target, replace(said, client_id=ids[line.lot]))) for line in new
    )
    facts: dict[str, Any] = {
        "from": str(source),
        "to": str(target),
        "packs": sum(line.packs for line in new),
        "reason": said.reason,
    }
    if target.kind == Location.Kind.DOOR:
        facts["to"] = "door"  # the journal names doors by their key, as subjects
    journal.record("move_goods", incident=incident, subject=target, by=said.by, occurred_at=said.at, **facts)
    return list(Move.objects.filter(client_id__in=ids.values()).order_by("lot_id"))


@dataclass(frozen=True)
class Trip:
    """Packs of a lot on the way from one place to another, of many that are written down together."""

    line: Line
    source: Location
    target: Location
    said: Said
    reserved: bool = False


@transaction.atomic
def move_each(incident: Incident, trips: Sequence[Trip]) -> int:
    """Many moves to many places in a handful of statements; all or none, one journal entry. What is known stays as it is.

    `said.client_id` names one trip. `reserved` packs move with their promise, others only where free. Returns how many are new.
    """
    known: set[UUID] = set()
    for some in in_batches(trip.said.client_id for trip in trips):
        known |= set(Move.objects.filter(client_id__in=some).values_list("client_id", flat=True))
    new = [trip for trip in trips if trip.said.client_id not in known]
    if not new:
        return 0
    places = {place.pk: place for trip in new for place in (trip.source, trip.target)}
    change: dict[tuple[int, int], int] = defaultdict(int)
    promised: dict[tuple[int, int], int] = defaultdict(int)
    for trip in new:
        change[trip.line.lot, trip.source.pk] -= trip.line.packs
        change[trip.line.lot, trip.target.pk] += trip.line.packs
        if trip.reserved:
            promised[trip.line.lot, trip.source.pk] += trip.line.packs
    Balance.objects.bulk_create(
        (Balance(lot_id=lot, location_id=place, may_owe=places[place].is_outside) for lot, place in sorted(change)),
        ignore_conflicts=True,
        batch_size=150,
    )
    _change_balances(change, promised, places)
    Move.objects.bulk_create((_written(incident, trip) for trip in new), batch_size=60)
    facts: dict[str, Any] = {"packs": sum(trip.line.packs for trip in new), "moves": len(new)}
    at, said = max(trip.said.at for trip in new), new[0].said
    journal.record("move_goods", incident=incident, by=said.by, occurred_at=at, reason=said.reason, **facts)
    return len(new)


def _change_balances(
    change: Mapping[tuple[int, int], int], promised: Mapping[tuple[int, int], int], places: Mapping[int, Location]
) -> None:
    """Balances by (lot, place) in a few statements, rows locked in one order; refused where one does not reach."""
    packs, reserved = [], []
    lots = sorted({lot for lot, _place in change})
    for some in in_batches(sorted(places)):
        rows = Balance.objects.filter(location__in=some, lot__in=lots)
        for row in rows.select_for_update().order_by("lot_id", "location_id"):
            key = row.lot_id, row.location_id
            by, kept = change.get(key, 0), row.reserved - promised.get(key, 0)
            if by < 0 and not row.may_owe and (kept < 0 or row.packs + by < kept):
                raise _not_enough(Line(row.lot_id, -by), places[row.location_id], row.packs - row.reserved)
            if by:
                packs.append((row.pk, row.packs + by))
            if kept != row.reserved:
                reserved.append((row.pk, kept))
    # a promise is never above what is there: where both fall it goes first
    bulk_set(Balance, "reserved", reserved)
    bulk_set(Balance, "packs", packs)


def _written(incident: Incident, trip: Trip) -> Move:
    said = trip.said
    return Move(
        client_id=said.client_id,
        incident=incident,
        lot_id=trip.line.lot,
        source=trip.source,
        target=trip.target,
        packs=trip.line.packs,
        reason=said.reason,
        note=said.note[:240],
        ref_kind=said.ref_kind,
        ref_id=said.ref_id,
        by=said.by,
        occurred_at=said.at,
        recorded_at=said.recorded_at or said.at,
    )


def have_balances(lots: Sequence[int], places: Sequence[Location]) -> None:
    """A row for each lot at each place, at nothing where nothing was yet."""
    Balance.objects.bulk_create(
        (Balance(lot_id=lot, location=place, may_owe=place.is_outside) for lot in lots for place in places),
        ignore_conflicts=True,
    )


def place_of(incident: Incident, kind: str, name: str) -> Location:
    """A place by its kind and name; made when first named."""
    found, _made = Location.objects.get_or_create(incident=incident, kind=kind, name=name[:120])
    return found


def place_at_door(incident: Incident, door: Door) -> Location:
    """The place behind a door."""
    return _of_door(incident, Location.Kind.DOOR, door.pk, f"door-{door.pk}")


def place_for_door(incident: Incident, door: Door) -> Location:
    """Where goods that a household paid for wait for its door."""
    return _of_door(incident, Location.Kind.OWN, door.pk, f"own-{door.pk}")


def held_beside(place: Location) -> Location:
    """The shelf beside a place for what is held back; what waits for a door stays that door's."""
    if place.door_id is not None:
        return _of_door(place.incident, Location.Kind.QUARANTINE, place.door_id, place.name)
    return place_of(place.incident, Location.Kind.QUARANTINE, place.name)


def _of_door(incident: Incident, kind: str, door: int, name: str) -> Location:
    found, _made = Location.objects.get_or_create(incident=incident, kind=kind, door_id=door, defaults={"name": name})
    return found


def unbalanced(incident: Incident) -> list[tuple[int, int, int, int]]:
    """Balances that are not the sum of their moves: (lot, location, stored, summed); empty when the books are right."""
    moved: dict[tuple[int, int], int] = {}
    moves = Move.objects.filter(incident=incident)
    for lot, place, packs in moves.values_list("lot_id", "target_id").annotate(Sum("packs")).order_by():
        moved[lot, place] = moved.get((lot, place), 0) + packs
    for lot, place, packs in moves.values_list("lot_id", "source_id").annotate(Sum("packs")).order_by():
        moved[lot, place] = moved.get((lot, place), 0) - packs
    stored = {
        (lot, place): packs
        for lot, place, packs in Balance.objects.filter(lot__incident=incident).values_list(
            "lot_id", "location_id", "packs"
        )
    }
    keys = moved.keys() | stored.keys()
    return [
        (*key, stored.get(key, 0), moved.get(key, 0)) for key in sorted(keys) if stored.get(key, 0) != moved.get(key, 0)
    ]


def _together(lines: Iterable[Line]) -> list[Line]:
    found: dict[int, int] = {}
    for line in lines:
        if line.packs < 1:
            raise UserError(_("Nothing is moved."), field="packs", mend=_("Give at least one pack."))
        found[line.lot] = found.get(line.lot, 0) + line.packs
    return [Line(lot, packs) for lot, packs in found.items()]


def _carry(lines: Sequence[Line], source: Location, target: Location, *, reserved: bool) -> None:
    """Both balances of every lot in two statements; refused where one lot does not reach. Rows are locked in one order."""
    rows = Balance.objects.filter(lot__in=[line.lot for line in lines])
    both = rows.filter(location__in=[source, target]).order_by("lot_id", "location_id")
    columns = ("lot_id", "location_id", "packs", "reserved", "may_owe")
    there = {
        lot: figures for lot, place, *figures in both.select_for_update().values_list(*columns) if place == source.pk
    }
    for line in lines:
        there_now, promised, may_owe = there.get(line.lot, [0, 0, False])
        free = min(promised, there_now) if reserved else there_now - promised
        if free < line.packs and not (may_owe and not reserved):
            raise _not_enough(line, source, there_now - promised)
    packs = Case(*(When(lot=line.lot, then=line.packs) for line in lines), output_field=IntegerField())
    less = {"packs": F("packs") - packs} | ({"reserved": F("reserved") - packs} if reserved else {})
    rows.filter(location=source).update(**less)
    rows.filter(location=target).update(packs=F("packs") + packs)


def _not_enough(line: Line, source: Location, free: int) -> UserError:
    lot = Lot.objects.select_related("item").get(pk=line.lot)
    figures = {"lot": str(lot), "wanted": line.packs, "place": str(source), "free": free}
    return UserError(
        _("%(lot)s: %(wanted)d packs wanted, %(free)d free at %(place)s.") % figures,
        field="packs",
        mend=_("Count what is there, or take less."),
    )
