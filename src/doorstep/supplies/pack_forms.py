"""The forms of packing: order kits for a run, pack many, replace a line, say why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.command.forms.fields import LocalInstant
from doorstep.command.models import Area, Incident
from doorstep.errors import UserError
from doorstep.supplies import pack_queries
from doorstep.supplies.kit_forms import ForAreas
from doorstep.supplies.models import Item, Location, PackLine
from doorstep.supplies.stock_forms import choose
from doorstep.wiring.forms import ActForm

NOTHING = "-"  # instead of goods: leave them out


class PlacesForm(forms.Form):
    """From which store kits are packed, and where they wait."""

    store = forms.ChoiceField(label=_("Packed from"))
    staging = forms.ChoiceField(label=_("Then they wait at"))

    def __init__(self, places: Sequence[Location], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stores = choose(self, "store", places)
        self.stagings = choose(self, "staging", places)
        fullest = pack_queries.fullest(places)
        if fullest is not None:
            self.fields["store"].initial = str(fullest)
        waits = next((place for place in places if place.kind != Location.Kind.STORE), None)
        if waits is not None:
            self.fields["staging"].initial = str(waits.pk)

    def chosen_store(self) -> Location:
        found: Location = self.stores[self.cleaned_data["store"]]
        return found

    def chosen_staging(self) -> Location:
        found: Location = self.stagings[self.cleaned_data["staging"]]
        return found


class RunForm(ForAreas, PlacesForm):
    """Kits for the households of some areas to whom one is owed until an instant."""

    ready_by = LocalInstant(label=_("There by"), help_text=_("Nobody sets out for these doors before."))
    until = LocalInstant(label=_("For kits owed until"))

    field_order = ("kind", "areas", "until", "store", "staging", "ready_by")

    def __init__(
        self, incident: Incident, areas: Sequence[Area], places: Sequence[Location], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(places, *args, **kwargs)
        for name in ("until", "ready_by"):
            self.fields[name].tz = incident.tz  # type: ignore[attr-defined]
        self.offer(incident, areas)


class ManyForm(ActForm):
    """How many like kits are packed; the ticked ones are left out."""

    count = forms.IntegerField(label=_("Kits"), min_value=1)


class InsteadForm(forms.Form):
    """Other goods for a line, with the reason."""

    line = forms.ChoiceField(label=_("Instead of"))
    item = forms.ChoiceField(label=_("Take"))
    packs = forms.IntegerField(label=_("Packs in a kit"), min_value=1)
    reason = forms.CharField(label=_("Why"), max_length=240, required=False)

    def __init__(
        self, lines: Sequence[PackLine], items: Sequence[Item], *args: Any, none: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lines = {str(line.pk): line for line in lines}
        self.items = {item.code: item for item in items}
        self.fields["line"].choices = [(key, f"{line.item} × {line.packs}") for key, line in self.lines.items()]  # type: ignore[attr-defined]
        goods = [(code, str(item)) for code, item in self.items.items()]
        self.fields["item"].choices = [*([(NOTHING, gettext("nothing: leave it out"))] if none else []), *goods]  # type: ignore[attr-defined]

    def chosen_line(self) -> PackLine:
        return self.lines[self.cleaned_data["line"]]

    def chosen_item(self) -> Item | None:
        return self.items.get(self.cleaned_data["item"])


class WhyForm(forms.Form):
    """Why an order is cancelled."""

    reason = forms.CharField(label=_("Why"), max_length=240)


class TimeForm(forms.Form):
    """The kits are needed at another time, or packed from another store."""

    ready_by = LocalInstant(label=_("There by"))
    store = forms.ChoiceField(label=_("Packed from"))

    def __init__(self, incident: Incident, places: Sequence[Location], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ready_by"].tz = incident.tz  # type: ignore[attr-defined]
        self.stores = choose(self, "store", places)

    def chosen_store(self) -> Location:
        found: Location = self.stores[self.cleaned_data["store"]]
        return found


def key_of(text: str, field: str) -> int:
    """A number that a page sent. Raises UserError for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise UserError(gettext("This page is incomplete."), field=field, mend=gettext("Load it again."))
    return int(text)
