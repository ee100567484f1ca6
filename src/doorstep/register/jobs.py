"""Long lists read and brought in by the job runner; short ones at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop
from django_q.tasks import async_task

from doorstep.errors import UserError
from doorstep.register import actions
from doorstep.register.models import ListImport

AT_ONCE = 400_000  # bytes: some 5,000 rows, read in about a second
UNKNOWN = gettext_noop("This list could not be worked on.")
TELL = gettext_noop("Tell the operator; the log says why.")


def read_soon(preview: ListImport, mapping: dict[int, str] | None = None) -> None:
    """Hand a kept file to the job runner once this transaction is written."""
    actions.mark_waiting(preview, ListImport.State.QUEUED)
    columns = {str(column): name for column, name in mapping.items()} if mapping else None
    _soon("read_list", preview.pk, columns)


def bring_soon(preview: ListImport, *, at: datetime) -> None:
    """Let the job runner bring a previewed list in."""
    actions.mark_waiting(preview, ListImport.State.APPLYING)
    _soon("bring_list", preview.pk, at.isoformat())


def _soon(job: str, pk: int, *arguments: Any) -> None:
    name = f"{job}-{pk}"
    transaction.on_commit(lambda: async_task(f"doorstep.register.jobs.{job}", pk, *arguments, task_name=name))


def read_list(pk: int, columns: dict[str, str] | None = None) -> None:
    """Read a waiting list. What the user can mend is kept with it, a fault too, and raised again for the log."""
    preview = ListImport.objects.get(pk=pk)
    if preview.state not in (ListImport.State.QUEUED, ListImport.State.READING):
        return
    actions.mark_waiting(preview, ListImport.State.READING)
    with _kept(preview, ListImport.State.FAILED):
        mapping = {int(column): name for column, name in columns.items()} if columns else None
        with preview.file.open("rb") as handle:
            data = handle.read()
        actions.fill_preview(preview, data, mapping=mapping, ask_columns=True)


def bring_list(pk: int, at: str) -> None:
    """Bring a list in, in one transaction; where that fails nothing has changed and it is a preview again."""
    preview = ListImport.objects.get(pk=pk)
    if preview.state != ListImport.State.APPLYING:
        return
    with _kept(preview, ListImport.State.PREVIEW):
        preview.state = ListImport.State.PREVIEW
        actions.apply_import(preview, at=datetime.fromisoformat(at), by=preview.by, by_id=preview.by_member)


@contextmanager
def _kept(preview: ListImport, state: str) -> Iterator[None]:
    """Keep an error with the list that it befell."""
    try:
        yield
    except Exception as error:
        told = error if isinstance(error, UserError) else UserError(UNKNOWN, mend=TELL)
        ListImport.objects.filter(pk=preview.pk).update(state=state, error=actions.error_kept(told))
        if told is not error:
            raise
