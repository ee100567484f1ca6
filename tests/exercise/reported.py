"""What the founding report says of the first noon, held against the figures that come out of events."""

from __future__ import annotations

from datetime import datetime

from doorstep.command.models import Incident
from doorstep.command.posts.clocks import response_clocks
from doorstep.register.figures import rows
from doorstep.report.content import collect
from doorstep.report.periods import up_to

NOON = datetime.fromisoformat("2021-12-08T13:30:00+08:00")

# source.code → value (S14–S60); figures that later rooms count are one more line each.
SAID = {
    "command.areas": 2,
    "measured.disinfection:m2": 4000,
    "register.at_home": 21 + 220,
}
# Hours from the trigger to a first act: the command of six departments at 01:00, the first area sealed at 04:00.
FIRST_ACTS = (2.0, 5.0)


def figures(incident: Incident, at: datetime) -> dict[str, dict]:
    """The figures of the whole incident until an instant, by source.code."""
    content = collect(incident, incident.trigger_at, up_to(at))
    return {f"{part['code']}.{line['code']}": line for part in content["sections"] for line in part["lines"]}


def hold_against_the_report(incident: Incident) -> None:
    """Two areas, 241 at home, eight households in 南秀村12号, kits by door, the first acts; unknown is not reached."""
    found = figures(incident, NOON)
    assert {key: found[key]["value"] for key in SAID} == SAID
    assert "南秀村12号 21" in found["register.at_home"]["note"]
    assert "北京西路7号 220" in found["register.at_home"]["note"]
    stairs = rows(incident, "at_home", incident.trigger_at, up_to(NOON)).rows
    assert sum(line[4] for line in stairs if line[0] == "南秀村12号") == 8
    real = [act.real_h for act in response_clocks(incident, NOON)]
    assert all(hours in real for hours in FIRST_ACTS)
    kits = found["rounds.handed.kit:living"]["value"]
    assert kits
    assert kits + found["supplies.with_kit"]["unknown"] == found["register.households"]["value"]
    assert found["supplies.first_kit"]["note"].startswith("first 9.")  # goods at the doors about nine in the morning
    assert found["crew.organisations"]["value"] >= 8  # six departments, the sub-district, the community
