"""The form for a new task."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from doorstep.command.forms.fields import LocalForm, LocalInstant, some_lines
from doorstep.command.models import Area, Incident, Member
from doorstep.command.queries import workers
from doorstep.command.rights import Rights


class TaskForm(LocalForm):
    """What is to be done, by whom, by when. `asking` names this form, so that sending it twice opens one task."""

    title = forms.CharField(label=_("What is to be done"), max_length=240)
    detail = some_lines(3, label=_("More about it"), required=False)
    area = forms.ModelChoiceField(Area.objects.none(), label=_("Area"), required=False)
    owner = forms.ModelChoiceField(Member.objects.none(), label=_("Who does it"), required=False)
    due_at = LocalInstant(label=_("Due"), required=False)
    urgency = forms.TypedChoiceField(
        label=_("Urgency"), choices=[(3, _("at once")), (2, _("today")), (1, _("when there is time"))], coerce=int
    )
    asking = forms.CharField(widget=forms.HiddenInput, max_length=60)

    def __init__(self, incident: Incident, rights: Rights, data: Any = None) -> None:
        super().__init__(incident.tz, data, initial={"urgency": 2, "asking": f"asked:{uuid4()}"})
        areas = Area.objects.filter(incident=incident)
        scope = rights.areas("work_tasks")
        if scope is not None:
            areas = areas.filter(pk__in=scope)
            self.fields["area"].required = True
        self.fields["area"].queryset = areas  # type: ignore[attr-defined]
        self.fields["owner"].queryset = workers(incident).order_by("name")  # type: ignore[attr-defined]
        self.fields["owner"].empty_label = _("nobody yet")  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """What the act needs."""
        names = ("title", "detail", "area", "owner", "due_at", "urgency")
        return {name: self.cleaned_data[name] for name in names} | {"key": self.cleaned_data["asking"]}
