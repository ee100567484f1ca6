"""Requests and messages for machines: the same acts, rights and errors as the pages."""

from __future__ import annotations

from uuid import uuid4

import pytest

from doorstep.command.models import Task
from doorstep.desk.models import Message, Request

pytestmark = pytest.mark.django_db


def told(**changed):
    return {"need": "food", "text": "两袋大米", "door": "1-1-101", "client_id": str(uuid4()), **changed}


def test_a_request_is_told_once_worked_on_and_closed(caller):
    desk = caller("desk")
    body = told(mine=True)
    first, again = desk.post("/desk/requests", body), desk.post("/desk/requests", body)
    assert (first.status_code, first.json()["id"]) == (201, again.json()["id"])
    path = f"/desk/requests/{first.json()['id']}"
    for act, words in (("accept", ""), ("note", "已联系"), ("done", "送到"), ("confirm", "")):
        assert desk.post(path, {"act": act, "words": words}).status_code == 200
    page = desk.get(path).json()
    assert (page["state"], page["decision"], page["door"]) == ("confirmed", "accepted", "1号楼-1单元-101")
    assert [event["words"] for event in page["events"]][2:4] == ["已联系", "送到"]
    assert Message.objects.get().state == "done"
    assert desk.get("/desk/requests", show="closed").json()["total"] == 1


def test_an_error_names_its_field_and_the_mend(caller):
    desk = caller("desk")
    answer = desk.post("/desk/requests", told(door="9-9-999"))
    assert (answer.status_code, answer.json()["field"]) == (422, "door")
    made = desk.post("/desk/requests", told()).json()["id"]
    answer = desk.post(f"/desk/requests/{made}", {"act": "decline"})
    assert (answer.status_code, answer.json()["field"]) == (422, "reason")


def test_a_message_comes_in_once_and_danger_goes_to_command(caller):
    desk = caller("desk")
    body = {"external_id": "a1", "text": "老人晕倒了，叫不醒", "door": "1-1-101"}
    for _ in range(2):
        assert desk.post("/desk/messages", body).json()["urgent"]
    assert Request.objects.get().level == "emergency"
    assert Task.objects.count() == 1
    assert desk.get("/desk/messages").json()["total"] == 1


def test_a_duty_of_another_area_sees_and_changes_nothing(caller, area):
    from builders import a_compound, a_sealed_area

    made = caller("desk").post("/desk/requests", told()).json()["id"]
    other = caller("desk", scope=a_sealed_area(area.incident, a_compound()))
    assert other.get("/desk/requests").json()["total"] == 0
    assert other.get(f"/desk/requests/{made}").status_code == 404
    assert other.post(f"/desk/requests/{made}", {"act": "take"}).status_code == 404
