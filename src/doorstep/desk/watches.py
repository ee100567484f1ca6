"""The desk's part of the watch list: requests and messages without owner or late (5), objects without holder (12)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command.models import Incident
from doorstep.desk.emergencies import place_in_words
from doorstep.desk.escalation import alarm_from
from doorstep.desk.lists import WAITING
from doorstep.desk.models import EntrustedObject, Message, Request
from doorstep.desk.staff import at_hand
from doorstep.protocol.schema import Requests
from doorstep.wiring.contributions import WatchRow
from doorstep.wiring.texts import in_language

MOST = 300


def requests_waiting(incident: Incident, at: datetime) -> list[WatchRow]:
    """Invariant 5: a request nobody owns in time or that is late, danger to life, a decision or an appeal left lying, a
    message nobody has taken. The gravest first; beyond so many one row counts the rest. Two queries."""
    rows = list(_requests(incident, at)) + list(_messages(incident, at))
    rows.sort(key=lambda row: (-row.level, row.since))
    if len(rows) <= MOST:
        return rows
    rest = rows[MOST:]
    more = replace(
        rest[0],
        subject=_("more requests and messages"),
        url=reverse("desk:home") + "?show=late",
        area_id=None,
        door_id=None,
        count=len(rest),
    )
    return [*rows[:MOST], more]


def _requests(incident: Incident, at: datetime) -> Iterator[WatchRow]:
    rules = protocol.request_rules(incident.protocol)
    perhaps = (
        Q(owner=None)
        | ~Q(owner__available=True, owner__health="fit")
        | Q(due_at__lt=at)
        | Q(level=rules.emergency)
        | Q(appealed_at__isnull=False)
        | Q(state__in=[Request.State.DONE, Request.State.DECLINED])
    )
    waiting = Request.objects.filter(WAITING & perhaps, incident=incident, recorded_at__lte=at)
    for request in waiting.select_related("incident", "owner", "door__stair__building", "decided_by", "emergency_task"):
        found = _wrong(request, at, rules)
        if found is None:
            continue
        what, since, next_step, level = found
        owner = request.owner if at_hand(request.owner) else None
        yield WatchRow(
            what=what,
            since=since,
            who_acts=owner.name if owner else _duty(request, at),
            next_step=next_step,
            subject=subject_of(request),
            url=reverse("desk:request", args=[request.pk]),
            level=level,
            area_id=request.area_id,
            door_id=request.door_id,
            due=request.due_at,
        )


def _wrong(request: Request, at: datetime, rules: Requests) -> tuple[str, datetime, str, int] | None:
    """What is wrong with a request now, since when, what comes next, how grave: the gravest thing alone."""
    first = [level.code for level in rules.levels]
    grave = 3 if request.level in first[:2] else 2
    alarm = alarm_from(request, at)
    if alarm is not None and alarm[0] == "unowned":
        return _("nobody owns it"), alarm[1], _("name one person"), grave
    if alarm is not None and alarm[0] == "unanswered":
        return _("danger to life, and nobody has answered"), alarm[1], _("call the emergency number now"), 3
    if request.is_open and request.level == rules.emergency:
        return _("danger to life"), request.said_at, _("call the emergency number; nobody asks for approval"), 3
    if alarm is not None:
        return _("past its due time"), alarm[1], _("do it now or hand it over"), grave
    if request.has_appeal and request.appealed_at and request.appealed_at + _hours(rules.appeal_hours) < at:
        return _("an appeal without an answer"), request.appealed_at, _("somebody above answers it"), 2
    untold = request.state == Request.State.DECLINED and request.told_at is None
    if untold and request.decided_at and request.decided_at + _hours(rules.tell_hours) < at:
        return _("declined, and the resident does not know why"), request.decided_at, _("tell them the reason"), 2
    if request.state == Request.State.DONE and request.done_at and request.done_at + _hours(rules.confirm_hours) < at:
        return _("done, and nobody has asked the resident"), request.done_at, _("ask whether it is all right"), 1
    return None


def _messages(incident: Incident, at: datetime) -> Iterator[WatchRow]:
    rules = protocol.request_rules(incident.protocol)
    patience = timedelta(minutes=rules.message_minutes)
    grave = timedelta(minutes=protocol.level_of(incident.protocol, rules.emergency).unowned_minutes)
    late = Q(recorded_at__lte=at - patience) | Q(urgent=True, recorded_at__lte=at - grave)
    away = Q(state=Message.State.TAKEN) & ~Q(taken_by__available=True, taken_by__health="fit")
    waiting = Message.objects.filter(Q(state=Message.State.NEW) & late | away, incident=incident)
    for message in waiting.select_related("door__stair__building"):
        yield WatchRow(
            what=_("signs of danger to life in a message nobody has taken")
            if message.urgent
            else _("a message nobody has taken"),
            since=message.occurred_at,
            who_acts=_("desk worker"),
            next_step=_("take it"),
            subject=" · ".join(filter(None, (place_in_words(message.door), str(message.get_channel_display())))),
            url=reverse("desk:message", args=[message.pk]),
            level=3 if message.urgent else 2,
            door_id=message.door_id,
        )


def objects_without_holder(incident: Incident, at: datetime) -> list[WatchRow]:
    """Invariant 12: an object entrusted that nobody holds, or whose holder is away. One query."""
    held = EntrustedObject.objects.filter(incident=incident, state=EntrustedObject.State.HELD, given_at__lte=at)
    lost = held.filter(~Q(holder__available=True) | ~Q(holder__health="fit"))
    rows = []
    for thing in lost.select_related("holder", "door__stair__building").order_by("number")[:MOST]:
        holder = thing.holder.name if thing.holder else ""
        rows.append(
            WatchRow(
                what=_("its holder is away: %(name)s") % {"name": holder} if holder else _("nobody holds it"),
                since=thing.given_at,
                who_acts=_("desk worker"),
                next_step=_("find it, and write down who has it"),
                subject=f"{thing.get_kind_display()} {thing.number} · {place_in_words(thing.door)}",
                url=reverse("desk:object", args=[thing.pk]),
                level=3,
                door_id=thing.door_id,
            )
        )
    return rows


def subject_of(request: Request) -> str:
    """A request in a few words: number, need, door."""
    need = protocol.need_of(request.incident.protocol, request.need)
    parts = (f"#{request.number}", in_language(need.title) if need else request.need, place_in_words(request.door))
    return " · ".join(filter(None, parts))


def _duty(request: Request, at: datetime) -> str:
    """Whose duty it is where nobody owns it: the step of the ladder that is reached."""
    rules = protocol.request_rules(request.incident.protocol)
    ladder = rules.emergency_ladder if request.level == rules.emergency else rules.ladder
    reached = max(0, min(request.rung, len(ladder) - 1))
    return in_language(ladder[reached].title)


def _hours(hours: float) -> timedelta:
    return timedelta(hours=hours)
