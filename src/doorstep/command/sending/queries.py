"""What was told to whom, and what became of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db.models import Count, Q, QuerySet

from doorstep.command.models import Channel, Delivery, Incident, Telling

LOOKS = {"waiting": "open", "sent": "kept", "failed": "broken", "loopback": "waived", "nowhere": "risk"}
HEADINGS = ("when", "to", "title", "urgency", "channel", "state", "tries", "sent", "error", "acknowledged")


def told(incident: Incident, show: str = "", words: str = "") -> QuerySet[Telling]:
    """What was told in an incident, newest first, narrowed by a state or by words."""
    found = Telling.objects.filter(incident=incident).select_related("member", "organisation")
    if show == "unanswered":
        found = found.filter(answer_by__isnull=False, acknowledged_at=None)
    elif show in Delivery.State.values:
        found = found.filter(deliveries__state=show).distinct()
    if words:
        named = Q(member__name__icontains=words) | Q(organisation__name__icontains=words)
        found = found.filter(named | Q(title__icontains=words))
    return found.prefetch_related("deliveries")


def counts(incident: Incident) -> dict[str, int]:
    """How many deliveries are in each state. One query."""
    rows = Delivery.objects.filter(telling__incident=incident).order_by().values_list("state").annotate(Count("pk"))
    return dict(Counter(dict(rows)))


def rows(tellings: QuerySet[Telling], incident: Incident) -> list[list[Any]]:
    """The list as a table, one line a delivery, in local time. No address of a channel stands in it."""
    return [
        [
            telling.at.astimezone(incident.tz),
            str(telling.member or telling.organisation or ""),
            telling.title,
            telling.urgency,
            delivery.label,
            delivery.get_state_display(),
            delivery.attempts,
            delivery.sent_at.astimezone(incident.tz) if delivery.sent_at else None,
            delivery.error,
            telling.acknowledged_at.astimezone(incident.tz) if telling.acknowledged_at else None,
        ]
        for telling in tellings
        for delivery in telling.deliveries.all()
    ]


def channels() -> QuerySet[Channel]:
    """Every channel with whose it is; what the address says stays sealed."""
    return Channel.objects.select_related("member", "organisation").order_by("organisation__name", "member__name", "pk")
