"""What happened to a request, written down twice: in its own list with the words, in the journal without them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from doorstep.command import journal
from doorstep.command.models import Member
from doorstep.desk.models import Request, RequestEvent


def note(
    request: Request,
    act: str,
    *,
    at: datetime,
    by: Member | None,
    words: str = "",
    for_resident: bool = False,
    **data: Any,
) -> RequestEvent:
    """Write one event of a request. `words` may name people, so that the journal does not get them."""
    event = RequestEvent.objects.create(
        request=request,
        act=act,
        at=at,
        by=by,
        by_label=by.name if by else "",
        words=words.strip(),
        for_resident=for_resident,
        data=data,
    )
    label = f"#{request.number}"
    journal.record(
        f"request_{act}", incident=request.incident, subject=request, by=by, occurred_at=at, label=label, **data
    )
    return event


def locked(request: Request) -> Request:
    """The request as it is now, held for this transaction: two people who press at once come one after the other."""
    Request.objects.select_for_update().filter(pk=request.pk).first()
    request.refresh_from_db()
    return request
