"""Texts of the data in the language of the page."""

from __future__ import annotations

from django.utils.translation import get_language


def in_language(text: dict[str, str]) -> str:
    """A {zh, en} text of a protocol or catalogue in the language of the page."""
    return text.get("zh" if (get_language() or "zh").startswith("zh") else "en", "")
