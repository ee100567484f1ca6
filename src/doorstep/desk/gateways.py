"""Messages that programs bring: each request is signed, of now, and counted once by the sender's own id."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident, Member, Organisation
from doorstep.desk import messages, suggesting
from doorstep.desk.arriving import arrive
from doorstep.desk.models import Channel, Gateway, Message
from doorstep.desk.places import Place
from doorstep.desk.rules import defaults
from doorstep.errors import NotAllowedError, UserError
from doorstep.register.models import Door
from doorstep.register.search import doors_called

MOST_BYTES = 64 * 1024
CHANNELS = (Channel.SMS, Channel.CHAT, Channel.EMAIL, Channel.PAGE)


@dataclass(frozen=True)
class Signed:
    """One request of a gateway as it came: the headers and the body."""

    key: str
    time: str
    signature: str
    body: bytes


@transaction.atomic
def make(
    incident: Incident,
    name: str,
    *,
    at: datetime,
    by: Member | None,
    organisation: Organisation | None = None,
    channel: str = Channel.SMS,
) -> Gateway:
    """Give somebody's program a key."""
    if not name.strip():
        raise UserError(_("The gateway has no name."), field="name", mend=_("Say whose it is."))
    made = Gateway.objects.create(
        incident=incident,
        organisation=organisation,
        name=name.strip()[:80],
        channel=channel if channel in CHANNELS else Channel.SMS,
        key=token_hex(8),
        nonce=token_hex(16),
        made_at=at,
        made_by=by,
    )
    journal.record("make_gateway", incident=incident, subject=made, by=by, occurred_at=at, label=made.name)
    return made


@transaction.atomic
def revoke(gateway: Gateway, *, at: datetime, by: Member | None) -> Gateway:
    """Take a key back for good."""
    if gateway.revoked_at is None:
        gateway.revoked_at = at
        gateway.save(update_fields=["revoked_at"])
        journal.record(
            "revoke_gateway", incident=gateway.incident, subject=gateway, by=by, occurred_at=at, label=gateway.name
        )
    return gateway


def secret_of(gateway: Gateway) -> str:
    """The secret that both sides sign with."""
    said = f"gateway:{gateway.key}:{gateway.nonce}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), said, hashlib.sha256).hexdigest()


def sign(secret: str, time: str, body: bytes) -> str:
    """HMAC-SHA256 over the time, a dot and the body, as hexadecimal digits."""
    return hmac.new(secret.encode(), time.encode() + b"." + body, hashlib.sha256).hexdigest()


def checked(signed: Signed, *, real_now: datetime) -> Gateway:
    """The gateway that signed a request. Raises NotAllowedError, the same for every fault, so that nobody can guess."""
    gateway = Gateway.objects.select_related("incident").filter(key=signed.key, revoked_at=None).first()
    refused = NotAllowedError(
        _("The signature does not fit."),
        field="X-Doorstep-Signature",
        mend=_("Check key, secret and clock; see the page of the gateway."),
    )
    secret = secret_of(gateway) if gateway else "0" * 64
    fits = hmac.compare_digest(sign(secret, signed.time, signed.body), signed.signature.lower())
    window = timedelta(minutes=defaults()["gateway_window_minutes"]).total_seconds()
    plain = signed.time.isascii() and signed.time.isdigit() and len(signed.time) <= 12
    of_now = plain and abs(int(signed.time) - real_now.timestamp()) <= window
    if gateway is None or not fits or not of_now or gateway.incident.state != Incident.State.OPEN:
        raise refused
    return gateway


@transaction.atomic
def bring(gateway: Gateway, body: bytes, *, at: datetime, real_now: datetime) -> tuple[Message, bool]:
    """Keep the message of a signed request: (message, whether it is new)."""
    given = _fields(body)
    text, sender_id = str(given.get("text", "")), str(given.get("id", "")).strip()
    if not sender_id:
        raise UserError(_("The message has no id."), field="id", mend=_("Send the sender's own id of it."))
    named = next((one.door for one in suggesting.proposals(text, gateway.incident) if one.door), "")
    place = _place(gateway.incident, str(given.get("door", "")) or named)
    said = messages.Said(
        gateway.channel,
        text,
        _when(gateway.incident, given.get("at"), at, real_now),
        door=place.door if place else None,
        household=place.household if place else None,
        sender=str(given.get("name", "")),
        contact=str(given.get("from", "")),
        external_id=f"{gateway.key}:{sender_id}"[:160],
    )
    message, is_new = arrive(gateway.incident, said, at=at)
    if is_new:
        Gateway.objects.filter(pk=gateway.pk).update(last_at=at, messages_brought=F("messages_brought") + 1)
    return message, is_new


def _fields(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UserError(_("This is not JSON."), field="body", mend=_("Send one object in UTF-8.")) from error
    if not isinstance(given, dict):
        raise UserError(_("This is not a JSON object."), field="body", mend=_("Send one object in UTF-8."))
    return given


def _when(incident: Incident, given: Any, at: datetime, real_now: datetime) -> datetime:
    """When it was said. An exercise has its own time, so that only the way back from now counts there."""
    said = parse_datetime(given) if isinstance(given, str) else None
    if said is None or said.tzinfo is None or said > real_now:
        return at
    return at - min(real_now - said, timedelta(days=7))


def _place(incident: Incident, words: str) -> Place | None:
    """The one door of the incident's areas that an address means."""
    if not words.strip():
        return None
    bound = Door.objects.filter(pk__in=Door.objects.filter(area_doors__area__incident=incident).values("pk"))
    ranked = doors_called(words[:80], bound)
    best = [door for rank, door in ranked if rank == ranked[0][0]] if ranked else []
    if len(best) != 1:
        return None
    return Place(best[0], best[0].households.filter(active=True).order_by("pk").first(), None, "")
