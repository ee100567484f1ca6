"""Amounts as values: strength, pack, dose."""

from __future__ import annotations

from dataclasses import dataclass

MG = {"mg": 1.0, "g": 1000.0, "ug": 0.001}
SIGN = {"unit": "u", "ug": "μg"}


@dataclass(frozen=True)
class Strength:
    """How much is in what: 300 units in 3 ml, 500 mg in one tablet (`per` = 0)."""

    amount: float
    unit: str  # mg | g | ug | unit | ml | %
    per: float = 0.0
    per_unit: str = ""

    def __str__(self) -> str:
        text = f"{plain(self.amount)}{SIGN.get(self.unit, self.unit)}"
        return f"{text}:{plain(self.per)}{self.per_unit}" if self.per else text

    @property
    def mg(self) -> float | None:
        """The amount in milligrams; None where it is not a mass."""
        return self.amount * MG[self.unit] if self.unit in MG else None

    def same(self, other: Strength) -> bool:
        """Whether both say the same amount, whatever the units they are written in."""
        if self.per and other.per and self.per_unit == other.per_unit and self.per != other.per:
            if self._base is None or other._base is None or self._kind != other._kind:
                return False
            return abs(self._base / self.per - other._base / other.per) < 1e-9
        return self._kind == other._kind and abs((self._base or 0) - (other._base or 0)) < 1e-9

    @property
    def _kind(self) -> str:
        return "mass" if self.unit in MG else self.unit

    @property
    def _base(self) -> float | None:
        return self.mg if self.unit in MG else self.amount


@dataclass(frozen=True)
class Dose:
    """How much a day, in a unit of count ("tablet"), mass, volume or effect ("unit"). None a day = when it is needed."""

    per_day: float | None
    unit: str = ""
    as_needed: bool = False


def plain(number: float) -> str:
    """A number as people write it: 300, 0.5."""
    return f"{number:.4f}".rstrip("0").rstrip(".")
