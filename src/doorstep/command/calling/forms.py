"""Forms of call-outs and of their answers."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from doorstep.command.forms.fields import some_lines
from doorstep.command.models import CallOut, Incident, Member, Organisation, Team


class CallOutForm(forms.Form):
    """Whom to call, for what, where to. `asking` names this form, so that sending it twice calls once."""

    title = forms.CharField(label=_("What they come for"), max_length=160)
    place = forms.CharField(label=_("Where to come"), max_length=160, required=False)
    text = some_lines(2, label=_("What they should know"), required=False, max_length=600)
    team = forms.ModelChoiceField(Team.objects.none(), label=_("A team"), required=False)
    organisation = forms.ModelChoiceField(
        Organisation.objects.order_by("name"), label=_("Or an organisation: its head, then the deputy"), required=False
    )
    members = forms.ModelMultipleChoiceField(
        Member.objects.none(), label=_("Or members"), required=False, widget=forms.SelectMultiple({"size": 8})
    )
    way = forms.ChoiceField(label=_("How"), choices=CallOut.Way.choices, widget=forms.RadioSelect)
    asking = forms.CharField(widget=forms.HiddenInput, max_length=60)

    def __init__(self, incident: Incident, data: Any = None) -> None:
        super().__init__(data, initial={"way": CallOut.Way.ALL, "asking": f"called:{uuid4()}"})
        able = Member.objects.filter(available=True, health="fit").order_by("name", "pk")
        self.fields["team"].queryset = incident.teams.filter(ended_at=None)  # type: ignore[attr-defined]
        self.fields["members"].queryset = able  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    """What the one who was called says. Minutes are counted from now."""

    answer = forms.ChoiceField(choices=[("coming", _("I am coming")), ("cannot", _("I cannot come"))])
    minutes = forms.IntegerField(label=_("There in minutes"), min_value=0, max_value=2880, required=False)
    note = forms.CharField(label=_("A word more (not needed)"), max_length=240, required=False)
