"""Words to the public: the template of a letter with the facts it may name, how grave a notice is, how soon answers come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from doorstep.protocol.schema.base import Part, Text, WrongValueError

PLACEHOLDER = re.compile(r"\{([^{}\n]{0,40})\}")
LETTER_FACTS = (
    *("incident", "why", "rules", "issuer", "area", "zone", "rule", "measures", "services", "kits"),
    *("reason", "basis", "decided_by", "effective", "review", "max_days", "until_at_most", "ends_when"),
    *("first_delivery", "team", "team_phone", "emergency_phone", "phones", "complaint_office", "complaint_phone"),
    *("complaint_hours", "never"),
)


def unknown_facts(text: str) -> list[str]:
    """The placeholders of a text that name no fact of a letter."""
    return sorted({name for name in PLACEHOLDER.findall(text) if name not in LETTER_FACTS})


class LetterSection(Part):
    """A part of a letter: its heading (or none) and its text, with {facts} of the area."""

    code: str
    heading: str = ""
    text: str


class LetterText(Part):
    """A letter in one language."""

    headline: str
    sections: tuple[LetterSection, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _facts_are_known(self) -> LetterText:
        for where, text in self._texts():
            if unknown := unknown_facts(text):
                raise WrongValueError(
                    f"{where} names {{{unknown[0]}}}, which is no fact of a letter.",
                    f"Take one of {', '.join(LETTER_FACTS)}.",
                )
        return self

    def _texts(self) -> Iterator[tuple[str, str]]:
        yield "headline", self.headline
        for section in self.sections:
            yield section.code, f"{section.heading} {section.text}"


class Alert(Part):
    """How grave a public notice is, in the words of the Common Alerting Protocol (CAP 1.2), and how long it holds."""

    event: Text
    category: tuple[
        Literal[
            "Geo",
            "Met",
            "Safety",
            "Security",
            "Rescue",
            "Fire",
            "Health",
            "Env",
            "Transport",
            "Infra",
            "CBRNE",
            "Other",
        ],
        ...,
    ] = Field(min_length=1)
    response: tuple[
        Literal["Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None"], ...
    ] = ()
    urgency: Literal["Immediate", "Expected", "Future", "Past", "Unknown"]
    severity: Literal["Extreme", "Severe", "Moderate", "Minor", "Unknown"]
    certainty: Literal["Observed", "Likely", "Possible", "Unlikely", "Unknown"]
    expires_hours: float = Field(gt=0)


class Answers(Part):
    """How soon a question from the public and a rumour are answered, in hours."""

    question_hours: float = Field(gt=0)
    rumour_hours: float = Field(gt=0)
