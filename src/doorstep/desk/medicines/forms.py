"""The forms of the medicine pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.command.models import Incident, Member
from doorstep.desk import dosing
from doorstep.desk.forms import DOOR_HELP
from doorstep.desk.medicines.care import Treatment
from doorstep.desk.medicines.listing import Facts
from doorstep.desk.medicines.models import Authority, MedicineLine, RecurringCare, Source, SourceStock
from doorstep.desk.medicines.queries import unit_titles
from doorstep.desk.medicines.rules import generic_title
from doorstep.wiring.forms import ActForm

DAYS = [(0, _("Mon")), (1, _("Tue")), (2, _("Wed")), (3, _("Thu")), (4, _("Fri")), (5, _("Sat")), (6, _("Sun"))]


class ListForm(ActForm):
    """A paper list, typed or pasted."""

    text = forms.CharField(
        label=_("What the list says, one on each line"),
        max_length=6000,
        widget=forms.Textarea({"rows": 6}),
        help_text=_("As it is written: name, strength, pack, dose, what is left."),
    )


class ReadForm(forms.Form):
    """One line, read back to the resident."""

    name = forms.CharField(label=_("Name as on the box"), max_length=120)
    generic = forms.CharField(
        label=_("Medicine"), max_length=120, required=False, help_text=_("Empty if the table has none.")
    )
    strength = forms.CharField(label=_("Strength"), max_length=40, required=False)
    pack_count = forms.FloatField(label=_("In one pack"), required=False, min_value=0, max_value=10_000)
    unit = forms.ChoiceField(label=_("Counted in"))
    dose_per_day = forms.FloatField(label=_("Dose a day"), required=False, min_value=0, max_value=10_000)
    dose_unit = forms.ChoiceField(label=_("Dose in"), required=False)
    as_needed = forms.BooleanField(label=_("only when needed"), required=False)
    stock = forms.FloatField(label=_("Left at home"), required=False, min_value=0, max_value=100_000)
    days_left = forms.FloatField(
        label=_("or days that it lasts"), required=False, min_value=0, max_value=3650, help_text=_("0.5 is half a day.")
    )

    def __init__(self, line: MedicineLine, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "prefix": f"line{line.pk}"})
        self.line = line
        units = unit_titles()
        counted = [one for one in units if one[0] not in ("unit", "mg", "g", "ug", "ml", "puff", "drop")]
        self.fields["unit"].choices = counted  # type: ignore[attr-defined]
        self.fields["dose_unit"].choices = [("", gettext("as counted")), *units]  # type: ignore[attr-defined]
        self.initial = {
            "name": line.name,
            "generic": generic_title(line.drug) if line.drug else "",
            "strength": line.strength,
            "pack_count": _number(line.pack_count),
            "unit": line.unit,
            "dose_per_day": _number(line.dose_per_day),
            "dose_unit": line.dose_unit if line.dose_unit != line.unit else "",
            "as_needed": line.as_needed,
            "stock": _number(line.stock),
        }
        if line.stock is None and line.runs_out_at and line.counted_at:
            self.initial["days_left"] = _number((line.runs_out_at - line.counted_at) / timedelta(days=1))

    def clean_generic(self) -> str:
        said = self.cleaned_data["generic"].strip()
        if not said:
            return ""
        found = dosing.find(said)
        if found is None or not found.sure:
            raise forms.ValidationError(
                gettext("The table has no such medicine. Leave it empty to keep the name as it is.")
            )
        return found.drug.code

    def facts(self) -> Facts:
        """What was read back and is right."""
        given, line = self.cleaned_data, self.line
        return Facts(
            written=line.written,
            name=given["name"],
            drug=given["generic"],
            brand=line.brand,
            strength=given["strength"],
            form=line.form,
            release=line.release,
            unit=given["unit"],
            pack_count=given["pack_count"],
            volume_ml=line.volume_ml,
            dose_per_day=given["dose_per_day"],
            dose_unit=given["dose_unit"],
            as_needed=given["as_needed"],
            stock=given["stock"],
            days_left=given["days_left"],
            note=line.note,
        )


class AuthorityForm(forms.Form):
    """What lets us collect for a person."""

    kind = forms.ChoiceField(label=_("What it is"), choices=Authority.Kind.choices)
    thing = forms.ChoiceField(label=_("Object that we hold"), required=False)
    note = forms.CharField(label=_("Note"), max_length=160, required=False)

    def __init__(self, things: list[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(one.pk), f"{one.get_kind_display()} {one.number}") for one in things]
        self.fields["thing"].choices = [("", "—"), *choices]  # type: ignore[attr-defined]


class SourceForm(forms.Form):
    """A source: where, when, what it asks for."""

    name = forms.CharField(label=_("Hospital or pharmacy"), max_length=120)
    department = forms.CharField(label=_("Department"), max_length=80, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=Source.Kind.choices)
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    minutes_away = forms.FloatField(label=_("Minutes from here"), required=False, min_value=1, max_value=600)
    east_km = forms.FloatField(label=_("km to the east"), required=False, min_value=-500, max_value=500)
    north_km = forms.FloatField(label=_("km to the north"), required=False, min_value=-500, max_value=500)
    opens_at = forms.TimeField(label=_("Opens at"), widget=forms.TimeInput({"type": "time"}, "%H:%M"))
    closes_at = forms.TimeField(label=_("Closes at"), widget=forms.TimeInput({"type": "time"}, "%H:%M"))
    opens_days = forms.TypedMultipleChoiceField(
        label=_("On"), choices=DAYS, coerce=int, widget=forms.CheckboxSelectMultiple, initial=list(range(7))
    )
    queue_minutes = forms.IntegerField(label=_("Minutes of queue"), min_value=0, max_value=600, initial=30)
    prescription_rule = forms.CharField(label=_("What it asks for a prescription"), max_length=240, required=False)
    requires = forms.MultipleChoiceField(
        label=_("Bring along"), choices=Authority.Kind.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    most_packs = forms.IntegerField(label=_("Packs at most for one person"), required=False, min_value=1, max_value=999)
    keeps_cold = forms.BooleanField(label=_("has medicines that are kept cold"), required=False)
    special = forms.BooleanField(label=_("gives controlled medicines"), required=False)

    def __init__(self, *args: Any, source: Source | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if source is not None:
            self.initial = {name: getattr(source, name) for name in self.fields}


class StockForm(forms.Form):
    """What a source says of one medicine."""

    drug = forms.ChoiceField(label=_("Which medicine"))
    said = forms.ChoiceField(label=_("It"), choices=[one for one in SourceStock.Said.choices if one[0] != "collected"])
    packs = forms.IntegerField(label=_("How many packs"), required=False, min_value=0, max_value=100_000)
    note = forms.CharField(label=_("Note"), required=False, max_length=240)

    def __init__(self, drugs: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["drug"].choices = drugs  # type: ignore[attr-defined]


class PlanForm(ActForm):
    """Which supplies, who goes, from when to when."""

    refills = forms.MultipleChoiceField(label=_("What is to be had"), widget=forms.CheckboxSelectMultiple)
    couriers = forms.MultipleChoiceField(label=_("Who goes"), widget=forms.CheckboxSelectMultiple)
    in_minutes = forms.IntegerField(label=_("Leaves in so many minutes"), min_value=0, max_value=2880, initial=10)
    hours = forms.FloatField(label=_("Back within so many hours"), min_value=0.5, max_value=24)
    cool_box = forms.BooleanField(label=_("they carry a cool box"), required=False)

    def __init__(
        self, refills: list[tuple[str, str]], members: list[Member], hours: float, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.members = {str(member.pk): member for member in members}
        self.fields["refills"].choices = refills  # type: ignore[attr-defined]
        self.fields["couriers"].choices = [(key, one.name) for key, one in self.members.items()]  # type: ignore[attr-defined]
        self.fields["hours"].initial = hours


class CareForm(ActForm):
    """A treatment that comes again."""

    door = forms.CharField(label=_("Which door or name"), max_length=80, help_text=DOOR_HELP)
    kind = forms.ChoiceField(label=_("Treatment"), choices=RecurringCare.Kind.choices)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On"), choices=DAYS, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    starts_at = forms.TimeField(label=_("At"), widget=forms.TimeInput({"type": "time"}, "%H:%M"))
    first_on = forms.DateField(label=_("First on"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    until = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    place = forms.CharField(label=_("Where it takes place"), required=False, max_length=160)
    note = forms.CharField(label=_("Note"), required=False, max_length=240)

    def __init__(self, incident: Incident, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_on"].initial = incident.now().astimezone(incident.tz).date()

    def told(self) -> Treatment:
        """What the form says."""
        given = self.cleaned_data
        return Treatment(
            given["kind"],
            tuple(given["weekdays"]),
            given["starts_at"],
            given["first_on"],
            given["until"],
            given["place"],
            None,
            given["note"],
            self.act,
        )


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.4f}".rstrip("0").rstrip(".")
