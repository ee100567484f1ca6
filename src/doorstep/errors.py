"""The error tree: what the user can mend, and what the operator can mend."""

from __future__ import annotations


class DoorstepError(Exception):
    """Base of every error that Doorstep raises on purpose."""


class UserError(DoorstepError):
    """Something the user can mend. `field` names where, `mend` says what to do."""

    def __init__(self, message: str, *, field: str = "", mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.mend = mend

    def __str__(self) -> str:
        return " ".join(part for part in (self.message, self.mend) if part)


class NotAllowedError(UserError):
    """The user's role does not give this right here."""


class FaultError(DoorstepError):
    """Something only the operator can mend: a missing program, a broken database, a full disk."""
