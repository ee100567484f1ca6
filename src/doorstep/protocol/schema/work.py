"""Work: samples, disinfection, protection, shifts, staff, transfers, first acts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from doorstep.protocol.schema.base import Named, Part, Text, WrongValueError


class Tube(Part):
    """A way of putting samples into tubes: `pool` needs how many persons share one."""

    title: Text
    per: Literal["person", "household", "pool"]
    persons: int | None = Field(default=None, ge=2)

    @model_validator(mode="after")
    def _a_pool_has_a_size(self) -> Tube:
        if (self.per == "pool") != (self.persons is not None):
            raise WrongValueError(
                "Only a pool has a number of persons, and always.", "Write per: pool with persons: 10."
            )
        return self


class TubeRule(Named):
    """Which tube is used at a kind of place."""

    tube: str


class Rhythm(Named):
    """How often a kind of place is tested."""

    every_days: float = Field(gt=0)


class ZoneTests(Part):
    """On which days of a zone everyone is tested, by full test and by antigen."""

    days: tuple[int, ...] = ()
    antigen_days: tuple[int, ...] = ()
    every_days: float | None = Field(default=None, gt=0)


class Sampling(Part):
    """Rounds of tests: tubes, who is never pooled, rounds, time limits (h), persons for each point and sampler."""

    tubes: dict[str, Tube]
    rules: tuple[TubeRule, ...]
    samples: dict[str, Text] = Field(default_factory=dict)
    never_pool: tuple[Named, ...] = ()
    zone_tests: dict[str, ZoneTests] = Field(default_factory=dict)
    rhythm: tuple[Rhythm, ...] = ()
    rounds_at_least: int | None = Field(default=None, ge=1)
    deadline_hours: float = Field(gt=0)
    ready_hours: float | None = Field(default=None, gt=0)
    result_hours: float | None = Field(default=None, gt=0)
    persons_per_point_min: int = Field(gt=0)
    persons_per_point_max: int = Field(gt=0)
    persons_per_sampler: int = Field(gt=0)
    pooled_positive: Text | None = None

    @model_validator(mode="after")
    def _points_in_order(self) -> Sampling:
        if self.persons_per_point_max < self.persons_per_point_min:
            raise WrongValueError("persons_per_point_max is below persons_per_point_min.", "Exchange the two numbers.")
        return self


class Agent(Named):
    """What disinfects: strength from–to with its unit, and how many minutes it must act."""

    strength_min: float = Field(gt=0)
    strength_max: float | None = Field(default=None, gt=0)
    unit: str
    minutes: float | None = Field(default=None, gt=0)


class SiteRule(Part):
    """Which kinds of site are disinfected, and by whom."""

    by: Text
    sites: tuple[Named, ...]


class Disinfection(Part):
    """Agents, terminal work after a case, preventive work, what is forbidden, what a record holds."""

    agents: tuple[Agent, ...]
    terminal: SiteRule
    preventive: SiteRule | None = None
    forbidden: tuple[Named, ...] = ()
    record: tuple[str, ...] = ()


class PpeRule(Named):
    """Which level a task needs, in which zones (none named: everywhere)."""

    level: str
    zones: tuple[str, ...] = ()


class Ppe(Part):
    """Levels of protection, which task needs which, the longest time in a suit and the rest after it (minutes)."""

    levels: dict[str, Text]
    rules: tuple[PpeRule, ...]
    max_minutes: float = Field(gt=0)
    rest_minutes: float | None = Field(default=None, gt=0)
    don_minutes: float | None = Field(default=None, gt=0)
    doff_minutes: float | None = Field(default=None, gt=0)


class Shifts(Part):
    """Length of a shift and the rest after it, in hours; when the first of a day begins (local hour); most in a week."""

    hours: float = Field(gt=0, le=24)
    rest_hours: float = Field(ge=0)
    first_hour: int = Field(ge=0, le=23)
    max_per_week: int | None = Field(default=None, ge=1)


class Ratio(Named):
    """So many staff for each so many of something."""

    staff: float = Field(gt=0)
    each: float = Field(gt=0)
    per: Literal["persons", "households", "buildings", "gates", "watched", "areas"]


class Role(Named):
    """One seat of a team."""

    count: int = Field(ge=1)


class TeamRule(Named):
    """A team of fixed seats for each person, household, building or area."""

    per: Literal["watched", "households", "buildings", "areas"]
    roles: tuple[Role, ...] = Field(min_length=1)


class Staffing(Part):
    """Ratios, teams, the groups of the office, whom a lending community keeps at home, the span of one leader."""

    ratios: tuple[Ratio, ...] = ()
    teams: tuple[TeamRule, ...] = ()
    groups: tuple[Named, ...] = ()
    home_floor_persons: int | None = Field(default=None, ge=0)
    span_max: int | None = Field(default=None, ge=1)


class Hours(Part):
    """From a local hour to a local hour, over midnight where the first is the later."""

    from_hour: int = Field(ge=0, le=23)
    to_hour: int = Field(ge=0, le=23)


class Transfer(Part):
    """Moving people: hours without journeys, the driver's hours, who may not accompany, whom nobody may leave behind."""

    night_ban: Hours | None = None
    driver_hours: float = Field(gt=0)
    never_companions: tuple[str, ...] = ()
    dependants: tuple[Named, ...]
    carer_proof_hours: float = Field(gt=0)
    before: tuple[Named, ...] = ()


class Target(Part):
    """A first act and the hours after the trigger within which it should stand."""

    title: Text
    hours: float = Field(gt=0)
