"""Forms of activation, posts, the standing directory and lines of work."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from doorstep.command.forms.fields import some_lines
from doorstep.command.forms.incidents import IncidentForm
from doorstep.command.models import Member, Organisation, Workstream
from doorstep.command.posts.working import OwnItem

PLACES = 4


def _fit() -> QuerySet[Member]:
    return Member.objects.filter(available=True, health="fit").select_related("organisation").order_by("name", "pk")


class MemberChoice(forms.ModelChoiceField):
    """A member with the organisation, so that two of one name are told apart."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} · {obj.organisation}" if obj.organisation else obj.name


class CallWords(forms.Form):
    """What those who are called are told."""

    place = forms.CharField(label=_("Where to come"), max_length=160, required=False)
    text = some_lines(2, label=_("What they should know"), required=False, max_length=600)


class NewActivation(IncidentForm):
    """A new incident that is activated in the same act."""

    place = forms.CharField(label=_("Where to come"), max_length=160, required=False)
    text = some_lines(2, label=_("What those who are called should know"), required=False, max_length=600)


class HolderForm(forms.Form):
    """Who holds a post from now on."""

    member = MemberChoice(Member.objects.none(), label=_("Who holds it from now on"))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["member"].queryset = _fit()  # type: ignore[attr-defined]


class StandingForm(forms.Form):
    """Who takes a post when it is called: the first, then the next."""

    def __init__(self, named: list[Member], data: Any = None) -> None:
        super().__init__(data)
        everybody = Member.objects.select_related("organisation").order_by("name", "pk")
        labels = [_("First"), _("Second"), _("Third"), _("Fourth")]
        for number in range(PLACES):
            first = named[number].pk if number < len(named) else None
            self.fields[f"member{number + 1}"] = MemberChoice(
                everybody, label=labels[number], required=False, initial=first
            )

    def members(self) -> list[Member]:
        """Those who are named, in order."""
        given = [self.cleaned_data[f"member{number + 1}"] for number in range(PLACES)]
        return [one for one in given if one is not None]


class Checklist(forms.CharField):
    """One line an item: what is to be done; after a bar the hours and the unit: Feed the cats | 4 | cats."""

    def __init__(self, **facts: Any) -> None:
        super().__init__(widget=forms.Textarea({"rows": 4}), max_length=4000, required=False, **facts)

    def clean(self, value: Any) -> list[OwnItem]:
        found = []
        for line in super().clean(value).splitlines():
            title, *more = [part.strip() for part in line.replace("｜", "|").split("|")]
            if not title:
                continue
            hours = None
            if more and more[0]:
                try:
                    hours = float(more[0])
                except ValueError as error:
                    raise forms.ValidationError(
                        _("“%(part)s” is no number of hours. Write a line such as: Feed the cats | 4 | cats."),
                        params={"part": more[0]},
                    ) from error
                if not 0 < hours <= 10_000:
                    raise forms.ValidationError(_("Give hours between 0 and 10,000."))
            found.append(OwnItem(title, hours, more[1] if len(more) > 1 else ""))
        return found


ITEMS_HELP = _("One line for each thing to do. After a bar, the hours and what is counted: Feed the cats | 4 | cats")


class WorkForm(forms.Form):
    """A line of work that the rules do not have."""

    title = forms.CharField(label=_("Name of the line of work"), max_length=80)
    owner = MemberChoice(Member.objects.none(), label=_("Who answers for it"), required=False)
    organisation = forms.ModelChoiceField(
        Organisation.objects.order_by("name"), label=_("Organisation"), required=False
    )
    items = Checklist(label=_("Checklist"), help_text=ITEMS_HELP)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["owner"].queryset = _fit()  # type: ignore[attr-defined]


class OwnerForm(forms.Form):
    """Who answers for a line of work."""

    owner = MemberChoice(Member.objects.none(), label=_("Who answers for it"), required=False)
    organisation = forms.ModelChoiceField(
        Organisation.objects.order_by("name"), label=_("Organisation"), required=False
    )

    def __init__(self, work: Workstream, data: Any = None) -> None:
        super().__init__(data, initial={"owner": work.owner_id, "organisation": work.organisation_id})
        self.fields["owner"].queryset = _fit()  # type: ignore[attr-defined]


class ItemsForm(forms.Form):
    """More lines of a checklist."""

    items = Checklist(label=_("More to do"), help_text=ITEMS_HELP)
