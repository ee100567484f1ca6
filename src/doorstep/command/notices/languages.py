"""In which languages something is written: those of the protocol and those that residents read."""

from __future__ import annotations

from doorstep import protocol
from doorstep.command.models import Area, AreaDoor, Incident
from doorstep.register.models import Household


def languages_of(incident: Incident) -> list[str]:
    """Chinese and English first, then the protocol's, then what households of the incident's areas read. One query."""
    named = protocol.letter_languages(incident.protocol)
    doors = AreaDoor.objects.filter(area__incident=incident).exclude(area__state=Area.State.LIFTED).values("door")
    spoken = (
        Household.objects.filter(active=True, door__in=doors).exclude(languages=[]).values_list("languages", flat=True)
    )
    read = {protocol.language_tag(str(one)) for languages in spoken.order_by().distinct() for one in languages}
    return list(dict.fromkeys(["zh-hans", "en", *named, *sorted(one for one in read if _is_tag(one))]))


def _is_tag(code: str) -> bool:
    """Whether it may name a field of a form: letters and dashes of a language tag."""
    return code.isascii() and code.replace("-", "").isalnum()
