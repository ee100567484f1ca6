"""Texts of the data and messages from below Django, in the language of the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from doorstep.errors import UserError

LANGUAGES = (("zh", "zh-hans"), ("en", "en"))
T = TypeVar("T")


def in_language(text: dict[str, Any]) -> str:
    """A {zh, en} text in the language of the page."""
    return str(text.get("zh" if (get_language() or "zh").startswith("zh") else "en", ""))


def in_both(say: Callable[[], T]) -> dict[str, T]:
    """What `say` gives in each language, by the short codes of texts in data: for what is kept and read later by others."""
    said = {}
    for short, language in LANGUAGES:
        with override(language):
            said[short] = say()
    return said


def spoken(error: UserError) -> UserError:
    """The same error in the language of the page, where the catalogue has its message."""
    message = _(error.pattern) if error.pattern else ""
    mend = _(error.mend) if error.mend else ""
    return type(error)(message, field=error.field, mend=mend, facts=error.facts or None)
