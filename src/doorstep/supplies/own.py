"""What households paid for themselves: it waits at a place of its door, is nobody else's, and goes to that door only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from doorstep.command.models import Incident, Member
from doorstep.command.rights import Rights
from doorstep.errors import UserError
from doorstep.register.models import Door
from doorstep.supplies import errand_goods
from doorstep.supplies.models import Balance, Location, Lot, Move
from doorstep.supplies.moves import Line, Said, move, place_at_door
from doorstep.supplies.rules import defaults
from doorstep.wiring.contributions import VisitLine

KIND = "own"


@dataclass(frozen=True)
class Waiting:
    """What waits for one door: packs of lots, and when the last of them came."""

    door: Door
    lines: tuple[Balance, ...]
    since: datetime

    @property
    def packs(self) -> int:
        return sum(line.packs for line in self.lines)


@transaction.atomic
def hand_over(
    incident: Incident, door: Door, *, at: datetime, by: Member | None, client_id: UUID, visit: int | None = None
) -> list[Move]:
    """Everything that waits for a door is with its household. Said twice it is given once."""
    ref = ("visit", str(visit)) if visit is not None else (KIND, str(client_id))
    done = Move.objects.filter(incident=incident, ref_kind=ref[0], ref_id=ref[1], source__kind=Location.Kind.OWN)
    if done.exists():
        return list(done)
    rows = list(_balances(incident).filter(location__door=door, lot__state=Lot.State.GOOD))
    if not rows:
        raise UserError(
            _("Nothing waits for this door."), field="door", mend=_("Look at the list again; somebody was quicker.")
        )
    said = Said(client_id, at, "hand_over", by, "", *ref)
    lines = [Line(row.lot_id, row.packs) for row in rows]
    made = move(incident, lines, source=rows[0].location, target=place_at_door(incident, door), said=said)
    errand_goods.handed(made, at=at, by=by)
    return made


def is_done(incident: Incident, client_id: UUID) -> bool:
    """Whether this hand-over was written down before."""
    return Move.objects.filter(incident=incident, ref_kind=KIND, ref_id=str(client_id)).exists()


@transaction.atomic
def take_back(moves: QuerySet[Move], *, at: datetime, by: Member | None) -> list[Move]:
    """What was handed over did not reach its door: it waits again. Said twice it is taken back once."""
    made: list[Move] = []
    for one in moves.filter(source__kind=Location.Kind.OWN).select_related("incident", "source", "target"):
        said = Said(uuid5(one.client_id, "undo"), at, "undo", by, _("taken back"), "move", str(one.pk))
        made += move(one.incident, [Line(one.lot_id, one.packs)], source=one.target, target=one.source, said=said)
    errand_goods.handed(made, at=at, by=by, undone=True)
    return made


def waiting(incident: Incident, rights: Rights) -> list[Waiting]:
    """What waits for doors within a member's duty, what waits longest at first. Two queries."""
    rows = _balances(incident)
    scope = rights.areas("see_supplies")
    if scope is not None:
        rows = rows.filter(location__door__area_doors__area__in=scope).distinct()
    by_door: dict[int, list[Balance]] = {}
    for row in rows.select_related("lot__item", "location__door__stair__building__compound"):
        by_door.setdefault(row.location.door_id or 0, []).append(row)
    came = Move.objects.filter(incident=incident, target__kind=Location.Kind.OWN, target__door__in=by_door)
    since = dict(came.values_list("target__door").annotate(Max("occurred_at")).order_by())
    found = [
        Waiting(lines[0].location.door, tuple(lines), since[door])
        for door, lines in by_door.items()
        if lines[0].location.door is not None
    ]
    return sorted(found, key=lambda one: (one.since, one.door.pk))


def handed(incident: Incident, rights: Rights) -> QuerySet[Move]:
    """What was handed over and not taken back, the newest first."""
    undone = Move.objects.filter(incident=incident, reason="undo", ref_kind="move")
    gone = [int(key) for key in undone.values_list("ref_id", flat=True)]
    rows = incident.moves.filter(source__kind=Location.Kind.OWN, reason="hand_over").exclude(pk__in=gone)
    scope = rights.areas("see_supplies")
    if scope is not None:
        rows = rows.filter(target__door__area_doors__area__in=scope).distinct()
    return rows.select_related("lot__item", "target__door__stair__building").order_by("-occurred_at", "-pk")


def visit_lines(incident: Incident, doors: list[int], start: datetime, end: datetime) -> dict[int, list[VisitLine]]:
    """What waits for these doors, for the visits of a plan: one line a door. One query."""
    rows = _balances(incident).filter(location__door__in=doors, lot__state=Lot.State.GOOD)
    kg: dict[int, float] = {}
    for door, packs, grams in rows.values_list("location__door", "packs", "lot__item__pack_weight_g"):
        kg[door] = kg.get(door, 0.0) + packs * grams / 1000
    due, title = start + timedelta(hours=defaults()["own_hours"]), defaults()["words"]["own"]
    return {door: [VisitLine(f"{KIND}:{door}", KIND, title, due, weight, 0, str(door))] for door, weight in kg.items()}


def handed_at_door(
    incident: Incident, door: Door, confirmed: list[str], *, visit: int, at: datetime, by: Member | None
) -> list[Move]:
    """What a knock confirms as own:<door> is with its household; that of another door stays where it is."""
    if f"{KIND}:{door.pk}" not in confirmed:
        return []
    if not _balances(incident).filter(location__door=door, lot__state=Lot.State.GOOD).exists():
        return []
    act = uuid5(NAMESPACE_URL, f"{KIND}:visit:{visit}")
    return hand_over(incident, door, at=at, by=by, client_id=act, visit=visit)


def visit_undone(incident: Incident, *, visit: int, at: datetime, by: Member | None) -> list[Move]:
    """A knock was taken back: what it handed over waits again."""
    rows = Move.objects.filter(incident=incident, ref_kind="visit", ref_id=str(visit), reason="hand_over")
    return take_back(rows, at=at, by=by)


def _balances(incident: Incident) -> QuerySet[Balance]:
    rows = Balance.objects.filter(location__incident=incident, location__kind=Location.Kind.OWN, packs__gt=0)
    return rows.select_related("location").order_by("lot__item__code", "lot_id")
