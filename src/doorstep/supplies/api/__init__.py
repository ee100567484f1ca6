"""Supplies for machines: goods and stock, orders, parcels, until when doors are covered."""

from doorstep.supplies.api import lots, orders, own, parcels, stock
from doorstep.wiring.api import Room

room = Room(tags=["supplies"])
for part in (stock.room, lots.room, orders.room, own.room, parcels.room):
    room.add_router("", part)

__all__ = ["room"]
