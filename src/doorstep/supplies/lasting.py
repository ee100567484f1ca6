"""How long the food in the stores lasts for everybody who is bound to stay at home (invariant 10, the supply side)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from doorstep.command.models import Area, AreaDoor, Incident
from doorstep.register.models import Person
from doorstep.supplies import catalogue
from doorstep.supplies.handling import INSIDE
from doorstep.supplies.models import Balance, Item, Lot

FOOD = (Item.Kind.FOOD, Item.Kind.INFANT)


@dataclass(frozen=True)
class Lasting:
    """Energy of the free food in our places (kcal), who eats it, and the days that it lasts; None where nobody is bound."""

    kcal: float
    persons: int
    days: float | None


def food_lasts(incident: Incident, at: datetime) -> Lasting:
    """Free food that is good and in date, over the persons at home in areas where kits come to the door. Two queries."""
    rows = Balance.objects.filter(
        location__incident=incident,
        location__kind__in=INSIDE,
        lot__state=Lot.State.GOOD,
        lot__item__kind__in=FOOD,
        packs__gt=F("reserved"),
    ).exclude(lot__best_before__lte=at)
    kcal = 0.0
    for row in rows.select_related("lot__item"):
        item = row.lot.item
        kcal += (row.packs - row.reserved) * item.per_pack * item.edible_share * item.nutrients.get("kcal", 0) / 100
    zones = [code for code, zone in incident.protocol.zones.items() if zone.delivery == "door"]
    bound = incident.areas.filter(state=Area.State.IN_FORCE, zone__in=zones)
    doors = AreaDoor.objects.filter(area__in=bound).values("door_id")  # a door in two areas counts once
    at_home = Person.objects.filter(active=True, present="home", household__active=True)
    persons = at_home.filter(household__door_id__in=doors).count()
    need = persons * float(catalogue.persons().reference["kcal"])
    return Lasting(kcal, persons, kcal / need if need else None)
