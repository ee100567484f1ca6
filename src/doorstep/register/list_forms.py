"""The forms of the import: a file with its compound, and what each column means."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.register import lists
from doorstep.register.models import Compound, ListImport
from doorstep.wiring.texts import in_language


class ListForm(forms.Form):
    """A list and the compound that it is of, where the list does not say."""

    file = forms.FileField(
        label=_("List"),
        help_text=_("XLSX, XLS, ODS or CSV, as it is: Chinese or English headings in any order."),
        widget=forms.FileInput({"accept": ".xlsx,.xls,.ods,.csv,.tsv,.txt"}),
        error_messages={"empty": _("The file is empty. Choose the file that holds the list.")},
    )
    compound = forms.ChoiceField(label=_("Compound"), required=False)
    new_compound = forms.CharField(
        label=_("or a new compound"),
        required=False,
        max_length=120,
        help_text=_("It is made when the list goes in, not before."),
    )

    def __init__(self, compounds: list[Compound], may_name: bool, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_id = {str(compound.pk): compound for compound in compounds}
        named = [(key, compound.name) for key, compound in self.by_id.items()]
        self.fields["compound"].choices = [("", gettext("as the list itself says")), *named]  # type: ignore[attr-defined]
        if not may_name:
            del self.fields["new_compound"]

    def chosen(self) -> tuple[Compound | None, str]:
        """The compound, and its name: a new name comes before a choice."""
        name = self.cleaned_data.get("new_compound", "").strip()
        if name:
            return Compound.objects.filter(name=name).first(), name
        compound = self.by_id.get(self.cleaned_data["compound"])
        return compound, compound.name if compound else ""


class ColumnsForm(forms.Form):
    """What each column of a list means; `samples` stand beside it."""

    def __init__(self, preview: ListImport, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mapping = preview.mapping
        fields = [(code, in_language(field)) for code, field in lists.fields().items()]
        choices = [("", gettext("not used")), *fields]
        for column, heading in enumerate(self.mapping.get("headings", [])):
            self.fields[f"column-{column}"] = forms.ChoiceField(
                choices=choices,
                required=False,
                label=heading or gettext("column %(n)d") % {"n": column + 1},
                initial=self.mapping["columns"].get(str(column), ""),
            )

    def rows(self) -> list[tuple[Any, list[str]]]:
        """Each column's field with a few of its values."""
        samples = self.mapping.get("samples", [])
        every = [self[name] for name in self.fields]
        return [(field, samples[n] if n < len(samples) else []) for n, field in enumerate(every)]

    def columns(self) -> dict[int, str]:
        """Column → field, as a person corrected them."""
        return {int(name.split("-")[1]): code for name, code in self.cleaned_data.items() if code}
