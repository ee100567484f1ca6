"""A photo taken at a door: kept with its knock, taken away (storage.pictures makes it small and bare)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Member
from doorstep.errors import UserError
from doorstep.rounds.models import PhoneAct, Visit
from doorstep.rounds.visits import door_label
from doorstep.storage.pictures import place_of, stored_photo

FOLDER = "visits"


@transaction.atomic
def keep_photo(visit: Visit, data: bytes, *, by: Member | None, at: datetime) -> Visit:
    """Keep the photo of a knock. One that has its photo keeps it: sending it again changes nothing."""
    visit = Visit.objects.select_for_update().get(pk=visit.pk)
    if visit.photo:
        return visit
    visit.photo = stored_photo(data, FOLDER)
    visit.save(update_fields=["photo"])
    label = door_label(visit.door)
    journal.record("visit_photo", incident=visit.incident, subject=visit, by=by, occurred_at=at, label=label)
    return visit


@transaction.atomic
def keep_photo_aside(act: PhoneAct, data: bytes, *, at: datetime) -> PhoneAct:
    """Keep the photo of an act that was set aside, with what was said."""
    act = PhoneAct.objects.select_for_update().get(pk=act.pk)
    if "photo" not in act.said:
        act.said["photo"] = stored_photo(data, FOLDER)
        act.save(update_fields=["said"])
        journal.record("phone_act_photo", incident=act.incident, subject=act, occurred_at=at)
    return act


@transaction.atomic
def remove_photo(visit: Visit, *, reason: str, by: Member | None, at: datetime) -> Visit:
    """Take a photo away for good (a face is on it): never without a reason."""
    if not reason.strip():
        raise UserError(_("No reason is given."), field="reason", mend=_("Say why the photo is taken away."))
    visit = Visit.objects.select_for_update().get(pk=visit.pk)
    if not visit.photo:
        return visit
    place = place_of(visit.photo)
    visit.photo = ""
    visit.save(update_fields=["photo"])
    journal.record(
        "remove_visit_photo",
        incident=visit.incident,
        subject=visit,
        by=by,
        occurred_at=at,
        label=door_label(visit.door),
        reason=reason.strip()[:240],
    )
    transaction.on_commit(lambda: place.unlink(missing_ok=True))
    return visit
