"""The night by the API: seal, bring a list, plan, knock, and nothing twice."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_member
from django.core.files.uploadedfile import SimpleUploadedFile

from doorstep.command.models import Area, Incident, JournalEntry, Notice, RoleGrant, Task, Team
from doorstep.promises.models import Promise
from doorstep.register.models import Household, Person
from doorstep.rounds.actions import request_plan, run_plan
from doorstep.rounds.demand import CarrierLine
from doorstep.rounds.models import Round, RoundPlan, Visit

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "楼栋,单元,室号,姓名,年龄\n3号楼,1,501,柳橙,83岁\n3号楼,1,502,柳棕,30\n3号楼,1,五楼东,柳灰,5\n"


def a_round(area: Area, carrier) -> Round:
    """A plan of the whole area for one carrier, made at once."""
    line = CarrierLine(carrier.pk, carrier.name, NIGHT, NIGHT + timedelta(hours=24))
    plan = request_plan(area.incident, [area], NIGHT, NIGHT + timedelta(hours=24), carriers=[line], at=NIGHT)
    run_plan(plan.pk)
    return plan.rounds.get()


def bring(desk, text: str = LIST, **facts):
    file = SimpleUploadedFile("名单.csv", text.encode())
    return desk.client.post("/api/v1/register/imports", {"file": file, **facts}, headers=desk.headers)


def test_an_incident_is_opened_and_its_exercise_clock_is_moved(caller):
    chief = caller("administrator")
    RoleGrant.objects.update(incident=None)
    trigger = {"name": "Night", "protocol": "cn-covid-2021-09", "trigger_at": "2021-12-07T23:00:00+08:00"}
    made = chief.post("/incidents", {**trigger, "exercise": "drill"}).json()
    assert (made["trigger_at"], made["now"]) == ("2021-12-07T15:00:00Z", "2021-12-07T15:00:00Z")
    moved = chief.post("/incidents/current/clock", {"minutes": 90}, incident=made["id"]).json()
    assert moved["now"].startswith("2021-12-07T16:30:00")
    answer = chief.post("/incidents", {**trigger, "protocol": "/etc/passwd.yaml"})
    assert (answer.status_code, answer.json()["field"]) == (422, "protocol")
    answer = chief.post("/incidents", {**trigger, "trigger_at": "2021-12-07T23:00:00"})
    assert (answer.status_code, answer.json()["field"].split(".")[-1]) == (422, "trigger_at")


def test_another_incident_is_asked_for_by_its_number(caller, area):
    chief = caller("commander")
    other = Incident.objects.create(
        name="Other",
        protocol_id="heat",
        trigger_at=NIGHT,
        clock_anchor_real=NIGHT,
        clock_anchor_incident=NIGHT,
    )
    assert chief.get("/incidents/current", incident=other.pk).json()["name"] == "Other"
    assert chief.get("/areas", incident=other.pk).status_code == 403  # the duty holds in its own incident
    for wrong in (0, 10**20, "x", "-1"):
        assert chief.get("/areas", incident=wrong).status_code == 404


def test_an_area_is_drawn_sealed_with_all_it_needs_extended_and_lifted(caller, area):
    chief = caller("commander")
    incident = area.incident
    compound = a_compound()
    home = a_household(compound.buildings.get().stairs.get().doors.first())
    first = chief.post("/areas", {"name": "East", "zone": "sealed", "places": [{"compound": compound.pk}]}).json()
    lacks = {lack["field"] for lack in chief.get(f"/areas/{first['id']}/requirements").json()}
    assert {"supply_team", "letter", "emergency_phone", "reason"} <= lacks
    refused = chief.post(f"/areas/{first['id']}/seal", {})
    assert refused.status_code == 422
    assert "emergency_phone" in refused.json()["field"]
    team = Team.objects.filter(incident=incident).first()
    letter = Notice.objects.filter(incident=incident).first()
    decision = {
        "reason": "one case",
        "basis": "the plan",
        "ends_when": "14 days",
        "supply_team": team.pk,
        "first_delivery_at": "2021-12-08T08:00:00+08:00",
        "letter": letter.pk,
        "emergency_phone": "025-0000-0000",
        "exits_checked_at": "2021-12-07T23:00:00+08:00",
    }
    sealed = chief.post(f"/areas/{first['id']}/seal", decision).json()
    assert (sealed["state"], sealed["load"]["households"]) == ("in_force", 1)
    before = Promise.objects.filter(door=home.door).count()
    assert before
    later = {"review_at": "2021-12-14T23:00:00+08:00", "reason": "a new case"}
    assert chief.post(f"/areas/{first['id']}/extend", later).status_code == 200
    assert Promise.objects.filter(door=home.door).count() > before
    assert chief.post(f"/areas/{first['id']}/lift").json()["state"] == "lifted"
    assert chief.post(f"/areas/{first['id']}/lift").status_code == 422


def test_an_area_of_places_that_are_not_there_is_refused(caller):
    chief = caller("commander")
    for places, field in (([{"door": 999999}], "places.0.door"), ([{}], "places.0")):
        answer = chief.post("/areas", {"name": "East", "zone": "sealed", "places": places})
        assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert not Area.objects.filter(name="East").exists()


def test_a_list_is_previewed_applied_and_undone_and_its_bad_rows_come_back(caller):
    desk = caller("coordinator")
    preview = bring(desk, compound="柳树院").json()
    assert (preview["state"], preview["counts"]["new_persons"], preview["counts"]["bad"]) == ("preview", 2, 1)
    assert preview["bad_rows"][0]["mend"]["en"]
    assert not Person.objects.filter(name="柳橙").exists()
    done = desk.post(f"/register/imports/{preview['id']}/apply", {}).json()
    assert done["state"] == "done"
    assert desk.client.get(f"/api/v1/register/imports/{preview['id']}/bad-rows").content[:2] == b"PK"
    assert JournalEntry.objects.filter(act="export").count() == 1
    assert desk.post(f"/register/imports/{preview['id']}/apply", {}).status_code == 422
    assert desk.post(f"/register/imports/{preview['id']}/undo").json() == {"state": "undone", "stays": []}
    assert not Person.objects.filter(name="柳橙").exists()


def test_a_list_that_cannot_be_read_says_what_to_do(caller):
    desk = caller("coordinator")
    answer = bring(desk, "")
    assert answer.status_code == 422
    assert answer.json()["mend"]
    for mapping in ("[1]", '{"0": "shoe size"}', '{"900": "room"}', "{"):
        assert bring(desk, compound="柳树院", mapping=mapping).json()["field"] == "mapping"


def test_a_fact_seen_at_the_door_keeps_its_source(caller, area):
    desk = caller("coordinator")
    home = Household.objects.first()
    person = home.persons.first()
    fixed = desk.ask("PATCH", f"/register/persons/{person.pk}", {"kind": "door", "present": "hospital"})
    assert fixed.json()["present"] == "hospital"
    person.refresh_from_db()
    assert person.sources["present"]["kind"] == "door"
    fixed = desk.ask("PATCH", f"/register/households/{home.pk}", {"kind": "manual", "diets": ["halal"]})
    assert fixed.json()["sources"]["diets"]["kind"] == "manual"
    wrong = desk.ask("PATCH", f"/register/persons/{person.pk}", {"kind": "door", "present": "moon"})
    assert (wrong.status_code, wrong.json()["field"].split(".")[-1]) == (422, "present")


def plan_body(area, **changed):
    window = {"starts_at": "2021-12-07T23:00:00+08:00", "ends_at": "2021-12-08T23:00:00+08:00"}
    return {"areas": [area.pk], **window, "carriers": [{"name": "Lin Xi"}], **changed}


def test_a_plan_is_asked_for_polled_and_changed_by_hand(caller, area):
    desk = caller("coordinator")
    carrier = a_member("carrier", incident=area.incident)
    asked = desk.post("/rounds/plans", plan_body(area, carriers=[{"member": carrier.pk}, {"name": "Lin Xi"}]))
    assert asked.status_code == 202
    state = desk.get(f"/rounds/plans/{asked.json()['id']}/state").json()
    assert (state["state"], state["progress"]) == ("ready", 1.0)
    plan = desk.get(f"/rounds/plans/{state['id']}").json()
    one, two = plan["rounds"]
    assert sum(len(walk["stops"]) for walk in plan["rounds"]) + state["unserved"] == 16
    moved = desk.post(f"/rounds/stops/{one['stops'][0]['id']}/move", {"round": two["id"]}).json()
    assert one["stops"][0]["id"] in [stop["id"] for stop in moved["stops"]]
    assert desk.post(f"/rounds/rounds/{two['id']}/lock", {"locked": True}).json()["locked"]
    again = desk.post(f"/rounds/plans/{plan['id']}/replan").json()
    assert desk.get(f"/rounds/plans/{plan['id']}/state").json()["state"] == "replaced"
    kept = [walk for walk in desk.get(f"/rounds/plans/{again['id']}").json()["rounds"] if walk["locked"]]
    assert [walk["id"] for walk in kept] == [two["id"]]
    assert desk.post(f"/rounds/plans/{again['id']}/withdraw").json()["state"] == "replaced"


def test_a_plan_that_is_walked_changes_with_few_moves(caller, area):
    desk = caller("coordinator")
    body = plan_body(
        area, carriers=[{"name": "Lin Xi", "budget_kg_storeys": 5000, "skills": ["sampling"]}, {"name": "Lin Lan"}]
    )
    plan = desk.get(f"/rounds/plans/{desk.post('/rounds/plans', body).json()['id']}").json()
    stop = plan["rounds"][0]["stops"][0]
    assert stop["due_at"]
    assert {item["kind"] for item in stop["items"]} >= {"kit:living", "contact"}
    assert plan["rounds"][0]["climb_kg_storeys"] > 0
    short = desk.post(f"/rounds/plans/{plan['id']}/short", {"kind": "kit:living", "count": 3}).json()
    after = desk.get(f"/rounds/plans/{short['id']}").json()
    assert [line["why"] for line in after["lacking"] if line["kind"] == "kit:living"] == ["short"] * 13
    out = after["rounds"][0]
    gone = desk.post(f"/rounds/rounds/{out['id']}/out").json()
    assert desk.get(f"/rounds/plans/{gone['id']}").json()["out"] == [out["carrier_name"]]
    back = desk.post(f"/rounds/plans/{gone['id']}/back", {"name": out["carrier_name"]}).json()
    home = desk.get(f"/rounds/plans/{back['id']}").json()
    assert home["out"] == []
    assert {w["carrier_name"] for w in home["rounds"]} == {w["carrier_name"] for w in after["rounds"]}
    wrong = desk.post(f"/rounds/plans/{back['id']}/short", {"kind": "kit:gold", "count": 3})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "kind")
    nowhere = desk.post(f"/rounds/plans/{back['id']}/join", {"areas": [999_999]})
    assert (nowhere.status_code, nowhere.json()["field"]) == (422, "areas")


def test_several_answers_are_joined_and_one_that_is_none_is_refused(caller, area):
    carrier = caller("carrier")
    walk = a_round(area, carrier.member)
    stop = walk.stops.first()
    work = carrier.get("/rounds/work").json()
    assert {line["code"]: line["many"] for line in work["questions"]} == {
        **dict.fromkeys(("well", "fever", "food", "medicine", "worry"), False),
        "who": True,
    }
    knock = {"client_id": str(uuid4()), "door": stop.door_id, "stop": stop.pk, "outcome": "opened"}
    wrong = carrier.post("/rounds/visits", {**knock, "welfare": {"fever": "none+some"}})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "welfare.fever")
    assert carrier.post("/rounds/visits", {**knock, "welfare": {"who": "ill+baby"}}).status_code == 200
    assert Visit.objects.get().welfare == {"who": "ill+baby"}


def test_a_carrier_who_falls_out_leaves_the_doors_to_the_rest(caller, area):
    desk = caller("coordinator")
    body = plan_body(area, carriers=[{"name": "Lin Xi"}, {"name": "Lin Yu"}])
    first = desk.get(f"/rounds/plans/{desk.post('/rounds/plans', body).json()['id']}").json()
    gone = first["rounds"][0]
    asked = desk.post(f"/rounds/rounds/{gone['id']}/out")
    assert asked.status_code == 202
    rest = desk.get(f"/rounds/plans/{asked.json()['id']}").json()
    assert gone["carrier_name"] not in {walk["carrier_name"] for walk in rest["rounds"]}
    assert sum(len(walk["stops"]) for walk in rest["rounds"]) + rest["unserved"] == 16


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"carriers": [{"name": " "}]}, "carriers.0"),
        ({"carriers": [{"member": 999999}]}, "carriers.0"),
        ({"ends_at": "2021-12-30T23:00:00+08:00"}, "ends_at"),
        ({"ends_at": "2021-12-01T23:00:00+08:00"}, "carriers.0"),
        ({"areas": [999999]}, "areas"),
    ],
)
def test_a_plan_that_cannot_be_says_at_which_field(caller, area, changed, field):
    answer = caller("coordinator").post("/rounds/plans", plan_body(area, **changed))
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert not RoundPlan.objects.exists()


def a_knock(place, **changed):
    kinds = [item["kind"] for item in place["items"] if item["kind"] != "contact"]
    facts = {
        "client_id": str(uuid4()),
        "door": place["door"],
        "stop": place["id"],
        "outcome": "opened",
        "handed": kinds,
    }
    return {**facts, **changed}


def test_a_carrier_loads_the_round_knocks_once_and_takes_it_back(caller, area):
    carrier = caller("carrier")
    a_round(area, carrier.member)
    work = carrier.get("/rounds/work").json()
    stop = work["rounds"][0]["stops"][0]
    knock = a_knock(stop, welfare={work["questions"][0]["code"]: next(iter(work["questions"][0]["answers"]))})
    first = carrier.post("/rounds/visits", knock).json()
    again = carrier.post("/rounds/visits", {**knock, "outcome": "no_answer", "handed": []}).json()
    assert again == first
    assert Visit.objects.count() == 1
    kept = Promise.objects.filter(door_id=stop["door"], state="kept").count()
    assert kept == len(stop["items"])
    carrier.post(f"/rounds/visits/{first['id']}/undo")
    assert not Promise.objects.filter(state="kept").exists()


def test_the_knock_of_another_is_neither_told_nor_taken_over(caller, area):
    one, two = caller("carrier"), caller("carrier")
    a_round(area, one.member)
    knock = a_knock(one.get("/rounds/work").json()["rounds"][0]["stops"][0])
    visit = one.post("/rounds/visits", knock).json()
    answer = two.post("/rounds/visits", knock)
    assert (answer.status_code, answer.json()["field"]) == (422, "client_id")
    assert two.post(f"/rounds/visits/{visit['id']}/undo").status_code == 403


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"door": 999999, "stop": None}, 404),
        ({"stop": 999999}, 404),
        ({"outcome": "climbed"}, 422),
        ({"welfare": {"shoes": "brown"}}, 422),
        ({"occurred_at": "2022-12-07T23:00:00+08:00"}, 422),
        ({"outcome": "no_answer", "handed": ["kit:living"]}, 422),
        ({"note": "a\x00b"}, 422),
    ],
)
def test_a_knock_that_cannot_be_is_refused_whole(caller, area, changed, status):
    carrier = caller("carrier")
    a_round(area, carrier.member)
    stop = carrier.get("/rounds/work").json()["rounds"][0]["stops"][0]
    assert carrier.post("/rounds/visits", a_knock(stop, **changed)).status_code == status
    assert not Visit.objects.exists()


def test_a_batch_answers_each_knock_and_repeated_adds_nothing(caller, area):
    carrier = caller("carrier")
    a_round(area, carrier.member)
    stops = carrier.get("/rounds/work").json()["rounds"][0]["stops"]
    area.incident.refresh_from_db()
    knocks = [a_knock(stop, occurred_at=NIGHT - timedelta(minutes=n)) for n, stop in enumerate(stops)]
    knocks[2] = {**knocks[2], "door": 999999, "stop": None}
    knocks[3] = {**knocks[3], "outcome": "no_answer"}
    knocks[4] = {**knocks[4], "outcome": "no_answer", "handed": []}
    first = carrier.post("/rounds/visits/batch", {"visits": knocks}).json()["answers"]
    assert [answer["status"] for answer in first] == [200, 200, 404, 422, 200, *[200] * (len(stops) - 5)]
    assert [answer["client_id"] for answer in first] == [knock["client_id"] for knock in knocks]
    before = (Visit.objects.count(), Promise.objects.filter(state="kept").count(), Task.objects.count())
    entries = JournalEntry.objects.count()
    second = carrier.post("/rounds/visits/batch", {"visits": knocks}).json()["answers"]
    assert second == first
    assert (Visit.objects.count(), Promise.objects.filter(state="kept").count(), Task.objects.count()) == before
    assert JournalEntry.objects.count() == entries


def test_a_batch_holds_fifty_knocks_at_most(caller, area):
    carrier = caller("carrier")
    one = {"client_id": str(uuid4()), "door": 1, "outcome": "opened"}
    answer = carrier.post("/rounds/visits/batch", {"visits": [{**one, "client_id": str(uuid4())} for _ in range(51)]})
    assert answer.status_code == 422


def test_an_act_with_a_client_id_is_done_once_and_answers_the_same(caller):
    desk, other = caller("coordinator"), caller("coordinator")
    key = uuid4()
    first = desk.post("/tasks", {"title": "call the pharmacy"}, client_id=key)
    again = desk.post("/tasks", {"title": "call the pharmacy"}, client_id=key)
    assert again.json() == first.json()
    assert (first.headers.get("X-Repeated"), again.headers["X-Repeated"]) == (None, "1")
    assert Task.objects.count() == 1
    assert desk.post(f"/tasks/{first.json()['id']}/take", client_id=key).json()["field"] == "client_id"
    assert other.post("/tasks", {"title": "call the pharmacy"}, client_id=key).status_code == 200
    assert Task.objects.count() == 2
    assert desk.post("/tasks", {"title": "x"}, client_id="seven").status_code == 422


def test_a_refused_act_may_be_mended_and_sent_with_the_same_client_id(caller):
    desk, key = caller("coordinator"), uuid4()
    assert desk.post("/tasks", {"title": " "}, client_id=key).status_code == 422
    assert desk.post("/tasks", {"title": "call"}, client_id=key).status_code == 200


def test_tasks_are_taken_finished_and_opened_again(caller):
    desk = caller("coordinator")
    task = desk.post("/tasks", {"title": "call the pharmacy", "urgency": 3}).json()
    assert desk.get("/tasks", show="unowned").json()["total"] == 1
    assert desk.post(f"/tasks/{task['id']}/take").json()["owner"] == desk.member.name
    assert desk.post(f"/tasks/{task['id']}/finish", {"result": "sent"}).json()["state"] == "done"
    assert desk.get("/tasks", show="done").json()["items"][0]["result"] == "sent"
    assert desk.post(f"/tasks/{task['id']}/reopen").json()["state"] == "open"


def test_the_board_tells_containment_and_service_side_by_side(caller, area):
    chief = caller("commander")
    told = chief.get("/board/situation").json()
    assert told["areas"][0]["doors"] == 16
    assert {"kit:living", "contact"} <= {kind["kind"] for kind in told["kinds"]}
    assert {watch["number"] for watch in chief.get("/board/watch").json()} >= {1, 2, 5, 10, 13, 16}
    assert {watch["code"] for watch in chief.get("/board/watch/5").json()} >= {"tasks", "requests"}
    front = chief.get(f"/board/areas/{area.pk}/elevation", kind="kit:living").json()["buildings"][0]
    assert len(front["stairs"][0]["doors"]) == 8
    door = front["stairs"][0]["doors"][0]["door"]
    assert chief.get(f"/board/doors/{door}").json()["promises"]
    assert chief.get(f"/promises/door/{door}").json()
    assert chief.get("/promises/", kind="kit:living", look="open").json()["total"] >= 0
    assert {row["kind"] for row in chief.get("/promises/kinds").json()} >= {"contact"}
    assert chief.get("/board/timeline").status_code == 200
    assert chief.get("/journal").json()["items"][0]["hash"]


def test_a_promise_is_released_with_a_reason_only(caller, area):
    desk = caller("coordinator")
    promise = Promise.objects.filter(kind="kit:living").first()
    assert desk.post(f"/promises/{promise.pk}/waive", {"reason": " "}).json()["field"] == "reason"
    assert desk.post(f"/promises/{promise.pk}/waive", {"reason": "gone to family"}).json()["look"] == "waived"


def test_the_rules_are_told_in_both_languages(caller):
    one = caller("carrier")
    assert len(one.get("/protocols").json()) == 8
    text = one.get("/protocols/heat", language="en").json()["text"]
    assert text != one.get("/protocols/heat", language="zh").json()["text"]


def test_a_page_beyond_the_last_is_the_last(caller, area):
    listed = caller("coordinator").get("/register/households", page=99).json()
    assert (listed["page"], listed["pages"], listed["total"]) == (1, 1, 16)
