"""Telling: one line a person, one delivery a channel; read, answered, passed on to the next person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from doorstep.command import journal
from doorstep.command.events import Tell
from doorstep.command.models import (
    Channel,
    CommandPost,
    Delivery,
    Incident,
    Member,
    Organisation,
    Standing,
    Telling,
)
from doorstep.command.sending.jobs import queue

ANSWER_MINUTES = 15.0  # where the protocol has no activation block


@dataclass(frozen=True)
class Words:
    """What is told: `url` is the page that it leads to, without the site."""

    title: str
    body: str = ""
    url: str = ""
    urgency: int = 2


@transaction.atomic
def tell(
    incident: Incident,
    to: Iterable[Member | Organisation],
    words: Words,
    *,
    key: str,
    at: datetime,
    answer_by: datetime | None = None,
) -> list[Telling]:
    """Tell each one once a `key`. Where somebody has no channel, the page says that a telephone is needed."""
    told = []
    for one in to:
        whose = {"member": one} if isinstance(one, Member) else {"organisation": one, "member": None}
        facts = {
            "title": words.title[:200],
            "body": words.body,
            "url": words.url,
            "urgency": words.urgency,
            "at": at,
            "answer_by": answer_by,
        }
        telling, is_new = Telling.objects.get_or_create(incident=incident, key=key, **whose, defaults=facts)
        if is_new:
            _deliver(telling, incident)
        told.append(telling)
    return told


def _deliver(telling: Telling, incident: Incident) -> None:
    channels = list(_channels(telling))
    drill = incident.clock_kind != Incident.ClockKind.REAL
    if not channels or drill:
        state = Delivery.State.LOOPBACK if drill else Delivery.State.NOWHERE
        labels = [channel.label for channel in channels] or [""]
        Delivery.objects.bulk_create(Delivery(telling=telling, label=label, state=state) for label in labels)
        return
    real = timezone.now()
    for channel in channels:
        delivery = Delivery.objects.create(telling=telling, channel=channel, label=channel.label, next_at=real)
        queue(delivery.pk)


def _channels(telling: Telling) -> Iterable[Channel]:
    """The person's own channels, else those of the organisation; loud ones only for what is loud."""
    fitting = Channel.objects.filter(active=True, least_urgency__lte=telling.urgency)
    if telling.organisation_id:
        return fitting.filter(organisation=telling.organisation_id)
    own = fitting.filter(member=telling.member_id)
    if own or telling.member is None or telling.member.organisation_id is None:
        return own
    return fitting.filter(organisation=telling.member.organisation_id)


@transaction.atomic
def acknowledge(telling: Telling, *, at: datetime, by: Member | None) -> Telling:
    """Somebody says that they know. Saying it twice changes nothing."""
    if telling.acknowledged_at is None:
        telling.acknowledged_at = at
        telling.save(update_fields=["acknowledged_at"])
        incident = telling.incident
        journal.record("acknowledge", incident=incident, subject=telling, by=by, occurred_at=at, label=telling.title)
    return telling


@transaction.atomic
def pass_on(incident: Incident, *, at: datetime) -> int:
    """What asked for a word and got none goes to the next person. Doing it twice at one instant adds nothing."""
    silent = Telling.objects.filter(
        incident=incident, answer_by__lte=at, acknowledged_at=None, passed_on_at=None, member__isnull=False
    )
    passed = 0
    for telling in silent.select_related("member").order_by("pk"):
        telling.passed_on_at = at
        telling.save(update_fields=["passed_on_at"])
        to = _next_person(telling)
        if to is None:
            continue
        words = Words(telling.title, telling.body, telling.url, telling.urgency)
        tell(incident, [to], words, key=telling.key, at=at, answer_by=at + answer_time(incident))
        journal.record("pass_on", incident=incident, subject=telling, by=None, occurred_at=at, label=telling.title)
        passed += 1
    return passed


def _next_person(telling: Telling) -> Member | None:
    """The deputies of the posts that the silent one holds, then the commander and the deputy: whoever was not told yet."""
    told = set(Telling.objects.filter(incident=telling.incident_id, key=telling.key).values_list("member", flat=True))
    held = CommandPost.objects.filter(incident=telling.incident_id)
    mine = held.filter(holder=telling.member_id)
    order = [post.deputy_id for post in mine]
    order += Standing.objects.filter(post__in=mine.values("code")).values_list("member", flat=True)
    order += held.filter(role="commander").values_list("holder", flat=True)
    order += held.filter(Q(role="commander"), deputy__isnull=False).values_list("deputy", flat=True)
    fit = Member.objects.filter(available=True, health="fit").in_bulk([pk for pk in order if pk and pk not in told])
    return next((fit[pk] for pk in order if pk in fit), None)


def answer_time(incident: Incident) -> timedelta:
    """How long somebody may take to answer."""
    rules = incident.protocol.activation
    return timedelta(minutes=rules.answer_minutes if rules else ANSWER_MINUTES)


def follow_tell(event: Tell) -> None:
    """Another room asks to have somebody told."""
    incident = Incident.objects.get(pk=event.incident_id)
    words = Words(event.title, event.body, event.url, event.urgency)
    answer_by = event.at + answer_time(incident) if event.urgency >= 3 else None
    members = Member.objects.filter(pk__in=event.member_ids).select_related("organisation").order_by("pk")
    tell(incident, members, words, key=event.key, at=event.at, answer_by=answer_by)
