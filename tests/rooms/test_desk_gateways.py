"""The signed door for programs, and messages that come in by themselves."""

from __future__ import annotations

import json
import time

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area, sign_in

from doorstep.command.models import JournalEntry, Task
from doorstep.desk import gateways, messages, requests, suggesting, turning
from doorstep.desk.arriving import arrive
from doorstep.desk.models import Message, Request

pytestmark = pytest.mark.django_db


class Gate:
    """A gateway of a sealed area, and what it sends."""

    def __init__(self, client):
        self.client = client
        self.area = a_sealed_area(compound=a_compound("梧桐院", stairs=1, floors=3))
        self.incident = self.area.incident
        self.door = self.area.area_doors.order_by("pk").first().door
        self.home = a_household(self.door)
        self.gateway = gateways.make(self.incident, "区短信平台", at=NIGHT, by=None)

    def send(self, *, secret=None, when=None, key=None, signature=None, **given):
        body = json.dumps({"id": "1", "text": "两袋大米", "from": "13900000000", **given}).encode()
        stamp = str(int(time.time()) if when is None else when)
        signature = signature or gateways.sign(secret or gateways.secret_of(self.gateway), stamp, body)
        head = {"X-Doorstep-Time": stamp, "X-Doorstep-Signature": signature}
        path = f"/desk/in/{key or self.gateway.key}/"
        return self.client.post(path, body, content_type="application/json", headers=head)


@pytest.fixture
def gate(client):
    return Gate(client)


def test_a_signed_message_is_kept_once_with_what_it_asks_for(gate):
    first, again = gate.send(door="1-1-101"), gate.send(door="1-1-101")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["message"] == again.json()["message"]
    message = Message.objects.get()
    assert (message.channel, message.door, message.household) == ("sms", gate.door, gate.home)
    assert [line["need"] for line in message.suggested] == ["food"]
    gate.gateway.refresh_from_db()
    assert gate.gateway.messages_brought == 1


def test_a_door_in_the_words_is_found_and_two_programs_may_use_one_id(gate):
    gate.send(text="1-1-101 要两袋米")
    assert Message.objects.get().door == gate.door
    other = gateways.make(gate.incident, "另一个平台", at=NIGHT, by=None)
    assert gate.send(key=other.key, secret=gateways.secret_of(other)).status_code == 201


@pytest.mark.parametrize(
    "wrong",
    [{"secret": "0" * 64}, {"when": 1}, {"when": int(time.time()) + 3600}, {"key": "nobody"}, {"signature": "x"}],
)
def test_what_is_not_signed_of_now_is_refused_alike(gate, wrong):
    answer = gate.send(**wrong)
    assert answer.status_code == 403
    assert set(answer.json()) == {"message", "field", "mend"}
    assert not Message.objects.exists()


def test_a_body_that_was_changed_on_the_way_is_refused(gate):
    stamp = str(int(time.time()))
    signature = gateways.sign(gateways.secret_of(gate.gateway), stamp, b'{"id":"1","text":"a"}')
    head = {"X-Doorstep-Time": stamp, "X-Doorstep-Signature": signature}
    answer = gate.client.post(
        f"/desk/in/{gate.gateway.key}/", b'{"id":"1","text":"b"}', content_type="application/json", headers=head
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(("given", "field"), [({"id": ""}, "id"), ({"text": " "}, "text")])
def test_what_is_missing_is_named(gate, given, field):
    answer = gate.send(**given)
    assert answer.status_code == 422
    assert answer.json()["field"] == field


def test_a_key_taken_back_opens_nothing(gate):
    gateways.revoke(gate.gateway, at=NIGHT, by=None)
    assert gate.send().status_code == 403


def test_signs_of_danger_open_the_emergency_path_before_anybody_reads_it(gate):
    commander = a_member("commander", incident=gate.incident)
    gate.send(text="奶奶胸口疼，喘不上气", door="1-1-101")
    gate.send(text="奶奶胸口疼，喘不上气", door="1-1-101")
    request, message = Request.objects.get(), Message.objects.get()
    assert (request.level, request.owner, request.door) == ("emergency", commander, gate.door)
    assert Task.objects.get().owner == commander
    assert (message.urgent, message.state) == (True, "new")
    assert list(request.messages.all()) == [message]


def test_an_administrator_makes_a_key_sees_its_secret_and_takes_it_back(client, gate):
    sign_in(client, "administrator", gate.incident)
    page = client.post("/desk/gateways/", {"name": "社区微信机器人", "channel": "chat"}, follow=True).content.decode()
    made = gate.incident.gateways.get(name="社区微信机器人")
    assert gateways.secret_of(made) in page
    client.post(f"/desk/gateways/{made.pk}/")
    assert gateways.secret_of(made) not in client.get(f"/desk/gateways/{made.pk}/").content.decode()
    assert JournalEntry.objects.filter(act="revoke_gateway").count() == 1
    sign_in(client, "desk", gate.incident)
    assert client.get("/desk/gateways/").status_code == 403


def test_a_chat_export_is_read_line_by_line_and_the_same_chat_again_adds_nothing(client, gate):
    sign_in(client, "desk", gate.incident)
    chat = "2021-12-07 20:01 柳阿姨\n1-1-101 家里没有米了\n2021-12-07 20:05 王叔\n收到\n"
    for _ in range(2):
        page = client.post("/desk/paste/", {"client_id": "0" * 32, "channel": "chat", "text": chat, "do": "read"})
        rows = [form.initial for form in page.context["lines"]]
        assert [row["need"] for row in rows] == ["food", ""]
        assert rows[0]["sender"] == "柳阿姨"
        sent = {"client_id": "0" * 32, "channel": "chat", "do": "keep", "line-MIN_NUM_FORMS": "0"}
        sent |= {"line-TOTAL_FORMS": "2", "line-INITIAL_FORMS": "2", "line-MAX_NUM_FORMS": "200"}
        for number, row in enumerate(rows):
            fields = ("kind", "need", "level", "persons", "door", "text", "raw", "external_id", "sender", "said_at")
            sent |= {f"line-{number}-{name}": row[name] for name in fields}
        sent["line-0-use"] = "on"
        assert client.post("/desk/paste/", sent).status_code == 302
    request = Request.objects.get()
    assert (request.door, request.said_at.isoformat()) == (gate.door, "2021-12-07T12:01:00+00:00")
    assert [(one.state, one.kind) for one in Message.objects.order_by("pk")] == [("done", "request"), ("done", "none")]


def test_what_a_person_corrected_teaches_the_next_proposal(client, gate):
    me = sign_in(client, "desk", gate.incident)
    first, _new = arrive(gate.incident, messages.Said("chat", "要点蜂窝煤", NIGHT, door=gate.door), at=NIGHT)
    assert first.suggested[0]["need"] != "shelter"
    turning.make_requests(first, [requests.Asked("shelter", "要点蜂窝煤", door=gate.door)], by=me, at=NIGHT)
    assert suggesting.proposals("家里要蜂窝煤", gate.incident)[0].need == "shelter"
