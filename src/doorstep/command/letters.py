"""The letter to residents: written in versions, never changed once written."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident, Member, Notice
from doorstep.errors import UserError

LANGUAGES = ("zh-hans", "en")


@transaction.atomic
def write_letter(
    incident: Incident,
    texts: dict[str, dict[str, str]],
    *,
    at: datetime,
    by: Member | None = None,
    kind: str = Notice.Kind.LETTER,
) -> Notice:
    """Write a new version. Chinese is needed; other languages where residents read them."""
    kept = {
        language: {"title": text.get("title", "").strip(), "body": text.get("body", "").strip()}
        for language, text in texts.items()
        if text.get("body", "").strip()
    }
    if not kept.get(LANGUAGES[0], {}).get("body"):
        raise UserError(
            _("The letter has no Chinese text."), field="zh_body", mend=_("Write it in a few short sentences.")
        )
    last = Notice.objects.filter(incident=incident, kind=kind).aggregate(Max("version"))["version__max"] or 0
    letter = Notice.objects.create(incident=incident, kind=kind, version=last + 1, texts=kept, created_at=at)
    journal.record("write_letter", incident=incident, subject=letter, by=by, occurred_at=at, label=f"{letter}")
    return letter
