"""Forms for facts of households and people. Only what the editor changed is stored, whoever else wrote meanwhile."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from doorstep.register import words
from doorstep.register.lists import Birth, parse_birth
from doorstep.register.models import Household, Person

PERSON = (
    "name",
    "sex",
    "birth_date",
    "relation",
    "phone",
    "classes",
    "conditions",
    "medicines",
    "recurring_care",
    "note",
)
HOUSEHOLD = (
    *("head", "size_stated", "tenancy", "languages", "diets", "allergies", "pets", "channel", "phone", "note"),
)
PRIVATE = {"name", "head", "birth_date", "phone", "conditions", "medicines", "recurring_care", "note"}
CODED = ("classes", "conditions", "diets", "pets")
LISTED = ("medicines", "recurring_care", "languages", "allergies")


class LinesField(forms.Field):
    """A list, one thing a line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea({"rows": 2}), **kwargs)

    def to_python(self, value: Any) -> list[str]:
        if isinstance(value, list):
            return value
        parts = (part.strip() for part in re.split(r"[\r\n;；]+", value or ""))
        return [part[:200] for part in parts if part]

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value


class BirthField(forms.Field):
    """A birth date as people say it: 1938-05-12, 1938-5, 1938 or an age."""

    def __init__(self, today: date, **kwargs: Any) -> None:
        self.today = today
        super().__init__(required=False, **kwargs)

    def to_python(self, value: Any) -> Birth | None:
        text = str(value or "").strip()
        if not text:
            return None
        birth = parse_birth(text, self.today)
        if birth is None:
            raise forms.ValidationError(_("This is no birth date. Write 1938-05-12, 1938 or an age such as 83."))
        return birth

    def prepare_value(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value


class FactsForm(forms.Form):
    """Some fields of a household or person, and how they are known."""

    known = forms.ChoiceField(
        label=_("How is this known?"),
        choices=[(code, words.KINDS[code]) for code in ("door", "manual")],
        initial="door",
        widget=forms.RadioSelect,
    )

    def __init__(
        self, names: tuple[str, ...], subject: Person | Household, *args: Any, today: date, incident: Any, **kwargs: Any
    ) -> None:
        kwargs["initial"] = {name: getattr(subject, name) for name in names} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.subject = subject
        for name in names:
            field = _field(name, getattr(subject, name), today, incident)
            field.label, field.show_hidden_initial = words.FIELDS[name], True
            self.fields[name] = field
        self.order_fields([*names, "known"])

    def facts(self) -> dict[str, Any]:
        """What the editor changed, ready to be stored."""
        changed = {name: self.cleaned_data[name] for name in self.changed_data if name != "known"}
        if "birth_date" in changed:
            birth = changed["birth_date"]
            changed["birth_date"] = birth.date if birth else None
            changed["birth_precision"] = birth.precision if birth else ""
        return changed


def _field(name: str, given: Any, today: date, incident: Any) -> forms.Field:
    if name == "birth_date":
        return BirthField(today, help_text=_("1938-05-12, 1938-5, 1938 or an age such as 83."))
    if name in LISTED:
        return LinesField(help_text=_("One a line."))
    if name in CODED:
        known = words.class_titles(incident) if name == "classes" else words.CODES[name]
        choices = [*known.items(), *((code, code) for code in given or [] if code not in known)]
        return forms.MultipleChoiceField(choices=choices, required=False, widget=forms.CheckboxSelectMultiple)
    if name in ("sex", "tenancy"):
        known = words.CODES[name]
        choices = [("", "—"), *known.items(), *([(given, given)] if given and given not in known else [])]
        return forms.ChoiceField(choices=choices, required=False)
    if name == "channel":
        return forms.ChoiceField(choices=[("", "—"), *Household.Channel.choices], required=False)
    if name == "size_stated":
        return forms.IntegerField(min_value=0, max_value=60, required=False)
    if name == "note":
        return forms.CharField(required=False, max_length=2000, widget=forms.Textarea({"rows": 3}))
    longest = {"relation": 20, "phone": 40}.get(name, 80)
    return forms.CharField(required=False, max_length=longest)


class PlaceForm(forms.Form):
    """Where a person is now."""

    present = forms.ChoiceField(label=_("Where now"), choices=Person.Present.choices)
    known = forms.ChoiceField(
        label=_("How is this known?"), choices=[(code, words.KINDS[code]) for code in ("door", "manual")]
    )


class FilterForm(forms.Form):
    """What of the register is shown, and in which order."""

    compound = forms.ChoiceField(label=_("Compound"), required=False)
    building = forms.ChoiceField(label=_("Building"), required=False)
    vulnerable = forms.ChoiceField(label=_("Vulnerability"), required=False)
    present = forms.ChoiceField(label=_("Where now"), required=False)
    known = forms.ChoiceField(
        label=_("What is known"),
        required=False,
        choices=[
            ("", _("everything")),
            ("nobody", _("nobody is known")),
            ("unreachable", _("no phone, no way of contact")),
            ("left", _("moved away")),
        ],
    )
    order = forms.ChoiceField(
        label=_("Order"), required=False, choices=[("", _("by door")), ("need", _("the most vulnerable first"))]
    )

    def __init__(
        self,
        compounds: list[tuple[int, str]],
        buildings: list[tuple[int, str]],
        incident: Any,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        every = [("", _("all"))]
        choices: dict[str, list[Any]] = {
            "compound": [(str(key), name) for key, name in compounds],
            "building": [(str(key), name) for key, name in buildings],
            "vulnerable": [("any", _("any")), *words.class_titles(incident).items()],
            "present": list(Person.Present.choices),
        }
        for name, found in choices.items():
            self.fields[name].choices = [*every, *found]  # type: ignore[attr-defined]

    def asked(self) -> dict[str, str]:
        """The filters that hold; one that cannot be holds not."""
        self.is_valid()
        return {name: text for name, text in getattr(self, "cleaned_data", {}).items() if text}
