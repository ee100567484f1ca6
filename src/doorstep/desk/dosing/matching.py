"""What is on the box against what was asked for: nothing is swapped unseen (F20)."""

from __future__ import annotations

from dataclasses import dataclass

from doorstep.desk.dosing.lines import ReadLine


@dataclass(frozen=True)
class Difference:
    """One thing that differs: what ("drug", "strength", "form", "release", "brand"), asked for and found."""

    what: str
    asked: str
    found: str

    @property
    def is_grave(self) -> bool:
        """A brand may differ with a word of consent; the rest is another medicine until a clinician says otherwise."""
        return self.what != "brand"


def differences(asked: ReadLine, box: ReadLine) -> list[Difference]:
    """How a box differs from what was asked for; what one of them does not say is no difference, except an unknown name."""
    found: list[Difference] = []
    if asked.drug and box.drug:
        if asked.drug.code != box.drug.code:
            found.append(Difference("drug", asked.name, box.name))
    elif (
        asked.name.strip().lower() not in box.written.lower() and box.name.strip().lower() not in asked.written.lower()
    ):
        found.append(Difference("drug", asked.name, box.name))
    if asked.strength and box.strength and not asked.strength.same(box.strength):
        found.append(Difference("strength", str(asked.strength), str(box.strength)))
    for what in ("form", "release"):
        one, other = getattr(asked, what), getattr(box, what)
        if one and other and one != other:
            found.append(Difference(what, one, other))
    if not found and asked.brand and box.brand and asked.brand.lower() != box.brand.lower():
        found.append(Difference("brand", asked.brand, box.brand))
    return found
