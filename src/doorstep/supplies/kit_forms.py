"""The forms of kit designs: have kits designed, change a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from doorstep.command.models import Area, Incident
from doorstep.supplies.designing import kits_of
from doorstep.supplies.models import Item
from doorstep.wiring.texts import in_language


class ForAreas(forms.Form):
    """Which kit, for the households of which areas."""

    kind = forms.ChoiceField(label=_("Kit"))
    areas = forms.MultipleChoiceField(label=_("Areas"), widget=forms.CheckboxSelectMultiple)

    def offer(self, incident: Incident, areas: Sequence[Area]) -> None:
        """The kits that people live on, and the areas, all of them ticked at first."""
        self.by_id = {str(area.pk): area for area in areas}
        titles = [(kit.code, in_language(kit.title)) for kit in kits_of(incident)]
        self.fields["kind"].choices = titles  # type: ignore[attr-defined]
        self.fields["areas"].choices = [(key, area.name) for key, area in self.by_id.items()]  # type: ignore[attr-defined]
        self.fields["areas"].initial = list(self.by_id)

    def chosen(self) -> list[Area]:
        return [self.by_id[key] for key in self.cleaned_data["areas"]]


class DesignForm(ForAreas):
    """Kits to be designed, and from what."""

    buy = forms.ChoiceField(
        label=_("From what"),
        choices=[("", _("what is in stock")), ("1", _("what is in stock or can be bought"))],
        required=False,
    )

    field_order = ("kind", "buy", "areas")

    def __init__(self, incident: Incident, areas: Sequence[Area], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(incident, areas)


class LineForm(forms.Form):
    """So many packs of some goods in a kit."""

    item = forms.ChoiceField(label=_("Goods"))
    packs = forms.IntegerField(label=_("Packs in a kit"), initial=1)

    def __init__(self, items: Sequence[Item], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_code = {item.code: item for item in items}
        self.fields["item"].choices = [(code, str(item)) for code, item in self.by_code.items()]  # type: ignore[attr-defined]

    def chosen(self) -> Item:
        return self.by_code[self.cleaned_data["item"]]
