"""The forms of orders: proposed, changed, confirmed, closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.command.forms.fields import LocalInstant
from doorstep.command.models import Area, Incident
from doorstep.errors import UserError
from doorstep.supplies.models import Item, OrderLine, PurchaseOrder, Supplier
from doorstep.supplies.orders import Wanted
from doorstep.supplies.stock_forms import PAYER_CHOICES, choose, find_items
from doorstep.wiring.forms import ActForm

MOST = 1_000_000


def named_item(words: str, field: str = "item") -> Item:
    """The one item that the words mean. Raises UserError for none or several."""
    found = find_items(words)
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(str(one) for one in found[:6])
        raise UserError(
            gettext("Several goods are called so: %(names)s.") % {"names": names},
            field=field,
            mend=gettext("Write the whole name, its code or its barcode."),
        )
    raise UserError(
        gettext("No goods are called so."), field=field, mend=gettext("Write the name, the code or the barcode.")
    )


class OrderForm(ActForm):
    """A first line of an order: what, how much, by when, from whom."""

    item = forms.CharField(label=_("Goods"), max_length=80, help_text=_("Name, code or barcode."))
    packs = forms.IntegerField(label=_("Packs"), min_value=1, max_value=1_000_000)
    need_by = LocalInstant(label=_("Needed by"))
    supplier = forms.ChoiceField(label=_("From whom"), required=False)
    area = forms.ChoiceField(label=_("For which area"), required=False)
    payer = forms.ChoiceField(label=_("Who pays"), choices=PAYER_CHOICES, initial="public")

    def __init__(self, incident: Incident, areas: Sequence[Area], everywhere: bool, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["need_by"].tz = incident.tz  # type: ignore[attr-defined]
        self.suppliers = choose(self, "supplier", list(incident.suppliers.all()), gettext("not yet known"))
        self.areas = choose(self, "area", areas, gettext("all of them") if everywhere else "")
        self.fields["area"].required = not everywhere

    def wanted(self) -> Wanted:
        given = self.cleaned_data
        return Wanted(named_item(given["item"]), given["packs"], given["payer"])

    def chosen_supplier(self) -> Supplier | None:
        return self.suppliers.get(self.cleaned_data["supplier"])

    def chosen_area(self) -> Area | None:
        return self.areas.get(self.cleaned_data["area"])


class ChangeForm(forms.Form):
    """An order that has not gone out: packs of each line, one more line, when, from whom."""

    need_by = LocalInstant(label=_("Needed by"))
    supplier = forms.ChoiceField(label=_("From whom"), required=False)
    item = forms.CharField(label=_("One more item"), required=False, max_length=80)
    packs = forms.IntegerField(label=_("Packs of it"), required=False, min_value=1, max_value=1_000_000)

    def __init__(self, order: PurchaseOrder, lines: Sequence[OrderLine], data: Any = None) -> None:
        first = {"need_by": order.need_by, "supplier": str(order.supplier_id or "")}
        super().__init__(data, initial=first)
        self.fields["need_by"].tz = order.incident.tz  # type: ignore[attr-defined]
        self.suppliers = choose(self, "supplier", list(order.incident.suppliers.all()), gettext("not yet known"))
        self.lines = lines
        for line in lines:
            self.fields[f"packs-{line.item_id}"] = forms.IntegerField(
                label=str(line.item), required=False, initial=line.packs, min_value=0, max_value=MOST
            )
        self.order_fields(["need_by", "supplier", *(f"packs-{line.item_id}" for line in lines)])

    def line_packs(self) -> dict[int, int]:
        return {line.item_id: self.cleaned_data.get(f"packs-{line.item_id}") or 0 for line in self.lines}

    def added(self) -> Wanted | None:
        words = self.cleaned_data["item"].strip()
        if not words:
            return None
        packs = self.cleaned_data["packs"]
        if not packs:
            raise UserError(gettext("How many packs?"), field="packs", mend=gettext("Give a number."))
        return Wanted(named_item(words), packs)


class ConfirmForm(forms.Form):
    """What the supplier says that it brings, and when."""

    comes_at = LocalInstant(label=_("Comes at"), required=False)

    def __init__(self, order: PurchaseOrder, lines: Sequence[OrderLine], data: Any = None) -> None:
        super().__init__(data, initial={"comes_at": order.need_by})
        self.fields["comes_at"].tz = order.incident.tz  # type: ignore[attr-defined]
        self.lines = lines
        for line in lines:
            self.fields[f"packs-{line.item_id}"] = forms.IntegerField(
                label=str(line.item), initial=line.packs, help_text=_("packs that come"), min_value=0, max_value=MOST
            )

    def line_packs(self) -> dict[int, int]:
        return {line.item_id: self.cleaned_data[f"packs-{line.item_id}"] for line in self.lines}


class ExpectForm(forms.Form):
    """When the supplier says now that it comes."""

    comes_at = LocalInstant(label=_("Comes at"))

    def __init__(self, order: PurchaseOrder, data: Any = None) -> None:
        super().__init__(data, initial={"comes_at": order.expected_at})
        self.fields["comes_at"].tz = order.incident.tz  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), max_length=240)
