"""Archives as jobs: asked for with a purpose, written in the background, taken along by who may; brought in."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django_q.tasks import async_task

from doorstep.command import journal
from doorstep.command.models import Incident, Member
from doorstep.errors import UserError
from doorstep.report.archive.reading import bring_in
from doorstep.report.archive.writing import Asked, write_archive
from doorstep.report.models import Crossing
from doorstep.storage.pictures import place_of

FOLDER = "archives"
FAILED = gettext_noop("The archive could not be written. The log says why.")
NOT_IN = gettext_noop("The archive could not be brought in. The log says why.")


@transaction.atomic
def ask_export(
    incident: Incident, *, purpose: str, names: bool, client_id: UUID, at: datetime, by: Member | None
) -> Crossing:
    """Ask for the whole incident as an archive; the journal keeps who, when and what for. The same asking asks once."""
    there = Crossing.objects.filter(client_id=client_id).first()
    if there is not None:
        return there
    if not purpose.strip():
        raise UserError(_("The purpose is missing."), field="purpose", mend=_("Write who will have it and why."))
    crossing = Crossing.objects.create(
        client_id=client_id,
        way=Crossing.Way.OUT,
        incident=incident,
        purpose=purpose.strip(),
        names=names,
        by=by,
        by_label=by.name if by else "",
        asked_at=at,
    )
    journal.record(
        "export_incident",
        incident=incident,
        subject=crossing,
        by=by,
        occurred_at=at,
        label=incident.name,
        purpose=crossing.purpose,
        names=names,
    )
    _soon("write", crossing)
    return crossing


@transaction.atomic
def ask_import(content: bytes, *, purpose: str, client_id: UUID, at: datetime, by: Member | None) -> Crossing:
    """Keep an archive of elsewhere and have it brought in. The same asking brings it once."""
    there = Crossing.objects.filter(client_id=client_id).first()
    if there is not None:
        return there
    name = f"{FOLDER}/{token_hex(16)}.zip"
    place = place_of(name)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    crossing = Crossing.objects.create(
        client_id=client_id,
        way=Crossing.Way.IN,
        purpose=purpose.strip(),
        file=name,
        size=len(content),
        by=by,
        by_label=by.name if by else "",
        asked_at=at,
    )
    _soon("read", crossing)
    return crossing


def _soon(job: str, crossing: Crossing) -> None:
    name = f"archive-{job}-{crossing.pk}"
    target = f"doorstep.report.archive.crossings.{job}"
    transaction.on_commit(lambda: async_task(target, crossing.pk, task_name=name))


def write(pk: int) -> None:
    """The job that writes an archive. One that was cut off is written again from the start."""
    crossing = Crossing.objects.select_related("incident").get(pk=pk)
    if crossing.incident is None or crossing.state not in (Crossing.State.QUEUED, Crossing.State.RUNNING):
        return
    _mark(crossing, state=Crossing.State.RUNNING, progress=0.0)
    name = f"{FOLDER}/{token_hex(16)}.zip"
    place = place_of(name)
    place.parent.mkdir(parents=True, exist_ok=True)
    asked = Asked(crossing.by_label, timezone.now(), crossing.purpose, crossing.names)
    half = place.with_suffix(".part")
    try:
        manifest = write_archive(crossing.incident, half, asked, told=_teller(crossing))
    except Exception:
        half.unlink(missing_ok=True)
        _mark(crossing, state=Crossing.State.FAILED, error=FAILED)
        raise
    half.rename(place)
    rows = sum(table["rows"] for table in manifest["tables"].values())
    done = {"file": name, "digest": _digest(place), "size": place.stat().st_size, "rows": rows}
    _mark(crossing, state=Crossing.State.READY, progress=1.0, done_at=crossing.incident.now(), **done)


def read(pk: int) -> None:
    """The job that brings an archive in; what is wrong with it is kept beside it."""
    crossing = Crossing.objects.select_related("by").get(pk=pk)
    if crossing.state not in (Crossing.State.QUEUED, Crossing.State.RUNNING):
        return
    _mark(crossing, state=Crossing.State.RUNNING, progress=0.0)
    path = place_of(crossing.file)
    try:
        brought = bring_in(path, at=timezone.now(), by=crossing.by, purpose=crossing.purpose, told=lambda done: None)
    except UserError as error:
        said = f"{error.message} {error.mend}".strip()
        _mark(crossing, state=Crossing.State.FAILED, error=said, done_at=timezone.now(), file="")
        path.unlink(missing_ok=True)
        return
    except Exception:
        _mark(crossing, state=Crossing.State.FAILED, error=NOT_IN)
        raise
    facts = {"incident": brought.incident, "rows": brought.rows, "digest": _digest(path), "file": ""}
    _mark(crossing, state=Crossing.State.READY, progress=1.0, done_at=timezone.now(), **facts)
    path.unlink(missing_ok=True)


def taken(crossing: Crossing, *, at: datetime, by: Member | None) -> bytes:
    """The archive for who takes it along; the journal keeps that."""
    if crossing.state != Crossing.State.READY or not crossing.file or not place_of(crossing.file).is_file():
        raise UserError(_("This archive is not there."), field="archive", mend=_("Ask for it again."))
    label = crossing.incident.name if crossing.incident else ""
    facts = {"digest": crossing.digest, "names": crossing.names}
    journal.record(
        "take_archive", incident=crossing.incident, subject=crossing, by=by, occurred_at=at, label=label, **facts
    )
    return place_of(crossing.file).read_bytes()


def _teller(crossing: Crossing) -> Callable[[float], None]:
    said = [0.0]

    def tell(done: float) -> None:
        if time.monotonic() - said[0] > 1:
            said[0] = time.monotonic()
            _mark(crossing, progress=round(done, 2))

    return tell


def _mark(crossing: Crossing, **facts: object) -> None:
    for name, value in facts.items():
        setattr(crossing, name, value)
    crossing.save(update_fields=list(facts))


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
