"""What lets us collect for a person: consent said aloud, a card, an old prescription, money (S92)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident, Member
from doorstep.desk.medicines.models import Authority
from doorstep.desk.models import EntrustedObject
from doorstep.errors import UserError
from doorstep.register.models import Person


@transaction.atomic
def give(
    person: Person,
    kind: str,
    *,
    incident: Incident,
    thing: EntrustedObject | None = None,
    note: str = "",
    at: datetime,
    by: Member | None,
) -> Authority:
    """The person lets us act for them with this. The same said again is the one there is."""
    if thing is not None and thing.household_id != person.household_id:
        raise UserError(_("This object is of another household."), field="thing", mend=_("Choose one of theirs."))
    same = Authority.objects.filter(incident=incident, person=person, kind=kind, thing=thing, ended_at=None).first()
    if same is not None:
        return same
    made = Authority.objects.create(
        incident=incident, person=person, kind=kind, thing=thing, note=note.strip()[:160], given_at=at, by=by
    )
    journal.record("authority_give", incident=incident, subject=person, by=by, occurred_at=at, label="", kind=kind)
    return made


@transaction.atomic
def end(authority: Authority, *, at: datetime, by: Member | None) -> Authority:
    """It counts no more: taken back, or given back with its object."""
    if authority.ended_at is None:
        authority.ended_at = at
        authority.save(update_fields=["ended_at"])
        journal.record(
            "authority_end", incident=authority.incident, subject=authority.person, by=by, occurred_at=at, label="",
            kind=authority.kind,
        )  # fmt: skip
    return authority
