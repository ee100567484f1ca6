"""The forms of goods: which of them to show, one kind of goods, a list to bring in."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.supplies import catalogue
from doorstep.supplies.models import Item
from doorstep.wiring.texts import in_language

FIGURE = "n_"
PLAIN = ("unit", "per_pack", "pack_weight_g", "pack_volume_ml", "edible_share", "keep", "shelf_days", "needs_cooking")
APART = ("energy_odd", "needs_cooking", "contains")
MORE = ("lead_hours", "least_packs", "barcode", "source", "active")


class ItemsForm(forms.Form):
    """Which goods are shown."""

    q = forms.CharField(label=_("Search"), required=False, max_length=60)
    group = forms.ChoiceField(label=_("Group"), required=False)
    without = forms.ChoiceField(label=_("Fit for"), required=False)
    cooking = forms.ChoiceField(
        label=_("Stove"), required=False, choices=[("", _("all")), ("no", _("no cooking needed"))]
    )
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("in use")), ("off", _("not in use")), ("all", _("all"))]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = [("", gettext("all"))]
        groups = [(code, in_language(group.names)) for code, group in catalogue.groups().items()]
        tags = catalogue.tags()
        diets = [(f"diet:{code}", in_language(diet.names)) for code, diet in tags.diets.items()]
        diets += [(f"allergy:{code}", in_language(diet.names)) for code, diet in tags.allergies.items()]
        self.fields["group"].choices = [*every, *groups]  # type: ignore[attr-defined]
        self.fields["without"].choices = [*every, *diets]  # type: ignore[attr-defined]

    def asked(self) -> dict[str, str]:
        """The filters that hold; one that cannot be holds not."""
        self.is_valid()
        return {name: text for name, text in getattr(self, "cleaned_data", {}).items() if text}


def _number(label: Any, least: float, *, required: bool = False, most: float = 1e7, text: Any = "") -> forms.FloatField:
    widget = forms.NumberInput({"step": "any", "min": least})
    return forms.FloatField(
        label=label, required=required, min_value=least, max_value=most, help_text=text, widget=widget
    )


class ItemForm(forms.Form):
    """One kind of goods. Figures are of 100 g of the edible part; an empty one is not known."""

    name_zh = forms.CharField(label=_("Chinese name"), max_length=120)
    name_en = forms.CharField(label=_("English name"), max_length=120)
    group = forms.ChoiceField(label=_("Group"))
    unit = forms.ChoiceField(label=_("Unit"), choices=Item.Unit.choices)
    per_pack = _number(_("Units in a pack"), 0.001, required=True)
    pack_weight_g = _number(_("Gross weight of a pack (g)"), 1, required=True)
    pack_volume_ml = _number(_("Volume of a pack (mL)"), 1)
    edible_share = _number(
        _("Edible share"), 0.01, most=1, required=True, text=_("From 0.01 to 1: what is not peel or bone.")
    )
    keep = forms.ChoiceField(label=_("Keep"), choices=Item.Keep.choices)
    shelf_days = _number(_("Shelf days"), 0.01)
    needs_cooking = forms.BooleanField(label=_("Needs cooking"), required=False)
    contains = forms.MultipleChoiceField(label=_("Contains"), required=False, widget=forms.CheckboxSelectMultiple)
    price = forms.DecimalField(
        label=_("Price (yuan)"),
        required=False,
        min_value=Decimal(0),
        max_value=Decimal(1_000_000),
        decimal_places=2,
        help_text=_("A figure for planning, no offer."),
    )
    lead_hours = _number(_("Lead hours"), 0.1)
    least_packs = forms.IntegerField(label=_("Minimum stock (packs)"), required=False, min_value=0, max_value=1_000_000)
    barcode = forms.CharField(label=_("Barcode"), required=False, max_length=32)
    source = forms.CharField(
        label=_("Source"), max_length=240, help_text=_("Where the figures are from: a table, a label, a supplier.")
    )
    energy_odd = forms.BooleanField(
        label=_("Energy checked"),
        required=False,
        help_text=_("Tick it where energy does not fit the rest for a reason: alcohol, acid, fibre."),
    )
    active = forms.BooleanField(label=_("In use"), required=False)

    def __init__(self, item: Item | None, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = values_of(item) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.item = item
        tags = catalogue.tags()
        derived = {*tags.by_figure, "needs_cooking"}
        groups = [(code, in_language(group.names)) for code, group in catalogue.groups().items()]
        self.fields["group"].choices = groups  # type: ignore[attr-defined]
        self.fields["contains"].choices = [  # type: ignore[attr-defined]
            (code, in_language(tag.names)) for code, tag in tags.tags.items() if code not in derived
        ]
        if item is None:
            code = forms.SlugField(label=_("Code"), max_length=40, help_text=_("Letters, digits, - and _."))
            self.fields = {"code": code, **self.fields}
        for name, nutrient in catalogue.nutrients().items():
            if name == "water_ml" and item is not None and item.kind != Item.Kind.WATER:
                continue
            label = f"{in_language(nutrient.names)} ({nutrient.unit})"
            most = 905 if name == "kcal" else 100 if nutrient.unit == "g" else 1e6
            self.fields[FIGURE + name] = _number(label, 0, most=most)

    def clean(self) -> dict[str, Any]:
        """Weights and energy that cannot be are told at their field."""
        super().clean()
        given = self.cleaned_data
        weight, content = given.get("pack_weight_g"), given.get("per_pack")
        if given.get("unit") == Item.Unit.GRAM and weight and content and weight < content:
            self.add_error(
                "pack_weight_g", gettext("The pack weighs less than what is in it. Give its weight with wrapping.")
            )
        off = catalogue.energy_off(self._figures())
        excepted = self.item is not None and self.item.code in catalogue.energy_exceptions()
        if off is not None and not excepted and not given.get("energy_odd"):
            self.add_error(
                FIGURE + "kcal",
                gettext(
                    "Energy is %(off)s %% off what protein, fat and carbohydrate give. Check the figures, or tick that energy was checked."
                )
                % {"off": f"{100 * off:+.0f}"},
            )
        return given

    def _figures(self) -> dict[str, float]:
        names = [name for name in self.fields if name.startswith(FIGURE)]
        return {name[len(FIGURE) :]: float(v) for name in names if (v := self.cleaned_data.get(name)) is not None}

    def facts(self) -> dict[str, Any]:
        """The fields of the item, ready to be stored."""
        given = self.cleaned_data
        price = given.get("price")
        return {
            "names": {"zh": given["name_zh"], "en": given["name_en"]},
            "group": given["group"],
            "nutrients": self._figures(),
            "contains": list(given["contains"]),
            "price_cents": None if price is None else int(price * 100),
            **{name: given[name] for name in (*PLAIN, *MORE)},
            "least_packs": given["least_packs"] or 0,
        }

    def main(self) -> list[Any]:
        """The fields of the pack."""
        return [self[name] for name in self.fields if not name.startswith(FIGURE) and name not in APART]

    def for_whom(self) -> list[Any]:
        """What it contains and whether it needs a stove: for whom it is."""
        return [self["needs_cooking"], self["contains"]]

    def figures(self) -> list[Any]:
        """The figures of 100 g, and whether energy was checked."""
        return [*(self[name] for name in self.fields if name.startswith(FIGURE)), self["energy_odd"]]


def values_of(item: Item | None) -> dict[str, Any]:
    """The values of a form for goods that there are, or for new ones."""
    if item is None:
        return {"unit": "g", "edible_share": 1, "keep": "dry", "active": True, "least_packs": 0}
    price = None if item.price_cents is None else Decimal(item.price_cents) / 100
    derived = {*catalogue.tags().by_figure, "needs_cooking"}
    return {
        "name_zh": item.names.get("zh", ""),
        "name_en": item.names.get("en", ""),
        "group": item.group,
        "price": price,
        "contains": [tag for tag in item.contains if tag not in derived],
        **{name: _tidy(getattr(item, name)) for name in (*PLAIN, *MORE)},
        **{FIGURE + name: _tidy(amount) for name, amount in item.nutrients.items()},
    }


def _tidy(value: Any) -> Any:
    """143 for 143.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class ItemListForm(forms.Form):
    """A list of goods to bring in."""

    file = forms.FileField(
        label=_("List of goods"),
        help_text=_(
            "XLSX, ODS or CSV. The first row names the columns as the exported list does; blank cells change nothing."
        ),
        widget=forms.FileInput({"accept": ".xlsx,.xls,.ods,.csv,.tsv"}),
        error_messages={"empty": _("The file is empty. Choose the file that holds the list.")},
    )
