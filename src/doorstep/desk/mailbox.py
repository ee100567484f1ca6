"""Letters of one mailbox come to the desk: fetched each minute by the job runner where DOORSTEP_IMAP names one."""

from __future__ import annotations

import imaplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.utils import timezone

from doorstep.command.models import Incident
from doorstep.desk.arriving import arrive
from doorstep.desk.intake import read_mail
from doorstep.desk.messages import Said
from doorstep.desk.models import Channel
from doorstep.errors import FaultError, UserError

MOST = 50  # letters at once: the next minute brings the rest
SECONDS = 20


def fetch(real: datetime | None = None, *, connect: Callable[..., Any] = imaplib.IMAP4_SSL) -> int:
    """Bring the unread letters of the mailbox to the newest open incident. Returns how many were new.

    A letter is marked as read only when it is kept. It counts once by its Message-ID, so that a broken line loses none.
    """
    incident = Incident.objects.filter(state=Incident.State.OPEN).order_by("-trigger_at", "-pk").first()
    if not settings.DESK_IMAP or incident is None:
        return 0
    now = real or timezone.now()
    new = 0
    with _mailbox(settings.DESK_IMAP, connect) as box:
        for number in _unread(box)[:MOST]:
            _state, parts = box.fetch(number, "(BODY.PEEK[])")
            data = next((part[1] for part in parts if isinstance(part, tuple)), b"")
            new += _keep(incident, data, now)
            box.store(number, "+FLAGS", r"(\Seen)")
    return new


def _keep(incident: Incident, data: bytes, now: datetime) -> bool:
    line = read_mail(data).lines[0]
    at = incident.clock.now(now)
    sent = line.at if line.at is not None and line.at <= now else now
    said = Said(
        Channel.EMAIL,
        line.text,
        at - min(now - sent, timedelta(days=7)),
        sender=line.sender,
        contact=line.contact,
        external_id=line.external_id,
    )
    try:
        return arrive(incident, said, at=at)[1]
    except UserError:  # an empty letter says nothing that could be lost
        return False


def _unread(box: Any) -> list[str]:
    _state, found = box.search(None, "UNSEEN")
    return [number.decode() for number in (found[0] or b"").split()]


@contextmanager
def _mailbox(address: str, connect: Callable[..., Any]) -> Iterator[Any]:
    """The folder of imaps://user:secret@host:993/INBOX, open; it is left in any case."""
    parts = urlsplit(address)
    if parts.scheme != "imaps" or not parts.hostname or not parts.username:
        raise FaultError("DOORSTEP_IMAP must look like imaps://user:secret@host:993/INBOX")
    try:
        box = connect(parts.hostname, parts.port or 993, timeout=SECONDS)
        box.login(unquote(parts.username), unquote(parts.password or ""))
        box.select(unquote(parts.path.strip("/")) or "INBOX")
    except (OSError, imaplib.IMAP4.error) as error:
        raise FaultError(f"The mailbox of DOORSTEP_IMAP cannot be opened: {error}") from error
    try:
        yield box
    finally:
        box.logout()


def schedule() -> None:
    """Have the job runner look each minute, where a mailbox is named. Saying it twice adds nothing."""
    from django_q.models import Schedule

    if settings.DESK_IMAP:
        Schedule.objects.update_or_create(
            name="mailbox",
            defaults={"func": "doorstep.desk.mailbox.fetch", "schedule_type": Schedule.MINUTES, "minutes": 1},
        )
    else:
        Schedule.objects.filter(name="mailbox").delete()
