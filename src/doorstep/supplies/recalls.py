"""A lot called back: the doors that have it are warned by task and at the next knock, until none has it any more (F7)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import tasks
from doorstep.command.models import AreaDoor, Incident, Member, Task
from doorstep.supplies import lots
from doorstep.supplies.handling import undo_move
from doorstep.supplies.models import Balance, Location, Lot, Move
from doorstep.supplies.moves import Line, Said, move, place_of
from doorstep.supplies.rules import defaults
from doorstep.wiring.contributions import VisitLine

WARN = "lot_warning"
KIND = "recall"


@transaction.atomic
def warn_doors(lot: Lot, *, at: datetime, by: Member | None) -> list[Task]:
    """A task in each area to warn the doors that have a lot; asking again opens no second one."""
    doors = [door.pk for door, _packs in lots.doors_with(lot)]
    areas: dict[int, list[int]] = {}
    rows = AreaDoor.objects.filter(area__incident=lot.incident, door__in=doors).exclude(area__state="lifted")
    for area, door in rows.values_list("area_id", "door_id"):
        areas.setdefault(area, []).append(door)
    by_id = {area.pk: area for area in lot.incident.areas.filter(pk__in=areas)}
    none = set(doors) - {door for there in areas.values() for door in there}
    opened = []
    for key, there in [*areas.items(), *([(0, list(none))] if none else [])]:
        figures = {"lot": str(lot), "n": len(there)}
        opened.append(
            tasks.open_task(
                lot.incident,
                _("Warn %(n)d doors: %(lot)s") % figures,
                at=at,
                by=by,
                area=by_id.get(key),
                due_at=at + timedelta(hours=defaults()["warn_hours"]),
                urgency=3,
                detail=_("%(reason)s. The list of doors is on the page of the lot.") % {"reason": lot.reason},
                key=f"{WARN}:{lot.pk}:{key}",
            )
        )
    return opened


@transaction.atomic
def recall_and_warn(lot: Lot, *, reason: str, at: datetime, by: Member | None, client_id: UUID) -> list[Task]:
    """One click: nothing of the lot leaves any more, and the doors that have it are warned."""
    lots.recall(lot, reason=reason, at=at, by=by, client_id=client_id)
    return warn_doors(lot, at=at, by=by)


def visit_lines(incident: Incident, doors: list[int], start: datetime, end: datetime) -> dict[int, list[VisitLine]]:
    """Doors that still have a lot called back: the next knock takes it out of use. One query."""
    rows = Balance.objects.filter(
        lot__incident=incident, lot__state=Lot.State.RECALLED, location__kind=Location.Kind.DOOR, packs__gt=0
    ).select_related("lot__item", "location")
    wanted = set(doors)
    found: dict[int, list[VisitLine]] = {}
    for row in rows:
        door, names = row.location.door_id, row.lot.item.names
        if door is None or door not in wanted:
            continue
        title = {
            code: pattern % {"item": names.get(code, row.lot.item.code), "lot": row.lot.number}
            for code, pattern in defaults()["words"]["recall"].items()
        }
        due = start + timedelta(hours=defaults()["warn_hours"])
        line = VisitLine(f"{KIND}:{row.lot_id}", KIND, title, due, 0.0, 2, str(row.lot_id))
        found.setdefault(door, []).append(line)
    return found


@transaction.atomic(savepoint=False)
def warned_at_door(
    incident: Incident, door_id: int, handed: list[str], *, visit: int, at: datetime, by: Member | None
) -> list[Move]:
    """What a knock confirms as recall:<lot> is out of use at this door: warned, and the packs are thrown away."""
    keys = [text.removeprefix(f"{KIND}:") for text in handed if text.startswith(f"{KIND}:")]
    wanted = [int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 19]
    rows = (
        Balance.objects.filter(
            lot__incident=incident, lot__in=wanted, lot__state=Lot.State.RECALLED, location__door=door_id, packs__gt=0
        )
        .filter(location__kind=Location.Kind.DOOR)
        .select_related("location")
    )
    made: list[Move] = []
    for row in rows:
        wasted = place_of(incident, Location.Kind.WASTED, Location.Kind.WASTED.value)
        said = Said(_act(visit), at, "waste", by, _("called back, taken out of use"), "visit", str(visit))
        made += move(incident, [Line(row.lot_id, row.packs)], source=row.location, target=wasted, said=said)
    return made


def visit_undone(incident: Incident, *, visit: int, at: datetime, by: Member | None) -> list[Move]:
    """A knock was taken back: the lots that it took out of use are at the door again."""
    rows = Move.objects.filter(incident=incident, ref_kind="visit", ref_id=str(visit), reason="waste")
    return [undo_move(one, reason="", at=at, by=by) for one in rows.select_related("incident", "source", "target")]


def _act(visit: int) -> UUID:
    return uuid5(NAMESPACE_URL, f"{KIND}:visit:{visit}")
