"""Tasks on their pages: one owner, taken, handed over, done, opened again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import NIGHT, a_member, a_sealed_area, an_incident, sign_in

from doorstep.command import tasks
from doorstep.command.models import JournalEntry, Task
from doorstep.command.watches import tasks_waiting
from doorstep.errors import UserError

pytestmark = pytest.mark.django_db


@pytest.fixture
def night():
    return an_incident()


def test_a_task_is_opened_once_however_often_the_form_is_sent(client, night):
    sign_in(client, "desk", night)
    given = {"title": "代配胰岛素", "urgency": "3", "due_at": "2021-12-08T18:00", "asking": "asked:1"}
    client.post("/command/tasks/new/", given)
    client.post("/command/tasks/new/", given)
    task = Task.objects.get()
    assert task.due_at == NIGHT + timedelta(hours=19)
    assert task.owner is None
    assert client.post("/command/tasks/new/", {**given, "title": " "}).status_code == 422
    with pytest.raises(UserError, match="no title"):
        tasks.open_task(night, " ", at=NIGHT)


def test_the_watch_list_leads_to_the_task(client, night):
    sign_in(client, "desk", night)
    task = tasks.open_task(night, "代配药", at=NIGHT)
    (row,) = tasks_waiting(night, NIGHT)
    assert row.url == f"/command/tasks/{task.pk}/"
    assert "代配药" in client.get(row.url).content.decode()


def test_it_is_taken_handed_over_done_with_a_result_and_opened_again(client, night):
    me, other = sign_in(client, "desk", night), a_member("desk", incident=night)
    task = tasks.open_task(night, "代配药", at=NIGHT)
    url = f"/command/tasks/{task.pk}/do/"
    client.post(url, {"do": "take"})
    assert Task.objects.get().owner == me
    client.post(url, {"do": "hand", "to": other.pk})
    client.post(url, {"do": "hand", "to": other.pk})
    assert Task.objects.get().owner == other
    assert JournalEntry.objects.filter(act="hand_over_task").count() == 2
    client.post(url, {"do": "done", "result": "三家医院配齐"})
    client.post(url, {"do": "done", "result": "再按一次"})
    task.refresh_from_db()
    assert (task.state, task.result) == (Task.State.DONE, "三家医院配齐")
    answer = client.post(url, {"do": "hand", "to": me.pk})
    assert answer.status_code == 422
    assert "This task is closed" in answer.content.decode()
    client.post(url, {"do": "reopen"})
    assert Task.objects.get().state == Task.State.OPEN


def test_handing_to_nobody_says_what_to_do_and_keeps_what_was_typed(client, night):
    sign_in(client, "desk", night)
    task = tasks.open_task(night, "代配药", at=NIGHT)
    answer = client.post(f"/command/tasks/{task.pk}/do/", {"do": "hand", "to": "", "result": "写了一半"})
    assert answer.status_code == 422
    assert "Choose who takes it over" in answer.content.decode()
    assert "写了一半" in answer.content.decode()


def test_the_lists_show_mine_nobodys_late_done_and_all(client, night):
    me = sign_in(client, "coordinator", night)
    tasks.open_task(night, "我的", at=NIGHT, owner=me)
    tasks.open_task(night, "无人认领", at=NIGHT)
    tasks.open_task(night, "已过期", at=NIGHT, owner=a_member(), due_at=NIGHT - timedelta(hours=1))
    tasks.finish(tasks.open_task(night, "办完了", at=NIGHT), "好", at=NIGHT)
    expected = {
        "mine": {"我的"},
        "unowned": {"无人认领"},
        "late": {"已过期"},
        "done": {"办完了"},
        "all": {"我的", "无人认领", "已过期"},
    }
    every = set().union(*expected.values())
    for show, titles in expected.items():
        page = client.get(f"/command/tasks/?show={show}").content.decode()
        assert {title for title in every if title in page} == titles
    assert "已过期" in client.get("/command/tasks/?show=late&format=csv").content.decode("utf-8-sig")


def test_a_member_of_one_area_sees_and_opens_tasks_there_only(client, night):
    here, there = a_sealed_area(night), a_sealed_area(night)
    sign_in(client, "desk", night, area=here)
    mine, other = (
        tasks.open_task(night, "此处", at=NIGHT, area=here),
        tasks.open_task(night, "别处", at=NIGHT, area=there),
    )
    page = client.get("/command/tasks/").content.decode()
    assert "此处" in page
    assert "别处" not in page
    assert client.get(f"/command/tasks/{mine.pk}/").status_code == 200
    assert client.post(f"/command/tasks/{other.pk}/do/", {"do": "take"}).status_code == 403
    given = {"title": "越界", "urgency": "2", "asking": "asked:2", "area": there.pk}
    assert client.post("/command/tasks/new/", given).status_code == 422
    assert client.post("/command/tasks/new/", {**given, "area": ""}).status_code == 422


def test_who_works_on_no_tasks_is_told_so(client, night):
    sign_in(client, "press", night)
    assert client.get("/command/tasks/").status_code == 403
