"""Step 4: the household list read, its columns corrected, brought in, taken back; or an invented one."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.errors import UserError
from doorstep.exercise.make import make_district
from doorstep.firststeps.actions import state_buildings
from doorstep.firststeps.models import Setup
from doorstep.register import actions as register
from doorstep.register.lists.sites import FolderOfLists, read_folder
from doorstep.register.models import ListImport
from doorstep.register.sites import bring_places

SAMPLE_ROWS = 8


def read_list(
    setup: Setup, data: bytes, filename: str, *, at: datetime, mapping: dict[int, str] | None = None, invented: int = 0
) -> ListImport:
    """Preview a file; it takes the place of one that was only previewed. The register stays as it is."""
    before = setup.listimport
    preview = register.preview_list(data, filename, at=at, compound=setup.compound, by=_name(setup), mapping=mapping)
    with transaction.atomic():
        setup.listimport, setup.invented, setup.list_done = preview, invented, False
        setup.save(update_fields=["listimport", "invented", "list_done"])
        if before is not None and before.state == ListImport.State.PREVIEW:
            _forget(before)
    return preview


def read_again(setup: Setup, mapping: dict[int, str], *, at: datetime) -> ListImport:
    """Preview the same file with columns as somebody corrected them."""
    preview = _preview(setup)
    with preview.file.open("rb") as handle:
        data = handle.read()
    return read_list(setup, data, preview.filename, at=at, mapping=mapping, invented=setup.invented)


def invent_list(setup: Setup, households: int, *, at: datetime) -> ListImport:
    """Preview an invented list of so many households, with carriers to go with it."""
    with tempfile.TemporaryDirectory(prefix="doorstep-invented-") as folder:
        path = _invented(households, Path(folder)).lists[0]
        name = _("invented list, %(n)d households") % {"n": households}
        return read_list(setup, path.read_bytes(), f"{name}.xlsx", at=at, invented=households)


@transaction.atomic
def bring_list(setup: Setup, *, at: datetime) -> dict[str, int]:
    """Bring the previewed list in. Saying it twice brings it once."""
    setup = Setup.objects.select_for_update().get(pk=setup.pk)
    if setup.list_done and setup.listimport is not None:
        return dict(setup.listimport.counts)
    preview = _preview(setup)
    if not preview.counts.get("good"):
        raise UserError(
            _("No row of this list can go in."), field="list", mend=_("Correct the columns, or choose another file.")
        )
    assert setup.compound is not None
    if setup.invented:
        _bring_invented_places(setup)
    counts = register.apply_import(preview, at=at, by=_name(setup))
    setup.list_done = True
    setup.save(update_fields=["list_done"])
    state_buildings(setup)
    return counts


@transaction.atomic
def go_on(setup: Setup) -> None:
    """Take the households that the register has already."""
    setup.list_done = True
    setup.save(update_fields=["list_done"])
    state_buildings(setup)


@transaction.atomic
def take_back(setup: Setup, *, at: datetime) -> list[str]:
    """Undo the list that was brought in here, while nothing rests on it. Returns what stays."""
    if setup.area_id is not None:
        raise UserError(_("The area is in force."), field="list", mend=_("Take the list back in the register."))
    stays: list[str] = []
    if setup.listimport is not None and setup.listimport.state == ListImport.State.DONE:
        stays = register.undo_import(setup.listimport, at=at, by=_name(setup))
    elif setup.listimport is not None and setup.listimport.state == ListImport.State.PREVIEW:
        before, setup.listimport = setup.listimport, None
        setup.save(update_fields=["listimport"])
        _forget(before)
    setup.listimport, setup.list_done, setup.invented = None, False, 0
    setup.save(update_fields=["listimport", "list_done", "invented"])
    return stays


def sample() -> bytes:
    """A short list as XLSX in a form that is read without any correction; its people are invented."""
    with tempfile.TemporaryDirectory(prefix="doorstep-sample-") as folder:
        return _invented(SAMPLE_ROWS, Path(folder)).lists[0].read_bytes()


def invented_carriers(households: int) -> list[str]:
    """Carriers to go with an invented list; they have the whole window."""
    with tempfile.TemporaryDirectory(prefix="doorstep-invented-") as folder:
        rows = _invented(households, Path(folder)).carriers
    return [row.name for row in rows]


def _invented(households: int, folder: Path) -> FolderOfLists:
    make_district(households, 1, folder, compounds=1)
    return read_folder(folder)


def _bring_invented_places(setup: Setup) -> None:
    assert setup.compound is not None
    with tempfile.TemporaryDirectory(prefix="doorstep-invented-") as folder:
        made = _invented(setup.invented, Path(folder))
    stairs = tuple(replace(line, compound=setup.compound.name) for line in made.stairs)
    gates = tuple(replace(line, compound=setup.compound.name) for line in made.gates)
    bring_places(stairs, gates)


def _preview(setup: Setup) -> ListImport:
    if setup.listimport is None or setup.listimport.state != ListImport.State.PREVIEW:
        raise UserError(_("No list is waiting to be brought in."), field="list", mend=_("Choose the file first."))
    return setup.listimport


def _forget(preview: ListImport) -> None:
    for kept in (preview.file, preview.bad_file):
        if kept:
            kept.delete(save=False)
    preview.delete()


def _name(setup: Setup) -> str:
    return setup.started_by.name if setup.started_by else ""
