"""The desk's forms."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.command.models import Incident, Member
from doorstep.desk import places
from doorstep.desk.models import Channel, EntrustedObject, Message
from doorstep.desk.offers import Offered
from doorstep.desk.places import Place
from doorstep.desk.requests import Asked
from doorstep.desk.rules import level_titles, need_titles, offer_kinds
from doorstep.errors import UserError
from doorstep.wiring.forms import ActForm

ON_BEHALF = (Channel.PHONE, Channel.VOICE, Channel.PAPER, Channel.NEIGHBOUR)
PASTED = (Channel.CHAT, Channel.SMS, Channel.EMAIL, Channel.FILE, Channel.PAPER)
DOOR_HELP = _("Building, stair, room: 3-501 or 3-2-501. Or a name.")


def needs_of(incident: Incident) -> list[tuple[str, str]]:
    """The choices of a need."""
    return [("", gettext("choose")), *need_titles(incident).items()]


def levels_of(incident: Incident, empty: str = "") -> list[tuple[str, str]]:
    """The choices of an urgency."""
    first = [("", empty)] if empty else []
    return [*first, *level_titles(incident).items()]


class NewForm(ActForm):
    """A request that somebody tells: by phone, at the door, on a slip of paper."""

    channel = forms.ChoiceField(label=_("How it came"), widget=forms.RadioSelect)
    door = forms.CharField(label=_("Which door"), required=False, max_length=80, help_text=DOOR_HELP)
    contact = forms.CharField(
        label=_("Phone to ring back"), required=False, max_length=40, widget=forms.TextInput({"inputmode": "tel"})
    )
    text = forms.CharField(
        label=_("In their own words"), max_length=4000, widget=forms.Textarea({"rows": 3}), required=False
    )
    need = forms.ChoiceField(label=_("What is needed"))
    level = forms.ChoiceField(label=_("How urgent"), required=False)
    persons = forms.IntegerField(label=_("For how many persons"), min_value=1, max_value=60, initial=1)
    days_left = forms.FloatField(
        label=_("Days that it still lasts"),
        required=False,
        min_value=0,
        max_value=365,
        help_text=_("0.5 is half a day."),
    )
    minutes_ago = forms.IntegerField(
        label=_("Said how many minutes ago"), required=False, min_value=0, max_value=10_080,
        help_text=_("The clock starts when it was said."),
    )  # fmt: skip
    file = forms.FileField(label=_("Photo of the slip, or a voice file"), required=False)
    mine = forms.BooleanField(label=_("I answer for it"), required=False, initial=True)

    def __init__(self, incident: Incident, rights: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.incident, self.rights = incident, rights
        choices = [(code, Channel(code).label) for code in ON_BEHALF]
        self.fields["channel"].choices = choices  # type: ignore[attr-defined]
        self.fields["channel"].initial = Channel.PHONE
        self.fields["need"].choices = needs_of(incident)  # type: ignore[attr-defined]
        usual = gettext("as usual for this need")
        self.fields["level"].choices = levels_of(incident, usual)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("text", "").strip() and not given.get("file"):
            self.add_error("text", gettext("Write what was said, or add the photo of the slip."))
        return given

    def place(self) -> Place | None:
        """The door that is meant. Raises UserError where it is none or several."""
        return places.one(self.cleaned_data["door"], self.rights)

    def asked(self, place: Place | None, at: datetime) -> Asked:
        """What the form asks for."""
        given = self.cleaned_data
        ago = timedelta(minutes=given["minutes_ago"] or 0)
        return Asked(
            given["need"],
            given["text"].strip(),
            given["level"],
            given["persons"],
            place.door if place else None,
            place.household if place else None,
            place.person if place else None,
            given["contact"],
            given["days_left"],
            at - ago,
            self.act,
        )


class LineForm(forms.Form):
    """One line of a text: what it is, what it asks for."""

    use = forms.BooleanField(label=_("this"), required=False)
    kind = forms.ChoiceField(label=_("is"), required=False)
    need = forms.ChoiceField(label=_("needs"), required=False)
    level = forms.ChoiceField(label=_("urgency"), required=False)
    persons = forms.IntegerField(label=_("persons"), min_value=1, max_value=60, required=False)
    door = forms.CharField(label=_("door"), required=False, max_length=80)
    days_left = forms.FloatField(label=_("days left"), required=False, min_value=0, max_value=365)
    text = forms.CharField(label=_("words"), required=False, max_length=4000, widget=forms.Textarea({"rows": 2}))
    raw = forms.CharField(required=False, max_length=8000, widget=forms.HiddenInput, strip=False)
    external_id = forms.CharField(required=False, max_length=150, widget=forms.HiddenInput)
    sender = forms.CharField(required=False, max_length=120, widget=forms.HiddenInput)
    contact = forms.CharField(required=False, max_length=120, widget=forms.HiddenInput)
    said_at = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    danger = forms.BooleanField(required=False, widget=forms.HiddenInput)
    because = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput)

    def __init__(self, *args: Any, incident: Incident, rights: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rights = rights
        kinds = [(code, label) for code, label in Message.Kind.choices if code]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        self.fields["need"].choices = needs_of(incident)  # type: ignore[attr-defined]
        usual = gettext("as usual")
        self.fields["level"].choices = levels_of(incident, usual)  # type: ignore[attr-defined]

    @property
    def is_request(self) -> bool:
        return self.cleaned_data.get("kind") not in (Message.Kind.OFFER, Message.Kind.THANKS, Message.Kind.NONE)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("use") and not given.get("text", "").strip():
            self.add_error("text", gettext("Write what was said."))
        if given.get("use") and self.is_request and not given.get("need"):
            if given.get("kind") == Message.Kind.COMPLAINT:
                given["need"] = "complaint"
            else:
                self.add_error("need", gettext("Say what is needed."))
        return given

    @property
    def in_group(self) -> str:
        """What belongs to the same message is kept together."""
        return str(self["external_id"].value() or self.prefix)

    def place(self) -> Place | None:
        """The door of this line, with the error at its field; of one that is not ticked only if it is clear."""
        try:
            return places.one(self.cleaned_data.get("door", ""), self.rights)
        except UserError as error:
            if self.cleaned_data.get("use"):
                self.add_error("door", str(error))
            return None


LinesFormSet = forms.formset_factory(LineForm, extra=0, max_num=200, absolute_max=400)


class PasteForm(ActForm):
    """A text that somebody pastes, or a file of it."""

    channel = forms.ChoiceField(label=_("Where it is from"), choices=[(code, code.label) for code in PASTED])
    text = forms.CharField(label=_("The text"), widget=forms.Textarea({"rows": 10}), required=False, max_length=200_000)
    file = forms.FileField(
        label=_("or a file of it"), required=False, help_text=_("A chat as text, CSV or JSON, or an e-mail (.eml).")
    )


class ObjectForm(ActForm):
    """An object that a household gives out of its hands."""

    kind = forms.ChoiceField(label=_("What it is"), choices=EntrustedObject.Kind.choices)
    door = forms.CharField(label=_("From which door"), max_length=80, help_text=DOOR_HELP)
    what = forms.CharField(
        label=_("Described"), required=False, max_length=160, help_text=_("Such as: last four digits 4417, blue cover.")
    )
    amount = forms.DecimalField(
        label=_("Amount, if it is cash"), required=False, min_value=0, max_value=99_999_999, decimal_places=2
    )
    holder = forms.ChoiceField(label=_("Who holds it now"))
    request = forms.IntegerField(label=_("For request number"), required=False, min_value=1, max_value=10_000_000)

    def __init__(self, members: list[Member], me: Member, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = {str(member.pk): member for member in members}
        self.fields["holder"].choices = [(key, member.name) for key, member in self.members.items()]  # type: ignore[attr-defined]
        self.fields["holder"].initial = str(me.pk)


class OfferForm(ActForm):
    """Help that a resident offers."""

    kind = forms.ChoiceField(label=_("What they can do"))
    door = forms.CharField(label=_("Which door"), required=False, max_length=80, help_text=DOOR_HELP)
    text = forms.CharField(label=_("In their own words"), max_length=2000, widget=forms.Textarea({"rows": 3}))
    contact = forms.CharField(label=_("Phone"), required=False, max_length=40)
    consent = forms.BooleanField(label=_("Neighbours who need it may hear of it; they were asked"), required=False)

    def __init__(self, rights: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rights = rights
        self.fields["kind"].choices = list(offer_kinds().items())  # type: ignore[attr-defined]

    def offered(self) -> Offered:
        """What the form says. Raises UserError where no single door is meant."""
        given, place = self.cleaned_data, places.one(self.cleaned_data["door"], self.rights)
        return Offered(
            given["kind"],
            given["text"],
            given["consent"],
            place.door if place else None,
            place.household if place else None,
            place.person if place else None,
            given["contact"],
            self.act,
        )


class ChangeForm(forms.Form):
    """What a request asks for, corrected."""

    need = forms.ChoiceField(label=_("What is needed"))
    level = forms.ChoiceField(label=_("How urgent"))
    persons = forms.IntegerField(label=_("For how many persons"), min_value=1, max_value=60)
    days_left = forms.FloatField(label=_("Days that it still lasts"), required=False, min_value=0, max_value=365)
    door = forms.CharField(label=_("Which door"), required=False, max_length=80, help_text=DOOR_HELP)
    contact = forms.CharField(label=_("Phone to ring back"), required=False, max_length=40)

    def __init__(self, incident: Incident, rights: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rights = rights
        self.fields["need"].choices = needs_of(incident)  # type: ignore[attr-defined]
        self.fields["level"].choices = levels_of(incident)  # type: ignore[attr-defined]
