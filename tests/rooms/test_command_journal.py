"""The journal on its page, and what command adds to the search box."""

from __future__ import annotations

import re

import pytest
from builders import NIGHT, a_member, a_sealed_area, an_incident, sign_in

from doorstep.command import journal, tasks
from doorstep.command.models import JournalEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def night():
    return an_incident()


def test_the_journal_is_narrowed_by_words_act_and_who(client, night):
    by = a_member()
    sign_in(client, "coordinator", night)
    journal.record("seal", incident=night, by=by, occurred_at=NIGHT, label="南秀村12号")
    journal.record("open_task", incident=night, occurred_at=NIGHT, label="代配药")
    page = client.get("/command/journal/?words=南秀").content.decode()
    assert "南秀村12号" in page
    assert "代配药" not in page
    assert "南秀村12号" not in client.get("/command/journal/?act=open_task").content.decode()
    assert "代配药" not in client.get(f"/command/journal/?by={by.name}").content.decode()
    assert "Nothing is written down that fits" in client.get("/command/journal/?words=xyz").content.decode()
    csv = client.get("/command/journal/?format=csv&act=seal").content.decode("utf-8-sig")
    assert "南秀村12号" in csv
    assert "代配药" not in csv


def test_the_check_says_in_words_whether_the_chain_holds(client, night):
    sign_in(client, "coordinator", night)
    for number in range(3):
        journal.record("note", incident=night, occurred_at=NIGHT, label=f"第{number}条")
    assert "The chain holds" in client.get("/command/journal/?check=1").content.decode()
    JournalEntry.objects.filter(subject_label="第1条").update(subject_label="改过")
    page = client.get("/command/journal/?check=1").content.decode()
    assert "The chain does not hold at 1 entry" in page


def test_a_long_journal_is_read_page_by_page(client, night, django_assert_max_num_queries):
    sign_in(client, "coordinator", night)
    for number in range(60):
        journal.record("note", incident=night, occurred_at=NIGHT, label=f"第{number:03}条")
    with django_assert_max_num_queries(14):
        first = client.get("/command/journal/").content.decode()
    assert "第059条" in first
    assert "第001条" not in first
    older = re.search(r'href="(\?before=\d+)"', first)
    assert "第001条" in client.get(f"/command/journal/{older[1]}").content.decode()


def test_who_reads_the_journal_of_one_area_reads_that_only(client, night):
    here, there = a_sealed_area(night), a_sealed_area(night)
    sign_in(client, "coordinator", night, area=here)
    for area in (here, there):
        journal.record("seal", incident=night, subject=area, occurred_at=NIGHT, label=area.name)
    page = client.get("/command/journal/").content.decode()
    assert here.name in page
    assert there.name not in page
    sign_in(client, "desk", night)
    assert client.get("/command/journal/").status_code == 403


def found(client, words) -> str:
    return client.get("/search/", {"q": words, "all": "1"}).content.decode()


def test_the_search_box_finds_areas_tasks_and_members_within_ones_duties(client, night):
    here, there = a_sealed_area(night), a_sealed_area(night)
    task = tasks.open_task(night, "找胰岛素", at=NIGHT, area=there)
    member = a_member()
    sign_in(client, "commander", night)
    assert f"/command/areas/{there.pk}/" in found(client, there.name)
    assert f"/command/tasks/{task.pk}/" in found(client, "胰岛素")
    assert f"/command/people/{member.pk}/" in found(client, member.name)
    sign_in(client, "coordinator", night, area=here)
    assert f"/command/areas/{there.pk}/" not in found(client, there.name)
    assert f"/command/tasks/{task.pk}/" not in found(client, "胰岛素")
    assert f"/command/people/{member.pk}/" not in found(client, member.name)
