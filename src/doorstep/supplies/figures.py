"""Figures of supply: kits packed, households that had food, the wait for the first kit, goods, how long food lasts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from statistics import median
from typing import Any

from django.db.models import Count, F, Min, QuerySet, Sum
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from doorstep.register.figures import bound_doors
from doorstep.register.models import Household, Person
from doorstep.supplies.models import Coverage, Delivery, Location, Move, PackedKit
from doorstep.wiring.figures import Figure, FigureRows

MOST_ROWS = 5_000


def living(incident: Any, at: datetime) -> QuerySet[Household]:
    """Bound households of which somebody is at home."""
    home = Person.objects.filter(active=True, present="home").values("household_id")
    doors = bound_doors(incident, at).values("pk")
    return Household.objects.filter(active=True, door__in=doors, pk__in=home)


def figures(incident: Any, start: datetime, end: datetime) -> list[Figure]:
    """Kits and goods of the period and the food at its end. Five queries."""
    packed = PackedKit.objects.filter(
        order__incident=incident, dropped_at=None, packed_at__gte=start, packed_at__lt=end
    ).count()
    homes = living(incident, end).count()
    firsts = _first_waits(incident, end)
    found = [Figure("packed", _("Kits packed"), packed, pgettext("unit", "kits"), side="warm")]
    reached = len(firsts)
    found.append(
        Figure(
            "with_kit",
            _("Households that had a kit"),
            reached,
            pgettext("unit", "households"),
            of=max(homes, reached),
            unknown=max(0, homes - reached),
            side="warm",
        )
    )
    if firsts:
        waits = [hours for _key, hours in firsts]
        said = {"first": f"{min(waits):.1f}", "last": f"{max(waits):.1f}"}
        note = _("first %(first)s h, last %(last)s h after the trigger") % said
        middle = round(median(waits), 1)
        found.append(
            Figure(
                "first_kit", _("Wait for the first kit (median)"), middle, pgettext("unit", "h"), side="warm", note=note
            )
        )
    return [*found, *_goods(incident, start, end), *_food(incident, end)]


def _first_waits(incident: Any, at: datetime) -> list[tuple[int, float]]:
    """Household → hours from the trigger to its first kit, up to an instant. One query."""
    lines = Delivery.objects.filter(incident=incident, undone_at=None, delivered_at__lt=at)
    firsts = lines.values_list("household_id").annotate(first=Min("delivered_at")).order_by("household_id")
    return [(key, (first - incident.trigger_at).total_seconds() / 3600) for key, first in firsts]


def _goods(incident: Any, start: datetime, end: datetime) -> Iterable[Figure]:
    """What went out to doors by the stock ledger, in kilograms."""
    grams = F("packs") * F("lot__item__pack_weight_g")
    total = _to_doors(incident, start, end).aggregate(g=Sum(grams))["g"]
    if total:
        yield Figure("goods", _("Goods handed over"), round(total / 1000), "kg", side="warm")


def _to_doors(incident: Any, start: datetime, end: datetime) -> QuerySet[Move]:
    return Move.objects.filter(
        incident=incident, target__kind=Location.Kind.DOOR, occurred_at__gte=start, occurred_at__lt=end
    )


def _food(incident: Any, at: datetime) -> Iterable[Figure]:
    """The household whose food ends first. What nobody knows is no food."""
    homes = living(incident, at).values("pk")
    ends = Coverage.objects.filter(incident=incident, household__in=homes).aggregate(
        first=Min("covered_until"), n=Count("pk")
    )
    if ends["first"] is not None:
        days = max(0.0, (ends["first"] - at).total_seconds() / 86400)
        title = _("Days of food where it ends first")
        yield Figure("food", title, round(days, 1), pgettext("unit", "days"), side="warm", public=False)


def rows(incident: Any, code: str, start: datetime, end: datetime) -> FigureRows:
    """The kits, deliveries, first kits, goods or cupboards behind a figure. One query; at most MOST_ROWS."""

    def told(value: datetime | None) -> str:
        return formats.date_format(value.astimezone(incident.tz), _("M j, H:i")) if value else ""

    place = ("door__stair__building__compound__name", "door__stair__building__name", "door__stair__name")
    door = [f"household__{name}" for name in (*place, "door__number")]
    heads = [_("compound"), _("building"), _("stair"), _("door")]
    if code == "packed":
        kits = PackedKit.objects.filter(
            order__incident=incident, dropped_at=None, packed_at__gte=start, packed_at__lt=end
        ).order_by("packed_at", "pk")
        table = [[k.code, told(k.packed_at), told(k.handed_at), k.person_days] for k in kits[:MOST_ROWS]]
        return FigureRows([_("kit"), _("packed at"), _("handed over at"), _("person-days")], table)
    if code == "goods":
        goods = _to_doors(incident, start, end).values_list("lot__item__code").annotate(n=Sum("packs"))
        return FigureRows([_("goods"), _("packs")], [list(line) for line in goods.order_by("lot__item__code")])
    if code == "food":
        cupboards = Coverage.objects.filter(incident=incident, household__in=living(incident, end).values("pk"))
        found = cupboards.order_by("covered_until", "pk").values_list(*door, "covered_until")[:MOST_ROWS]
        return FigureRows([*heads, _("food until")], [[*line[:4], told(line[4])] for line in found])
    lines = Delivery.objects.filter(incident=incident, undone_at=None, delivered_at__lt=end)
    firsts = lines.values_list("household_id", *door).annotate(first=Min("delivered_at")).order_by("first")
    table = [
        [*line[1:5], told(line[5]), round((line[5] - incident.trigger_at).total_seconds() / 3600, 2)]
        for line in firsts[:MOST_ROWS]
    ]
    return FigureRows([*heads, _("first kit at"), _("hours after the trigger")], table)
