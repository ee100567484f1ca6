"""A pasted chat becomes entries and tasks after a person has looked at each line; again it adds nothing."""

from __future__ import annotations

import pytest
from builders import NIGHT, a_member, an_incident, sign_in

from doorstep.command.chain import faults
from doorstep.command.log import acts, chat
from doorstep.command.log.acts import Said
from doorstep.command.models import LogEntry, Task

pytestmark = pytest.mark.django_db
CHAT = """顾明 2021-12-07 22:40
两个院子今晚封控，我决定了
梅雨-南秀村社区 2021-12-07 22:41
@江北 23:30前把西门围挡装好
江北 2021-12-07 22:42
收到
孙青 2021-12-07 22:43
建议北楼先做终末消毒
路人甲 2021-12-07 22:44
帐篷到了吗？
江北 2021-12-07 22:45
收到
"""


@pytest.fixture
def night():
    incident = an_incident()
    for role, name in (("coordinator", "梅雨"), ("carrier", "江北"), ("adviser", "孙青")):
        member = a_member(role, incident=incident)
        member.name = name
        member.save()
    return incident


def lead(client, night):
    me = sign_in(client, "commander", night)
    me.name = "顾明"
    me.save()
    return me


def test_each_message_is_proposed_with_kind_author_owner_and_due_time(client, night):
    lead(client, night)
    found, left = chat.proposals(night, CHAT, at=NIGHT)
    assert left == 0
    assert [(one.sender[:2], one.kind, one.author is not None, one.is_task) for one in found] == [
        ("顾明", "decision", True, False),
        ("梅雨", "instruction", True, True),
        ("江北", "report", True, False),
        ("孙青", "advice", True, False),
        ("路人", "question", False, False),
        ("江北", "report", True, False),
    ]
    task = found[1]
    assert task.due_at.astimezone(night.tz).strftime("%H:%M") == "23:30"
    assert task.to == (f"member:{task.owner}",)
    assert len({one.client_id for one in found}) == 6


def test_only_what_is_ticked_is_brought_in_and_the_same_text_again_adds_nothing(client, night):
    lead(client, night)
    page = client.post("/command/log/chat/", {"text": CHAT, "do": "look"}).content.decode()
    assert "6 messages are new" in page
    assert not LogEntry.objects.exists()
    found, _left = chat.proposals(night, CHAT, at=NIGHT)
    ticked = {"text": CHAT, "do": "bring"}
    for one in found[:4]:
        ticked |= {f"keep-{one.client_id}": "on", f"kind-{one.client_id}": one.kind}
    owner = found[1].owner
    name = found[1].client_id
    ticked |= {f"task-{name}": "on", f"owner-{name}": str(owner), f"due-{name}": "2021-12-07T23:30"}
    bad = client.post("/command/log/chat/", {**ticked, f"due-{name}": "abends"})
    assert bad.status_code == 422
    assert not LogEntry.objects.exists()
    assert client.post("/command/log/chat/", ticked).status_code == 302
    assert client.post("/command/log/chat/", ticked).status_code == 302
    assert [one.number for one in LogEntry.objects.all()] == [1, 2, 3, 4]
    assert LogEntry.objects.get(number=4).author.name == "孙青"
    task = Task.objects.get()
    assert (task.owner_id, task.due_at.astimezone(night.tz).hour) == (owner, 23)
    assert faults() == []
    again = client.post("/command/log/chat/", {"text": CHAT, "do": "look"}).content.decode()
    assert "2 messages are new" in again
    assert "#2" in again


def test_another_text_than_the_one_looked_at_brings_nothing_in(client, night):
    lead(client, night)
    answer = client.post("/command/log/chat/", {"text": "顾明：好", "do": "bring", "keep-chat:x": "on"})
    assert answer.status_code == 422
    assert not LogEntry.objects.exists()
    assert client.post("/command/log/chat/", {"text": " "}).status_code == 422


def test_two_who_bring_the_same_text_at_once_write_it_once(night):
    found, _left = chat.proposals(night, CHAT, at=NIGHT)
    said = [chat.Chosen(one.client_id, one.kind) for one in found]
    acts.write(night, Said(found[0].client_id, "report", found[0].text, author_name="x"), at=NIGHT)
    assert chat.bring(night, CHAT, said, at=NIGHT) == (5, 0)
