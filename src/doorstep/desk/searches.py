"""What the desk adds to the search box: the numbers that residents say on the phone."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.command.models import Incident, Member
from doorstep.command.rights import rights_of
from doorstep.desk.emergencies import place_in_words
from doorstep.desk.queries import messages_in, requests_in
from doorstep.desk.rules import need_titles
from doorstep.wiring.contributions import SearchHit


def numbers(words: str, member: Member | None, incident: Incident | None) -> list[SearchHit]:
    """A request by its number (#12), a message by its own (M12), for who sees requests."""
    rights = rights_of(member, incident)
    sign, number = words[:1].upper(), words[1:].strip()
    if incident is None or sign not in ("#", "M") or not number.isdecimal() or len(number) > 9:
        return []
    if not rights.may("see_requests"):
        return []
    if sign == "M":
        message = messages_in(incident, rights).filter(pk=int(number)).first()
        if message is None:
            return []
        url = reverse("desk:message", args=[message.pk])
        return [SearchHit(_("Message"), f"M{message.pk}", place_in_words(message.door), url, 10)]
    request = requests_in(incident, rights).filter(number=int(number)).first()
    if request is None:
        return []
    title = f"#{request.number} {need_titles(incident).get(request.need, request.need)}"
    return [
        SearchHit(_("Request"), title, place_in_words(request.door), reverse("desk:request", args=[request.pk]), 10)
    ]
