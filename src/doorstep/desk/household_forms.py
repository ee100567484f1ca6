"""The forms of a household's own page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.desk.households import sign_titles
from doorstep.desk.rules import offer_kinds
from doorstep.wiring.homes import PageForm

LONGEST = 2000


def _words(label: Any, *, required: bool = True, help_text: Any = "", rows: int = 4) -> forms.CharField:
    widget = forms.Textarea({"rows": rows})
    return forms.CharField(label=label, required=required, max_length=LONGEST, help_text=help_text, widget=widget)


class AskForm(PageForm):
    """Ask for something, in words, with a photo or with one's voice."""

    text = _words(_("What do you need?"), required=False, help_text=_("Write as you speak. Several things are fine."))
    file = forms.FileField(
        label=_("Or a photo or your voice"),
        required=False,
        help_text=_("A photo of a box of medicine or of a list is enough."),
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp,audio/*"}),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("text", "").strip() and not given.get("file") and not self.errors:
            self.add_error("text", gettext("Write what you need, or add a photo or your voice."))
        return given


class SymptomsForm(PageForm):
    """How somebody at home feels."""

    signs = forms.MultipleChoiceField(
        label=_("What is it?"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("Tick all that fit.")
    )
    who = forms.CharField(
        label=_("Who is it?"), required=False, max_length=80, help_text=_("For example: mother, 83 years old.")
    )
    text = _words(_("Anything more?"), required=False, rows=3)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["signs"].choices = list(sign_titles().items())  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("signs") and not given.get("text", "").strip() and not self.errors:
            self.add_error("signs", gettext("Tick what fits, or write it below."))
        return given


class OfferForm(PageForm):
    """What somebody can do for others."""

    kind = forms.ChoiceField(label=_("What can you do?"))
    text = _words(_("Tell us a little more"), rows=3)
    consent = forms.BooleanField(
        label=_("Neighbours may hear of it"),
        required=False,
        help_text=_("Without this only the team knows. You can take it back at any time."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", gettext("choose")), *offer_kinds().items()]
        self.fields["kind"].choices = choices  # type: ignore[attr-defined]


class ThanksForm(PageForm):
    """Thanks to those who come."""

    text = _words(_("Your words"))


class ComplaintForm(PageForm):
    """A complaint, for somebody above the team."""

    text = _words(_("What went wrong?"))


class MoreForm(PageForm):
    """More words to a request."""

    text = _words(_("What should we know?"))


class NotYetForm(PageForm):
    """Why it is not done."""

    text = _words(_("What is still missing? (not needed)"), required=False, rows=3)


class AppealForm(PageForm):
    """Why the decision is not right."""

    text = _words(_("Why do you not agree?"))
