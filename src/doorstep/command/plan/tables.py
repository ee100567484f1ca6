"""The plan as a table."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from doorstep.command.plan.queries import PlanPage


def plan_headings() -> tuple[str, ...]:
    """The heads of the list."""
    return (
        _("line of work"),
        _("decided"),
        _("who answers"),
        _("team"),
        _("due"),
        _("with what"),
        _("task"),
        _("meeting"),
    )


def plan_rows(page: PlanPage) -> list[list[Any]]:
    """A row a line; a line of work without any stands there, too."""
    tz = page.period.incident.tz
    rows: list[list[Any]] = []
    for stream in page.streams:
        if not stream.lines:
            rows.append([stream.title, "", ", ".join(stream.owners) or _("nobody yet"), "", None, "", "", ""])
        for line in stream.lines:
            rows.append(
                [
                    stream.title,
                    line.text,
                    line.owner.name if line.owner else _("nobody yet"),
                    line.team.name if line.team else "",
                    line.due_at.astimezone(tz) if line.due_at else None,
                    line.resource,
                    line.task.get_state_display() if line.task else "",
                    line.meeting.title if line.meeting else "",
                ]
            )
    return rows
