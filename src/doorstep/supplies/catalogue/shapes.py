"""What the files of the catalogue may hold."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Amounts = dict[str, float]
BySex = dict[str, tuple[float, float]]


class Shape(BaseModel):
    """A strict, frozen reading: a key that nobody knows is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Named(Shape):
    """Anything with a name in both languages."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    @property
    def names(self) -> dict[str, str]:
        return {"zh": self.zh, "en": self.en}


class Nutrient(Named):
    """One measure: its unit, how grave its lack is, whether its upper intake limits what is naturally in food."""

    unit: str
    grave: float = 0.5
    upper: bool = False
    places: int = 1


class EnergyRule(Shape):
    """How energy is held against what gives it."""

    protein_g: float
    fat_g: float
    carb_g: float
    fibre_g: float
    off_by: float
    at_least_kcal: float


class Group(Named):
    """A group of goods; those with `variety` count as different kinds of food."""

    kind: str
    variety: bool = False
    lead_hours: float = Field(gt=0)


class ByFigure(Shape):
    """A tag that follows from a figure of 100 g."""

    nutrient: str
    above: float


class Diet(Named):
    """A diet or allergy: the tags it does without, and how people write it."""

    bans: tuple[str, ...]
    words: tuple[str, ...] = ()


class Tags(Shape):
    """tags.yaml."""

    tags: dict[str, Named]
    by_figure: dict[str, ByFigure]
    diets: dict[str, Diet]
    allergies: dict[str, Diet]


class Source(Shape):
    """Where the figures of goods are from: FoodData Central, the Chinese tables, or a usual label."""

    fdc: int | None = None
    of: str = ""
    table: str = ""
    label: str = ""
    within: str = Field("", alias="with")

    @property
    def text(self) -> str:
        """The source in one line."""
        parts = []
        if self.of:
            number = f" {self.fdc}" if self.fdc else ""
            parts.append(f"USDA FoodData Central, SR Legacy{number}: {self.of}")
        if self.table:
            parts.append(f"China Food Composition Tables: {self.table}")
        parts += [text for text in (self.label, self.within) if text]
        return "; ".join(parts)


class Goods(Named):
    """One kind of goods in its pack. `nutrients` are of 100 g of the edible part."""

    code: str = Field(pattern=r"^[a-z0-9_]{2,40}$")
    group: str
    kind: str
    content: float = Field(gt=0)
    unit: Literal["g", "ml", "piece"]
    gross_g: float = Field(gt=0)
    volume_ml: float | None = Field(None, gt=0)
    edible: float = Field(1.0, gt=0, le=1)
    cook: bool = False
    keep: Literal["dry", "cool", "frozen", "hot"] = "dry"
    shelf: float | None = Field(None, gt=0)
    price: int = Field(gt=0)
    lead: float = Field(gt=0)
    contains: tuple[str, ...] = ()
    nutrients: Amounts = {}
    source: Source

    @field_validator("nutrients")
    @classmethod
    def _not_below_nothing(cls, value: Amounts) -> Amounts:
        if any(amount < 0 for amount in value.values()):
            raise ValueError("an amount is below nothing")
        return value


class Band(Named):
    """Persons of an age. `own` bands eat food of their own (infants); the others what the household gets."""

    start: int = Field(alias="from", ge=0)
    plural: str = ""
    own: bool = False
    fat_share: tuple[float, float] | None = None
    least: dict[str, Any] = {}
    upper: Amounts = {}

    @field_validator("least")
    @classmethod
    def _pairs(cls, value: dict[str, Any]) -> BySex:
        """One figure for both sexes, or [male, female]."""
        return {k: (float(v), float(v)) if isinstance(v, int | float) else (v[0], v[1]) for k, v in value.items()}


class State(Named):
    """What changes for a woman who is pregnant or breastfeeds."""

    plus: Amounts = {}
    least: Amounts = {}


class Condition(Named):
    """Limits of an illness; `over` names a condition whose place it takes."""

    diet: str = ""
    words: tuple[str, ...] = ()
    over: str = ""
    least: Amounts = {}
    most: Amounts = {}
    share: dict[str, tuple[float, float]] = {}
    drop: tuple[str, ...] = ()
    source: str


class Formula(Shape):
    """The milk of an infant below some months."""

    below_months: int
    item: str
    ml_per_kg: float = Field(gt=0)
    most_ml: float = Field(gt=0)
    powder_g_per_100_ml: float = Field(gt=0)


class Cereal(Shape):
    """What an infant eats beside milk."""

    from_months: int
    below_months: int
    item: str
    g_per_day: float = Field(gt=0)


class Nappies(Shape):
    """The size and number of nappies below some months."""

    below_months: int
    item: str
    per_day: float = Field(gt=0)


class Infants(Shape):
    """Milk, food and nappies of the smallest."""

    weight_kg: tuple[float, ...] = Field(min_length=12)
    formula: tuple[Formula, ...]
    without_milk: str
    cereal: Cereal
    nappies: tuple[Nappies, ...]


class Pet(Named):
    """The food of an animal."""

    item: str
    g_per_day: float = Field(gt=0)


class Water(Shape):
    """Drinking water of a person while the mains fail."""

    ml_per_day: float = Field(gt=0)
    source: str


class PlateLine(Named):
    """Grams of some groups that a day's food has."""

    groups: tuple[str, ...]
    least: float = Field(ge=0)
    most: float = Field(gt=0)


class Variety(Named):
    """How many kinds of food a kit has at least."""

    least: int = Field(ge=0)


class Plate(Shape):
    """What a day's food is made of, for a person who needs `of_kcal`."""

    of_kcal: float = Field(gt=0)
    source: str
    variety: Variety
    lines: dict[str, PlateLine]


class Instead(Shape):
    """A line that takes the place of others where a diet leaves them out."""

    without: tuple[str, ...]
    times: float = Field(ge=1)


class Persons(Shape):
    """persons.yaml."""

    sources: dict[str, Named]
    reference: Amounts
    bands: dict[str, Band]
    states: dict[str, State]
    conditions: dict[str, Condition]
    others_times: float = Field(ge=1)
    plate: Plate
    plate_instead: dict[str, Instead]
    infants: Infants
    pets: dict[str, Pet]
    water: Water
