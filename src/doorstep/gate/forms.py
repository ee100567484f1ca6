"""What is typed at the gate. Each form makes the plain facts that its act takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.command.models import Area, Incident
from doorstep.errors import UserError
from doorstep.gate import barriers, checking, crossings, permits
from doorstep.gate.models import Barrier, Crossing, Facility, Permit
from doorstep.gate.rules import is_emergency
from doorstep.gate.words import door_label
from doorstep.register.models import Door, Gate
from doorstep.register.search import doors_called
from doorstep.wiring.forms import ActForm
from doorstep.wiring.texts import in_language

Gates = Sequence[tuple[Gate, Area]]
Direction, Permission, What = Crossing.Direction, Crossing.Permission, Crossing.What
DOOR_HELP = _("Building, stair, room: 3-2-501.")
RIGHTS = {
    What.PERSON: [Permission.PERMIT, Permission.VISITOR, Permission.DUTY, Permission.HOME, Permission.EMERGENCY],
    What.GOODS: [Permission.ORDER, Permission.PARCEL, Permission.DUTY, Permission.EMERGENCY],
    What.VEHICLE: [Permission.DUTY, Permission.ORDER, Permission.PERMIT, Permission.EMERGENCY],
    What.WASTE: [Permission.DUTY, Permission.EMERGENCY],
}


def doors_in(areas: Sequence[Area]) -> QuerySet[Door]:
    """The doors of some areas."""
    return Door.objects.filter(pk__in=Door.objects.filter(area_doors__area__in=areas).values("pk"))


def named_door(words: str, areas: Sequence[Area]) -> Door:
    """The one door that the words mean. Raises UserError for none or several."""
    found = doors_called(words, doors_in(areas))
    best = [door for rank, door in found if rank == found[0][0]]
    best = [door for door in best if door.stair.building.compound.name in words] or best
    if not best:
        raise UserError(
            gettext("No door of your areas is called so."), field="door", mend=gettext("Write it as 3-2-501.")
        )
    if len(best) > 1:
        names = ", ".join(f"{door.stair.building.compound.name} {door_label(door)}" for door in best[:5])
        raise UserError(
            gettext("Several doors are called so: %(names)s.") % {"names": names},
            field="door",
            mend=gettext("Write the building's name, too."),
        )
    return best[0]


def _gate_choices(gates: Gates, nothing: str = "") -> list[tuple[str, str]]:
    empty = [("", nothing)] if nothing else []
    return empty + [(str(gate.pk), str(gate)) for gate, _area in gates]


class _GateForm(ActForm):
    """A form that knows the member's gates."""

    def __init__(self, incident: Incident, gates: Gates, areas: Sequence[Area], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.incident, self.gates, self.areas = incident, {str(gate.pk): gate for gate, _area in gates}, areas

    def _door(self, name: str = "door") -> Door | None:
        words = self.cleaned_data.get(name, "")
        return named_door(words, self.areas) if words else None


class CrossingForm(_GateForm):
    """One crossing. Which fields there are depends on what crosses."""

    gate = forms.ChoiceField(label=_("At which gate"))
    direction = forms.ChoiceField(label=_("Which way"), choices=[("in", _("in")), ("out", _("out"))])
    permission = forms.ChoiceField(label=_("By which right"))
    number = forms.CharField(
        label=_("Number of the permit"),
        required=False,
        max_length=400,
        widget=forms.TextInput({"inputmode": "numeric"}),
    )
    role = forms.ChoiceField(label=_("Who a visitor is"), required=False)
    label = forms.CharField(label=_("Name, badge, plate or what it is"), required=False, max_length=80)
    door = forms.CharField(label=_("For or from which door"), required=False, max_length=80, help_text=DOOR_HELP)
    count = forms.IntegerField(label=_("How many"), min_value=1, max_value=10_000, initial=1)
    cold = forms.BooleanField(label=_("must stay cold"), required=False)
    reason = forms.CharField(label=_("Task, or why"), required=False, max_length=240)
    buffer = forms.BooleanField(label=_("waits between the gates first"), required=False)

    def __init__(
        self, what: str, incident: Incident, gates: Gates, areas: Sequence[Area], *args: Any, **more: Any
    ) -> None:
        super().__init__(incident, gates, areas, *args, **more)
        self.what = what
        self._choices("gate", _gate_choices(gates))
        self._choices("permission", [(one.value, one.label) for one in RIGHTS[What(what)]])
        roles = [(one.code, in_language(one.title)) for one in incident.protocol.gate.visitors]
        self._choices("role", [("", gettext("no visitor")), *roles])
        unused = {"goods": ("role", "number"), "vehicle": ("role", "cold"), "waste": ("role", "number", "cold", "door")}
        for name in unused.get(what, ("cold",)):
            del self.fields[name]

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def seen(self, at: datetime, *, refused: bool = False) -> crossings.Seen:
        """The facts. Raises UserError where a door or a permit is not found."""
        given = self.cleaned_data
        direction = f"buffer_{given['direction']}" if given.get("buffer") and not refused else given["direction"]
        permit = None
        if given["permission"] == Permission.PERMIT and given.get("number"):
            permit, _forged = checking.find(self.incident, given["number"])
        return crossings.Seen(
            self.act,
            direction,
            given["permission"],
            at,
            self.gates.get(given["gate"]),
            self.what,
            permit,
            role=given.get("role", "") if given["permission"] == Permission.VISITOR else "",
            label=given["label"],
            door=self._door() if "door" in self.fields else None,
            count=given["count"],
            cold=bool(given.get("cold")),
            reason=given["reason"],
            refused=refused,
        )


class PermitForm(_GateForm):
    """A permit to be asked for."""

    bearer = forms.ChoiceField(label=_("For whom"), choices=Permit.Bearer.choices)
    door = forms.CharField(label=_("Door"), required=False, max_length=80, help_text=DOOR_HELP)
    person = forms.CharField(
        label=_("Who of them"),
        required=False,
        max_length=80,
        help_text=_("The name, if it is one person of a household."),
    )
    bearer_text = forms.CharField(
        label=_("Name, office or plate"), required=False, max_length=80, help_text=_("Only for who does not live here.")
    )
    persons = forms.IntegerField(label=_("How many persons"), min_value=1, max_value=60, initial=1)
    area = forms.ChoiceField(label=_("Area"))
    kind = forms.ChoiceField(label=_("Kind of exit"))
    way = forms.ChoiceField(label=_("Which way"), choices=Permit.Way.choices)
    starts_at = forms.DateTimeField(label=_("From"), widget=forms.DateTimeInput({"type": "datetime-local"}))
    ends_at = forms.DateTimeField(label=_("Valid until"), widget=forms.DateTimeInput({"type": "datetime-local"}))
    many = forms.BooleanField(label=_("more than one trip"), required=False)
    gate = forms.ChoiceField(label=_("At which gate"), required=False)
    reason = forms.CharField(label=_("Reason"), required=False, max_length=240)

    def __init__(self, incident: Incident, gates: Gates, areas: Sequence[Area], *args: Any, **kwargs: Any) -> None:
        super().__init__(incident, gates, areas, *args, **kwargs)
        now = incident.now().astimezone(incident.tz).replace(second=0, microsecond=0)
        hours = incident.protocol.gate.permit_hours
        self.fields["starts_at"].initial = f"{now:%Y-%m-%dT%H:%M}"
        self.fields["ends_at"].initial = f"{now + timedelta(hours=hours):%Y-%m-%dT%H:%M}"
        kinds = [(code, in_language(title)) for code, title in incident.protocol.exit_kinds.items()]
        kinds.sort(key=lambda kind: is_emergency(incident, kind[0]))  # what waits for nobody stands last
        places = [(str(area.pk), area.name) for area in areas]
        chosen = {"kind": kinds, "area": places, "gate": _gate_choices(gates, gettext("every gate"))}
        for name, choices in chosen.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices

    def asked(self) -> permits.Asked:
        """The facts. Raises UserError where no single door or person is meant."""
        given = self.cleaned_data
        door = self._door()
        area = next(area for area in self.areas if str(area.pk) == given["area"])
        if door is not None:
            own = next((one for one in self.areas if one.area_doors.filter(door=door).exists()), None)
            area = own or area
        return permits.Asked(
            area,
            given["kind"],
            self._instant("starts_at"),
            self._instant("ends_at"),
            given["bearer"],
            door,
            self._person(door),
            given["bearer_text"],
            given["persons"],
            given["way"],
            given["reason"],
            given["many"],
            (self.gates[given["gate"]],) if given["gate"] else (),
            client_id=self.act,
        )

    def _instant(self, name: str) -> datetime:
        return timezone.make_naive(self.cleaned_data[name]).replace(tzinfo=self.incident.tz)

    def _person(self, door: Door | None) -> Any:
        from doorstep.register.models import Person

        name = self.cleaned_data["person"].strip()
        if not name or door is None:
            return None
        found = list(Person.objects.filter(household__door=door, active=True, name=name)[:2])
        if len(found) != 1:
            raise UserError(
                gettext("Nobody of this door is called so."),
                field="person",
                mend=gettext("Leave it empty: the permit is for the household then."),
            )
        return found[0]


class BarrierForm(_GateForm):
    """A barrier to be put up."""

    name = forms.CharField(label=_("What and where"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"))
    area = forms.ChoiceField(label=_("Area"))
    gate = forms.ChoiceField(label=_("At which gate"), required=False)
    x_m = forms.FloatField(
        label=_("Metres to the right"), required=False, help_text=_("On the site plan, from its zero point.")
    )
    y_m = forms.FloatField(label=_("Metres up"), required=False)
    opener = forms.ChoiceField(label=_("Who opens it, day and night"), choices=Barrier.Opener.choices, initial="post")
    opener_name = forms.CharField(label=_("Their name or post"), required=False, max_length=80)
    phone = forms.CharField(
        label=_("Phone"), required=False, max_length=40, widget=forms.TextInput({"inputmode": "tel"})
    )

    def __init__(self, incident: Incident, gates: Gates, areas: Sequence[Area], *args: Any, **kwargs: Any) -> None:
        super().__init__(incident, gates, areas, *args, **kwargs)
        kinds = [(one.code, in_language(one.title)) for one in incident.protocol.gate.barriers]
        places = [(str(area.pk), area.name) for area in areas]
        chosen = {"kind": kinds or [("", "—")], "area": places, "gate": _gate_choices(gates, gettext("at no gate"))}
        self.fields["kind"].required = bool(kinds)
        for name, choices in chosen.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
        self.by_gate = {str(gate.pk): area for gate, area in gates}

    def facts(self) -> barriers.PutUp:
        """The facts; a gate knows its area."""
        given = self.cleaned_data
        area = self.by_gate.get(given["gate"]) or next(one for one in self.areas if str(one.pk) == given["area"])
        return barriers.PutUp(
            self.act,
            area,
            given["name"],
            given["kind"],
            self.gates.get(given["gate"]),
            given["x_m"],
            given["y_m"],
            given["opener"],
            given["opener_name"],
            given["phone"],
        )


class LookForm(ActForm):
    """Somebody tried a barrier."""

    seconds = forms.FloatField(
        label=_("Seconds to open"), required=False, min_value=0, max_value=3600, help_text=_("If it was timed.")
    )
    note = forms.CharField(label=_("What was found"), required=False, max_length=240)


class OpenerForm(forms.Form):
    """Who opens a barrier."""

    opener = forms.ChoiceField(label=_("Who opens it, day and night"), choices=Barrier.Opener.choices)
    opener_name = forms.CharField(label=_("Their name or post"), required=False, max_length=80)
    phone = forms.CharField(
        label=_("Phone"), required=False, max_length=40, widget=forms.TextInput({"inputmode": "tel"})
    )


class FacilityForm(_GateForm):
    """Something that stands at a gate."""

    gate = forms.ChoiceField(label=_("At which gate"))
    kind = forms.ChoiceField(label=_("What for"))
    name = forms.CharField(label=_("Name"), max_length=120)
    equipment = forms.CharField(label=_("Equipment"), required=False, max_length=240)
    state = forms.ChoiceField(label=_("State"), choices=Facility.State.choices, initial=Facility.State.READY)
    note = forms.CharField(label=_("What it lacks"), required=False, max_length=240)

    def __init__(self, incident: Incident, gates: Gates, areas: Sequence[Area], *args: Any, **kwargs: Any) -> None:
        super().__init__(incident, gates, areas, *args, **kwargs)
        kinds = [(one.code, in_language(one.title)) for one in incident.protocol.gate.facilities]
        for name, choices in {"gate": _gate_choices(gates), "kind": kinds or [("other", "—")]}.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
        self.by_gate = {str(gate.pk): area for gate, area in gates}
