"""The forms of the first steps. Instants are local ones of the incident."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from doorstep import protocol
from doorstep.command.models import Incident, Notice
from doorstep.errors import UserError
from doorstep.firststeps.actions import Founder, Rules, SealFacts
from doorstep.firststeps.models import Setup
from doorstep.firststeps.queries import lifting_words, protocol_lines, starting
from doorstep.register.lists import Limits
from doorstep.register.models import Territory
from doorstep.rounds.demand import CarrierLine
from doorstep.rounds.forms import helper_line

LANGUAGES = ("zh-hans", "en")


class LocalInstant(forms.DateTimeField):
    """An instant typed as a local time of the form's zone."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **kwargs)


def local(value: datetime | None, zone: ZoneInfo) -> datetime | None:
    """For a form: the local time without its zone."""
    return value.astimezone(zone).replace(tzinfo=None) if value else None


@cache
def time_zones() -> list[tuple[str, str]]:
    """Every zone that is named after a place."""
    names = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc"))
    return [(name, name) for name in names]


class OrganisationForm(forms.Form):
    """Step 2."""

    district = forms.CharField(label=_("District"), max_length=120, required=False)
    subdistrict = forms.CharField(label=_("Sub-district"), max_length=120, required=False)
    community = forms.CharField(
        label=_("Community"), max_length=120, help_text=_("The committee or village that keeps the household list.")
    )
    name = forms.CharField(label=_("Your name"), max_length=80)
    login = forms.CharField(
        label=_("Login"),
        max_length=150,
        help_text=_("A short word that you type to sign in."),
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none"}),
        validators=[UnicodeUsernameValidator()],
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=_("At least 8 characters, not only digits."),
    )
    again = forms.CharField(
        label=_("Password again"), strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        password = given.get("password")
        if password:
            user = get_user_model()(username=given.get("login", ""), first_name=given.get("name", ""))
            try:
                validate_password(password, user)
            except ValidationError as error:
                self.add_error("password", error)
        if password and "again" in given and given["again"] != password:
            self.add_error("again", gettext("The two passwords differ."))
        return given

    def founder(self) -> Founder:
        given = self.cleaned_data
        names = (given["district"].strip(), given["subdistrict"].strip(), given["community"].strip())
        return Founder(names, given["name"].strip(), given["login"], given["password"])


class CompoundForm(forms.Form):
    """Step 3."""

    name = forms.CharField(label=_("Name of the compound"), max_length=120)
    territory = forms.ModelChoiceField(
        Territory.objects.none(), label=_("Belongs to"), required=False, empty_label=_("— not said —")
    )
    lift = forms.ChoiceField(
        label=_("Lift"),
        choices=[("no", _("no lift: stairs only")), ("yes", _("every building has a lift"))],
        widget=forms.RadioSelect,
        help_text=_("Single buildings can be changed later in the register."),
    )
    floors = forms.IntegerField(
        label=_("Floors"),
        required=False,
        min_value=1,
        max_value=120,
        help_text=_("May stay empty: floors are read from the room numbers (501 is on floor 5)."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        territories = Territory.objects.filter(children=None).order_by("pk")
        if territories.count() > 1:
            self.fields["territory"].queryset = territories  # type: ignore[attr-defined]
        else:
            del self.fields["territory"]


class ListForm(forms.Form):
    """Step 4: the file."""

    list = forms.FileField(
        label=_("Household list"),
        help_text=_("XLSX, XLS, ODS or CSV, one row a person or one row a household, as the committee keeps it."),
        widget=forms.ClearableFileInput({"accept": ".xlsx,.xls,.ods,.csv,.tsv,.txt"}),
    )

    def clean_list(self) -> Any:
        given = self.cleaned_data["list"]
        most = Limits().max_bytes
        if given.size > most:
            raise ValidationError(
                gettext("The file is larger than %(mb)d MB. Cut it in two.") % {"mb": most // 1_000_000}
            )
        return given


class RulesForm(forms.Form):
    """Step 5, first half: by which rules, and (for a new incident) its name, its exact trigger and its time zone."""

    rules = forms.ChoiceField(label=_("Rules"), widget=forms.RadioSelect)
    name = forms.CharField(label=_("Name of the incident"), max_length=160)
    trigger = LocalInstant(label=_("When it began"), help_text=_("The exact time at which you were told."))
    time_zone = forms.ChoiceField(label=_("Time zone"))

    def __init__(self, incident: Incident | None, at: datetime, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.incident, self.at = incident, at
        self.lines = protocol_lines(incident)
        zones = [(zone.value, zone.title) for line in self.lines for zone in line.zones]
        self.fields["rules"].choices = zones  # type: ignore[attr-defined]
        if incident:
            for name in ("name", "trigger", "time_zone"):
                del self.fields[name]
        else:
            self.fields["time_zone"].choices = time_zones()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.incident is None and given.get("trigger") and given.get("time_zone"):
            given["trigger"] = given["trigger"].replace(tzinfo=ZoneInfo(given["time_zone"]))
            if given["trigger"] > self.at + timedelta(minutes=1):
                self.add_error("trigger", gettext("That lies ahead. Give the time at which it began."))
        return given

    def chosen(self) -> Rules:
        given = self.cleaned_data
        protocol_id, zone = given["rules"].split("/", 1)
        if self.incident:
            return Rules(protocol_id, zone, self.incident, self.incident.name, None, self.incident.time_zone)
        return Rules(protocol_id, zone, None, given["name"], given["trigger"], given["time_zone"])


class SealForm(forms.Form):
    """Step 5, second half: what invariant 10 asks before anybody is bound."""

    effective_at = LocalInstant(label=_("In force from"))
    reason = forms.CharField(
        label=_("Reason"), widget=forms.Textarea({"rows": 2}), help_text=_("Residents will read it.")
    )
    basis = forms.CharField(label=_("Basis"), help_text=_("The rule on which it rests."))
    ends_when = forms.CharField(label=_("It ends when"), widget=forms.Textarea({"rows": 2}))
    review_at = LocalInstant(label=_("Reviewed by"))
    supply_team = forms.CharField(
        label=_("Supply team"), max_length=120, help_text=_("You lead it until you name somebody else.")
    )
    first_delivery_at = LocalInstant(label=_("First delivery"), help_text=_("When the supply team says it can begin."))
    emergency_phone = forms.RegexField(
        r"^[0-9+ ()\-]{3,40}$",
        label=_("Emergency number"),
        help_text=_("It answers day and night."),
        error_messages={"invalid": _("Write a telephone number in digits.")},
        widget=forms.TextInput({"inputmode": "tel"}),
    )
    letter_title = forms.CharField(label=_("Letter to residents: title (Chinese)"), max_length=120)
    letter_body = forms.CharField(
        label=_("Letter to residents (Chinese)"),
        widget=forms.Textarea({"rows": 5}),
        help_text=_("It is printed and brought to each door. Change what does not fit."),
    )
    letter_title_en = forms.CharField(label=_("Title (English)"), max_length=120, required=False)
    letter_body_en = forms.CharField(label=_("Letter (English)"), widget=forms.Textarea({"rows": 5}), required=False)
    exits_checked = forms.BooleanField(
        label=_("Fire exits and gates have been looked at and open from inside"),
        error_messages={"required": _("Have them looked at first: nobody may be locked in.")},
    )

    def __init__(self, setup: Setup, at: datetime, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.setup, self.at = setup, at
        self.rules, self.zone = protocol.find(setup.protocol_id), setup.zone
        self.tz = ZoneInfo(setup.time_zone)
        for name in set(self.fields) - needed(setup):
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name in ("effective_at", "review_at", "first_delivery_at"):
            if given.get(name):
                given[name] = given[name].replace(tzinfo=self.tz)
        if given.get("letter_body_en") and not given.get("letter_body"):
            self.add_error("letter_body", gettext("Write it in a few short sentences."))
        starts = given.get("effective_at")
        began = self.setup.incident.trigger_at if self.setup.incident else self.setup.trigger_at
        if starts and began and starts < began.replace(second=0, microsecond=0):
            self.add_error("effective_at", gettext("That is before the incident began."))
        if starts and given.get("review_at"):
            most = protocol.restriction_review(self.rules, started=starts).max_until
            if given["review_at"] <= starts:
                self.add_error("review_at", gettext("The review comes after the beginning."))
            elif most and given["review_at"] > most:
                days = f"{self.rules.review.max_days:g}"
                self.add_error("review_at", gettext("One decision holds at most %(days)s days.") % {"days": days})
        if starts and given.get("first_delivery_at") and given["first_delivery_at"] < starts:
            self.add_error("first_delivery_at", gettext("That is before the area is in force."))
        return given

    def facts(self) -> SealFacts:
        given = self.cleaned_data
        return SealFacts(
            given["effective_at"],
            given["reason"],
            given["basis"],
            given["ends_when"],
            given["review_at"],
            given["supply_team"].strip(),
            given["first_delivery_at"],
            given["emergency_phone"],
            {
                "zh-hans": {"title": given["letter_title"], "body": given["letter_body"]},
                **(
                    {"en": {"title": given["letter_title_en"], "body": given["letter_body_en"]}}
                    if given["letter_body_en"]
                    else {}
                ),
            },
            given["exits_checked"],
        )


def needed(setup: Setup) -> set[str]:
    """The fields without which an area of this zone may not be sealed."""
    rules = protocol.find(setup.protocol_id)
    names = {"effective_at", "review_at"}
    if not rules.zones[setup.zone].binding:
        return names
    names |= {"reason", "basis", "ends_when", "emergency_phone", "exits_checked"}
    if any(setup.zone in kit.zones for kit in rules.supply.kits):
        names |= {"supply_team", "first_delivery_at"}
    if rules.letter and setup.zone in rules.letter.zones:
        names |= {"letter_title", "letter_body"}
    return names


def seal_defaults(setup: Setup, at: datetime) -> dict[str, Any]:
    """What the form begins with: the protocol's own times and words, and a short letter."""
    rules, tz = protocol.find(setup.protocol_id), ZoneInfo(setup.time_zone)
    language = "zh" if (get_language() or "zh").startswith("zh") else "en"
    starts = at.replace(second=0, microsecond=0)
    kits = [kit.first_within_hours for kit in rules.supply.kits if setup.zone in kit.zones]
    letter = _letter(setup)
    return {
        "effective_at": local(starts, tz),
        "basis": rules.title[language],
        "ends_when": lifting_words(rules, setup.zone),
        "review_at": local(protocol.restriction_review(rules, started=starts).due, tz),
        "supply_team": starting()["supply_team"][language] if kits else "",
        "first_delivery_at": local(starts + timedelta(hours=min(kits)), tz) if kits else None,
        "letter_title": letter["zh-hans"]["title"],
        "letter_body": letter["zh-hans"]["body"],
        "letter_title_en": letter.get("en", {}).get("title", ""),
        "letter_body_en": letter.get("en", {}).get("body", ""),
    }


def _letter(setup: Setup) -> dict[str, dict[str, str]]:
    """The newest letter of the incident; where there is none, a short one to begin with."""
    last = Notice.objects.filter(incident=setup.incident, kind=Notice.Kind.LETTER).order_by("-version").first()
    if setup.incident and last and last.texts.get("zh-hans", {}).get("body"):
        found: dict[str, dict[str, str]] = last.texts
        return found
    rule, name = protocol.find(setup.protocol_id).zones[setup.zone].rule, setup.compound.name if setup.compound else ""
    words = {"zh-hans": rule["zh"], "en": rule["en"]}
    return {
        language: {"title": text["title"], "body": text["body"].format(compound=name, rule=words[language])}
        for language, text in starting()["letter"].items()
    }


class CarriersForm(forms.Form):
    """Step 6: who carries, and the window of the first plan."""

    carriers = forms.CharField(
        label=_("Carriers"),
        widget=forms.Textarea({"rows": 6}),
        help_text=_("One name a line; hours after the name where they differ, such as: Lin Xi 08:00-12:00."),
    )
    starts = LocalInstant(label=_("From"))
    hours = forms.FloatField(
        label=_("Hours"),
        min_value=0.5,
        max_value=72,
        help_text=_("Everything that falls due within these hours is planned."),
    )

    def __init__(self, incident: Incident, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.incident = incident

    def clean_starts(self) -> datetime:
        given: datetime = self.cleaned_data["starts"]
        return given.replace(tzinfo=self.incident.tz)

    def window(self) -> tuple[datetime, datetime]:
        starts = self.cleaned_data["starts"]
        return starts, starts + timedelta(hours=self.cleaned_data["hours"])

    def lines(self) -> list[CarrierLine]:
        """Who carries and when. Raises UserError for hours that cannot be."""
        starts, ends = self.window()
        texts = [text.strip() for text in self.cleaned_data["carriers"].splitlines() if text.strip()]
        try:
            return [helper_line(text, starts, ends, self.incident) for text in texts]
        except UserError as error:
            raise UserError(error.message, field="carriers", mend=error.mend) from error
