"""The form of a letter or a public notice: a title and a text in each language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.command.forms.fields import some_lines
from doorstep.command.letters import FIELDS
from doorstep.command.notices.facts import language_name


class TextsForm(forms.Form):
    """Every language side by side; Chinese is needed."""

    def __init__(
        self, languages: Sequence[str], texts: dict[str, dict[str, str]], data: Any = None, *, rows: int = 18
    ) -> None:
        super().__init__(data)
        self.languages = list(dict.fromkeys([*languages, *texts]))
        for code in self.languages:
            name, text = self.name_of(code), texts.get(code, {})
            needed = code == "zh-hans"
            title = {"zh-hans": _("Title in Chinese"), "en": _("Title in English")}.get(
                code, _("Title in %(language)s") % {"language": language_name(code)}
            )
            body = {"zh-hans": _("Text in Chinese"), "en": _("Text in English")}.get(
                code, _("Text in %(language)s") % {"language": language_name(code)}
            )
            self.fields[f"{name}_title"] = forms.CharField(
                label=title, max_length=120, required=needed, initial=text.get("title")
            )
            self.fields[f"{name}_body"] = some_lines(
                rows, label=body, max_length=20_000, required=needed, initial=text.get("body")
            )
        self.fields["zh_body"].help_text = gettext("A line that begins with # and a space is a heading.")

    @staticmethod
    def name_of(code: str) -> str:
        """The beginning of a language's fields."""
        return FIELDS.get(code, code.replace("-", "_"))

    def by_language(self) -> Iterator[tuple[str, str, Any, Any, bool]]:
        """Code, name, title field, text field, and whether it stands open on the page."""
        for code in self.languages:
            name = self.name_of(code)
            title, body = self[f"{name}_title"], self[f"{name}_body"]
            yield code, language_name(code), title, body, code in ("zh-hans", "en") or bool(title.errors or body.errors)

    def texts(self) -> dict[str, dict[str, str]]:
        """The texts as the acts want them."""
        found = {}
        for code in self.languages:
            title, body = (self.cleaned_data[f"{self.name_of(code)}_{part}"] for part in ("title", "body"))
            found[code] = {"title": title, "body": body.replace("\r\n", "\n")}
        return found
