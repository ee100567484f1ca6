"""What the desk has bought for one door: it comes in at that door's own place, and the desk hears when it is handed over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from doorstep.command.events import GoodsBought, GoodsHandedOver
from doorstep.command.models import Incident, Member
from doorstep.register.models import Door
from doorstep.supplies.models import Item, Location, Lot, Move, Supplier
from doorstep.supplies.moves import Line, Said, move, place_for_door, place_of
from doorstep.supplies.rules import defaults
from doorstep.wiring.events import publish
from doorstep.wiring.texts import in_language

BOUGHT = "bought"


def follow_bought(event: GoodsBought) -> None:
    """Goods bought for a door wait for it, whoever paid: they are nobody's stock, and the next round takes them along."""
    said = defaults()["bought"]
    incident = Incident.objects.get(pk=event.incident_id)
    facts = {"names": said["names"], "kind": Item.Kind.OTHER, "pack_weight_g": said["pack_weight_g"]}
    item, _made = Item.objects.get_or_create(code=said["code"], defaults={**facts, "unit": Item.Unit.PIECE})
    shop = event.shop.strip()[:120] or in_language(said["shop"])
    supplier, _made = Supplier.objects.get_or_create(incident=incident, name=shop)
    lot, _made = Lot.objects.get_or_create(
        incident=incident,
        item=item,
        supplier=supplier,
        number=f"{event.number} {event.key}"[:60],
        defaults={"received_at": event.at, "payer": event.payer, "reason": event.what[:240]},
    )
    by = Member.objects.filter(pk=event.by_id or 0).first()
    act = uuid5(NAMESPACE_URL, f"{BOUGHT}:{incident.pk}:{event.key}")
    move(
        incident,
        [Line(lot.pk, max(1, event.packs))],
        source=place_of(incident, Location.Kind.SUPPLIER, shop),
        target=place_for_door(incident, Door.objects.get(pk=event.door_id)),
        said=Said(act, event.at, "receipt", by, event.what[:240], BOUGHT, event.key),
    )


def handed(moves: Iterable[Move], *, at: datetime, by: Member | None, undone: bool = False) -> None:
    """Tell the room that bought them that goods are with their household, or wait again."""
    lots = {one.lot_id for one in moves}
    keys = Move.objects.filter(lot__in=lots, ref_kind=BOUGHT).values_list("ref_id", flat=True)
    for key in sorted(set(keys)):
        publish(GoodsHandedOver(key, at, by.pk if by else None, undone))
