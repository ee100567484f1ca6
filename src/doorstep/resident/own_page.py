"""The room's own part of the page: the household itself, who answers for it, and who looked at its data."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.resident import actions
from doorstep.resident.models import Headcount, Responder
from doorstep.resident.readers import readings
from doorstep.resident.rules import defaults
from doorstep.wiring.homes import AtHome, Heard, PageForm, ResidentAct, Step


def household(home: AtHome) -> dict[str, Any]:
    """How many are at home by the register and by the household's own word, and who answers for it. Three queries."""
    said = Headcount.objects.filter(household=home.household, undone_at=None).first()
    who = Responder.objects.filter(household=home.household).first()
    return {
        "registered": home.household.persons.filter(active=True, present="home").count(),
        "said": said,
        "responder": f"{who.name[:1]}… ···{who.phone[-4:]}" if who else "",
    }


def readers(home: AtHome) -> dict[str, Any]:
    """Who opened the household's record of late: by function, with the time."""
    return {"readings": readings(home, defaults()["readings_shown"])}


class PersonsForm(PageForm):
    """How many are at home."""

    persons = forms.IntegerField(
        label=_("How many are at home now, you included?"),
        min_value=0,
        widget=forms.NumberInput({"inputmode": "numeric"}),
    )


class ResponderForm(PageForm):
    """Who answers for the household."""

    name = forms.CharField(label=_("Name"), required=False, max_length=60)
    phone = forms.CharField(
        label=_("Phone"), required=False, max_length=40, widget=forms.TextInput({"inputmode": "tel"})
    )


def acts() -> list[ResidentAct]:
    """What a household does on this room's part of its page."""
    return [
        ResidentAct(
            "persons",
            _("How many are at home"),
            _("We pack food for everybody at home. Tell us when somebody came, left or was born."),
            _("Send the number"),
            _persons_form,
            _tell_persons,
            _persons_heard,
        ),
        ResidentAct(
            "persons-back",
            _("Take the number back"),
            _("What was said before counts again."),
            _("Take it back"),
            _plain_form,
            _take_back,
            _taken_back,
        ),
        ResidentAct(
            "responder",
            _("Who answers for you"),
            _("One person may answer for your household, in it or somewhere else. We ring this number first."),
            _("Keep this person"),
            _responder_form,
            _name_responder,
            _responder_heard,
        ),
    ]


def _plain_form(home: AtHome, ref: str, data: Any, files: Any) -> PageForm:
    return PageForm(data)


def _persons_form(home: AtHome, ref: str, data: Any, files: Any) -> PersonsForm:
    here = home.household.persons.filter(active=True, present="home").count()
    return PersonsForm(data, initial={"persons": here or None})


def _tell_persons(home: AtHome, ref: str, form: PersonsForm) -> str:
    persons, client = form.cleaned_data["persons"], form.made_by(home)
    said = actions.tell_persons(home.household, persons, client_id=client, incident=home.incident, at=home.at)
    return str(said.pk)


def _persons_heard(home: AtHome, ref: str) -> Heard | None:
    said = _headcount(home, ref)
    if said is None:
        return None
    words = gettext("Thank you. Somebody looks at it before the next food is packed.")
    steps = (
        () if said.undone_at else (Step("persons-back", ref, gettext("That was wrong: take it back"), at_once=True),)
    )
    return Heard(gettext("You told us: at home now"), (words,), str(said.persons), steps)


def _take_back(home: AtHome, ref: str, form: PageForm) -> str:
    said = _headcount(home, ref)
    if said is not None:
        actions.take_back_persons(said, incident=home.incident, at=home.at)
    return ref


def _taken_back(home: AtHome, ref: str) -> Heard | None:
    found = _headcount(home, ref)
    if found is None:
        return None
    return Heard(
        gettext("Taken back"),
        (gettext("What was said before counts again."),),
        steps=(Step("persons", "", gettext("Send another number")),),
    )


def _headcount(home: AtHome, ref: str) -> Headcount | None:
    return Headcount.objects.filter(
        household=home.household, pk=int(ref) if ref.isdecimal() and len(ref) < 19 else 0
    ).first()


def _responder_form(home: AtHome, ref: str, data: Any, files: Any) -> ResponderForm:
    return ResponderForm(data)


def _name_responder(home: AtHome, ref: str, form: ResponderForm) -> str:
    given = form.cleaned_data
    kept = actions.name_responder(home.household, given["name"], given["phone"], incident=home.incident, at=home.at)
    return str(kept.pk) if kept else "0"


def _responder_heard(home: AtHome, ref: str) -> Heard | None:
    if Responder.objects.filter(household=home.household).exists():
        return Heard(
            gettext("We have written it down"), (gettext("We ring this person first when it is about your household."),)
        )
    return Heard(gettext("Nobody answers for you now"), (gettext("We talk to you yourselves."),))
