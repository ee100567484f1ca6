"""What is wrong with a map file or a picture, said so that the pages can say it in their language."""

from __future__ import annotations

from typing import Any

from doorstep.errors import UserError


class RefusedError(UserError):
    """A text with its facts apart: `text % facts` is the English message; `mend` has no facts."""

    def __init__(self, text: str, *, field: str, mend: str, **facts: Any) -> None:
        self.text: str = text
        super().__init__(text, field=field, mend=mend, facts=facts)


def gettext_noop(text: str) -> str:
    """Marks a text for translation; the pages translate it where they show it."""
    return text
