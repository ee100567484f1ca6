"""The founding exercise reported: the report's own figures come out of events, and no number is typed."""

from __future__ import annotations

from datetime import datetime

import pytest

from doorstep.command.models import Incident
from doorstep.exercise.load import load_once, play
from doorstep.promises.first_acts import first_acts
from doorstep.report.content import collect
from doorstep.report.periods import up_to

pytestmark = pytest.mark.django_db

NOON = datetime.fromisoformat("2021-12-08T13:30:00+08:00")
THIRD_DAY = datetime.fromisoformat("2021-12-10T18:00:00+08:00")

# What the founding report says (S14–S60), as source.code → value; figures of later rooms are one more line each.
SAID_AT_NOON = {
    "command.areas": 2,
    "register.at_home": 21 + 220,
}


def figures(incident: Incident, at: datetime) -> dict[str, dict]:
    content = collect(incident, incident.trigger_at, up_to(at))
    return {f"{part['code']}.{line['code']}": line for part in content["sections"] for line in part["lines"]}


def test_the_exercise_reports_what_the_founding_report_says():
    load_once("gulou-2021")
    incident = Incident.objects.get(exercise="gulou-2021")
    play(incident, until=NOON)
    found = figures(incident, NOON)
    assert {key: found[key]["value"] for key in SAID_AT_NOON} == SAID_AT_NOON
    assert "南秀村12号 21" in found["register.at_home"]["note"]
    assert "北京西路7号 220" in found["register.at_home"]["note"]
    assert households_of(incident, "南秀村12号") == 8
    acts = {act.title: act.real_h for act in first_acts(incident, NOON)}
    assert 2.0 in acts.values()  # the command of six departments at 01:00
    assert 5.0 in acts.values()  # the first area sealed at 04:00
    kit = next(line for key, line in found.items() if key == "rounds.handed.kit:living")
    assert kit["value"] + found["supplies.with_kit"]["unknown"] == found["register.households"]["value"]
    assert found["supplies.first_kit"]["note"].startswith("first 9.")  # goods at the doors at nine in the morning
    assert found["crew.organisations"]["value"] >= 8  # six departments, the sub-district, the community

    play(incident, until=THIRD_DAY)
    later = figures(incident, THIRD_DAY)
    assert later["rounds.handed.kit:living"]["value"] > kit["value"]  # the second kit came within two days
    assert later["register.at_home"]["value"] == 241


def households_of(incident: Incident, place: str) -> int:
    from doorstep.register.figures import rows

    lines = rows(incident, "at_home", incident.trigger_at, up_to(NOON)).rows
    return sum(line[4] for line in lines if line[0] == place)
