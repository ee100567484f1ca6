"""The protocol file's shape. A key that is unknown, missing or of a wrong unit is refused by name."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Text = dict[str, str]
LANGUAGES = ("zh", "en")
MARKS = ("confirmed", "memory", "seed", "derived")


class Part(BaseModel):
    """Base of every block: frozen, and no key that we do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Basis(Part):
    """Where a block's values come from: a source of the file's `sources`, and how sure we are."""

    source: str
    mark: Literal["confirmed", "memory", "seed", "derived"]


class Measure(Part):
    """One thing that a zone class brings."""

    code: str
    title: Text


class ZoneClass(Part):
    """A class of area: who may leave, how things reach a door, what is in force. `tone` orders them (3 = strictest)."""

    title: Text
    rule: Text
    binding: bool = True
    tone: int = Field(ge=0, le=3)
    leave_home: Literal["never", "slot", "needed_only", "free"]
    delivery: Literal["door", "point", "none"]
    exits: dict[str, Literal["none_before", "prior", "never", "log_after"]] = Field(default_factory=dict)
    tube: str = ""
    measures: tuple[Measure, ...] = ()


class KitItem(Part):
    """One line of a kit: how many, for each household or for each person."""

    name: Text
    quantity: float = Field(gt=0)
    per: Literal["household", "person"]
    unit: Text


class KitRule(Part):
    """A kit: for whom, how often (hours), how soon after sealing, for how many days it lasts, what it weighs (kg)."""

    code: str
    title: Text
    zones: tuple[str, ...]
    every_days: float | None = Field(default=None, gt=0)
    first_within_hours: float = Field(gt=0)
    covers_days: float = Field(ge=0)
    kg_per_household: float = Field(ge=0)
    kg_per_person: float = Field(ge=0)
    perishable: bool = False
    hot: bool = False
    food: bool = True
    lead_hours: float = Field(gt=0)
    items: tuple[KitItem, ...] = ()
    substitutes: dict[str, Text] = Field(default_factory=dict)


class Supply(Part):
    """Kits, the margin before the cupboard is empty (hours), and floors per person and day."""

    margin_hours: float = Field(default=6, ge=0)
    kcal_floor: int = 2100
    water_litres: float = 0
    kits: tuple[KitRule, ...] = ()


class Contact(Part):
    """Hours without a two-way contact, by class of person (`other` is everybody else), and by which channel."""

    limit_hours: dict[str, float]
    channel: Literal["door", "phone", "radio"] = "door"
    zones: tuple[str, ...]
    lead_hours: float = 4
    knock_again_hours: float = 2
    after_second_miss_hours: float = 0.25

    @field_validator("limit_hours")
    @classmethod
    def _names_everybody_else(cls, value: dict[str, float]) -> dict[str, float]:
        if "other" not in value:
            raise ValueError("add the class `other`: hours for everybody else")
        if any(hours <= 0 for hours in value.values()):
            raise ValueError("hours must be above 0")
        return value


class Letter(Part):
    """The letter at each door: how soon (hours), in which languages."""

    within_hours: float = Field(gt=0)
    languages: tuple[str, ...]
    zones: tuple[str, ...]


class Condition(Part):
    """One lifting condition; exactly one of the values is given."""

    no_new_case_days: int | None = Field(default=None, ge=1)
    last_contact_exposure_days: int | None = Field(default=None, ge=1)
    round_negative_within_hours: int | None = Field(default=None, ge=1)
    declared: str | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Condition:
        if sum(value is not None for value in self.__dict__.values()) != 1:
            raise ValueError("give exactly one condition in each entry")
        return self


class Lifting(Part):
    """When a zone class may end, when its clock starts, and what follows."""

    all: tuple[Condition, ...]
    clock_start: Literal["last_case_transferred", "last_positive", "terminal_disinfection_done", "started"]
    sign_off: tuple[str, ...] = ()
    then: str | None = None
    then_days: int = 0


class Stage(Part):
    """One stage of a pathway: local days and test days counted by the file's `day_one`."""

    stage: str
    title: Text
    days: int = Field(ge=1)
    tests: tuple[int, ...] = ()
    release: str = ""


class Question(Part):
    """A welfare question at the door; an answer in `serious` opens a task."""

    code: str
    title: Text
    answers: dict[str, Text]
    serious: tuple[str, ...] = ()


class Shifts(Part):
    """Length of a shift and the rest after it, in hours; when the first of a day begins (local hour)."""

    hours: float = Field(gt=0, le=24)
    rest_hours: float = Field(ge=0)
    first_hour: int = Field(default=1, ge=0, le=23)


class Carrying(Part):
    """What a carrier can do: kg a climb and on the trolley, seconds a storey up and down, minutes in a suit."""

    climb_load_kg: float = Field(default=16, gt=0)
    trolley_kg: float = Field(default=120, gt=0)
    up_s_per_storey: float = 14
    down_s_per_storey: float = 9
    walk_m_per_s: float = 1.1
    door_s: float = 90
    ppe_minutes: float | None = 240


class Review(Part):
    """Hours after which a restriction must be reviewed, days after which it needs a new decision, exit checks (h)."""

    restriction_hours: float = Field(gt=0)
    max_days: float = Field(gt=0)
    exit_check_hours: float | None = Field(default=None, gt=0)


class Target(Part):
    """A first act and the hours after the trigger within which it should stand."""

    title: Text
    hours: float = Field(gt=0)


class InForce(Part):
    """First and last day on which the rules held; empty = unknown or still."""

    start: str = ""
    end: str = ""


class Protocol(Part):
    """A protocol: one issuer's rules for one hazard, every block with its basis."""

    id: str
    title: Text
    issuer: Text
    hazard: str
    in_force: InForce
    sources: dict[str, str]
    basis: dict[str, Basis]
    classes: dict[str, Text]
    weights: dict[str, int]
    zones: dict[str, ZoneClass]
    lifting: dict[str, Lifting] = Field(default_factory=dict)
    day_one: Literal["same_day", "next_day"] = "next_day"
    pathways: dict[str, tuple[Stage, ...]] = Field(default_factory=dict)
    supply: Supply = Supply()
    contact: Contact
    letter: Letter | None = None
    shifts: Shifts
    carrying: Carrying = Carrying()
    review: Review
    targets: dict[str, Target] = Field(default_factory=dict)
    welfare: tuple[Question, ...] = ()
    erase_after_days: int = Field(default=30, ge=0)

    @model_validator(mode="after")
    def _parts_fit(self) -> Protocol:
        for where, zones in self._zone_uses():
            for zone in zones:
                if zone not in self.zones:
                    raise ValueError(f"{where}: no zone is called {zone!r}; there are {', '.join(self.zones)}")
        for code in {*self.contact.limit_hours, *self.weights} - {"other"}:
            if code not in self.classes:
                raise ValueError(f"class {code!r} is not among `classes`: add its zh and en title there")
        for block in self.model_fields_set - {"id", "title", "issuer", "hazard", "in_force", "sources", "basis"}:
            if block not in self.basis:
                raise ValueError(f"basis.{block}: say where the values of `{block}` come from")
        for block, basis in self.basis.items():
            if basis.source not in self.sources:
                raise ValueError(f"basis.{block}: source {basis.source!r} is not among `sources`")
        for where, text in self._texts():
            if not all(text.get(language) for language in LANGUAGES):
                raise ValueError(f"{where}: give both zh and en")
        return self

    def _zone_uses(self) -> list[tuple[str, tuple[str, ...]]]:
        uses = [("contact.zones", self.contact.zones), ("lifting", tuple(self.lifting))]
        uses += [(f"supply.kits.{kit.code}.zones", kit.zones) for kit in self.supply.kits]
        uses += [(f"lifting.{zone}.then", (rule.then,)) for zone, rule in self.lifting.items() if rule.then]
        if self.letter:
            uses.append(("letter.zones", self.letter.zones))
        return uses

    def _texts(self) -> list[tuple[str, Text]]:
        found = [("title", self.title), ("issuer", self.issuer)]
        found += [(f"classes.{code}", text) for code, text in self.classes.items()]
        for key, zone in self.zones.items():
            found += [(f"zones.{key}.title", zone.title), (f"zones.{key}.rule", zone.rule)]
            found += [(f"zones.{key}.measures.{m.code}", m.title) for m in zone.measures]
        for kit in self.supply.kits:
            found += [(f"supply.kits.{kit.code}.title", kit.title)]
            found += [(f"supply.kits.{kit.code}.items", item.name) for item in kit.items]
        for question in self.welfare:
            found += [(f"welfare.{question.code}", question.title)]
            found += [(f"welfare.{question.code}.{a}", text) for a, text in question.answers.items()]
        return found
