"""What the supplies room adds to the search box: goods in stock, lots by number, kits by their label, suppliers."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.command.models import Incident, Member
from doorstep.command.rights import rights_of
from doorstep.supplies.models import PackedKit
from doorstep.supplies.stock_forms import find_items
from doorstep.wiring.contributions import SearchHit

MOST = 20


def supplies(words: str, member: Member | None, incident: Incident | None) -> list[SearchHit]:
    """Goods by name, code or barcode, lots by number, suppliers by name or phone, for who sees supplies."""
    if incident is None or not rights_of(member, incident).may("see_supplies"):
        return []
    hits = [
        SearchHit(_("Goods"), str(item), item.code, reverse("supplies:item_lots", args=[item.code]), 45)
        for item in find_items(words)[:MOST]
    ]
    lots = incident.lots.filter(number__icontains=words).select_related("item")[:MOST]
    hits += [
        SearchHit(_("Lot"), str(lot), lot.get_state_display(), reverse("supplies:lot", args=[lot.pk]), 45)
        for lot in lots
    ]
    named = incident.suppliers.filter(name__icontains=words) | incident.suppliers.filter(phone__icontains=words)
    kits = PackedKit.objects.filter(order__incident=incident, code=words.strip().upper())
    scope = rights_of(member, incident).areas("see_supplies")
    if scope is not None:
        kits = kits.filter(order__area__in=scope)
    hits += [SearchHit(_("Kit"), kit.code, "", reverse("supplies:packed_kit", args=[kit.code]), 40) for kit in kits]
    return hits + [
        SearchHit(_("Supplier"), one.name, one.phone, reverse("supplies:supplier", args=[one.pk]), 45)
        for one in named.distinct()[:MOST]
    ]
