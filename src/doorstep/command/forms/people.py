"""Forms of organisations, teams, members, accounts and duties."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from doorstep.command.models import Area, Incident, Member, Organisation, Team
from doorstep.command.rights import Rights, rights_of, roles
from doorstep.wiring.texts import in_language


class Words(forms.CharField):
    """A list typed in one line, parted by commas."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value).replace("，", ",").replace("、", ",")
        return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


class OrganisationForm(forms.Form):
    """A node of the tree with who answers for it."""

    name = forms.CharField(label=_("Name of the organisation"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=Organisation.Kind.choices)
    parent = forms.ModelChoiceField(Organisation.objects.order_by("name"), label=_("Stands below"), required=False)
    head = forms.CharField(label=_("Head"), max_length=80, required=False)
    deputy = forms.CharField(label=_("Deputy"), max_length=80, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    workstreams = Words(label=_("Lines of work"), required=False, help_text=_("Parted by commas."))

    def __init__(self, organisation: Organisation | None, data: Any = None, parent: str = "") -> None:
        first: dict[str, Any] = {"parent": parent}
        if organisation is not None:
            first = {name: getattr(organisation, name) for name in self.base_fields}
        super().__init__(data, initial=first)


class TeamForm(forms.Form):
    """A team of this incident."""

    name = forms.CharField(label=_("Name of the team"), max_length=120)
    nature = forms.CharField(
        label=_("Nature"),
        max_length=80,
        required=False,
        help_text=_("Such as volunteers, a squad, a temporary branch."),
    )
    workstream = forms.CharField(label=_("Line of work"), max_length=40, required=False)
    area = forms.ModelChoiceField(Area.objects.none(), label=_("Works in"), required=False)
    leader = forms.ModelChoiceField(Member.objects.order_by("name"), label=_("Leader"), required=False)
    members = forms.ModelMultipleChoiceField(
        Member.objects.order_by("name"), label=_("Members"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, incident: Incident, team: Team | None, data: Any = None, area: str = "") -> None:
        first: dict[str, Any] = {"area": area}
        if team is not None:
            first = {name: getattr(team, name) for name in ("name", "nature", "workstream", "area", "leader")}
            first["members"] = team.members.all()
        super().__init__(data, initial=first)
        self.fields["area"].queryset = incident.areas.exclude(state=Area.State.LIFTED)  # type: ignore[attr-defined]
        self.fields["area"].empty_label = _("the whole incident")  # type: ignore[attr-defined]


class MemberForm(forms.Form):
    """A person who works."""

    name = forms.CharField(label=_("Full name"), max_length=80)
    organisation = forms.ModelChoiceField(
        Organisation.objects.order_by("name"), label=_("Home organisation"), required=False
    )
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    skills = Words(label=_("Skills"), required=False, help_text=_("Parted by commas."))
    available = forms.BooleanField(label=_("Available"), required=False, initial=True)

    def __init__(self, member: Member | None, data: Any = None) -> None:
        first = {name: getattr(member, name) for name in self.base_fields} if member is not None else {}
        super().__init__(data, initial=first)


class DutyForm(forms.Form):
    """A duty, in the whole incident or in one area of those that the giver manages."""

    role = forms.ChoiceField(label=_("Duty"))
    area = forms.ModelChoiceField(Area.objects.none(), label=_("Where"), required=False)

    def __init__(self, incident: Incident, rights: Rights, by: Member | None, data: Any = None) -> None:
        super().__init__(data)
        whole = rights_of(by, None).covers("manage_people")
        choices = [
            (code, in_language(role.title)) for code, role in roles().items() if whole or code != "administrator"
        ]
        self.fields["role"].choices = choices  # type: ignore[attr-defined]
        areas, scope = incident.areas.exclude(state=Area.State.LIFTED), rights.areas("manage_people")
        if scope is not None:
            areas = areas.filter(pk__in=scope)
            self.fields["area"].required = True
        self.fields["area"].queryset = areas  # type: ignore[attr-defined]
        self.fields["area"].empty_label = _("the whole incident") if scope is None else "—"  # type: ignore[attr-defined]


class AccountForm(forms.Form):
    """A login for a member. `stamp` says which password the page knew of, so that one is given once for each page."""

    login = forms.CharField(label=_("Login"), max_length=60, required=False)
    stamp = forms.CharField(widget=forms.HiddenInput, required=False)
