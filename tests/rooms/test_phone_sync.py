"""The carrier's phone and the server: what the phone keeps, what it says, what becomes of it."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area

from doorstep.command.models import JournalEntry
from doorstep.promises.actions import derive
from doorstep.promises.models import Promise
from doorstep.rounds.actions import request_plan, run_plan
from doorstep.rounds.demand import CarrierLine
from doorstep.rounds.models import PhoneAct, RoundPlan, Visit
from doorstep.rounds.passes import make_pass

pytestmark = pytest.mark.django_db
MORNING = NIGHT + timedelta(hours=6)


@pytest.fixture
def area():
    area = a_sealed_area(compound=a_compound(stairs=2))
    for number, line in enumerate(area.area_doors.select_related("door").order_by("door__stair", "door__floor", "pk")):
        a_household(line.door, alone=number == 0, persons=number % 4 + 1)
    derive(area.incident, at=NIGHT)
    area.incident.clock_anchor_incident = MORNING
    area.incident.save()
    return area


def planned(area, *carriers) -> RoundPlan:
    """A plan for members, or for helpers by name."""
    ends = MORNING + timedelta(hours=8)
    lines = [
        CarrierLine(None, who, MORNING, ends) if isinstance(who, str) else CarrierLine(who.pk, who.name, MORNING, ends)
        for who in carriers
    ]
    plan = request_plan(area.incident, [area], MORNING, ends, carriers=lines, at=MORNING)
    run_plan(plan.pk)
    plan.refresh_from_db()
    return plan


class Phone:
    """A phone with a pass: it asks as the app asks."""

    def __init__(self, client, incident, who):
        member, name = (None, who) if isinstance(who, str) else (who, who.name)
        self.kept, self.secret = make_pass(incident, member, name, by=None, at=MORNING)
        self.client, self.sequence, self.incident = client, 0, incident

    def get(self, path="round.json"):
        return self.client.get(f"/rounds/phone/{path}", headers={"Authorization": f"Pass {self.secret}"})

    def send(self, *acts, version=""):
        return self.client.post(
            "/rounds/phone/sync",
            json.dumps({"acts": acts, "version": version}),
            content_type="application/json",
            headers={"Authorization": f"Pass {self.secret}"},
        )

    def says(self, *acts):
        """The answers to these acts."""
        answer = self.send(*acts)
        assert answer.status_code == 200, answer.content
        return answer.json()["answers"]

    def act(self, kind, body, *, at=MORNING, **frame):
        self.sequence += 1
        return {
            "id": str(uuid4()),
            "seq": self.sequence,
            "kind": kind,
            "at": at.isoformat(),
            "device_at": at.isoformat(),
            "body": body,
            **frame,
        }

    def knock(self, stop, outcome="opened", *handed, at=MORNING, id=None, **body):
        facts = {"door": stop["door"], "stop": stop["id"], "task": None, "outcome": outcome, "handed": list(handed)}
        return self.act("visit", {**facts, **body}, at=at, **({"id": id} if id else {}))

    def undo(self, act, **frame):
        return self.act("undo", {"visit": act["id"]}, **frame)

    def stops(self):
        return [stop for walk in self.get().json()["rounds"] for stop in walk["stops"]]


@pytest.fixture
def carrier(area):
    return a_member("carrier", incident=area.incident, login="carrier")


@pytest.fixture
def phone(client, area, carrier):
    planned(area, carrier)
    return Phone(client, area.incident, carrier)


def test_the_phone_gets_its_carriers_round_with_all_that_a_door_needs(phone, area, carrier):
    data = phone.get().json()
    assert data["carrier"] == carrier.name
    assert len(data["rounds"]) == 1
    stops = data["rounds"][0]["stops"]
    assert {stop["door"] for stop in stops} == set(area.area_doors.values_list("door_id", flat=True))
    stop = stops[0]
    assert stop["people"][0]["name"].startswith("柳")
    assert {item["kind"] for item in stop["items"]} <= set(data["kinds"])
    assert data["kinds"]["kit:living"]["title"].keys() == {"zh", "en"}
    assert stop["visit"] is None
    assert data["questions"][0]["answers"]
    assert data["incident"]["utc_offset_minutes"] == 480
    assert phone.get().json()["version"] == data["version"]


def test_a_knock_said_by_the_phone_is_a_visit_that_keeps_its_promises(phone, area):
    stop = phone.stops()[0]
    act = phone.knock(stop, "opened", "kit:living", welfare={}, persons=2, at=MORNING - timedelta(minutes=40))
    assert phone.says(act) == [{"id": act["id"], "status": "done", "problem": None}]
    visit = Visit.objects.get()
    assert (str(visit.client_id), visit.source, visit.stop_id) == (act["id"], "phone", stop["id"])
    assert visit.occurred_at == MORNING - timedelta(minutes=40)
    assert visit.recorded_at == MORNING
    assert visit.welfare["persons"] == "2"
    kept = Promise.objects.filter(proof_id=str(visit.pk)).values_list("kind", flat=True)
    assert set(kept) == {"contact", "kit:living"}
    seen = phone.stops()[0]["visit"]
    assert (seen["outcome"], seen["mine"]) == ("opened", True)


def test_a_repeated_act_gets_its_answer_and_does_nothing(phone):
    act = phone.knock(phone.stops()[0], "opened", "kit:living")
    first = phone.says(act)
    entries = JournalEntry.objects.count()
    assert phone.says(act, act) == [*first, *first]
    assert Visit.objects.count() == PhoneAct.objects.count() == 1
    assert JournalEntry.objects.count() == entries
