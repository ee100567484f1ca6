"""The forms of the stock: goods that come in, go over, are counted; suppliers and places."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.command.models import Incident
from doorstep.command.rights import Rights
from doorstep.errors import UserError
from doorstep.register.models import Door
from doorstep.register.search import doors_called
from doorstep.supplies.lots import Receipt
from doorstep.supplies.models import Item, Location, Lot, Supplier
from doorstep.supplies.rules import questions_for
from doorstep.supplies.stock import SheetLine, door_label
from doorstep.wiring.forms import ActForm

PAYER_CHOICES = [("public", _("public funds")), ("household", _("the households")), ("donor", _("given free"))]
KINDS = [Location.Kind.STORE, Location.Kind.STAGING, Location.Kind.GATE]


def choose(form: forms.Form, name: str, rows: Sequence[Any], empty: str = "") -> dict[str, Any]:
    """Give a choice its rows; returns them by the key that the form sends."""
    by_id = {str(row.pk): row for row in rows}
    first = [("", empty)] if empty else []
    form.fields[name].choices = [*first, *((key, str(row)) for key, row in by_id.items())]  # type: ignore[attr-defined]
    return by_id


def find_items(words: str, among: Sequence[Item] | None = None) -> list[Item]:
    """The items that a barcode, a code or a part of a name means; the very one alone where it is named exactly."""
    words = words.strip()[:80]
    if not words:
        return []
    active = list(Item.objects.filter(active=True)) if among is None else among
    plain = words.lower()
    exact = [
        one
        for one in active
        if plain in (one.code.lower(), one.barcode.lower(), *(str(name).lower() for name in one.names.values()))
    ]
    if exact:
        return exact
    parts = plain.split()
    return [one for one in active if all(part in _said(one) for part in parts)][:40]


def _said(one: Item) -> str:
    return " ".join([one.code, one.barcode, *map(str, one.names.values())]).lower()


class ReceiptForm(ActForm):
    """One lot of an item that has just come."""

    supplier = forms.ChoiceField(label=_("From whom"), required=False)
    new_supplier = forms.CharField(label=_("or somebody new"), required=False, max_length=120)
    number = forms.CharField(label=_("Lot number"), max_length=60, help_text=_("As it stands on the wrapping."))
    best_before = forms.DateField(label=_("Best before"), required=False, widget=forms.DateInput({"type": "date"}))
    packs = forms.IntegerField(label=_("Packs"), min_value=1, max_value=1_000_000)
    payer = forms.ChoiceField(label=_("Who pays"), choices=PAYER_CHOICES, initial="public")
    door = forms.CharField(
        label=_("For which door"),
        required=False,
        max_length=80,
        help_text=_("Only where the household pays: it waits for that door and is nobody else’s. 3-2-501"),
    )
    store = forms.ChoiceField(label=_("Into which store"))
    note = forms.CharField(label=_("Note"), required=False, max_length=240)

    def __init__(self, incident: Incident, item: Item, stores: Sequence[Location], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.incident, self.item = incident, item
        self.suppliers = choose(self, "supplier", list(incident.suppliers.all()), gettext("choose"))
        self.stores = choose(self, "store", stores)
        if item.shelf_days is None:
            del self.fields["best_before"]
        self.questions = questions_for(item)
        for code, title in self.questions.items():
            self.fields[f"check-{code}"] = forms.ChoiceField(
                label=title, choices=[("yes", _("yes")), ("no", _("no"))], widget=forms.RadioSelect
            )

    def facts(self) -> list[Any]:
        """The fields of the lot itself."""
        return [field for field in self.visible_fields() if not field.name.startswith("check-")]

    def checks(self) -> list[Any]:
        """The questions of the receipt check."""
        return [self[f"check-{code}"] for code in self.questions]

    def receipt(self, *, supplier: Supplier | None, order_line: int | None = None) -> Receipt:
        """What the form says."""
        given = self.cleaned_data
        date = given.get("best_before")
        return Receipt(
            self.act,
            self.item,
            given["packs"],
            given["number"],
            supplier,
            end_of_day(date, self.incident) if date else None,
            {code: given[f"check-{code}"] == "yes" for code in self.questions},
            given["payer"],
            given["note"],
            order_line,
            named_door(given["door"], doors_of(self.incident)) if given["door"].strip() else None,
        )

    def chosen_store(self) -> Location:
        found: Location = self.stores[self.cleaned_data["store"]]
        return found

    def chosen_supplier(self) -> Supplier | None:
        return self.suppliers.get(self.cleaned_data["supplier"])


def doors_of(incident: Incident) -> QuerySet[Door]:
    """The doors of areas that are not lifted."""
    areas = incident.areas.exclude(state="lifted")
    return Door.objects.filter(pk__in=Door.objects.filter(area_doors__area__in=areas).values("pk"))


def named_door(words: str, doors: QuerySet[Door]) -> Door:
    """The one door that the words mean. Raises UserError for none or several."""
    found = doors_called(words, doors)
    best = [door for rank, door in found if rank == found[0][0]]
    best = [door for door in best if door.stair.building.compound.name in words] or best
    if len(best) == 1:
        return best[0]
    if not best:
        raise UserError(
            gettext("No door of your areas is called so."), field="door", mend=gettext("Write it as 3-2-501.")
        )
    names = ", ".join(f"{door.stair.building.compound.name} {door_label(door)}" for door in best[:5])
    raise UserError(
        gettext("Several doors are called so: %(names)s.") % {"names": names},
        field="door",
        mend=gettext("Write the building's name, too."),
    )


def require_door(rights: Rights, door: Door) -> None:
    """Raises UserError for a door outside the areas in which a member manages supplies."""
    scope = rights.areas("manage_supplies")
    if scope is not None and not door.area_doors.filter(area__in=scope).exists():
        raise UserError(
            gettext("This door is of another area."),
            field="door",
            mend=gettext("Leave it to who works there, or ask for the duty."),
        )


def end_of_day(date: Any, incident: Incident) -> datetime:
    """A date on a wrapping is good until the end of that day, local to the incident."""
    return datetime.combine(date, time(23, 59), incident.tz)


class KeepForm(ActForm):
    """Packs to keep back: for a door, or for something else in a word."""

    packs = forms.IntegerField(label=_("Packs"), min_value=1, max_value=1_000_000)
    place = forms.ChoiceField(label=_("At which place"))
    door = forms.CharField(label=_("For which door"), required=False, max_length=80, help_text=_("As 3-2-501."))
    purpose = forms.CharField(label=_("or for what"), required=False, max_length=64)

    def __init__(self, places: Sequence[Location], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = choose(self, "place", places)

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if bool(given.get("door", "").strip()) == bool(given.get("purpose", "").strip()):
            self.add_error("door", _("Say for which door, or for what; one of the two."))
        return given


class ReceiptListForm(forms.Form):
    """Many lots at once, from a file."""

    file = forms.FileField(
        label=_("List of what came"),
        help_text=_("XLSX, XLS, ODS or CSV with the columns item, supplier, lot, best before, packs, checked."),
        widget=forms.FileInput({"accept": ".xlsx,.xls,.ods,.csv,.tsv,.txt"}),
    )
    into = forms.ChoiceField(label=_("Into which store"))

    def __init__(self, stores: Sequence[Location], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stores = choose(self, "into", stores)


class TransferForm(ActForm):
    """Packs of lots from one place to another."""

    target = forms.ChoiceField(label=_("To"))
    note = forms.CharField(label=_("Note"), required=False, max_length=240)

    def __init__(self, lines: list[SheetLine], places: Sequence[Location], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = choose(self, "target", places)
        self.lines = lines
        for line in lines:
            self.fields[f"packs-{line.lot.pk}"] = forms.IntegerField(
                label=str(line.lot), required=False, min_value=0, max_value=1_000_000
            )

    def rows(self) -> list[tuple[SheetLine, Any]]:
        return [(line, self[f"packs-{line.lot.pk}"]) for line in self.lines]

    def packs(self) -> dict[int, int]:
        return {line.lot.pk: self.cleaned_data.get(f"packs-{line.lot.pk}") or 0 for line in self.lines}


class CountForm(ActForm):
    """What was counted of each lot of a place; an empty line was not counted."""

    def __init__(self, lines: list[SheetLine], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            key = line.lot.pk
            self.fields[f"packs-{key}"] = forms.IntegerField(
                label=gettext("Counted: %(lot)s") % {"lot": line.lot},
                required=False,
                min_value=0,
                max_value=1_000_000,
                widget=forms.NumberInput({"class": "short"}),
            )
            self.fields[f"reason-{key}"] = forms.CharField(
                label=gettext("Reason: %(lot)s") % {"lot": line.lot}, required=False, max_length=240
            )

    def rows(self) -> list[tuple[SheetLine, Any, Any]]:
        return [(line, self[f"packs-{line.lot.pk}"], self[f"reason-{line.lot.pk}"]) for line in self.lines]

    def counted(self) -> list[tuple[Lot, int, str]]:
        found = []
        for line in self.lines:
            packs = self.cleaned_data.get(f"packs-{line.lot.pk}")
            if packs is not None:
                found.append((line.lot, packs, self.cleaned_data[f"reason-{line.lot.pk}"]))
        if not found:
            raise UserError(gettext("Nothing was counted."), mend=gettext("Type how many packs you see."))
        return found


LOT_ACTS = [
    ("hold", _("hold it back")),
    ("release", _("let it go again")),
    ("waste", _("throw packs away")),
    ("return", _("send packs back")),
    ("use", _("packs used on duty")),
    ("count", _("correct the count")),
]


class LotForm(ActForm):
    """What is to happen with a lot, and why."""

    do = forms.ChoiceField(label=_("What happens"), choices=LOT_ACTS)
    place = forms.ChoiceField(label=_("At which place"), required=False)
    packs = forms.IntegerField(
        label=_("Packs"), required=False, min_value=0, max_value=1_000_000, help_text=_("Only where some are meant.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=240)

    def __init__(self, lot: Lot, places: Sequence[Location], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = choose(self, "place", places, gettext("all of ours"))
        useless = "release" if lot.state == Lot.State.GOOD else "hold"
        if not self.is_bound:
            self.fields["do"].choices = [pair for pair in LOT_ACTS if pair[0] != useless]  # type: ignore[attr-defined]

    def chosen_place(self) -> Location:
        """Raises UserError where none is named though one is needed."""
        found = self.places.get(self.cleaned_data["place"])
        if found is None:
            raise UserError(gettext("No place is named."), field="place", mend=gettext("Say where the packs are."))
        return found

    def chosen_packs(self) -> int:
        packs = self.cleaned_data["packs"]
        if packs is None:
            raise UserError(gettext("How many packs?"), field="packs", mend=gettext("Give a number."))
        return int(packs)


class RecallForm(ActForm):
    """Why a lot is called back."""

    reason = forms.CharField(label=_("Reason"), max_length=240, help_text=_("It is told to the doors that have it."))


class PlaceForm(forms.Form):
    """A place for goods."""

    name = forms.CharField(label=_("Name of the place"), max_length=120, help_text=_("As people call it."))
    kind = forms.ChoiceField(label=_("Kind"), choices=[(kind.value, kind.label) for kind in KINDS])


class SupplierForm(forms.Form):
    """Who sells or gives goods."""

    name = forms.CharField(label=_("Name of the supplier"), max_length=120)
    phone = forms.CharField(label=_("Phone"), required=False, max_length=40)
    licence = forms.CharField(label=_("Licence number"), required=False, max_length=80)
    donor = forms.BooleanField(label=_("gives goods free"), required=False)
