"""The forms of public notices, and of questions and their answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from doorstep.command.forms.fields import LocalForm, LocalInstant, one_line, some_lines
from doorstep.command.forms.letters import TextsForm
from doorstep.command.models import Area, Incident, Member, Question
from doorstep.command.queries import workers
from doorstep.command.rights import Rights
from doorstep.wiring.forms import ActForm


class NoticeForm(TextsForm):
    """A public notice: its text, and the areas that it is about."""

    areas = forms.ModelMultipleChoiceField(
        Area.objects.none(), label=_("Areas that it is about"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self,
        incident: Incident,
        rights: Rights,
        languages: list[str],
        texts: dict[str, dict[str, str]],
        chosen: list[Area],
        data: Any = None,
    ) -> None:
        super().__init__(languages, texts, data, rows=9)
        field: Any = self.fields["areas"]
        field.queryset = areas_to_publish(incident, rights)
        field.initial = [area.pk for area in chosen]
        field.required = rights.areas("publish") is not None
        field.help_text = _("None chosen: it is about the whole incident.") if not field.required else ""


class PublishForm(LocalForm):
    """Until when it holds."""

    holds_until = LocalInstant(label=_("It holds until"), required=False)


class WithdrawForm(forms.Form):
    """Why a notice is taken back."""

    zh_reason = some_lines(2, label=_("Why, in Chinese"), max_length=2000)
    en_reason = some_lines(2, label=_("Why, in English"), max_length=2000, required=False)


class QuestionForm(ActForm):
    """What was asked or heard, and where."""

    kind = forms.ChoiceField(label=_("What it is"), choices=Question.Kind.choices)
    text = some_lines(3, label=_("What is asked or said"), max_length=2000)
    source = forms.ChoiceField(
        label=_("From where"),
        choices=[one for one in Question.Source.choices if one[0] != Question.Source.RESIDENT],
    )
    heard_where = one_line(label=_("Which group, paper or caller (no resident's name)"), max_length=160, required=False)
    area = forms.ModelChoiceField(Area.objects.none(), label=_("Area"), required=False)

    def __init__(self, incident: Incident, rights: Rights, data: Any = None) -> None:
        super().__init__(data)
        field: Any = self.fields["area"]
        field.queryset = areas_to_publish(incident, rights)
        field.required = rights.areas("publish") is not None


class OwnerForm(forms.Form):
    """Who answers."""

    owner = forms.ModelChoiceField(Member.objects.none(), label=_("Who answers"), required=False)

    def __init__(self, incident: Incident, data: Any = None, *, owner: Member | None = None) -> None:
        super().__init__(data, initial={"owner": owner})
        field: Any = self.fields["owner"]
        field.queryset = workers(incident).order_by("name")
        field.empty_label = _("nobody yet")


class AnswerForm(forms.Form):
    """The question as everybody may read it, and the answer, in both languages."""

    asked_zh = some_lines(2, label=_("Question as it is published, in Chinese"), max_length=500, required=False)
    asked_en = some_lines(2, label=_("Question as it is published, in English"), max_length=500, required=False)
    answer_zh = some_lines(4, label=_("Answer in Chinese"), max_length=4000)
    answer_en = some_lines(4, label=_("Answer in English"), max_length=4000)
    publish = forms.BooleanField(label=_("Show it on the public page and on residents' pages"), required=False)

    def __init__(self, question: Question, data: Any = None) -> None:
        first = {
            "asked_zh": question.asked.get("zh") or question.text[:500],
            "asked_en": question.asked.get("en"),
            "answer_zh": question.answer.get("zh"),
            "answer_en": question.answer.get("en"),
            "publish": question.published_at is not None or question.state == Question.State.OPEN,
        }
        super().__init__(data, initial=first)

    def both(self, name: str) -> dict[str, str]:
        """A text in both languages."""
        return {code: self.cleaned_data[f"{name}_{code}"] for code in ("zh", "en")}


def areas_to_publish(incident: Incident, rights: Rights) -> Any:
    """The areas for which a member may publish."""
    found = Area.objects.filter(incident=incident).exclude(state=Area.State.LIFTED)
    scope = rights.areas("publish")
    return found if scope is None else found.filter(pk__in=scope)
