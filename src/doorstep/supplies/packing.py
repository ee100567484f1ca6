"""Pack orders: which kits for which doors, from which store, by when; goods promised, replaced, given back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Area, Incident, Member
from doorstep.errors import UserError
from doorstep.promises.models import Promise
from doorstep.supplies.designing import class_code
from doorstep.supplies.handling import INSIDE
from doorstep.supplies.homes import home_of, homes_of
from doorstep.supplies.kit_codes import kit_code
from doorstep.supplies.kit_fit import goods_clash
from doorstep.supplies.models import Item, KitDesign, KitLine, Location, PackedKit, PackLine, PackOrder
from doorstep.supplies.needs import Home, in_words, key_of
from doorstep.supplies.reserving import hold_for
from doorstep.supplies.rules import defaults
from doorstep.wiring.texts import in_language

State = PackOrder.State
FOR = "pack_order"


@dataclass(frozen=True)
class Run:
    """A delivery for which kits are packed: where they are packed and wait, by when, for which area or round."""

    kind: str
    store: Location
    staging: Location
    ready_by: datetime
    area: Area | None = None
    plan_id: int | None = None
    round_number: int | None = None
    round_name: str = ""


@dataclass
class Ordered:
    """What was ordered: the orders, the kits in them, and households (by class, in words) that no design in use is for."""

    orders: list[PackOrder] = field(default_factory=list)
    kits: int = 0
    without: Counter[str] = field(default_factory=Counter)


def owed_kits(incident: Incident, kind: str, *, until: datetime, areas: Sequence[Area] | None = None) -> list[int]:
    """The households to which a kit is owed by an instant and for whom none is ordered or packed, who is due first at first."""
    return [household for household, _door in owed_with_doors(incident, kind, until=until, areas=areas)]


def owed_with_doors(
    incident: Incident,
    kind: str,
    *,
    until: datetime,
    areas: Sequence[Area] | None = None,
    doors: Collection[int] | None = None,
) -> list[tuple[int, int]]:
    """As owed_kits, with the door of each household. Two queries."""
    owed = Promise.objects.filter(
        incident=incident,
        kind=f"kit:{kind}",
        subject_kind="household",
        door__isnull=False,
        state__in=[Promise.State.OPEN, Promise.State.BROKEN],
        window_start__lte=until,
    )
    if areas is not None:
        owed = owed.filter(area__in=areas)
    rows = owed.order_by("due_at", "door_id", "pk").values_list("subject_id", "door_id")
    wanted = set(doors) if doors is not None else None
    found = {household: door for household, door in rows if door and (wanted is None or door in wanted)}
    have = set(
        PackedKit.objects.filter(
            order__incident=incident, order__design__kind=kind, handed_at=None, dropped_at=None
        ).values_list("household_id", flat=True)
    )
    return [(household, door) for household, door in found.items() if household not in have]


@transaction.atomic
def order_run(
    incident: Incident, run: Run, households: Sequence[int], *, at: datetime, by: Member | None = None
) -> Ordered:
    """One order for each class of these households, with a kit and a code for each; what is in stock is promised to it.

    Households that have a kit on an order already are left out, so that asking twice orders nothing twice.
    """
    _places_are_ours(run)
    Incident.objects.select_for_update().get(pk=incident.pk)
    pending = PackedKit.objects.filter(
        order__incident=incident, order__design__kind=run.kind, handed_at=None, dropped_at=None
    )
    have = set(pending.values_list("household_id", flat=True))
    homes: dict[int, Home] = homes_of(incident, [key for key in households if key not in have], at)
    designs = designs_in_use(incident, run.kind)
    groups: dict[int, list[int]] = defaultdict(list)
    made = Ordered()
    for key in households:
        home = homes.get(key)
        if home is None or not home.eaters:
            continue
        design = designs.get(class_code(key_of(home)))
        if design is None:
            made.without[in_language(in_words(home))] += 1
        else:
            groups[design.pk].append(key)
    by_pk = {design.pk: design for design in designs.values()}
    most = int(defaults()["packing"]["most_kits"]) - 1
    for pk, keys in groups.items():
        for start in range(0, len(keys), most):
            part = keys[start : start + most]
            made.orders.append(_order(incident, run, by_pk[pk], part, homes, at, by))
            made.kits += len(part)
    return made


def designs_in_use(incident: Incident, kind: str) -> dict[str, KitDesign]:
    """The design by which each class is packed. One query."""
    rows = KitDesign.objects.filter(incident=incident, kind=kind, state=KitDesign.State.IN_USE).order_by("version")
    return {design.household_class: design for design in rows}


def _places_are_ours(run: Run) -> None:
    for name, place in (("store", run.store), ("staging", run.staging)):
        if place.kind not in INSIDE:
            raise UserError(
                _("Kits are packed and wait at places of ours."), field=name, mend=_("Choose store, staging or gate.")
            )


def _order(
    incident: Incident,
    run: Run,
    design: KitDesign,
    households: Sequence[int],
    homes: Mapping[int, Home],
    at: datetime,
    by: Member | None,
) -> PackOrder:
    order = PackOrder.objects.create(
        incident=incident,
        design=design,
        area=run.area,
        plan_id=run.plan_id,
        round_number=run.round_number,
        round_name=run.round_name[:80],
        store=run.store,
        staging=run.staging,
        kits=len(households),
        ready_by=run.ready_by,
        ordered_at=at,
    )
    PackLine.objects.bulk_create(
        PackLine(
            order=order, item_id=line.item_id, packs=line.packs, designed_id=line.item_id, designed_packs=line.packs
        )
        for line in design.lines.order_by("pk")
    )
    PackedKit.objects.bulk_create(
        PackedKit(
            order=order,
            household_id=key,
            number=number,
            code=kit_code(order.pk, number),
            person_days=design.covers_days * len(homes[key].eaters),
        )
        for number, key in enumerate(households, start=1)
    )
    settle(order, at=at)
    return noted("order_kits", order, at, by, kits=order.kits)


@transaction.atomic
def settle(order: PackOrder, *, at: datetime) -> PackOrder:
    """Promise to an order just what it still needs, as far as it is there, and say how far it has come."""
    live = order.packed.filter(dropped_at=None)
    open_kits = live.filter(packed_at=None, handed_at=None)
    left, total = open_kits.count(), live.count()
    put_in = dict(
        KitLine.objects.filter(kit__in=open_kits, out_at=None)
        .values_list("line")
        .annotate(Sum("counts_for"))
        .order_by()
    )
    begun = bool(put_in)
    for line in order.lines.select_related("item"):
        wanted = max(0, line.packs * left - put_in.get(line.pk, 0))
        hold_for(
            line.item,
            wanted,
            place=order.store,
            for_kind=FOR,
            for_id=str(order.pk),
            at=at,
            good_until=eaten_by(order, line.item),
        )
    order.state = State.READY if total and not left else State.PACKING if begun or left < total else State.OPEN
    order.ready_at = live.order_by("-packed_at").values_list("packed_at", flat=True).first() if not left else None
    order.kits = total
    if not total:
        order.state = State.DROPPED
    order.save(update_fields=["state", "ready_at", "kits"])
    return order


def eaten_by(order: PackOrder, item: Item) -> datetime:
    """Until when goods of an order's kits must be good: as long as the kit, but fresh ones, which keep for days only and
    are eaten first, no longer than a part of their shelf life."""
    days = order.design.covers_days
    if item.shelf_days is not None:
        days = min(days, item.shelf_days * float(defaults()["packing"]["fresh_part"]))
    return order.ready_by + timedelta(days=days)


@transaction.atomic
def drop(order: PackOrder, *, reason: str, at: datetime, by: Member | None) -> PackOrder:
    """Cancel what is not packed yet: its goods are free again. Kits that are packed stay, to be handed over or unpacked.

    One that is begun must be emptied first, so that no goods are lost.
    """
    locked(order)
    waiting = order.packed.filter(dropped_at=None, packed_at=None)
    if not waiting.exists():
        return order
    if not reason.strip():
        raise UserError(_("A reason is missing."), field="reason", mend=_("Say why."))
    begun = waiting.filter(pk__in=KitLine.objects.filter(kit__order=order, out_at=None).values("kit")).first()
    if begun is not None:
        raise UserError(
            _("Kit %(code)s is begun.") % {"code": begun.code},
            field="reason",
            mend=_("Take its goods out first, or pack it to the end."),
        )
    order.dropped_at = at
    order.save(update_fields=["dropped_at"])
    count = waiting.update(dropped_at=at)
    settle(order, at=at)
    return noted("drop_pack_order", order, at, by, kits=count, reason=reason.strip()[:240])


@transaction.atomic
def undrop(order: PackOrder, *, at: datetime, by: Member | None) -> PackOrder:
    """Take a cancellation back, but for households that have another kit by now."""
    locked(order)
    if order.dropped_at is None:
        return order
    others = PackedKit.objects.filter(
        order__incident=order.incident, order__design__kind=order.design.kind, handed_at=None, dropped_at=None
    )
    back = order.packed.filter(dropped_at=order.dropped_at).exclude(household__in=others.values("household"))
    count = order.packed.filter(pk__in=list(back.values_list("pk", flat=True))).update(dropped_at=None)
    order.dropped_at = None
    order.save(update_fields=["dropped_at"])
    settle(order, at=at)
    return noted("undrop_pack_order", order, at, by, kits=count)


@transaction.atomic
def substitute(
    line: PackLine, item: Item | None, packs: int, *, reason: str, at: datetime, by: Member | None
) -> PackLine:
    """Other goods instead (None: nothing), in each kit of the order that is not packed yet; with a reason.

    The designed goods themselves take it back.
    """
    order = line.order
    locked(order)
    if item is None:
        item, packs = line.designed, 0
    elif not 0 < packs <= int(defaults()["designs"]["most_packs"]):
        raise UserError(_("Nothing would be in the kit."), field="packs", mend=_("Give at least one pack."))
    back = (item.pk, packs) == (line.designed_id, line.designed_packs)
    if not back and not reason.strip():
        raise UserError(_("A reason is missing."), field="reason", mend=_("Say why other goods are packed."))
    if order.lines.exclude(pk=line.pk).filter(item=item).exists():
        raise UserError(_("%(item)s is in the kit already.") % {"item": item}, field="item", mend=_("Choose others."))
    if line.put_in.filter(kit__packed_at=None, out_at=None).exists():
        raise UserError(
            _("A kit with these goods is begun."), field="item", mend=_("Pack it to the end, or take them out first.")
        )
    if clash := goods_clash(item, [home_of(order.design.facts["home"])]):
        raise clash.refuse("item")
    before = line.item
    line.item, line.packs, line.reason = item, packs, "" if back else reason.strip()[:240]
    line.save(update_fields=["item", "packs", "reason"])
    hold_for(before, 0, place=order.store, for_kind=FOR, for_id=str(order.pk), at=at, good_until=at)
    settle(order, at=at)
    noted("substitute", order, at, by, item=before.code, other=item.code, packs=packs, reason=line.reason)
    return line


@transaction.atomic
def change(
    order: PackOrder, ready_by: datetime, store: Location | None = None, *, at: datetime, by: Member | None
) -> PackOrder:
    """The kits are needed at another time, or packed from another store. Raises UserError where a kit is begun there."""
    locked(order)
    place = store or order.store
    if place.kind not in INSIDE:
        raise UserError(
            _("Kits are packed and wait at places of ours."), field="store", mend=_("Choose store, staging or gate.")
        )
    if place.pk != order.store_id:
        begun = KitLine.objects.filter(kit__order=order, out_at=None, kit__handed_at=None)
        if begun.exists():
            raise UserError(
                _("Kits of this order are begun or packed from the first store."),
                field="store",
                mend=_("Unpack them, or cancel the rest and order it anew."),
            )
        for line in order.lines.select_related("item"):
            hold_for(line.item, 0, place=order.store, for_kind=FOR, for_id=str(order.pk), at=at, good_until=at)
    if (place.pk, ready_by) != (order.store_id, order.ready_by):
        before = {"ready_by": order.ready_by.isoformat(), "store": str(order.store)}
        order.ready_by, order.store = ready_by, place
        order.save(update_fields=["ready_by", "store"])
        settle(order, at=at)
        after = {"ready_by": ready_by.isoformat(), "store": str(place)}
        noted("change_pack_order", order, at, by, before=before, after=after)
    return order


def noted(act: str, order: PackOrder, at: datetime, by: Member | None, **data: Any) -> PackOrder:
    """An act on an order in the journal."""
    label = f"{order.design.kind} · {order.pk}"
    journal.record(act, incident=order.incident, subject=order, by=by, occurred_at=at, label=label, **data)
    return order


def locked(order: PackOrder) -> None:
    """One act on an order at a time."""
    PackOrder.objects.select_for_update().get(pk=order.pk)
    order.refresh_from_db()
