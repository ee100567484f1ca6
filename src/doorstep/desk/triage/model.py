"""What triage says of one message."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("request", "offer", "symptoms", "thanks", "complaint", "none")
URGENCIES = ("emergency", "urgent", "normal", "low")


@dataclass(frozen=True)
class Reason:
    """Which words made it so: `text[start:end]` of the message, and what they say.

    `says` is such as need:medicine, sign:chest_pain, denied:chest_pain, over:breathing, kind:thanks, urgency:urgent, days_left, door, persons.
    """

    start: int
    end: int
    words: str
    says: str
    weight: float = 1.0


@dataclass(frozen=True)
class Persons:
    """Whom it concerns, as far as the message says."""

    count: int | None = None
    ages: tuple[int, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Door:
    """A door as it was named. `sure` is False where only a number stood there."""

    building: str
    stair: str
    room: str
    start: int
    end: int
    sure: bool = True

    @property
    def key(self) -> str:
        """Such as 3-2-501, 3-501, 501 or 12 (a building alone)."""
        return "-".join(part for part in (self.building, self.stair, self.room) if part)


@dataclass(frozen=True)
class Triage:
    """A suggestion, with its reasons; a person decides.

    `needs` come strongest first. `signs` are the codes of danger to life; any sign means the emergency path, at once.
    `days_left` counts whole days until what is asked for ends: 0 is already gone or gone today. `confidence` is between 0 and 1.
    """

    kind: str
    needs: tuple[str, ...]
    urgency: str
    signs: tuple[str, ...]
    persons: Persons
    door: Door | None
    days_left: int | None
    reasons: tuple[Reason, ...]
    confidence: float
    language: str

    @property
    def life_threat(self) -> bool:
        """Whether a sign of danger to life stands in the message."""
        return bool(self.signs)

    @property
    def need(self) -> str:
        """The strongest need, or nothing."""
        return self.needs[0] if self.needs else ""
