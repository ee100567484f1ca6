"""The protocol file as a whole. A key that is unknown, missing or of a wrong unit is refused by name."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from pydantic import Field, model_validator

from doorstep.protocol.schema.base import Basis, Part, Taken, Text
from doorstep.protocol.schema.command import Activation
from doorstep.protocol.schema.duties import Data, Emergency, Letter, Review, Rights
from doorstep.protocol.schema.gate import Gate
from doorstep.protocol.schema.goods import Carrying, Shelter, Supply
from doorstep.protocol.schema.notices import Alert, Answers
from doorstep.protocol.schema.paths import above, leaves
from doorstep.protocol.schema.people import Contact, DayOne, Medicine, Monitoring, Pathway, Question
from doorstep.protocol.schema.requests import Requests
from doorstep.protocol.schema.visits import Visits, Waste
from doorstep.protocol.schema.work import (
    Disinfection,
    Ppe,
    Sampling,
    Shifts,
    Staffing,
    Target,
    Transfer,
)
from doorstep.protocol.schema.zones import Lifting, Restart, ZoneClass

IDENTITY = ("id", "title", "issuer", "hazard", "sources", "basis", "extends")


class InForce(Part):
    """First and last day on which the rules held; empty = unknown or still."""

    start: str = ""
    end: str = ""


class Protocol(Part):
    """A protocol: one issuer's rules for one hazard, every value with its basis.

    A block that a hazard does not have is left out: no lifting, no pathways, no kits is a rule, too.
    """

    id: str
    title: Text
    issuer: Text
    hazard: str
    in_force: InForce
    sources: dict[str, Text]
    basis: dict[str, Basis]
    extends: tuple[Taken, ...] = ()
    classes: dict[str, Text]
    weights: dict[str, int]
    exit_kinds: dict[str, Text]
    zones: dict[str, ZoneClass] = Field(min_length=1)
    lifting: dict[str, Lifting] = Field(default_factory=dict)
    restart_rules: tuple[Restart, ...] = ()
    day_one: DayOne | None = None
    pathways: dict[str, Pathway] = Field(default_factory=dict)
    monitoring: Monitoring | None = None
    supply: Supply = Supply()
    medicine: Medicine | None = None
    contact: Contact
    visits: Visits = Visits()
    requests: Requests | None = None
    waste: Waste | None = None
    sampling: Sampling | None = None
    disinfection: Disinfection | None = None
    ppe: Ppe | None = None
    shifts: Shifts
    staffing: Staffing | None = None
    carrying: Carrying
    transfer: Transfer | None = None
    emergency: Emergency
    gate: Gate = Gate()
    shelter: Shelter | None = None
    letter: Letter | None = None
    alert: Alert | None = None
    answers: Answers | None = None
    review: Review
    rights: Rights
    data: Data
    targets: dict[str, Target] = Field(default_factory=dict)
    activation: Activation | None = None
    welfare: tuple[Question, ...]

    @property
    def ppe_minutes(self) -> float | None:
        """The longest time in a suit, or None where no suit is worn."""
        return self.ppe.max_minutes if self.ppe else None

    @model_validator(mode="after")
    def _parts_fit(self) -> Protocol:
        from doorstep.protocol.schema.fit import UnfitError, faults

        if found := faults(self):
            raise UnfitError(found)
        return self

    def given(self) -> dict[str, Any]:
        """What the file says, as plain data: nothing that it leaves out."""
        return self.model_dump(exclude_unset=True)

    @cached_property
    def values(self) -> dict[str, object]:
        """Every value that the file gives, by its dotted path; not its name, sources and bases."""
        rules = {key: part for key, part in self.given().items() if key not in IDENTITY}
        return {path: value for path, value in leaves(rules) if not path.endswith((".code", ".stage"))}

    @cached_property
    def paths(self) -> frozenset[str]:
        """Every value and every block that holds values."""
        return frozenset(part for path in self.values for part in above(path))
