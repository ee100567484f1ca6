"""Duties towards people: emergencies, the letter, reviews, rights, data."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from doorstep.protocol.schema.base import Named, Part, Text, WrongValueError
from doorstep.protocol.schema.notices import LetterText


class Within(Named):
    """Something that must happen within minutes."""

    minutes: float = Field(gt=0)


class Emergency(Part):
    """The path of an emergency: `approval` can only be none. `covers` names the kinds of exit that are emergencies.

    `never` are steps that may not lie on it; `ladder_minutes` when the next rung is called. `phones` are the numbers that
    everybody may call (`code` is the number), the first one first.
    """

    approval: Literal["none"]
    covers: tuple[str, ...] = Field(min_length=1)
    never: tuple[Named, ...]
    bypass: tuple[Named, ...]
    targets: tuple[Within, ...]
    ladder_minutes: tuple[float, ...]
    phones: tuple[Named, ...] = ()
    facility_state_hours: float | None = Field(default=None, gt=0)
    death_at_home_hours: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _approval_and_test_are_barred(self) -> Emergency:
        barred = {step.code for step in self.never}
        if missing := [code for code in ("approval", "test") if code not in barred]:
            raise WrongValueError(
                f"`never` does not bar {missing[0]}.",
                f"Add {missing[0]} to emergency.never: it may not delay an emergency.",
            )
        if list(self.ladder_minutes) != sorted(self.ladder_minutes):
            raise WrongValueError("The ladder goes back in time.", "Order ladder_minutes, such as [5, 10, 15].")
        return self


class Letter(Part):
    """The letter at each door: how soon (hours), in which languages, what it must say, its text by language.

    Where no zone is named, no door is owed one; it is there to be handed out.
    """

    within_hours: float = Field(gt=0)
    languages: tuple[str, ...] = Field(min_length=1)
    zones: tuple[str, ...]
    content: tuple[Named, ...]
    templates: dict[str, LetterText] = Field(default_factory=dict)


class Review(Part):
    """Hours after which a restriction must be reviewed, days after which it needs a new decision, exit checks (h)."""

    restriction_hours: float = Field(gt=0)
    max_days: float = Field(gt=0)
    exit_check_hours: float | None = Field(default=None, gt=0)


class Rights(Part):
    """What a bound person may ask: whom to complain to, how soon an answer comes, which languages, what may not be locked."""

    complaint_body: Text
    complaint_hours: float = Field(gt=0)
    interpreter: bool
    outdoor: Text | None = None
    never: tuple[Named, ...] = ()


class Purpose(Named):
    """A purpose of use, and the fields of a person that it needs."""

    fields: tuple[str, ...]


class Data(Part):
    """Which fields for which purpose, and the days after the end when personal data are erased."""

    purposes: tuple[Purpose, ...]
    erase_after_days: int = Field(ge=0)
