"""Personal tokens: issued once, shown once, revoked at any time. Each act is journalled."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident, Member
from doorstep.errors import UserError
from doorstep.web.models import ApiToken

MARK = "door_"
SEEN_EVERY = timedelta(hours=1)


@transaction.atomic
def issue(
    member: Member, label: str, *, days: int | None, at: datetime, incident: Incident | None = None
) -> tuple[ApiToken, str]:
    """Make a token: (what is kept, the secret). The secret is shown once and kept nowhere."""
    if not label.strip():
        raise UserError(_("The token has no name."), field="label", mend=_("Say which program will use it."))
    secret = MARK + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        member=member,
        label=label.strip()[:80],
        digest=digest(secret),
        created_at=at,
        expires_at=at + timedelta(days=days) if days else None,
    )
    journal.record("issue_token", incident=incident, subject=token, by=member, occurred_at=at, label=token.label)
    return token, secret


@transaction.atomic
def revoke(token: ApiToken, *, by: Member, at: datetime, incident: Incident | None = None) -> ApiToken:
    """End a token at once. Saying it twice changes nothing."""
    if token.revoked_at is None:
        token.revoked_at = at
        token.save(update_fields=["revoked_at"])
        journal.record("revoke_token", incident=incident, subject=token, by=by, occurred_at=at, label=token.label)
    return token


def token_of(secret: str, at: datetime) -> ApiToken | None:
    """The token in force that this secret opens, its last use noted once an hour; None for any other."""
    found = (
        ApiToken.objects.filter(digest=digest(secret), revoked_at=None, member__user__is_active=True)
        .filter(Q(expires_at=None) | Q(expires_at__gt=at))
        .select_related("member__user", "member__organisation")
        .first()
    )
    if found and (found.last_used_at is None or at - found.last_used_at > SEEN_EVERY):
        ApiToken.objects.filter(pk=found.pk).update(last_used_at=at)
    return found


def digest(secret: str) -> str:
    """What is kept of a secret. It has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()
