"""The founding exercise reported on its third day; its first noon is held against the report in test_gulou."""

from __future__ import annotations

from datetime import datetime

import pytest
from exercise.reported import NOON, figures

from doorstep.command.models import Incident
from doorstep.exercise import description, load

pytestmark = pytest.mark.django_db
THIRD_DAY = datetime.fromisoformat("2021-12-10T18:00:00+08:00")


def test_on_the_third_day_every_door_has_had_its_second_kit(monkeypatch):
    whole = description.read_exercise("gulou-2021")
    first = {"compounds": whole.compounds[:1], "areas": whole.areas[:1], "gate_team": None}
    monkeypatch.setattr(load, "read_exercise", lambda name: whole.model_copy(update=first))
    load.load_once("gulou-2021")
    incident = Incident.objects.get(exercise="gulou-2021")
    load.play(incident, until=THIRD_DAY)
    noon, later = figures(incident, NOON), figures(incident, THIRD_DAY)
    assert noon["rounds.handed.kit:living"]["value"] == 8
    assert later["rounds.handed.kit:living"]["value"] == 16
    assert later["register.at_home"]["value"] == 21
    assert later["supplies.with_kit"]["of"] == later["supplies.with_kit"]["value"] == 8
