"""The room's forms: a report's sentences, a finding, an export."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from doorstep.command.models import Incident, Member
from doorstep.report.models import Report
from doorstep.report.narrative import PARTS
from doorstep.report.papers import part_title
from doorstep.wiring.forms import ActForm
from doorstep.wiring.texts import LANGUAGES

SPOKEN = {"zh": "中文", "en": "English"}


class BeginForm(ActForm):
    """Begin a report; the period comes with the address."""


class TextsForm(forms.Form):
    """The sentences of a draft in both languages, one field a part."""

    def __init__(self, report: Report, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for language, _code in LANGUAGES:
            for part in PARTS:
                said = report.texts.get(language, {}).get(part, "")
                self.fields[f"{language}_{part}"] = forms.CharField(
                    label=f"{part_title(part)} · {SPOKEN[language]}",
                    widget=forms.Textarea(attrs={"rows": min(14, max(3, said.count("\n") + 2))}),
                    initial=said,
                    required=False,
                    max_length=20_000,
                )

    def texts(self) -> dict[str, dict[str, str]]:
        """What was written, by language and part."""
        said = self.cleaned_data
        return {lang: {part: said[f"{lang}_{part}"] for part in PARTS} for lang, _code in LANGUAGES}


class SignForm(forms.Form):
    """Who signs a report."""

    signed_name = forms.CharField(label=_("Signed by"), max_length=120)


class FindingForm(ActForm):
    """A finding with who takes it on and by when."""

    text = forms.CharField(
        label=_("What we learned"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
        help_text=_("One sentence: what happened, and what to do otherwise."),
    )
    owner = forms.ModelChoiceField(label=_("Who takes it on"), queryset=Member.objects.none(), required=False)
    days = forms.IntegerField(label=_("Days until it is done"), min_value=1, max_value=365, required=False)

    def __init__(self, incident: Incident, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = Member.objects.filter(grants__incident=incident).distinct().order_by("name", "pk")
        self.fields["owner"].queryset = members  # type: ignore[attr-defined]
        self.fields["owner"].label_from_instance = lambda member: member.name  # type: ignore[attr-defined]


class ExportForm(ActForm):
    """What an export of the whole incident is for, and whether it holds names."""

    purpose = forms.CharField(
        label=_("What it is for"),
        max_length=480,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Who will have it and why. The journal keeps this with your name and the time."),
    )
    names = forms.ChoiceField(
        label=_("What goes out"),
        choices=[
            ("study", _("for study: no names, no phones, no words of people, pseudonyms instead")),
            ("whole", _("everything, to go on elsewhere: with names")),
        ],
        widget=forms.RadioSelect,
        initial="study",
    )


class ImportForm(ActForm):
    """An archive of another installation."""

    file = forms.FileField(label=_("Archive (ZIP)"))
    purpose = forms.CharField(label=_("What it is for"), max_length=480)
