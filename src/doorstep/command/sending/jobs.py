"""The job runner's part: each delivery is tried, and tried again later where the other side did not take it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django_q.tasks import async_task

from doorstep.command.models import Channel, Delivery
from doorstep.command.sending import transports
from doorstep.errors import UserError

WAITS = (1, 2, 5, 15, 60)  # minutes before each further try; then it has failed
LEASE = timedelta(minutes=5)  # a try that was cut off is taken up again after this


def queue(pk: int) -> None:
    """Have the job runner send one delivery as soon as the act is stored."""
    transaction.on_commit(lambda: async_task("doorstep.command.sending.jobs.deliver", pk, task_name=f"tell-{pk}"))


def deliver(pk: int, real: datetime | None = None) -> str:
    """Try one delivery that is due. Returns its state; whoever comes second finds it taken."""
    now = real or timezone.now()
    due = Delivery.objects.filter(pk=pk, state=Delivery.State.WAITING, next_at__lte=now)
    if not due.update(next_at=now + LEASE, attempts=F("attempts") + 1):
        return ""
    delivery = Delivery.objects.select_related("channel", "telling__incident").get(pk=pk)
    channel, telling = delivery.channel, delivery.telling
    if channel is None or not channel.active:
        return _ended(delivery, Delivery.State.FAILED, now, "–")
    try:
        transports.send(channel, _note(delivery), telling.incident)
    except transports.ExerciseError:
        return _ended(delivery, Delivery.State.LOOPBACK, now, "")
    except UserError as error:
        if delivery.attempts > len(WAITS):
            return _ended(delivery, Delivery.State.FAILED, now, str(error))
        wait = timedelta(minutes=WAITS[delivery.attempts - 1])
        Delivery.objects.filter(pk=pk).update(next_at=now + wait, error=str(error)[:240])
        return Delivery.State.WAITING
    return _ended(delivery, Delivery.State.SENT, now, "")


def retry(real: datetime | None = None) -> int:
    """Every delivery whose time has come. Returns how many were tried."""
    now = real or timezone.now()
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING, next_at__lte=now).order_by("next_at", "pk")
    return sum(bool(deliver(pk, now)) for pk in waiting.values_list("pk", flat=True)[:500])


def schedule() -> None:
    """Have the job runner look each minute. Saying it twice adds nothing."""
    from django_q.models import Schedule

    Schedule.objects.update_or_create(
        name="tell",
        defaults={"func": "doorstep.command.sending.jobs.retry", "schedule_type": Schedule.MINUTES, "minutes": 1},
    )


def _ended(delivery: Delivery, state: str, now: datetime, error: str) -> str:
    sent = now if state == Delivery.State.SENT else None
    Delivery.objects.filter(pk=delivery.pk).update(state=state, sent_at=sent, error=error[:240], next_at=None)
    return state


def _note(delivery: Delivery) -> transports.Note:
    telling = delivery.telling
    url = telling.url
    if url.startswith("/"):
        url = f"{settings.SITE}{url}" if settings.SITE else ""
    public = delivery.channel is not None and delivery.channel.kind != Channel.Kind.CONSOLE
    return transports.Note(telling.title, telling.body if public else "", url, telling.urgency)
