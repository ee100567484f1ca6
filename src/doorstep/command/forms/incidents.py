"""The form that opens an incident."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from doorstep import protocol
from doorstep.command.forms.fields import LocalInstant, some_lines
from doorstep.command.models import Incident
from doorstep.wiring.texts import in_language


def zones() -> list[tuple[str, str]]:
    """Every time zone that is named for a place."""
    names = (name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return [(name, name) for name in sorted(names)]


def protocol_choices() -> list[tuple[str, str]]:
    """The protocols in words: title, issuer, and since when they hold."""
    found = []
    for key in protocol.shipped_ids():
        rules = protocol.shipped(key)
        held = " – ".join(day for day in (rules.in_force.start, rules.in_force.end) if day)
        found.append((key, " · ".join(filter(None, (in_language(rules.title), in_language(rules.issuer), held)))))
    return found


class IncidentForm(forms.Form):
    """Name, the exact trigger with its time zone, the rules, the clock."""

    name = forms.CharField(
        label=_("Name of the incident"), max_length=160, help_text=_("What happened where, in a few words.")
    )
    trigger_at = LocalInstant(
        label=_("Trigger: day and time"), help_text=_("The exact instant at which it became known, local time.")
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zones)
    trigger_text = some_lines(2, label=_("What was the trigger"), required=False, max_length=240)
    protocol_id = forms.ChoiceField(label=_("Protocol"), choices=protocol_choices, widget=forms.RadioSelect)
    clock = forms.ChoiceField(
        label=_("Clock"),
        choices=[
            (Incident.ClockKind.REAL, _("real: the time of day, never moved")),
            (Incident.ClockKind.EXERCISE, _("exercise: starts at the trigger, stepped or run by hand")),
        ],
        widget=forms.RadioSelect,
    )

    def trigger(self) -> datetime:
        """The trigger as an instant of the chosen zone."""
        given: datetime = self.cleaned_data["trigger_at"]
        return given.replace(tzinfo=ZoneInfo(self.cleaned_data["time_zone"]))

    def facts(self) -> dict[str, Any]:
        """What the act needs."""
        given = self.cleaned_data
        return {
            "name": given["name"],
            "protocol_id": given["protocol_id"],
            "trigger_at": self.trigger(),
            "time_zone": given["time_zone"],
            "trigger_text": given["trigger_text"],
            "drill": given["clock"] == Incident.ClockKind.EXERCISE,
        }
