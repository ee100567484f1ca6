"""Command: which posts are filled when an incident is activated, who is called first, what each line of work does."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from doorstep.protocol.schema.base import Named, Part, Text


class Seat(Named):
    """A post: the duty that comes with it, the line of work that it leads; without `required` a hole is no alarm."""

    role: str
    workstream: str = ""
    required: bool = True


class Item(Named):
    """A line of a checklist: opened at activation or at each sealing, due in hours; what proves it, what it measures."""

    when: Literal["activation", "seal"] = "activation"
    due_hours: float = Field(gt=0)
    urgency: int = Field(default=2, ge=1, le=3)
    unit: str = ""
    evidence: Text | None = None


class WorkstreamRule(Named):
    """A line of work with its checklist. An incident may have more."""

    items: tuple[Item, ...] = ()


class Activation(Part):
    """How a command is called: minutes to answer, how often the silent are asked, posts in the order of the calls."""

    answer_minutes: float = Field(gt=0)
    ask_times: int = Field(ge=1)
    posts: tuple[Seat, ...] = Field(min_length=1)
    workstreams: tuple[WorkstreamRule, ...] = ()
