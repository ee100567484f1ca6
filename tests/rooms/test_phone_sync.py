"""The carrier's phone and the server: what the phone keeps, what it says, what becomes of it."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_member, sign_in
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from phones import MORNING, Phone, a_morning, planned

from doorstep.command.models import JournalEntry, Task
from doorstep.promises.models import Promise
from doorstep.register.models import Household
from doorstep.rounds.jobs import work_off_phones
from doorstep.rounds.models import PhoneAct, PhonePass, Stop, Visit, VisitConflict
from doorstep.rounds.passes import end_pass
from doorstep.rounds.phone import at_work

pytestmark = pytest.mark.django_db


@pytest.fixture
def area():
    return a_morning()


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


def test_acts_are_taken_in_the_order_in_which_they_happened_whatever_order_they_come_in(phone):
    stop = phone.stops()[0]
    knock = phone.knock(stop, "opened", "kit:living")
    undo = phone.undo(knock)
    assert [answer["status"] for answer in phone.says(undo, knock)] == ["done", "done"]
    assert Visit.objects.get().undone_at == MORNING
    assert phone.stops()[0]["visit"] is None


def test_what_cannot_be_done_is_set_aside_whole_and_stops_nothing(phone, area):
    stops = phone.stops()
    left = phone.knock(stops[0], "no_answer", "kit:living", note="门口")
    unknown = phone.knock({"door": 10**9, "id": None}, "opened")
    strange = phone.act("dance", {})
    bare = {"kind": "visit"}
    good = phone.knock(stops[1], "opened")
    answers = phone.says(left, unknown, strange, bare, "nonsense", good)
    assert [answer["status"] for answer in answers] == ["aside"] * 5 + ["done"]
    assert answers[0]["problem"]["field"] == "handed"
    assert Visit.objects.count() == 1
    aside = VisitConflict.objects.filter(kind="aside")
    assert aside.count() == 5
    kept = aside.get(act__client_id=left["id"])
    assert kept.door_id == stops[0]["door"]
    assert kept.act.said == left
    assert phone.says(left, unknown) == answers[:2]
    assert aside.count() == 5


def test_text_that_a_database_does_not_take_is_taken_all_the_same(phone):
    act = phone.knock(phone.stops()[0], "opened", note="a\x00b\ud800c")
    act["body"]["deep"] = [[[[[[[[[[[[[[[["x"]]]]]]]]]]]]]]]]
    raw = json.dumps({"acts": [act]}).replace('"persons"', '"p"')[:-2] + ', {"seq": NaN, "at": 1e999}]}'
    answer = phone.client.post(
        "/rounds/phone/sync",
        raw,
        content_type="application/json",
        headers={"Authorization": f"Pass {phone.secret}"},
    )
    assert [one["status"] for one in answer.json()["answers"]] == ["done", "aside"]
    assert Visit.objects.get().note == "ab?c"


def test_a_time_that_cannot_be_is_taken_as_now_and_kept_as_it_was_said(phone):
    stops = phone.stops()
    ahead, before, nearly = MORNING + timedelta(minutes=6), NIGHT - timedelta(days=1), MORNING + timedelta(minutes=4)
    acts = [phone.knock(stop, "opened", at=at) for stop, at in zip(stops, (ahead, before, nearly), strict=False)]
    phone.says(*acts)
    times = [(visit.occurred_at, visit.said_at) for visit in (Visit.objects.get(client_id=act["id"]) for act in acts)]
    assert times == [(MORNING, ahead), (MORNING, before), (MORNING, None)]


def test_the_code_that_the_resident_says_is_compared_as_people_say_it_and_never_stands_in_the_way(phone):
    stops = phone.stops()
    Household.objects.filter(door_id=stops[0]["door"]).update(private_code="AB5Z2K8Q")
    assert stops[0]["code"]
    phone.says(phone.knock(stops[0], "opened", code="ab sz-2k bq"), phone.knock(stops[1], "opened", code="nothing"))
    assert dict(Visit.objects.values_list("door_id", "proof_code")) == {
        stops[0]["door"]: "right",
        stops[1]["door"]: "wrong",
    }


def test_an_answer_that_the_protocol_does_not_know_is_kept_in_the_note(phone, area):
    question = area.incident.protocol.welfare[0]
    answer = next(iter(question.answers))
    phone.says(phone.knock(phone.stops()[0], "opened", welfare={question.code: answer, "mood": "good"}, note="ok"))
    visit = Visit.objects.get()
    assert visit.welfare == {question.code: answer}
    assert visit.note == "ok\nmood: good"


def test_an_unchanged_round_is_not_sent_again(phone):
    data = phone.get().json()
    same = phone.send(version=data["version"]).json()
    assert (same["round"], same["version"]) == (None, data["version"])
    changed = phone.send(phone.knock(phone.stops()[0], "opened"), version=data["version"]).json()
    assert changed["round"]["version"] == changed["version"] != data["version"]


def test_an_exercise_clock_tells_the_phone_how_fast_it_runs(phone, area):
    rate, anchor = 60, timezone.now()
    area.incident.clock_rate, area.incident.clock_anchor_real = rate, anchor
    area.incident.save()
    clock = phone.get().json()["clock"]
    assert (clock["rate"], clock["kind"]) == (rate, "exercise")


def test_while_the_server_is_busy_acts_are_kept_and_carried_out_a_moment_later(phone, monkeypatch):
    asked = []
    monkeypatch.setattr("doorstep.rounds.phone.have_worked_off", lambda: asked.append(1))
    first, second = (phone.knock(stop, "opened") for stop in phone.stops()[:2])
    version = phone.get().json()["version"]
    with at_work:
        told = phone.send(first, version=version).json()
        assert (told["answers"][0]["status"], told["round"], told["version"]) == ("waiting", None, version)
        assert phone.send(version=version).json()["answers"] == []
    assert (PhoneAct.objects.get().state, Visit.objects.count(), asked) == ("waiting", 0, [1])
    assert work_off_phones() == 1
    assert work_off_phones() == 0
    assert [answer["status"] for answer in phone.says(first, second)] == ["done", "done"]
    assert Visit.objects.count() == 2


def test_what_waits_is_carried_out_before_what_comes_after_it(phone, monkeypatch):
    monkeypatch.setattr("doorstep.rounds.phone.have_worked_off", lambda: None)
    knock = phone.knock(phone.stops()[0], "opened")
    with at_work:
        phone.says(knock)
    assert phone.says(phone.undo(knock))[0]["status"] == "done"
    assert PhoneAct.objects.filter(state="done").count() == 2
    assert Visit.objects.get().undone_at == MORNING


def test_more_acts_than_a_request_holds_are_refused_and_none_is_taken(phone):
    stop = phone.stops()[0]
    answer = phone.send(*(phone.knock(stop, "opened") for _ in range(51)))
    assert answer.status_code == 422
    assert answer.json()["problem"]["field"] == "acts"
    assert PhoneAct.objects.count() == 0


def test_a_helper_without_an_account_walks_a_round_with_masked_names(client, area):
    planned(area, "江北", "江南")
    north, south = (Phone(client, area.incident, name) for name in ("江北", "江南"))
    mine, theirs = north.stops(), south.stops()
    assert {stop["door"] for stop in mine}.isdisjoint(stop["door"] for stop in theirs)
    assert mine[0]["people"][0]["name"] == "柳某"
    assert north.says(north.knock(mine[0], "opened"))[0]["status"] == "done"
    assert Visit.objects.get().member is None


def test_a_knock_at_a_door_of_nobodys_business_is_set_aside(client, area):
    other = a_morning(stairs=1)
    planned(area, "江北")
    planned(other, "江南")
    north = Phone(client, area.incident, "江北")
    far = other.area_doors.first().door_id
    foreign = Stop.objects.filter(door_id=far).first()
    answers = north.says(
        north.knock({"door": far, "id": foreign.pk}, "opened"), north.knock({"door": far, "id": None}, "opened")
    )
    assert [answer["status"] for answer in answers] == ["aside", "aside"]
    assert not Visit.objects.exists()


def test_a_door_at_which_nobody_answered_comes_back_and_the_second_knock_closes_it(phone, area):
    stop = phone.stops()[0]
    phone.says(phone.knock(stop, "no_answer"))
    data = phone.get().json()
    line = data["again"][0]
    assert (line["door"], line["stop"]) == (stop["door"], stop["id"])
    assert line["title"].keys() == {"zh", "en"}
    again = phone.knock({"door": line["door"], "id": None}, "opened", task=line["task"])
    assert phone.says(again)[0]["status"] == "done"
    assert Task.objects.get(pk=line["task"]).state == "done"
    assert phone.get().json()["again"] == []


@pytest.mark.parametrize("header", ["", "Pass ", "Pass nonsense", "Bearer x"])
def test_without_a_pass_nothing_is_told(client, phone, header):
    for method, path in (("get", "round.json"), ("post", "sync"), ("post", f"photo/{uuid4()}")):
        answer = getattr(client, method)(f"/rounds/phone/{path}", headers={"Authorization": header} if header else {})
        assert answer.status_code == 401
        assert answer.json()["problem"]["mend"]


def test_a_pass_that_was_ended_opens_nothing_more(phone):
    end_pass(phone.kept, by=None, at=MORNING)
    assert phone.get().status_code == 401
    assert end_pass(phone.kept, by=None, at=MORNING + timedelta(hours=1)).ended_at == MORNING


def test_a_pass_is_over_some_hours_after_the_window_and_lives_on_with_a_later_round(phone, area, carrier):
    def at(hours):
        area.incident.clock_anchor_incident = MORNING + timedelta(hours=hours)
        area.incident.save()
        return phone.get().status_code

    assert at(19) == 200
    assert at(21) == 401
    planned(area, carrier, starts=MORNING + timedelta(hours=22))
    assert at(23) == 200


def test_an_account_that_is_closed_closes_its_phones(phone, carrier):
    carrier.user.is_active = False
    carrier.user.save()
    assert phone.get().status_code == 401


def test_a_pass_is_made_from_my_work_and_its_secret_is_kept_nowhere(client, area):
    member = sign_in(client, "carrier", area.incident)
    planned(area, member)
    answer = client.post("/rounds/work/phone/")
    shell, _, secret = answer["Location"].partition("#t=")
    assert shell == "/rounds/phone/"
    kept = PhonePass.objects.get()
    assert kept.carrier == member
    assert secret not in json.dumps(list(PhonePass.objects.values()), default=str)
    data = client.get("/rounds/phone/round.json", headers={"Authorization": f"Pass {secret}"}).json()
    assert data["carrier"] == member.name
    assert client.get("/rounds/work/phone/").status_code == 405


def test_the_coordinator_shows_a_code_for_a_helper_and_ends_it(client, area):
    walk = planned(area, "江北").rounds.get()
    sign_in(client, "coordinator", area.incident)
    page = client.post(f"/rounds/round/{walk.pk}/phone/")
    text = page.content.decode()
    assert "data:image/svg+xml" in text
    assert "江北" in text
    assert "no-store" in page["Cache-Control"]
    listed = client.get("/rounds/phones/").content.decode()
    assert "江北" in listed
    kept = PhonePass.objects.get()
    client.post(f"/rounds/phones/{kept.pk}/end/")
    kept.refresh_from_db()
    assert kept.ended_at == MORNING
    assert client.get("/rounds/phones/?format=xlsx").status_code == 200


def test_who_plans_no_rounds_makes_no_code_for_others(client, area):
    walk = planned(area, "江北").rounds.get()
    sign_in(client, "carrier", area.incident)
    assert client.post(f"/rounds/round/{walk.pk}/phone/").status_code == 403
    assert not PhonePass.objects.exists()


def queries_of(act):
    with CaptureQueriesContext(
        connection,
    ) as seen:
        act()
    return [query["sql"] for query in seen.captured_queries]


def test_a_batch_asks_a_known_number_of_questions_a_knock_and_reads_no_whole_table(phone, area):
    stops = phone.stops()
    batches = [[phone.knock(stop, "opened", "kit:living") for stop in some] for some in (stops[:2], stops[2:12])]
    few, many = (len(queries_of(lambda batch=batch: phone.says(*batch))) for batch in batches)
    each = (many - few) / 8
    assert each <= 22
    a_morning(stairs=4)
    again = queries_of(lambda: phone.says(phone.knock(stops[12], "opened", "kit:living")))
    assert not [sql for sql in again if 'FROM "command_areadoor" WHERE "command_areadoor"."area_id" IN' in sql]


def test_the_round_is_read_in_as_many_questions_for_forty_doors_as_for_four(client, area):
    planned(area, "江北")
    large = Phone(client, area.incident, "江北")
    little = a_morning(stairs=1)
    for line in little.area_doors.all()[4:]:
        line.delete()
    planned(little, "江南")
    small = Phone(client, little.incident, "江南")
    assert len(queries_of(large.get)) == len(queries_of(small.get)) <= 14
