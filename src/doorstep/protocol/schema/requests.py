"""Requests: how urgent they are, what is asked for, who is told when nobody acts, and by when an answer is owed."""

from __future__ import annotations

from pydantic import Field, model_validator

from doorstep.protocol.schema.base import Named, Part, WrongValueError


class Level(Named):
    """How urgent a request is: minutes until somebody owns it, hours until it is done, points of its place in the queue."""

    unowned_minutes: float = Field(gt=0)
    due_hours: float = Field(gt=0)
    points: int = Field(ge=0)


class Need(Named):
    """What is asked for, and how urgent it is where nobody says otherwise; `due_hours` only where it differs."""

    level: str
    due_hours: float | None = Field(default=None, gt=0)


class RungTo(Named):
    """One step of the ladder: `code` is the duty that is told, so long after the limit has passed."""

    after_minutes: float = Field(ge=0)


class Purchases(Part):
    """Things bought for a household: `needs` are those that a purchase answers, `most` the money that may be spent at once
    where the incident pays, `pays` who may pay."""

    needs: tuple[str, ...] = Field(min_length=1)
    most: float = Field(gt=0)
    pays: tuple[Named, ...] = Field(min_length=1)


class Repairs(Part):
    """Craftsmen who come in: the kind of exit under which the gate is asked for their entry, and how long they may stay."""

    needs: tuple[str, ...] = Field(min_length=1)
    exit_kind: str
    most_hours: float = Field(gt=0)


class Exits(Part):
    """Residents who go out: the kind that is chosen first, how long one way out may last, and how long the gate may take."""

    needs: tuple[str, ...] = Field(min_length=1)
    exit_kind: str
    most_hours: float = Field(gt=0)
    answer_hours: float = Field(gt=0)


class Talks(Part):
    """Somebody to talk to: hours until a named person calls, by level (`other` for the rest), and the days of the calls after it."""

    needs: tuple[str, ...] = Field(min_length=1)
    call_hours: dict[str, float]
    follow_up_days: tuple[float, ...] = ()

    @model_validator(mode="after")
    def _names_the_rest(self) -> Talks:
        if "other" not in self.call_hours:
            raise WrongValueError("`call_hours` leaves levels out.", "Add `other`: hours for every other level.")
        return self


class Treatments(Part):
    """Treatments that come again: when the permit is asked for and when place, vehicle and permit must be settled (hours before),
    how long one lasts, when a missed one is grave, how many days the calendar is written ahead."""

    exit_kind: str
    ask_hours: float = Field(gt=0)
    permit_hours: float = Field(gt=0)
    lasts_hours: float = Field(gt=0)
    missed_hours: float = Field(gt=0)
    ahead_days: float = Field(gt=0)


class Outgoing(Part):
    """What goes out for a request, and its hours and limits."""

    purchases: Purchases
    repairs: Repairs
    exits: Exits
    talks: Talks
    treatments: Treatments


class Requests(Part):
    """What residents ask for. `levels` and `ladder` are in order, the gravest and the first step first.

    `emergency` names the level that needs no approval, and `emergency_ladder` the duties that are asked in turn.
    """

    levels: tuple[Level, ...] = Field(min_length=1)
    needs: tuple[Need, ...] = Field(min_length=1)
    emergency: str
    ladder: tuple[RungTo, ...] = Field(min_length=1)
    emergency_ladder: tuple[RungTo, ...] = Field(min_length=1)
    message_minutes: float = Field(gt=0)
    tell_hours: float = Field(gt=0)
    confirm_hours: float = Field(gt=0)
    appeal_hours: float = Field(gt=0)
    duplicate_hours: float = Field(gt=0)
    points_per_hour: float = Field(ge=0)
    late_points: int = Field(ge=0)
    outgoing: Outgoing | None = None

    @model_validator(mode="after")
    def _parts_fit(self) -> Requests:
        codes = [level.code for level in self.levels]
        for named, where in [(self.emergency, "emergency"), *((need.level, need.code) for need in self.needs)]:
            if named not in codes:
                raise WrongValueError(f"{where}: no level is called {named!r}.", f"Choose among {', '.join(codes)}.")
        for ladder in (self.ladder, self.emergency_ladder):
            minutes = [rung.after_minutes for rung in ladder]
            if minutes != sorted(minutes):
                raise WrongValueError("The ladder goes back in time.", "Order its rungs by after_minutes.")
        return self
