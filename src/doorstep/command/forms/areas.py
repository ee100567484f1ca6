"""Forms of an area: what sealing asks, a longer review, the facts for lifting, lifting itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep import protocol
from doorstep.command.actions import PREPARED
from doorstep.command.forms.fields import LocalForm, LocalInstant, some_lines
from doorstep.command.lifting import INSTANTS
from doorstep.command.models import Area, AreaAdvice, AreaDecision, Incident, Notice, Organisation, Team
from doorstep.wiring.texts import in_language

DECIDED = (AreaDecision.Kind.APPROVE, AreaDecision.Kind.REFUSE)


class DrawForm(forms.Form):
    """The name and the zone of a new area; its places are drawn beside it."""

    name = forms.CharField(label=_("Name of the area"), max_length=120)
    zone = forms.ChoiceField(label=_("Zone"), widget=forms.RadioSelect)

    def __init__(self, incident: Incident, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = incident.protocol.zones.items()
        choices = [(code, f"{in_language(zone.title)} · {in_language(zone.rule)}") for code, zone in zones]
        self.fields["zone"].choices = choices  # type: ignore[attr-defined]


class PrepareForm(LocalForm):
    """Everything that sealing asks; each may be kept by itself while the area is a proposal."""

    reason = some_lines(2, label=_("Reason"), required=False)
    basis = some_lines(2, label=_("Basis: the rule it rests on"), required=False)
    ends_when = some_lines(2, label=_("Ends when"), required=False)
    review_at = LocalInstant(label=_("Review due"), required=False)
    emergency_phone = forms.CharField(
        label=_("Emergency number, answered day and night"), max_length=40, required=False
    )
    supply_team = forms.ModelChoiceField(Team.objects.none(), label=_("Team that answers for supply"), required=False)
    first_delivery_at = LocalInstant(label=_("First delivery promised for"), required=False)
    letter = forms.ModelChoiceField(Notice.objects.none(), label=_("Letter to residents"), required=False)
    exits_checked_at = LocalInstant(
        label=_("Fire exits and gates checked at"),
        required=False,
        help_text=_("Somebody looked at each and could open it from inside."),
    )
    owner = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=_("Responsible body"),
        required=False,
        help_text=_("The organisation that answers for this area."),
    )
    effective_at = LocalInstant(
        label=_("In force from"), required=False, help_text=_("Left empty: from the moment of sealing.")
    )

    def __init__(self, area: Area, data: Any = None) -> None:
        first = {name: getattr(area, name) for name in PREPARED}
        super().__init__(area.incident.tz, data, initial=first)
        self.area = area
        teams = Team.objects.filter(incident=area.incident, ended_at=None).order_by("name")
        self.fields["supply_team"].queryset = teams  # type: ignore[attr-defined]
        letters = Notice.objects.filter(incident=area.incident, kind=Notice.Kind.LETTER).order_by("-version")
        self.fields["letter"].queryset = letters  # type: ignore[attr-defined]
        bodies = Organisation.objects.exclude(kind__in=("shop", "hospital")).order_by("name")
        self.fields["owner"].queryset = bodies  # type: ignore[attr-defined]
        if area.state != Area.State.PROPOSED:
            del self.fields["review_at"], self.fields["effective_at"]

    def facts(self) -> dict[str, Any]:
        """What was given; an instant shown to the minute and left as it was keeps its seconds."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "effective_at"}
        for name, value in list(given.items()):
            if name not in self.data and name == "owner":  # a form that does not show it says nothing of it
                del given[name]
                continue
            stored = getattr(self.area, name)
            if isinstance(value, datetime) and stored and stored.replace(second=0, microsecond=0) == value:
                given[name] = stored
        return given


class ReviewForm(LocalForm):
    """Keep a restriction until a later review, with the reason."""

    review_at = LocalInstant(label=_("Next review"))
    reason = some_lines(2, label=_("Why it must go on"))


class LiftingFactsForm(LocalForm):
    """What the lifting conditions of this zone are measured by; only what its rule asks."""

    clock_from = LocalInstant(
        label=_("The count of days starts with"),
        required=False,
        help_text=_("The last case left, or what the protocol names."),
    )
    last_exposure = LocalInstant(label=_("Last exposure of the last contact"), required=False)
    last_negative_round = LocalInstant(label=_("Last round in which everybody tested negative"), required=False)
    last_contact_transferred = LocalInstant(label=_("The last contact was taken to quarantine"), required=False)
    below_since = LocalInstant(label=_("Readings have been below the threshold since"), required=False)
    declared = forms.MultipleChoiceField(
        label=_("Declared and signed"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, area: Area, data: Any = None) -> None:
        super().__init__(area.incident.tz, data, initial=_noted(area))
        rule = protocol.lifting_rule(area.incident.protocol, area.zone)
        asked = protocol.facts_asked(rule) if rule else protocol.FactsAsked((), (), ())
        named = [*asked.declared, *asked.sign_off]
        for name in set(INSTANTS) - set(asked.instants):
            del self.fields[name]
        if named:
            self.fields["declared"].choices = [(one.code, in_language(one.title)) for one in named]  # type: ignore[attr-defined]
        else:
            del self.fields["declared"]

    def facts(self) -> dict[str, Any]:
        """Instants as ISO texts, as they are kept."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value or ""
            for name, value in self.cleaned_data.items()
            if name != "declared"
        } | ({"declared": self.cleaned_data["declared"]} if "declared" in self.fields else {})


def _noted(area: Area) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in area.lifting_facts.items():
        found[name] = datetime.fromisoformat(value) if isinstance(value, str) and value else value
    return found


class LiftForm(forms.Form):
    """Lift an area; a reason is asked while a condition is missing."""

    reason = some_lines(2, label=_("Reason"), required=False)

    def __init__(self, met: bool, data: Any = None) -> None:
        super().__init__(data)
        self.fields["reason"].required = not met
        if not met:
            self.fields["reason"].help_text = _("Conditions are missing: say why it is lifted all the same.")


class AcceptForm(LocalForm):
    """The supply team takes the area on, with its first delivery."""

    first_delivery_at = LocalInstant(label=_("First delivery"))
    word_of = forms.CharField(
        label=_("Whose word it is"),
        required=False,
        max_length=120,
        help_text=_("For whoever is not of the team: who accepted, and how you know, such as by telephone."),
    )

    def __init__(self, area: Area, data: Any = None) -> None:
        super().__init__(
            area.incident.tz, data, initial={"first_delivery_at": area.first_delivery_at}, auto_id="accept_%s"
        )


class AdviceForm(forms.Form):
    """What an adviser recommends; the decision is somebody else's."""

    stance = forms.ChoiceField(label=_("Advice"), choices=AreaAdvice.Stance.choices)
    text = some_lines(3, label=_("What you recommend, and why"))

    def __init__(self, data: Any = None, **facts: Any) -> None:
        super().__init__(data, auto_id="advice_%s", **facts)


class DecideForm(forms.Form):
    """A decision on a proposal, with its reason."""

    kind = forms.ChoiceField(label=_("Decision"), choices=[(one.value, one.label) for one in DECIDED])
    reason = some_lines(2, label=_("Why"))

    def __init__(self, data: Any = None, **facts: Any) -> None:
        super().__init__(data, auto_id="decide_%s", **facts)


class MeasureForm(forms.Form):
    """One more measure: of the protocol, or in one's own words."""

    code = forms.ChoiceField(label=_("Measure"), required=False)
    title = forms.CharField(label=_("Or in your own words"), required=False, max_length=50)
    reason = some_lines(2, label=_("Why it is needed"))
    basis = forms.CharField(label=_("Rule it rests on"), required=False, max_length=200)
    within_hours = forms.FloatField(label=_("Must stand within (h)"), required=False, min_value=0.25, max_value=240)

    def __init__(self, area: Area, data: Any = None) -> None:
        super().__init__(data, auto_id="add_%s")
        known = {m.code: in_language(m.title) for zone in area.incident.protocol.zones.values() for m in zone.measures}
        self.fields["code"].choices = [("", "—"), *known.items()]  # type: ignore[attr-defined]


class ChangeForm(LocalForm):
    """Part of an area lifted, or its class changed: from when, why, and what replaces the supply that ends."""

    zone = forms.ChoiceField(label=_("What follows"), required=False)
    effective_at = LocalInstant(
        label=_("From"), required=False, help_text=_("Left empty: at once. A later hour is kept and carried out then.")
    )
    reason = some_lines(2, label=_("Why"), required=False)
    replacement = some_lines(2, label=_("How people get their goods from then on"), required=False)

    def __init__(self, area: Area, data: Any = None) -> None:
        rules = area.incident.protocol
        then = rules.lifting[area.zone].then if area.zone in rules.lifting else None
        super().__init__(area.incident.tz, data, initial={"zone": then or ""})
        others = [(code, in_language(zone.title)) for code, zone in rules.zones.items() if code != area.zone]
        self.fields["zone"].choices = [*others, ("", gettext("nothing: the places are free"))]  # type: ignore[attr-defined]


class RenameForm(forms.Form):
    """Another name for an area."""

    name = forms.CharField(label=_("Name of the area"), max_length=120)

    def __init__(self, data: Any = None, **facts: Any) -> None:
        super().__init__(data, auto_id="rename_%s", **facts)


class WhyForm(forms.Form):
    """A reason, and nothing else."""

    reason = some_lines(2, label=_("Reason"))

    def __init__(self, data: Any = None, **facts: Any) -> None:
        super().__init__(data, auto_id="why_%s", **facts)
