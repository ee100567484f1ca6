"""Channels: added, tested, taken away. What an address says is written nowhere but in its seal."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Channel, Incident, Member, Organisation
from doorstep.command.sending import transports
from doorstep.command.sending.sealing import seal
from doorstep.errors import UserError


@transaction.atomic
def add_channel(
    to: Member | Organisation,
    kind: str,
    address: str,
    *,
    label: str,
    at: datetime,
    by: Member | None,
    incident: Incident | None = None,
    secret: str = "",
    least_urgency: int = 1,
) -> Channel:
    """Give a member or an organisation a channel. `secret` signs what a webhook gets."""
    address = address.strip()
    _check(kind, address, secret)
    facts: dict[str, Any] = {"address": address, "secret": secret} if kind != Channel.Kind.CONSOLE else {}
    whose = {"member": to} if isinstance(to, Member) else {"organisation": to}
    channel = Channel.objects.create(
        **whose,
        kind=kind,
        label=label.strip() or str(Channel.Kind(kind).label),
        sealed=seal(facts),
        least_urgency=least_urgency,
        created_at=at,
    )
    label = f"{to}: {channel.label}"
    journal.record("add_channel", incident=incident, subject=channel, by=by, occurred_at=at, label=label, kind=kind)
    return channel


@transaction.atomic
def remove_channel(channel: Channel, *, at: datetime, by: Member | None, incident: Incident | None = None) -> None:
    """Take a channel away, with its sealed address. What was sent by it stays on the page of messages."""
    whose = channel.member or channel.organisation
    label = f"{whose}: {channel.label}"
    journal.record("remove_channel", incident=incident, subject=channel, by=by, occurred_at=at, label=label)
    channel.delete()


def try_channel(channel: Channel, *, incident: Incident | None, at: datetime, by: Member | None) -> str:
    """Send a test. Returns "sent", "loopback" (an exercise sends nothing outward), or raises UserError with the reason."""
    if incident is not None and incident.clock_kind == Incident.ClockKind.EXERCISE:
        return "loopback"
    note = transports.Note(_("Test from Doorstep"), _("This channel works. Nothing is to be done."), "", 1)
    try:
        transports.send(channel, note, incident)
    except UserError as error:
        channel.tested_at, channel.test_error = at, str(error)[:240]
        channel.save(update_fields=["tested_at", "test_error"])
        raise
    channel.tested_at, channel.test_error = at, ""
    channel.save(update_fields=["tested_at", "test_error"])
    journal.record("test_channel", incident=incident, subject=channel, by=by, occurred_at=at, label=channel.label)
    return "sent"


def _check(kind: str, address: str, secret: str) -> None:
    if kind not in Channel.Kind.values:
        raise UserError(_("There is no such kind of channel."), field="kind", mend=_("Choose one of the list."))
    if kind == Channel.Kind.EMAIL:
        try:
            validate_email(address)
        except ValidationError as error:
            raise UserError(
                _("This is no e-mail address."), field="address", mend=_("Write it as name@place.cn.")
            ) from error
    elif kind == Channel.Kind.WEBHOOK:
        parts = urlsplit(address)
        if parts.scheme != "https" or not parts.hostname:
            raise UserError(
                _("A webhook needs an address that begins with https://."),
                field="address",
                mend=_("Check the address."),
            )
        if len(secret) < 16:
            raise UserError(
                _("The secret that signs is too short."), field="secret", mend=_("Give at least 16 characters.")
            )
    elif kind == Channel.Kind.APPRISE:
        transports.check_apprise(address)
