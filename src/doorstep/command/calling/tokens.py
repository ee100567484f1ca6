"""The link by which somebody answers a call without an account: signed, for one call only, for a week."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing
from django.urls import reverse

from doorstep.command.models import Call

SALT = "doorstep.command.call"
LONGEST = timedelta(days=7)


def answer_url(call: Call) -> str:
    """The address of the page on which the one who is called answers."""
    return reverse("command:call_answer", args=[signing.dumps(call.pk, salt=SALT)])


def call_of(token: str) -> Call | None:
    """The call that a link names; None for a wrong link, an old one or one whose call is gone."""
    try:
        pk = signing.loads(token, salt=SALT, max_age=LONGEST)
    except signing.BadSignature:
        return None
    return Call.objects.select_related("callout__incident", "callout__post", "member").filter(pk=pk).first()
