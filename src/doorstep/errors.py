"""The error tree: what the user can mend, and what the operator can mend."""

from __future__ import annotations

from collections.abc import Mapping


def gettext_noop(text: str) -> str:
    """Mark a message for the catalogue where Django is not known."""
    return text


class DoorstepError(Exception):
    """Base of every error that Doorstep raises on purpose."""


class UserError(DoorstepError):
    """Something the user can mend. `field` names where, `mend` says what to do.

    Below Django a message is a pattern of the catalogue with its `facts` beside it, so that a page can say it in its language.
    """

    def __init__(
        self, message: str, *, field: str = "", mend: str = "", facts: Mapping[str, object] | None = None
    ) -> None:
        self.pattern = message
        self.facts = dict(facts or {})
        self.message = message % self.facts if facts else message
        super().__init__(self.message)
        self.field = field
        self.mend = mend

    def __str__(self) -> str:
        return " ".join(part for part in (self.message, self.mend) if part)


class NotAllowedError(UserError):
    """The user's role does not give this right here."""


class FaultError(DoorstepError):
    """Something only the operator can mend: a missing program, a broken database, a full disk."""
