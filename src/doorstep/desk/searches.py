"""What the search box finds at the desk: a request by its number, requests by their words, within the duty."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.command.models import Incident, Member
from doorstep.command.rights import rights_of
from doorstep.desk.emergencies import place_in_words
from doorstep.desk.queries import requests_in
from doorstep.desk.rules import need_titles
from doorstep.wiring.contributions import SearchHit

MOST = 20
SHORTEST = 2  # letters of a word that are looked for in the words of requests


def requests(words: str, member: Member | None, incident: Incident | None) -> list[SearchHit]:
    """Requests called #12, or whose words hold what is asked for; the number before the words."""
    rights = rights_of(member, incident)
    if incident is None or not rights.may("see_requests"):
        return []
    plain = words.strip().lstrip("#")
    number = int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 9 else 0
    found = Q(number=number) if number else Q(text__icontains=plain) if len(plain) >= SHORTEST else Q(pk__in=[])
    titles = need_titles(incident)
    return [
        SearchHit(
            _("Request"),
            f"{row} {titles.get(row.need, row.need)}",
            " · ".join(filter(None, (place_in_words(row.door), str(row.get_state_display()), row.text[:60]))),
            reverse("desk:request", args=[row.pk]),
            25 if words.strip().startswith("#") else 45,
        )
        for row in requests_in(incident, rights).filter(found).order_by("-number")[:MOST]
    ]
