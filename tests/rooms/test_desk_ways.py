"""What goes out for a request: purchases that meet the goods at the door, craftsmen and exits with permits, calls that go on."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area, sign_in
from django.urls import reverse

from doorstep.command.events import ExitAsked, PermitChanged
from doorstep.desk import messages, requests, suggesting
from doorstep.desk.medicines import care, watching
from doorstep.desk.models import Call, EntrustedObject, RecurringCare, Request, Way
from doorstep.desk.ways import plans, steps
from doorstep.desk.ways.plans import Coming, Purchase
from doorstep.desk.ways.queries import in_words
from doorstep.desk.ways.watching import ways_late
from doorstep.errors import UserError
from doorstep.promises.actions import derive
from doorstep.promises.models import Promise
from doorstep.supplies import own
from doorstep.wiring import events

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


class Desk:
    """A sealed area, one household, a desk worker."""

    def __init__(self):
        self.area = a_sealed_area(compound=a_compound("桐荫里", stairs=1, floors=2))
        self.incident = self.area.incident
        self.worker = a_member("desk", incident=self.incident)
        self.commander = a_member("commander", incident=self.incident)
        self.door = self.area.area_doors.select_related("door__stair__building").order_by("pk").first().door
        self.home = a_household(self.door, persons=1, classes=["dialysis"])
        self.person = self.home.persons.first()
        self.by = {"by": self.worker, "at": NIGHT}

    def ask(self, need, text="请帮忙"):
        asked = requests.Asked(need, text, door=self.door, household=self.home)
        return requests.open_request(self.incident, asked, **self.by)


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def asked(monkeypatch):
    """What the gate was asked."""
    heard: list[ExitAsked] = []
    monkeypatch.setitem(events._handlers, ExitAsked, [heard.append])
    return heard


def purchase(**facts):
    given = {"what": "米5公斤、鸡蛋一盘", "packs": 2, "payer": "household", "limit": Decimal(80), "shop": "街口超市"}
    return Purchase(**{**given, **facts})


def test_what_is_bought_waits_for_its_door_and_the_hand_over_ends_the_request(desk):
    request = desk.ask("food")
    way = plans.buy(request, purchase(money=Decimal(100)), **desk.by)
    cash = EntrustedObject.objects.get()
    assert (cash.amount, cash.holder, way.money) == (Decimal(100), desk.worker, cash)
    with pytest.raises(UserError):
        steps.bought(way, spent=Decimal(95), receipt="小票 12", **desk.by)
    way = steps.bought(way, spent=Decimal("79.50"), receipt="小票 12", **desk.by)
    steps.bought(way, spent=Decimal("79.50"), receipt="小票 12", **desk.by)
    lines = own.visit_lines(desk.incident, [desk.door.pk], NIGHT, NIGHT + HOUR)[desk.door.pk]
    assert [line.code for line in lines] == [f"own:{desk.door.pk}"]
    assert lines[0].kg == pytest.approx(6)
    moves = own.handed_at_door(
        desk.incident, desk.door, [f"own:{desk.door.pk}"], visit=7, at=NIGHT + HOUR, by=desk.worker
    )
    assert sum(move.packs for move in moves) == 2
    request.refresh_from_db()
    assert (request.state, Way.objects.get().state) == ("done", "done")
    own.visit_undone(desk.incident, visit=7, at=NIGHT + 2 * HOUR, by=desk.worker)
    request.refresh_from_db()
    assert (request.state, Way.objects.get().state) == ("working", "bought")


def test_public_money_has_a_limit_of_the_protocol(desk):
    with pytest.raises(UserError) as refused:
        plans.buy(desk.ask("food"), purchase(payer="public", limit=Decimal(301)), **desk.by)
    assert refused.value.field == "limit"
    assert not Way.objects.exists()


def test_a_craftsman_is_announced_at_the_gate_and_the_answer_is_told(desk, asked):
    request = desk.ask("repair", "水管漏了")
    told = Coming("李师傅（水电）", NIGHT + HOUR, NIGHT + 3 * HOUR, "13800000001")
    plans.repair(request, told, **desk.by)
    plans.repair(request, told, **desk.by)
    assert [(one.key, one.kind, one.person_id) for one in asked] == [(f"request:{request.pk}", "other", None)]
    events.publish(PermitChanged(f"request:{request.pk}", "granted", NIGHT + HOUR, number="P-7"))
    way = Way.objects.get()
    assert (way.permit, way.permit_number) == ("granted", "P-7")
    assert request.events.filter(act="permit", for_resident=True, told_at=None).count() == 1
    steps.finish(way, "阀门换好了", **desk.by)
    request.refresh_from_db()
    assert (request.state, request.result) == ("done", "阀门换好了")


def test_a_permit_refused_is_told_and_one_used_ends_the_request(desk, asked):
    request = desk.ask("exit", "去复查")
    plans.go_out(request, Coming("市医院复查", NIGHT + HOUR, NIGHT + 5 * HOUR, kind="medical_planned"), **desk.by)
    key = asked[0].key
    events.publish(PermitChanged(key, "refused", NIGHT, reason="请改约明天"))
    events.publish(PermitChanged(key, "refused", NIGHT, reason="请改约明天"))
    assert [event.words for event in request.events.filter(act="permit")] == ["refused 请改约明天"]
    plans.go_out(request, Coming("市医院复查", NIGHT + 25 * HOUR, NIGHT + 29 * HOUR, kind="medical_planned"), **desk.by)
    events.publish(PermitChanged(key, "granted", NIGHT, number="P-8"))
    events.publish(PermitChanged(key, "used", NIGHT + 29 * HOUR, number="P-8"))
    request.refresh_from_db()
    assert (len(asked), request.state) == (2, "done")


def test_an_unanswered_gate_and_a_call_nobody_made_stand_on_the_watch_list(desk, asked):
    plans.go_out(desk.ask("exit"), Coming("办证", NIGHT + 20 * HOUR, NIGHT + 22 * HOUR), **desk.by)
    plans.call_back(desk.ask("psychological", "睡不着"), desk.worker, **desk.by)
    assert ways_late(desk.incident, NIGHT + HOUR) == []
    late = ways_late(desk.incident, NIGHT + 4 * HOUR)
    assert sorted(row.level for row in late) == [2, 3]
    assert {row.who_acts for row in late} == {desk.worker.name}


def test_a_named_person_calls_by_the_hours_of_the_protocol_and_danger_goes_to_command(desk):
    request = desk.ask("psychological", "睡不着，心里难受")
    plans.call_back(request, desk.worker, **desk.by)
    plans.call_back(request, desk.commander, **desk.by)
    calls = list(Call.objects.all())
    assert [call.due_at - NIGHT for call in calls] == [4 * HOUR, 28 * HOUR, 76 * HOUR, 172 * HOUR]
    steps.called(calls[0], "not_reached", "", **desk.by)
    assert Call.objects.get(pk=calls[0].pk).called_at is None
    steps.called(calls[0], "same", "聊了二十分钟", **desk.by)
    steps.called(calls[1], "worse", "她说不想活了", **desk.by)
    request.refresh_from_db()
    assert (request.level, request.emergency_task is None) == ("emergency", False)


def test_the_last_call_ends_the_calls(desk):
    request = desk.ask("psychological", "想找人聊聊")
    plans.call_back(request, desk.worker, **desk.by)
    for call in Call.objects.all():
        steps.called(call, "better", "好多了", **desk.by)
    request.refresh_from_db()
    assert request.state == Request.State.DONE


def test_the_permit_of_a_treatment_is_asked_for_once_and_fills_its_session(desk, asked):
    told = care.Treatment("dialysis", (0, 1, 2, 3, 4, 5, 6), NIGHT.time(), (NIGHT + 24 * HOUR).date(), place="市医院")
    care.begin(desk.person, told, incident=desk.incident, **desk.by)
    care.ask_permits(desk.incident, at=NIGHT)
    care.ask_permits(desk.incident, at=NIGHT)
    assert len({one.key for one in asked}) == len(asked) > 0
    assert {one.kind for one in asked} == {"medical_planned"}
    events.publish(PermitChanged(asked[0].key, "granted", NIGHT, number="P-9"))
    first = RecurringCare.objects.get().sessions.order_by("starts_at").first()
    assert (first.permit, first.missing) == ("P-9", ["vehicle"])
    events.publish(PermitChanged(asked[0].key, "withdrawn", NIGHT, reason="车辆未登记"))
    first.refresh_from_db()
    assert (first.permit, first.note) == ("", "车辆未登记")
    rows = watching.care_not_settled(desk.incident, first.starts_at - HOUR)
    assert any("permit" in row.what for row in rows)


def test_each_way_is_begun_and_ended_on_the_page_of_the_request(desk, asked, client):
    desk.worker = sign_in(client, "desk", desk.incident)
    request = desk.ask("food")
    page, url = reverse("desk:request", args=[request.pk]), reverse("desk:way", args=[request.pk])
    assert b'value="buy"' in client.get(page).content
    form = {
        "do": "buy",
        "what": "米",
        "packs": 1,
        "payer": "public",
        "limit": "900",
        "shop": "超市",
        "client_id": uuid4(),
    }
    refused = client.post(url, form)
    assert refused.status_code == 422
    assert "900" in refused.content.decode()
    assert client.post(url, {**form, "limit": "60"}).status_code == 302
    way = Way.objects.get()
    assert client.post(url, {"do": "bought", "way": way.pk, "spent": "58.2", "receipt": "A1"}).status_code == 302
    window = {"starts_at": "2031-01-01T09:00", "ends_at": "2031-01-01T11:00"}
    assert client.post(url, {"do": "exit", "kind": "other", "reason": "办证", **window}).status_code == 302
    assert client.post(url, {"do": "repair", "who": "王师傅", **window}).status_code == 302
    assert client.post(url, {"do": "talk", "caller": desk.worker.pk}).status_code == 302
    content = client.get(page).content.decode()
    assert "58.20" in content
    talk = Way.objects.get(kind="talk")
    assert client.post(url, {"do": "called", "way": talk.pk, "how": "same", "words": ""}).status_code == 302
    assert client.post(url, {"do": "drop", "way": talk.pk}).status_code == 302
    assert [way.state for way in Way.objects.order_by("pk")] == ["bought", "planned", "planned", "dropped"]


def test_the_household_reads_how_it_goes_out(desk, asked):
    request = desk.ask("exit", "去医院")
    plans.go_out(request, Coming("市医院", NIGHT + HOUR, NIGHT + 3 * HOUR), **desk.by)
    events.publish(PermitChanged(asked[0].key, "granted", NIGHT, number="P-11"))
    assert "P-11" in in_words(request.ways.all(), desk.incident.tz)[0]


def test_a_call_that_a_person_answered_is_a_contact_and_what_comes_by_itself_is_none(desk):
    def contact():
        return Promise.objects.get(kind="contact", subject_id=desk.home.pk, sequence=0).state

    def say(channel, at, by=desk.worker):
        said = messages.Said(channel, "都好", at, door=desk.door, household=desk.home)
        return messages.receive(desk.incident, said, at=at, by=by)

    derive(desk.incident, at=NIGHT)
    say("chat", NIGHT)
    say("phone", NIGHT, by=None)
    assert contact() == "open"
    desk.person.classes = ["alone_elder"]
    desk.person.save()
    say("phone", NIGHT)
    assert contact() == "open"
    desk.person.classes = ["elder"]
    desk.person.save()
    say("phone", NIGHT)
    assert contact() == "kept"


def test_what_a_chat_passes_on_of_a_chain_asks_for_what_its_title_names(desk):
    chain = "接龙：团购鸡蛋，每份30个\n1. 张 501 两份\n2. 李 302 一份"
    pasted = f"2021-12-07 20:11 小王\n{chain}\n2021-12-07 20:12 小李\n好的"
    read = suggesting.read(pasted, None, desk.incident)
    needs = {one.text: one.need for one in read.lines}
    assert {need for text, need in needs.items() if "份" in text and "接龙" not in text} == {"food"}
