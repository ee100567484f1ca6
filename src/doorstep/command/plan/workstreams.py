"""Lines of work: their titles, and which of them an incident has."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from doorstep.command.models import Incident, Organisation, PlanLine
from doorstep.wiring.texts import in_language


@cache
def _file() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "workstreams.yaml").read_text("utf-8"))
    return loaded


def stream_title(code: str) -> str:
    """A line of work in the language of the page; a code of somebody's own stands as it is."""
    return in_language(_file()["titles"][code]) if code in _file()["titles"] else code


def basic_streams() -> list[str]:
    """Those that must always have an owner."""
    return list(_file()["basic"])


def streams_of(incident: Incident) -> list[str]:
    """Every line of work of an incident: the basic ones, those of organisations and teams, those of the plan. Three queries."""
    known = dict.fromkeys(basic_streams())
    for office in Organisation.objects.exclude(workstreams=[]).values_list("workstreams", flat=True):
        known |= dict.fromkeys(office)
    teams = incident.teams.filter(ended_at=None).exclude(workstream="").values_list("workstream", flat=True)
    lines = PlanLine.objects.filter(period__incident=incident).order_by("pk").values_list("workstream", flat=True)
    return list(known | dict.fromkeys(teams) | dict.fromkeys(lines))


def stream_choices(incident: Incident) -> list[tuple[str, str]]:
    """For a form: those of the incident first, then every other that has a title."""
    codes = dict.fromkeys(streams_of(incident)) | dict.fromkeys(_file()["titles"])
    return [(code, stream_title(code)) for code in codes]
