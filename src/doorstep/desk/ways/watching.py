"""The watch list of what goes out: calls nobody made, permits nobody answers, craftsmen and shoppers who are late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command.models import Incident
from doorstep.desk.emergencies import place_in_words
from doorstep.desk.ways.models import Call, Way
from doorstep.wiring.contributions import WatchRow

MOST = 300


def ways_late(incident: Incident, at: datetime) -> list[WatchRow]:
    """Calls that are late, permits without an answer, windows that have passed. Two queries."""
    return [*_calls(incident, at), *_ways(incident, at)][:MOST]


def _calls(incident: Incident, at: datetime) -> Iterator[WatchRow]:
    rows = Call.objects.filter(
        way__request__incident=incident, way__state__in=Way.OPEN, called_at=None, due_at__lte=at
    ).select_related("way__request__door__stair__building", "way__member")
    for call in rows[:MOST]:
        yield _row(call.way, _("nobody has called"), call.due_at, _("call now"), 3)


def _ways(incident: Incident, at: datetime) -> Iterator[WatchRow]:
    answer = timedelta(hours=protocol.outgoing_rules(incident.protocol).exits.answer_hours)
    late = Q(permit=Way.Permit.ASKED, asked_at__lte=at - answer) | Q(ends_at__lte=at)
    late |= Q(permit=Way.Permit.ASKED, starts_at__lte=at)
    rows = Way.objects.filter(late, request__incident=incident, state__in=Way.OPEN)
    for way in rows.select_related("request__door__stair__building", "member")[:MOST]:
        since = way.ends_at or at
        if way.permit == Way.Permit.ASKED and way.asked_at is not None:
            limit = way.asked_at + answer
            since = min(limit, way.starts_at or limit)
            yield _row(way, _("the gate has not answered"), since, _("ring the gate"), 2)
        else:
            yield _row(way, _("its time has passed"), since, _("ask whether it took place"), 2)


def _row(way: Way, what: str, since: datetime, step: str, level: int) -> WatchRow:
    return WatchRow(
        what=what,
        since=since,
        who_acts=way.member.name if way.member else _("desk worker"),
        next_step=step,
        subject=f"{way.get_kind_display()} · #{way.request.number} · {place_in_words(way.request.door)}",
        url=reverse("desk:request", args=[way.request_id]),
        level=level,
        door_id=way.request.door_id,
        due=since,
    )
