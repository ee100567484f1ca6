"""What the search box finds at the gate: a permit by its number."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.command.models import Incident, Member
from doorstep.command.rights import rights_of
from doorstep.gate.models import Permit
from doorstep.gate.words import bearer_label
from doorstep.wiring.contributions import SearchHit


def permits(words: str, member: Member | None, incident: Incident | None) -> list[SearchHit]:
    """The permit with this number, for who gives permits or keeps the gate of its area."""
    number = "".join(char for char in words if char.isascii() and char.isdigit())
    if incident is None or len(number) < 6 or words.strip().replace(" ", "") != number:
        return []
    rights = rights_of(member, incident)
    rows = Permit.objects.filter(incident=incident, number=number).select_related(
        "person", "door__stair__building", "area"
    )
    found = []
    for permit in rows:
        gives, keeps = (rights.may(act, permit.area_id) for act in ("give_permits", "keep_gate"))
        if not gives and not keeps:
            continue
        own = reverse("gate:permit", args=[permit.pk])
        url = own if gives else f"{reverse('gate:check')}?n={permit.number}"
        detail = f"{bearer_label(permit)} · {permit.get_state_display()}"
        found.append(SearchHit(_("Permit"), str(permit), detail, url, 15))
    return found
