"""Areas: what a zone class means, when it may end, and what starts a clock again."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from doorstep.protocol.schema.base import Named, Part, Text, WrongValueError

Approval = Literal["none_before", "prior", "never", "log_after"]
ClockStart = Literal["last_case_transferred", "last_positive", "terminal_disinfection_done", "last_exposure", "started"]
Reach = Literal["person", "household", "building", "area"]


class Measure(Named):
    """One thing that a zone class brings. Within so many hours somebody must have seen that it stands; none: nobody is asked.

    `brings_supply` marks a way by which people get food: who ends it names what takes its place (F23).
    """

    within_hours: float | None = Field(default=None, gt=0)
    brings_supply: bool = False


class Shopping(Part):
    """Who may shop where a zone lets people out in slots: persons of a household, every so many days."""

    persons: int = Field(ge=1)
    every_days: float = Field(gt=0)


class ZoneClass(Part):
    """A class of area: who may leave, how things reach a door, what is in force. `tone` orders them (3 = strictest).

    `drawn_by` is the smallest place by which it may be drawn. `measures` restrict and are reviewed, `services` are what its people are given beside kits. `exits` gives the approval for each kind of exit; `becomes` names the zone class that an event turns it into at once.
    """

    title: Text
    rule: Text
    entry: Text
    exit: Text
    binding: bool
    drawn_by: Literal["door", "stair", "building", "compound"] | None = None
    tone: int = Field(ge=0, le=3)
    leave_home: Literal["never", "slot", "needed_only", "free"]
    delivery: Literal["door", "point", "none"]
    gathering: Literal["none", "limited", "free"]
    movement: Literal["none", "slots", "distanced", "free"]
    shopping: Shopping | None = None
    outdoor_minutes: int | None = Field(default=None, ge=1)
    exits: dict[str, Approval]
    becomes: dict[str, str] = Field(default_factory=dict)
    tube: str = ""
    measures: tuple[Measure, ...] = ()
    services: tuple[Named, ...] = ()


class Condition(Part):
    """One lifting condition: exactly one of the values, or a group of which one (`any`) or each (`all`) must be met.

    `declared` is a fact that somebody declares, and needs a `title`.
    """

    no_new_case_days: int | None = Field(default=None, ge=1)
    last_contact_exposure_days: int | None = Field(default=None, ge=1)
    last_contact_transferred_days: int | None = Field(default=None, ge=1)
    round_negative_within_hours: int | None = Field(default=None, ge=1)
    round_negative_on_day: int | None = Field(default=None, ge=1)
    below_threshold_nights: int | None = Field(default=None, ge=1)
    declared: str | None = None
    any: tuple[Condition, ...] = ()
    all: tuple[Condition, ...] = ()
    title: Text | None = None

    @property
    def kind(self) -> str:
        """Which of the values is given."""
        return self._given()[0]

    def _given(self) -> list[str]:
        return [name for name in type(self).model_fields if name != "title" and getattr(self, name)]

    @model_validator(mode="after")
    def _exactly_one(self) -> Condition:
        given = self._given()
        if len(given) != 1:
            said = " and ".join(given) or "nothing"
            raise WrongValueError(f"This entry gives {said}.", "Give exactly one condition in each entry of the list.")
        if self.declared and self.title is None:
            raise WrongValueError("What is declared has no title.", "Add title: {zh: …, en: …} beside `declared`.")
        return self


class Partial(Part):
    """That part of an area may be lifted early: what is asked, and from which day on."""

    rule: Text
    after_days: int | None = Field(default=None, ge=0)


class LiftingRule(Part):
    """Conditions, where the clock starts, who signs, what follows and for how many days."""

    all: tuple[Condition, ...] = Field(min_length=1)
    clock_start: ClockStart
    clock_start_if: dict[str, ClockStart] = Field(default_factory=dict)
    sign_off: tuple[Named, ...] = ()
    then: str | None = None
    then_days: int = Field(default=0, ge=0)
    then_tests: tuple[int, ...] = ()
    partial: Partial | None = None


class Variant(LiftingRule):
    """The lifting rule as one place and time had it."""

    code: str
    title: Text


class Lifting(LiftingRule):
    """When a zone class may end; `variants` are local rules that an area may be put under instead."""

    variants: tuple[Variant, ...] = ()


class Restart(Named):
    """An event that starts a clock again, for whom, and from when; never where the event carries a flag of `unless`.

    `only` names zone classes (clock `lifting`) or pathways (clock `pathway`); empty means each of them.
    """

    event: str
    clock: Literal["lifting", "pathway"]
    reach: Reach
    starts: Literal["event", "transfer"]
    only: tuple[str, ...] = ()
    unless: tuple[Named, ...] = ()
