"""Photos and voice files that come with a message: kept privately, each look at one in the journal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Member
from doorstep.desk.models import Message
from doorstep.desk.rules import defaults
from doorstep.errors import UserError
from doorstep.storage.pictures import is_voice, place_of, stored_photo, stored_voice

FOLDER = "messages"
TYPES = {
    "jpg": "image/jpeg",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "wav": "audio/wav",
    "webm": "audio/webm",
    "amr": "audio/amr",
}


def keep_sent(upload: Any) -> tuple[str, str]:
    """Keep a photo or a voice file as large as phones make them, known by what it is and not by its name: (name, its kind)."""
    most = defaults()["page_photo_mb"] * 1024 * 1024
    if upload.size > most:
        raise UserError(_("The file is too large."), field="file", mend=_("Send a smaller one, or call us."))
    data = upload.read()
    if is_voice(data):
        return stored_voice(data, FOLDER), "voice"
    try:
        return stored_photo(data, FOLDER, most), "photo"
    except UserError as refused:
        mend = _("Send a photo, or a voice file as mp3, m4a, ogg, wav, amr or webm.")
        raise UserError(_("This file cannot be read."), field="file", mend=mend) from refused


def read_file(message: Message, *, by: Member | None, at: datetime) -> tuple[bytes, str]:
    """The file of a message with its type. Who looked and when stands in the journal. Raises UserError where it is gone."""
    place = place_of(message.attachment)
    if not message.attachment or not place.exists():
        raise UserError(_("The file is not there any more."), field="file", mend=_("Ask for it again."))
    journal.record("read_attachment", incident=message.incident, subject=message, by=by, occurred_at=at)
    return place.read_bytes(), TYPES.get(place.suffix.lstrip("."), "application/octet-stream")


@transaction.atomic
def remove_file(message: Message, *, reason: str, by: Member | None, at: datetime) -> Message:
    """Take a file away for good: never without a reason."""
    if not reason.strip():
        raise UserError(_("No reason is given."), field="reason", mend=_("Say why the file is taken away."))
    message = Message.objects.select_for_update().get(pk=message.pk)
    if message.attachment:
        place = place_of(message.attachment)
        message.attachment = message.attachment_kind = ""
        message.save(update_fields=["attachment", "attachment_kind"])
        reason = reason.strip()[:240]
        journal.record(
            "remove_attachment", incident=message.incident, subject=message, by=by, occurred_at=at, reason=reason
        )
        transaction.on_commit(lambda: place.unlink(missing_ok=True))
    return message
