"""Visits: what is done in one visit, in which order, with which skill; refuse collected at the door."""

from __future__ import annotations

from pydantic import Field

from doorstep.protocol.schema.base import Part


class Visits(Part):
    """How what is due at one door becomes a visit. Keys are kinds: `test`, `check`, `waste`, `letter`, `kit:CODE`.

    `before_hour`: done before that local hour; `skills`: what a carrier must know for it; `alone`: not combined with
    others; `extra_s`: seconds more at the door. `not_taken_minutes`: a task after a knock goes on to the next person.
    """

    infected_last: bool = False
    before_hour: dict[str, int] = Field(default_factory=dict)
    skills: dict[str, str] = Field(default_factory=dict)
    alone: tuple[str, ...] = ()
    extra_s: dict[str, float] = Field(default_factory=dict)
    not_taken_minutes: float = Field(default=15, gt=0)


class Waste(Part):
    """Refuse collected at the door: in which zones, every how many days, how long ahead (h) it may be collected."""

    zones: tuple[str, ...]
    every_days: float = Field(gt=0)
    lead_hours: float = Field(gt=0)
