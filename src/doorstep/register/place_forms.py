"""Forms for places: names, floors, gates, and the table in which a building's doors are corrected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from doorstep.register.models import Building, Compound, Door
from doorstep.register.places import DoorFacts

SEPARATORS = re.compile(r"[,，、;；\n]+")


class Names(forms.CharField):
    """Several names in one text, one a line or with commas between them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea({"rows": 3}), max_length=2000, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        return [name.strip() for name in SEPARATORS.split(value or "") if name.strip()]

    def run_validators(self, value: Any) -> None:
        super().run_validators("\n".join(value))


class NewPlaceForm(forms.Form):
    """A place that needs no more than a name."""

    name = forms.CharField(label=_("Its name"), max_length=120)


class CompoundForm(forms.Form):
    """What a compound is called."""

    name = forms.CharField(label=_("Its name"), max_length=120)
    aliases = Names(
        label=_("Other names"), help_text=_("One a line. A list that names the compound so still finds it.")
    )

    @classmethod
    def of(cls, compound: Compound, data: Any = None) -> CompoundForm:
        """The form as the compound stands."""
        return cls(data, initial={"name": compound.name, "aliases": compound.aliases})


class BuildingForm(forms.Form):
    """What a building is, as somebody knows who has seen it."""

    name = forms.CharField(label=_("Its name"), max_length=120)
    address = forms.CharField(
        label=_("Address"),
        max_length=240,
        required=False,
        help_text=_("As the post writes it; it may name another street than the compound."),
    )
    aliases = Names(
        label=_("Other names"), help_text=_("One a line. A list that names the building so still finds it.")
    )
    floors = forms.IntegerField(label=_("Floors"), min_value=1, max_value=200, required=False)
    has_lift = forms.BooleanField(label=_("Has a lift"), required=False)

    @classmethod
    def of(cls, building: Building, data: Any = None) -> BuildingForm:
        """The form as the building stands."""
        names = ("name", "address", "aliases", "floors", "has_lift")
        return cls(data, initial={name: getattr(building, name) for name in names})


class GateForm(forms.Form):
    """A gate, and whether rounds reload there."""

    name = forms.CharField(label=_("Its name"), max_length=120)
    reload_point = forms.BooleanField(label=_("Rounds start and reload here"), required=False)


@dataclass
class DoorRow:
    """A door in the table, with what was typed last and what is wrong with it."""

    door: Door
    floor: str
    kind: str
    stair: str
    confirmed: bool
    error: str = ""


class DoorTable:
    """The doors of a building as rows of a form: floor, kind, stair, looked at. What was typed stays."""

    def __init__(self, doors: Iterable[Door], data: Mapping[str, Any] | None = None) -> None:
        self.rows = [_row(door, data) for door in doors]
        self.error = ""

    def facts(self) -> dict[int, DoorFacts]:
        """What the rows say; a row with an error says nothing and the table is not valid."""
        found = {}
        for row in self.rows:
            if not re.fullmatch(r"-?\d{1,3}", row.floor):
                row.error = _t("Write the floor as a number.")
                continue
            stair = int(row.stair) if row.stair.isdigit() else None
            confirmed = row.confirmed if row.confirmed != row.door.floor_confirmed else None
            found[row.door.pk] = DoorFacts(int(row.floor), row.kind, stair, confirmed)
        return found

    def is_valid(self) -> bool:
        return not self.error and not any(row.error for row in self.rows)

    def tell(self, field: str, text: str) -> None:
        """Put an error of the act at its door, or above the table."""
        pk = field.partition("-")[2]
        row = next((row for row in self.rows if str(row.door.pk) == pk), None)
        if row is None:
            self.error = text
        else:
            row.error = text


def _row(door: Door, data: Mapping[str, Any] | None) -> DoorRow:
    if data is None or f"floor-{door.pk}" not in data:
        return DoorRow(door, str(door.floor), door.kind, str(door.stair_id), door.floor_confirmed)
    said = {name: str(data.get(f"{name}-{door.pk}", "")).strip() for name in ("floor", "kind", "stair")}
    return DoorRow(door, **said, confirmed=f"confirmed-{door.pk}" in data)
