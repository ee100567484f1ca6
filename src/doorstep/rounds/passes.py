"""A pass opens a carrier's own rounds on one phone, with or without an account: made, found, ended."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident, Member
from doorstep.errors import UserError
from doorstep.rounds.models import PhonePass, Round, RoundPlan
from doorstep.rounds.queries import STILL_WALKED

HEARD_EVERY = timedelta(seconds=30)
STILL_HERE = Q(carrier=None) | Q(carrier__user=None) | Q(carrier__user__is_active=True)  # no account that was closed


@transaction.atomic
def make_pass(
    incident: Incident, carrier: Member | None, name: str, *, by: Member | None, at: datetime
) -> tuple[PhonePass, str]:
    """Make a pass: (what is kept, the secret). The secret is shown once and kept nowhere."""
    name = carrier.name if carrier else name.strip()
    if not name:
        raise UserError(_("Nobody is named."), field="carrier", mend=_("Choose the round of a carrier."))
    secret = secrets.token_urlsafe(24)
    made = PhonePass.objects.create(
        incident=incident,
        carrier=carrier,
        carrier_name=name[:80],
        digest=digest(secret),
        made_at=at,
        made_by=by,
        expires_at=lives_until(incident, carrier, name, at),
    )
    journal.record("make_phone_pass", incident=incident, subject=made, by=by, occurred_at=at, label=made.carrier_name)
    return made, secret


@transaction.atomic
def end_pass(phone: PhonePass, *, by: Member | None, at: datetime) -> PhonePass:
    """End a pass at once. Saying it twice changes nothing."""
    if phone.ended_at is None:
        phone.ended_at = at
        phone.save(update_fields=["ended_at"])
        label = phone.carrier_name
        journal.record("end_phone_pass", incident=phone.incident, subject=phone, by=by, occurred_at=at, label=label)
    return phone


def find_pass(secret: str, real: datetime) -> PhonePass | None:
    """The pass that this secret opens at this real instant; None for one that is ended, over or unknown. One query.

    A pass that would be over lives on where its carrier was given a later round.
    """
    found = PhonePass.objects.filter(STILL_HERE, digest=digest(secret), ended_at=None)
    phone = found.select_related("incident", "carrier").first() if secret else None
    if phone is None:
        return None
    at = phone.incident.clock.now(real)
    if phone.expires_at > at:
        return phone
    later = _last_window(phone.incident, phone.carrier, phone.carrier_name)
    if later is None or later + STILL_WALKED <= at:
        return None
    phone.expires_at = later + STILL_WALKED
    phone.save(update_fields=["expires_at"])
    return phone


def heard(phone: PhonePass, at: datetime) -> None:
    """Note that the phone spoke, at most twice a minute."""
    if phone.heard_at is None or abs(at - phone.heard_at) > HEARD_EVERY:
        PhonePass.objects.filter(pk=phone.pk).update(heard_at=at)
        phone.heard_at = at


def lives_until(incident: Incident, carrier: Member | None, name: str, at: datetime) -> datetime:
    """Until when a pass of this carrier opens: the end of the last window in which they walk, and a while."""
    return max(_last_window(incident, carrier, name) or at, at) + STILL_WALKED


def rounds_of_carrier(incident: Incident, carrier: Member | None, name: str) -> QuerySet[Round]:
    """Every round that this carrier was ever given in the incident."""
    return Round.objects.filter(whose(carrier, name), plan__incident=incident)


def whose(carrier: Member | None, name: str, before: str = "") -> Q:
    """The rounds of a member, or of a helper known by name; `before` leads from another table to the round."""
    if carrier is not None:
        return Q(**{f"{before}carrier": carrier})
    return Q(**{f"{before}carrier": None, f"{before}carrier_name": name})


def passes_in(incident: Incident) -> QuerySet[PhonePass]:
    """The passes of an incident, the newest first."""
    return PhonePass.objects.filter(incident=incident).select_related("carrier", "made_by")


def digest(secret: str) -> str:
    """What is kept of a secret. It has 192 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _last_window(incident: Incident, carrier: Member | None, name: str) -> datetime | None:
    walks = rounds_of_carrier(incident, carrier, name).filter(out=False, plan__state=RoundPlan.State.READY)
    last: datetime | None = walks.aggregate(last=Max("plan__ends_at"))["last"]
    return last
