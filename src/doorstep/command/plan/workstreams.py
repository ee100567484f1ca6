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


def titles_of(incident: Incident) -> dict[str, str]:
    """Code → title in the language of the page: every known line of work, then what this incident calls its own. One query."""
    known = {code: in_language(titles) for code, titles in _file()["titles"].items()}
    return known | {work.code: in_language(work.titles) for work in incident.workstreams.all()}


def must_have_owner(incident: Incident) -> list[str]:
    """The lines of work that may not be without somebody: those that were opened, before that the basic ones. One query."""
    opened = list(incident.workstreams.filter(ended_at=None).values_list("code", flat=True))
    return opened or list(_file()["basic"])


def streams_of(incident: Incident) -> list[str]:
    """Every line of work of an incident: its own, those of organisations and teams, those of the plan. Four queries."""
    known = dict.fromkeys(must_have_owner(incident))
    for office in Organisation.objects.exclude(workstreams=[]).values_list("workstreams", flat=True):
        known |= dict.fromkeys(office)
    teams = incident.teams.filter(ended_at=None).exclude(workstream="").values_list("workstream", flat=True)
    lines = PlanLine.objects.filter(period__incident=incident).order_by("pk").values_list("workstream", flat=True)
    ended = set(incident.workstreams.exclude(ended_at=None).values_list("code", flat=True))
    return [code for code in known | dict.fromkeys(teams) | dict.fromkeys(lines) if code not in ended]


def stream_choices(incident: Incident) -> list[tuple[str, str]]:
    """For a form: those of the incident first, then every other that has a title."""
    titles = titles_of(incident)
    codes = dict.fromkeys(streams_of(incident)) | dict.fromkeys(titles)
    return [(code, titles.get(code, code)) for code in codes]
