"""Who looked at a household's data, from the journal: the function and the time, never a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from doorstep.command.functions import functions_of
from doorstep.command.models import JournalEntry
from doorstep.desk.models import Message
from doorstep.wiring.homes import AtHome


@dataclass(frozen=True)
class Reading:
    """Somebody of a function opened the household's record, or a photo or voice that it sent."""

    at: datetime
    who: str
    file: bool


def readings(home: AtHome, most: int) -> list[Reading]:
    """The newest readings. Three queries."""
    sent = Message.objects.filter(household=home.household, incident=home.incident).exclude(attachment_kind="")
    files = [str(pk) for pk in sent.values_list("pk", flat=True)]
    mine = Q(act="read", data__household=home.household.pk)
    if files:
        mine |= Q(act="read_attachment", subject_kind="message", subject_id__in=files)
    entries = list(JournalEntry.objects.filter(mine, incident=home.incident).order_by("-sequence")[:most])
    titles = functions_of((entry.by_id for entry in entries), home.incident)
    return [Reading(one.occurred_at, titles.get(one.by_id or 0, ""), one.act != "read") for one in entries]
