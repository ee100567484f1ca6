"""The form of a letter to residents."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from doorstep.command.forms.fields import some_lines


class LetterForm(forms.Form):
    """Chinese and English side by side."""

    zh_title = forms.CharField(label=_("Title in Chinese"), max_length=120)
    zh_body = some_lines(
        18,
        label=_("Text in Chinese"),
        max_length=20_000,
        help_text=_("A line that begins with # and a space is a heading."),
    )
    en_title = forms.CharField(label=_("Title in English"), max_length=120, required=False)
    en_body = some_lines(18, label=_("Text in English"), max_length=20_000, required=False)

    def __init__(self, texts: dict[str, dict[str, str]], data: Any = None) -> None:
        chinese, english = texts.get("zh-hans", {}), texts.get("en", {})
        first = {
            "zh_title": chinese.get("title"),
            "zh_body": chinese.get("body"),
            "en_title": english.get("title"),
            "en_body": english.get("body"),
        }
        super().__init__(data, initial=first)

    def texts(self) -> dict[str, dict[str, str]]:
        """The texts as the act wants them."""
        given = self.cleaned_data
        return {
            "zh-hans": {"title": given["zh_title"], "body": given["zh_body"].replace("\r\n", "\n")},
            "en": {"title": given["en_title"], "body": given["en_body"].replace("\r\n", "\n")},
        }
