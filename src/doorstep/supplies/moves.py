"""Goods from one place to another: every move has two ends, nothing goes below what is there, saying it twice moves once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident, Member
from doorstep.errors import UserError
from doorstep.register.models import Door
from doorstep.storage.bulk import in_batches
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
    places = sorted([source, target], key=lambda place: place.pk)
    have_balances([line.lot for line in new], places)
    for line in new:
        for place in places:
            if place.pk == source.pk:
                _take(line, source, reserved=reserved)
            else:
                Balance.objects.filter(lot_id=line.lot, location=target).update(packs=F("packs") + line.packs)
    Move.objects.bulk_create(
        Move(
            client_id=ids[line.lot],
            incident=incident,
            lot_id=line.lot,
            source=source,
            target=target,
            packs=line.packs,
            reason=said.reason,
            note=said.note[:240],
            ref_kind=said.ref_kind,
            ref_id=said.ref_id,
            by=said.by,
            occurred_at=said.at,
            recorded_at=said.recorded_at or said.at,
        )
        for line in new
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
class Shift:
    """Packs of a lot from one place to another, one of many that go together."""

    source: Location
    target: Location
    lot: int
    packs: int
    reserved: bool = False


@transaction.atomic
def shift(incident: Incident, shifts: Sequence[Shift], *, said: Said) -> int:
    """Many moves in one go, such as the goods of a hundred kits: all or none, one line in the journal. Returns how many.

    Repeating it moves nothing; as with `move`, nothing goes below what is there. Kits among the targets belong to who asks.
    """
    ids = [uuid5(said.client_id, f"{one.source.pk}:{one.target.pk}:{one.lot}:{one.reserved}") for one in shifts]
    if not ids or Move.objects.filter(client_id=ids[0]).exists():
        return 0
    taken: dict[tuple[int, int, bool], int] = {}
    put: dict[tuple[int, int], int] = {}
    places = {place.pk: place for one in shifts for place in (one.source, one.target)}
    for one in shifts:
        taken[one.source.pk, one.lot, one.reserved] = taken.get((one.source.pk, one.lot, one.reserved), 0) + one.packs
        put[one.target.pk, one.lot] = put.get((one.target.pk, one.lot), 0) + one.packs
    for (place, lot, reserved), packs in sorted(taken.items()):
        _take(Line(lot, packs), places[place], reserved=reserved)
    there: set[tuple[int, int]] = set()
    for batch in in_batches(sorted({place for place, _lot in put})):
        there |= set(Balance.objects.filter(location__in=batch).values_list("location_id", "lot_id"))
    kits = {key for key in put if key not in there and places[key[0]].kind == Location.Kind.KIT}
    Balance.objects.bulk_create(
        Balance(location_id=place, lot_id=lot, packs=put[place, lot]) for place, lot in sorted(kits)
    )
    for place, lot in sorted(put.keys() - kits):
        have_balances([lot], [places[place]])
        Balance.objects.filter(lot_id=lot, location_id=place).update(packs=F("packs") + put[place, lot])
    Move.objects.bulk_create(
        Move(
            client_id=key,
            incident=incident,
            lot_id=one.lot,
            source=one.source,
            target=one.target,
            packs=one.packs,
            reason=said.reason,
            note=said.note[:240],
            ref_kind=said.ref_kind,
            ref_id=said.ref_id,
            by=said.by,
            occurred_at=said.at,
            recorded_at=said.recorded_at or said.at,
        )
        for key, one in zip(ids, shifts, strict=True)
    )
    facts: dict[str, Any] = {"packs": sum(one.packs for one in shifts), "moves": len(shifts), "reason": said.reason}
    journal.record("move_goods", incident=incident, subject=shifts[0].target, by=said.by, occurred_at=said.at, **facts)
    return len(shifts)


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


def _take(line: Line, source: Location, *, reserved: bool) -> None:
    balance = Balance.objects.filter(lot_id=line.lot, location=source)
    if reserved:
        done = balance.filter(reserved__gte=line.packs, packs__gte=line.packs).update(
            packs=F("packs") - line.packs, reserved=F("reserved") - line.packs
        )
    else:
        free = Q(may_owe=True) | Q(packs__gte=F("reserved") + line.packs)
        done = balance.filter(free).update(packs=F("packs") - line.packs)
    if done:
        return
    lot = Lot.objects.select_related("item").get(pk=line.lot)
    there = balance.values_list("packs", "reserved").first() or (0, 0)
    figures = {"lot": str(lot), "wanted": line.packs, "place": str(source), "free": there[0] - there[1]}
    raise UserError(
        _("%(lot)s: %(wanted)d packs wanted, %(free)d free at %(place)s.") % figures,
        field="packs",
        mend=_("Count what is there, or take less."),
    )
