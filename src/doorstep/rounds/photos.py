"""A photo taken at a door: made small, freed of all that a camera writes into it, kept with its knock, taken away."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from secrets import token_hex

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from doorstep.command import journal
from doorstep.command.models import Member
from doorstep.errors import UserError
from doorstep.rounds.models import PhoneAct, Visit
from doorstep.rounds.visits import door_label

MOST_BYTES = 2 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST = 1280  # pixels of the longer side
QUALITY = 80
FOLDER = "visits"
FORMATS = ("JPEG", "PNG", "WEBP")


def cleaned(data: bytes) -> bytes:
    """The picture as a small JPEG, upright, without place, time, device or comment. Raises UserError for no picture."""
    if len(data) > MOST_BYTES:
        raise UserError(_("The photo is too large."), field="photo", mend=_("Take it again with the app's camera."))
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise ValueError("too many pixels")
            opened.draft("RGB", (LONGEST, LONGEST))
            upright = ImageOps.exif_transpose(opened).convert("RGB")
            upright.thumbnail((LONGEST, LONGEST))
            bare = Image.new("RGB", upright.size)  # a new picture: what is not a pixel stays behind
            bare.paste(upright)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        mend = _("Take it again with the app's camera.")
        raise UserError(_("This is no picture that can be read."), field="photo", mend=mend) from error
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


@transaction.atomic
def keep_photo(visit: Visit, data: bytes, *, by: Member | None, at: datetime) -> Visit:
    """Keep the photo of a knock. One that has its photo keeps it: sending it again changes nothing."""
    visit = Visit.objects.select_for_update().get(pk=visit.pk)
    if visit.photo:
        return visit
    visit.photo = _stored(data)
    visit.save(update_fields=["photo"])
    label = door_label(visit.door)
    journal.record("visit_photo", incident=visit.incident, subject=visit, by=by, occurred_at=at, label=label)
    return visit


@transaction.atomic
def keep_photo_aside(act: PhoneAct, data: bytes, *, at: datetime) -> PhoneAct:
    """Keep the photo of an act that was set aside, with what was said."""
    act = PhoneAct.objects.select_for_update().get(pk=act.pk)
    if "photo" not in act.said:
        act.said["photo"] = _stored(data)
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


def place_of(name: str) -> Path:
    """Where a photo lies."""
    return Path(settings.MEDIA_ROOT) / name


def _stored(data: bytes) -> str:
    """Write the cleaned picture under a name that nobody guesses; whole or not at all."""
    picture, name = cleaned(data), f"{FOLDER}/{token_hex(1)}/{token_hex(16)}.jpg"
    place = place_of(name)
    place.parent.mkdir(parents=True, exist_ok=True)
    half = place.with_suffix(".part")
    half.write_bytes(picture)
    half.rename(place)
    return name
