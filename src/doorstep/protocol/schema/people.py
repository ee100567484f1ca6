"""People: their pathways, what is asked of them each day, contacts, medicines, questions at the door."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from doorstep.protocol.schema.base import Named, Part, Text, WrongValueError

DayOne = Literal["same_day", "next_day"]
Channel = Literal["door", "phone", "radio"]


class Stage(Part):
    """One stage of a pathway: where, for how many local days, on which of its days a test is taken, what ends it."""

    stage: str
    title: Text
    place: Literal["central", "home", "hospital", "anywhere"]
    days: int = Field(ge=1)
    going_out: Literal["never", "medical", "if_needed", "free"]
    housemates: Literal["bound", "free"] | None = None
    tests: tuple[int, ...] = ()
    antigen_tests: tuple[int, ...] = ()
    sample: str = ""
    checks_per_day: int | None = Field(default=None, ge=0)
    release: Named | None = None

    @model_validator(mode="after")
    def _tests_fall_into_the_stage(self) -> Stage:
        if late := [day for day in (*self.tests, *self.antigen_tests) if not 1 <= day <= self.days]:
            raise WrongValueError(
                f"Day {late[0]} is no day of this stage.",
                f"Count its days from 1 to {self.days}, the days of the stage.",
            )
        return self


class EarlyExit(Named):
    """What ends a pathway at once, and the evidence that counts."""

    evidence: tuple[Text, ...] = ()


class Prophylaxis(Named):
    """What protects after an exposure, and within how many hours of it."""

    within_hours: float = Field(gt=0)
    who: Text | None = None


class Pathway(Part):
    """Stages one after another for one group of people, counted from `starts`; `day_one` only where it differs."""

    title: Text
    who: Text
    starts: Text
    day_one: DayOne | None = None
    stages: tuple[Stage, ...] = Field(min_length=1)
    early_exit: tuple[EarlyExit, ...] = ()
    prophylaxis: tuple[Prophylaxis, ...] = ()


class CheckItem(Named):
    """One thing asked or measured at each check."""

    answer: Literal["number", "yes_no"]
    unit: str = ""


class Threshold(Named):
    """A value from which somebody must act: `at_least` or `at_most`, with its unit."""

    at_least: float | None = None
    at_most: float | None = None
    unit: str

    @model_validator(mode="after")
    def _one_side(self) -> Threshold:
        if (self.at_least is None) == (self.at_most is None):
            raise WrongValueError("A threshold has one side.", "Give at_least or at_most, not both.")
        return self


class Slot(Part):
    """Local hours between which a check is taken."""

    from_hour: int = Field(ge=0, le=23)
    to_hour: int = Field(ge=1, le=24)

    @model_validator(mode="after")
    def _forwards(self) -> Slot:
        if self.to_hour <= self.from_hour:
            raise WrongValueError("The slot ends before it begins.", "Give from_hour and to_hour of the same day.")
        return self


class Monitoring(Part):
    """What is asked, how often a day and when, from which value somebody acts, how many checks may be missed by class."""

    items: tuple[CheckItem, ...]
    times_per_day: int = Field(ge=0)
    slots: tuple[Slot, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    missed_checks: dict[str, int]
    zones: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _a_slot_each_time(self) -> Monitoring:
        if len(self.slots) != self.times_per_day:
            raise WrongValueError(
                f"{self.times_per_day} checks a day need {self.times_per_day} slots, not {len(self.slots)}.",
                "Give one entry {from_hour, to_hour} for each check of the day.",
            )
        return self


class Rung(Named):
    """One step of the ladder after a limit has passed without an answer."""

    after_minutes: float = Field(ge=0)


class Contact(Part):
    """Hours without a two-way contact, by class of person (`other` is everybody else), by which channel, and what follows.

    `two_way` names the channels that count for a class; where none is named, the door and `channel` do.
    """

    limit_hours: dict[str, float]
    two_way: dict[str, tuple[Channel, ...]] = Field(default_factory=dict)
    channel: Channel
    zones: tuple[str, ...]
    lead_hours: float = Field(gt=0)
    knock_again_hours: float = Field(gt=0)
    after_second_miss_hours: float = Field(gt=0)
    ladder: tuple[Rung, ...] = ()

    @model_validator(mode="after")
    def _names_everybody_else(self) -> Contact:
        if "other" not in self.limit_hours:
            raise WrongValueError(
                "`limit_hours` leaves people out.", "Add the class `other`: hours for everybody else."
            )
        if wrong := [code for code, hours in self.limit_hours.items() if hours <= 0]:
            raise WrongValueError(f"limit_hours.{wrong[0]} is not above 0.", "Give hours, such as 24.")
        minutes = [rung.after_minutes for rung in self.ladder]
        if minutes != sorted(minutes):
            raise WrongValueError("The ladder goes back in time.", "Order its rungs by after_minutes.")
        return self


class Cold(Part):
    """Between which temperatures a cold medicine is kept (°C), and how long it may stand outside (minutes)."""

    min_c: float
    max_c: float
    out_minutes: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _a_range(self) -> Cold:
        if self.max_c <= self.min_c:
            raise WrongValueError("The cold range is empty.", "Give min_c below max_c.")
        return self


class Medicine(Part):
    """How long before a medicine runs out somebody acts, by class of medicine; the cold chain; devices that need power."""

    ask_within_hours: float = Field(gt=0)
    warn_hours: dict[str, float]
    command_hours: float = Field(gt=0)
    classes: dict[str, Text]
    cold: Cold | None = None
    power_classes: tuple[str, ...] = ()
    power_hours: float | None = Field(default=None, gt=0)


class Question(Part):
    """A welfare question at the door; an answer in `serious` opens a task. `many`: several answers may be given."""

    code: str
    title: Text
    answers: dict[str, Text]
    serious: tuple[str, ...] = ()
    many: bool = False

    @model_validator(mode="after")
    def _serious_answers_exist(self) -> Question:
        if wrong := [code for code in self.serious if code not in self.answers]:
            raise WrongValueError(
                f"`serious` names {wrong[0]!r}, which is no answer.", f"Choose among {', '.join(self.answers)}."
            )
        return self
