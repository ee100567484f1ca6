"""The gate: how long something waits between two gates, who visits, what may be a barrier, what stands there."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from doorstep.protocol.schema.base import Named, Part, Text, WrongValueError

CROSSERS = ("person", "goods", "cold", "vehicle", "waste")


class Visitor(Named):
    """Somebody from outside, by role. `needs`: a `task` that is told at the gate, or a `permit` given before."""

    needs: Literal["task", "permit"] = "task"


class BarrierKind(Named):
    """A kind of fence, lock or barrier. `refused` says why this kind may not be there at all."""

    refused: Text | None = None


class Gate(Part):
    """What the gate works by. `buffer_minutes`: how long each kind waits between two gates (`cold` = goods kept cold).

    `late_minutes`: after the end of a permit its bearer is missed. `permit_hours`: how long a new permit holds where
    nothing else is said. `log_hours`: an opening for life is written up within. `opener_test_days`: within this time each barrier was opened against the clock.
    """

    buffer_minutes: dict[str, float] = Field(default_factory=dict)
    permit_hours: float = Field(default=4, gt=0)
    visitor_hours: float | None = Field(default=None, gt=0)
    late_minutes: float = Field(default=0, ge=0)
    open_seconds: float | None = Field(default=None, gt=0)
    opener_test_days: float | None = Field(default=None, gt=0)
    log_hours: float = Field(default=12, gt=0)
    list_minutes: float = Field(default=60, gt=0)
    visitors: tuple[Visitor, ...] = ()
    barriers: tuple[BarrierKind, ...] = ()
    facilities: tuple[Named, ...] = ()

    @model_validator(mode="after")
    def _knows_what_waits(self) -> Gate:
        if unknown := sorted(set(self.buffer_minutes) - set(CROSSERS)):
            raise WrongValueError(
                f"`{unknown[0]}` does not wait at a gate.", f"Write one of {', '.join(CROSSERS)} in buffer_minutes."
            )
        return self
