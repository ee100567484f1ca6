"""What every block is made of: frozen parts, texts in both languages, the basis of a value."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict

LANGUAGES = ("zh", "en")
MARKS = ("confirmed", "memory", "seed", "derived")
Mark = Literal["confirmed", "memory", "seed", "derived"]


class WrongValueError(ValueError):
    """A value that the file must not hold: what is wrong with it, and the mend."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.mend = mend


def _in_both_languages(text: dict[str, str]) -> dict[str, str]:
    missing = [language for language in LANGUAGES if not text.get(language)]
    if missing:
        raise WrongValueError(
            f"This text has no {' and no '.join(missing)}.",
            "Give both languages: {zh: …, en: …}; quote a text with a colon.",
        )
    if unknown := sorted(set(text) - set(LANGUAGES)):
        raise WrongValueError(f"A text has only zh and en, not {unknown[0]}.", "Take the other language out.")
    return text


Text = Annotated[dict[str, str], AfterValidator(_in_both_languages)]


class Part(BaseModel):
    """Base of every block: frozen, and no key that we do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Named(Part):
    """One thing with a code for the program and a title for people."""

    code: str
    title: Text


class Basis(Part):
    """Where values come from: a source of the file's `sources`, and how sure we are."""

    source: str
    mark: Mark


class Taken(Part):
    """Blocks taken from a shared file. Only the blocks named here are taken, and a shared file takes from no other."""

    file: str
    take: tuple[str, ...]
