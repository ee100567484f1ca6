"""Tasks: opened, owned by one person, handed over, done, opened again. Each act is journalled."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Area, Incident, Member, Task
from doorstep.errors import UserError
from doorstep.wiring.texts import in_language

MOST = 1e12


@transaction.atomic
def open_task(
    incident: Incident,
    title: str,
    *,
    at: datetime,
    by: Member | None = None,
    owner: Member | None = None,
    area: Area | None = None,
    due_at: datetime | None = None,
    urgency: int = 2,
    detail: str = "",
    key: str | None = None,
) -> Task:
    """Open a task. One without an owner is on the watch list until somebody takes it.

    A `key` names the asking: the same asking again gives the task there is.
    """
    if key and (there := Task.objects.filter(incident=incident, key=key).first()) is not None:
        return there
    if not title.strip():
        raise UserError(_("The task has no title."), field="title", mend=_("Say in a few words what is to be done."))
    task = Task.objects.create(
        incident=incident,
        title=title.strip()[:240],
        detail=detail.strip(),
        area=area,
        owner=owner,
        due_at=due_at,
        urgency=urgency,
        opened_at=at,
        key=key,
    )
    return _noted("open_task", task, at, by)


@transaction.atomic
def hand_over(task: Task, to: Member, *, at: datetime, by: Member | None = None) -> Task:
    """Make one person the owner: whoever takes it, or to whom it is handed."""
    _open(task)
    if task.owner_id != to.pk:
        task.owner = to
        task.save(update_fields=["owner"])
        _noted("hand_over_task", task, at, by, to=to.pk)
    return task


@transaction.atomic
def finish(
    task: Task, result: str, *, at: datetime, by: Member | None = None, measured: float | None = None, unit: str = ""
) -> Task:
    """Close a task as done, with what came of it and what was measured. Saying it twice changes nothing."""
    if task.state == Task.State.DONE:
        return task
    _open(task)
    if task.evidence and not result.strip():
        raise UserError(_("This one needs a proof."), field="result", mend=f"{in_language(task.evidence)}.")
    if measured is not None:
        task.measured, task.unit = _amount(measured, unit or task.unit)
    task.state, task.done_at, task.result = Task.State.DONE, at, result.strip()
    task.save(update_fields=["state", "done_at", "result", "measured", "unit"])
    facts = {"amount": task.measured, "unit": task.unit} if measured is not None else {}
    return _noted("finish_task", task, at, by, **facts)


def _amount(amount: float, unit: str) -> tuple[float, str]:
    """4,000 m², 300 kits: a figure of the report counts it."""
    if not 0 <= amount <= MOST:
        raise UserError(_("This is no amount."), field="measured", mend=_("Write a number such as 4000."))
    if not unit.strip():
        raise UserError(_("The amount has no unit."), field="unit", mend=_("Write what was counted, such as m²."))
    return amount, unit.strip()[:24]


@transaction.atomic
def reopen(task: Task, *, at: datetime, by: Member | None = None) -> Task:
    """Take a closing back."""
    if task.state != Task.State.OPEN:
        task.state, task.done_at = Task.State.OPEN, None
        task.save(update_fields=["state", "done_at"])
        _noted("reopen_task", task, at, by)
    return task


def _open(task: Task) -> None:
    if task.state != Task.State.OPEN:
        raise UserError(_("This task is closed."), field="task", mend=_("Open it again first."))


def _noted(act: str, task: Task, at: datetime, by: Member | None, **data: Any) -> Task:
    journal.record(act, incident=task.incident, subject=task, by=by, occurred_at=at, label=task.title, **data)
    return task
