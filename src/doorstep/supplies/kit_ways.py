"""The way of a packed kit: to the staging place, with a carrier, over the threshold; and when those of a door are ready."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.db.models import Count, Max, Min, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from doorstep.command.models import Incident, Member
from doorstep.errors import UserError
from doorstep.register.models import Door
from doorstep.supplies.kit_codes import as_typed
from doorstep.supplies.kit_state import clashes, clashes_of
from doorstep.supplies.models import Balance, PackedKit, PackOrder
from doorstep.supplies.moves import Line, Said, move, place_at_door
from doorstep.supplies.packing import locked, noted
from doorstep.supplies.rules import defaults

CODE = "kit_code"  # what a knock confirms as kit_code:7K3F2 is the kit with this label


@transaction.atomic
def stage(order: PackOrder, kits: Collection[int] | None, *, at: datetime, by: Member | None) -> int:
    """Packed kits stand at the staging place now: all of an order, or some. Saying it twice changes nothing."""
    locked(order)
    rows = order.packed.filter(dropped_at=None, handed_at=None, staged_at=None).exclude(packed_at=None)
    if kits is not None:
        rows = rows.filter(pk__in=kits)
    count = rows.update(staged_at=at)
    if count:
        noted("stage_kits", order, at, by, kits=count)
    return count


@transaction.atomic
def unstage(order: PackOrder, *, at: datetime, by: Member | None) -> int:
    """They stand at the table still: those of the last time that nobody has taken."""
    locked(order)
    rows = order.packed.filter(handed_at=None, taken_at=None).exclude(staged_at=None)
    last = rows.aggregate(Max("staged_at"))["staged_at__max"]
    count = rows.filter(staged_at=last).update(staged_at=None) if last else 0
    if count:
        noted("unstage_kits", order, at, by, kits=count)
    return count


@transaction.atomic
def take(order: PackOrder, *, at: datetime, by: Member | None) -> int:
    """A carrier takes the staged kits of an order along. Raises UserError where one does not suit any more."""
    locked(order)
    staged = order.packed.filter(dropped_at=None, handed_at=None, taken_at=None).exclude(staged_at=None)
    kits = list(staged.select_related("order__design"))
    wrong = clashes_of(order.incident, kits, at)
    for kit in kits:
        if kit.pk in wrong:
            raise UserError(
                _("Kit %(code)s: %(why)s") % {"code": kit.code, "why": wrong[kit.pk][0].message},
                field="do",
                mend=_("Unpack it and pack it anew; then take the others."),
            )
    count = order.packed.filter(pk__in=[kit.pk for kit in kits]).update(taken_at=at)
    if count:
        noted("take_kits", order, at, by, kits=count)
    return count


@transaction.atomic
def taken_to(incident: Incident, doors: Collection[int], kinds: Iterable[str], *, at: datetime) -> int:
    """The kits of some doors left the gate with a trip: counted out there."""
    codes = [kind.removeprefix("kit:") for kind in kinds if kind.startswith("kit:")]
    kits = PackedKit.objects.filter(
        order__incident=incident,
        order__design__kind__in=codes,
        household__door__in=doors,
        packed_at__isnull=False,
        handed_at=None,
        taken_at=None,
        dropped_at=None,
    )
    keys = list(kits.values_list("pk", flat=True))
    return PackedKit.objects.filter(pk__in=keys).update(taken_at=at, staged_at=Coalesce("staged_at", Value(at)))


def suits_door(incident: Incident, door: Door, text: str, at: datetime) -> PackedKit:
    """The kit of a scanned label, where it may be handed over at this door. Raises UserError where it is another's."""
    code = as_typed(text)
    kits = PackedKit.objects.select_related("order__design", "order__incident", "household")
    kit = kits.filter(order__incident=incident, code=code, dropped_at=None).first()
    if kit is None or kit.packed_at is None:
        raise UserError(
            _("No packed kit has the code %(code)s.") % {"code": code}, field="scan", mend=_("Look at its label again.")
        )
    if kit.handed_at is not None:
        raise UserError(
            _("The kit %(code)s was handed over before.") % {"code": code}, field="scan", mend=_("Take another kit.")
        )
    if kit.household is not None and kit.household.door_id != door.pk:
        raise UserError(
            _("The kit %(code)s is for another door.") % {"code": code},
            field="scan",
            mend=_("Look for the kit of this door on the trolley."),
        )
    if wrong := clashes(kit, at):
        raise UserError(
            wrong[0].message, field="scan", mend=_("Do not hand it over. Take it back to the packing table.")
        )
    return kit


@transaction.atomic(savepoint=False)
def handed_at_door(
    incident: Incident, door: Door, handed: Sequence[str], *, visit: int, at: datetime, by: Member | None
) -> list[PackedKit]:
    """What a knock handed over: the kits whose labels were scanned, else of each kind the one packed for each household.

    Their lots are at the door from now on, so that a recall finds them. A knock is never refused: it has happened.
    """
    kinds = {text.removeprefix("kit:") for text in handed if text.startswith("kit:")}
    codes = {text.removeprefix(f"{CODE}:") for text in handed if text.startswith(f"{CODE}:")}
    if not kinds and not codes:
        return []
    rows = PackedKit.objects.filter(
        Q(code__in=codes) | Q(household__door=door, order__design__kind__in=kinds),
        order__incident=incident,
        packed_at__isnull=False,
        handed_at=None,
        dropped_at=None,
    ).select_related("order__design", "place", "household")
    by_code = [kit for kit in rows if kit.code in codes]
    scanned = {kit.order.design.kind for kit in by_code}
    chosen: dict[object, PackedKit] = {kit.code: kit for kit in by_code}
    for kit in sorted(rows, key=lambda kit: (kit.packed_at, kit.pk)):
        if kit.code not in codes and kit.order.design.kind not in scanned:
            chosen.setdefault((kit.household_id, kit.order.design.kind), kit)
    if not chosen:
        return []
    behind = place_at_door(incident, door)
    for kit in chosen.values():
        lines = [Line(lot, packs) for lot, packs in _inside(kit)]
        if lines and kit.place is not None:
            said = Said(_act(kit, visit, "in"), at, "hand_over", by, "", "visit", str(visit))
            move(incident, lines, source=kit.place, target=behind, said=said)
        kit.handed_at, kit.visit_id = at, visit
        kit.taken_at, kit.staged_at = kit.taken_at or at, kit.staged_at or at
        kit.save(update_fields=["handed_at", "visit_id", "taken_at", "staged_at"])
    return list(chosen.values())


@transaction.atomic(savepoint=False)
def visit_undone(incident: Incident, *, visit: int, at: datetime, by: Member | None) -> list[PackedKit]:
    """A knock was taken back: its kits are with the carrier again, with all of their lots that are at the door still."""
    kits = list(PackedKit.objects.filter(order__incident=incident, visit_id=visit).select_related("place"))
    for kit in kits:
        place = kit.place
        moves = place.moves_out.filter(ref_kind="visit", ref_id=str(visit), reason="hand_over") if place else None
        for one in moves or ():
            there = Balance.objects.filter(lot=one.lot_id, location=one.target_id).first()
            packs = min(one.packs, there.packs - there.reserved if there else 0)
            if packs > 0 and place is not None:
                said = Said(uuid5(one.client_id, "back"), at, "hand_back", by, "", "visit", str(visit))
                move(incident, [Line(one.lot_id, packs)], source=one.target, target=place, said=said)
        kit.handed_at = kit.visit_id = None
        kit.save(update_fields=["handed_at", "visit_id"])
    return kits


def _inside(kit: PackedKit) -> list[tuple[int, int]]:
    if kit.place_id is None:
        return []
    return list(Balance.objects.filter(location=kit.place_id, packs__gt=0).order_by("lot").values_list("lot", "packs"))


def _act(kit: PackedKit, visit: int, way: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"kit:{kit.pk}:visit:{visit}:{way}")


@dataclass(frozen=True)
class Expected:
    """When the kits of an order are thought to stand at the staging place; `late` where that is after the time asked."""

    order: PackOrder
    at: datetime
    left: int

    @property
    def late(self) -> bool:
        return self.at > self.order.ready_by


def expected(incident: Incident, at: datetime) -> list[Expected]:
    """Orders of which something is not at its staging place yet, in the order in which the tables pack. Two queries.

    A store packs one order after the other, by the time asked for, at its own pace once that is known.
    """
    rules = defaults()["packing"]
    waiting = Q(packed__packed_at=None, packed__dropped_at=None, packed__handed_at=None, packed__isnull=False)
    unstaged = Q(packed__staged_at=None, packed__dropped_at=None, packed__handed_at=None, packed__isnull=False)
    orders = (
        PackOrder.objects.filter(incident=incident)
        .exclude(state=PackOrder.State.DROPPED)
        .annotate(left=Count("packed", filter=waiting), unstaged=Count("packed", filter=unstaged))
        .filter(unstaged__gt=0)
        .select_related("design", "area", "store", "staging")
        .order_by("ready_by", "pk")
    )
    pace = _pace(incident, at)
    before: dict[int, timedelta] = defaultdict(timedelta)
    found = []
    for order in orders:
        stage_time = timedelta(minutes=rules["stage_minutes"])
        left: int = order.left
        if left:
            before[order.store_id] += left * pace.get(order.store_id, timedelta(minutes=rules["kit_minutes"]))
            ready = max(order.ready_by, at + before[order.store_id] + stage_time)
        else:
            ready = at + stage_time
        found.append(Expected(order, ready, left))
    return found


def _pace(incident: Incident, at: datetime) -> dict[int, timedelta]:
    """How long a kit takes at each store: the time between the first and the last packed lately, shared out. One query."""
    rules = defaults()["packing"]
    lately = at - timedelta(hours=rules["pace_hours"])
    kits = PackedKit.objects.filter(order__incident=incident, packed_at__gte=lately, packed_at__lte=at)
    rows = kits.values("order__store").order_by()
    times = rows.annotate(first=Min("packed_at"), last=Max("packed_at"), kits=Count("pk"))
    return {
        row["order__store"]: (row["last"] - row["first"]) / (row["kits"] - 1)
        for row in times
        if row["kits"] > rules["pace_after"] and row["last"] > row["first"]
    }


def ready_at_doors(incident: Incident, at: datetime) -> dict[tuple[int, str], datetime]:
    """(door, kind) → when its kit is thought to stand at the staging place, for kits that do not yet. Three queries.

    What no order is for is not in it: the rounds take such a kit as they are told.
    """
    soon = {one.order.pk: one for one in expected(incident, at)}
    if not soon:
        return {}
    found: dict[tuple[int, str], datetime] = {}
    kits = PackedKit.objects.filter(order__in=soon, staged_at=None, dropped_at=None, handed_at=None)
    stage_time = timedelta(minutes=defaults()["packing"]["stage_minutes"])
    for order, door, packed in kits.filter(household__isnull=False).values_list(
        "order_id", "household__door_id", "packed_at"
    ):
        one = soon[order]
        ready = at + stage_time if packed else one.at
        key = (door, f"kit:{one.order.design.kind}")
        found[key] = max(found.get(key, ready), ready)
    return found
