"""Forms of what goes out for a request."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from doorstep import protocol
from doorstep.command.forms.fields import LocalForm, LocalInstant
from doorstep.command.models import Member
from doorstep.desk.models import Request
from doorstep.desk.staff import workers
from doorstep.desk.ways.models import Call
from doorstep.desk.ways.plans import Coming, Purchase
from doorstep.wiring.texts import in_language

CENT = Decimal("0.01")


class WayForm(LocalForm):
    """One form of the page of a request; `order` is the act that it asks for."""

    order = ""
    title: Any = ""
    button: Any = ""

    def __init__(self, request: Request, member: Member | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request.incident.tz, *args, **kwargs)
        self.asked, self.member = request, member
        self.rules = protocol.outgoing_rules(request.incident.protocol)
        self.auto_id = f"{self.order}_%s"

    def staff(self) -> list[tuple[str, str]]:
        """Who can do it: whoever works on requests here."""
        return [(str(one.pk), one.name) for one in workers(self.asked.incident, self.asked.area)]

    def chosen(self, name: str) -> Member | None:
        """The member that a field names."""
        return Member.objects.filter(pk=int(self.cleaned_data[name] or 0)).first()


class BuyForm(WayForm):
    """A purchase."""

    order, title, button = "buy", _("Somebody buys it"), _("Buy it")
    what = forms.CharField(label=_("What, and how much"), max_length=240)
    packs = forms.IntegerField(label=_("Bags to carry"), min_value=1, max_value=40, initial=1)
    payer = forms.ChoiceField(label=_("Who pays"))
    limit = forms.DecimalField(label=_("No more than"), min_value=CENT, max_value=20_000, decimal_places=2)
    shop = forms.CharField(label=_("Shop"), max_length=120)
    money = forms.DecimalField(
        label=_("Money that they give"), required=False, min_value=CENT, max_value=20_000, decimal_places=2,
        help_text=_("It is written down as entrusted, with a receipt."),
    )  # fmt: skip
    buyer = forms.ChoiceField(label=_("Who buys it"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pays = [(one.code, in_language(one.title)) for one in self.rules.purchases.pays]
        self.fields["payer"].choices = pays  # type: ignore[attr-defined]
        self.fields["buyer"].choices = [("", "—"), *self.staff()]  # type: ignore[attr-defined]

    def told(self) -> Purchase:
        """What the form says."""
        given = self.cleaned_data
        return Purchase(
            given["what"],
            given["packs"],
            given["payer"],
            given["limit"],
            given["shop"],
            self.chosen("buyer"),
            given["money"],
        )


class BoughtForm(WayForm):
    """What it cost."""

    order, title, button = "bought", _("It is bought"), _("It is bought")
    spent = forms.DecimalField(label=_("What it cost"), min_value=0, max_value=20_000, decimal_places=2)
    receipt = forms.CharField(label=_("Receipt"), max_length=120, help_text=_("Its number, or who has it."))
    more_agreed = forms.BooleanField(label=_("The resident agrees that it costs more"), required=False)


class ComingForm(WayForm):
    """A window."""

    starts_at = LocalInstant(label=_("From"))
    ends_at = LocalInstant(label=_("Until"))

    def window(self, hours: float) -> None:
        """A window to begin with: from the next full hour."""
        at = self.asked.incident.now().astimezone(self.asked.incident.tz)
        start = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        self.fields["starts_at"].initial, self.fields["ends_at"].initial = start, start + timedelta(hours=hours)


class RepairForm(ComingForm):
    """A craftsman who comes in."""

    order, title, button = "repair", _("A craftsman comes"), _("Ask the gate to let them in")
    who = forms.CharField(label=_("Craftsman and firm"), max_length=120)
    phone = forms.CharField(
        label=_("Phone"), max_length=40, required=False, widget=forms.TextInput({"inputmode": "tel"})
    )
    field_order = ("who", "phone", "starts_at", "ends_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.window(min(2.0, self.rules.repairs.most_hours))

    def told(self) -> Coming:
        """What the form says."""
        given = self.cleaned_data
        return Coming(given["who"], given["starts_at"], given["ends_at"], given["phone"])


class ExitForm(ComingForm):
    """A way out."""

    order, title, button = "exit", _("They go out"), _("Ask the gate for a permit")
    kind = forms.ChoiceField(label=_("What for"))
    reason = forms.CharField(label=_("Where to, and why"), max_length=120)
    field_order = ("kind", "reason", "starts_at", "ends_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(code, in_language(title)) for code, title in self.asked.incident.protocol.exit_kinds.items()]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        self.fields["kind"].initial = self.rules.exits.exit_kind
        self.window(min(6.0, self.rules.exits.most_hours))

    def told(self) -> Coming:
        """What the form says."""
        given = self.cleaned_data
        return Coming(given["reason"], given["starts_at"], given["ends_at"], kind=given["kind"])


class TalkForm(WayForm):
    """Who calls."""

    order, title, button = "talk", _("Somebody calls and talks"), _("This person calls")
    caller = forms.ChoiceField(label=_("Who calls"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["caller"].choices = self.staff()  # type: ignore[attr-defined]
        self.fields["caller"].initial = str(self.member.pk) if self.member else ""


class CalledForm(WayForm):
    """How they were."""

    order, title, button = "called", _("I have called"), _("Write it down")
    how = forms.ChoiceField(label=_("How they are"), choices=Call.How.choices)
    words = forms.CharField(
        label=_("In a few words"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2}),
        help_text=_("Only the desk reads it. Danger to life goes to command at once."),
    )  # fmt: skip


class DoneForm(WayForm):
    """What came of it."""

    order, title, button = "way_done", _("It took place"), _("It is done")
    words = forms.CharField(label=_("What came of it"), max_length=480)


FORMS: dict[str, type[WayForm]] = {
    form.order: form for form in (BuyForm, BoughtForm, RepairForm, ExitForm, TalkForm, CalledForm, DoneForm)
}
