"""The action plan: decisions become tasks, who answers is named, what is signed is fixed, the next period takes over."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from builders import NIGHT, a_member, a_sealed_area, an_incident, sign_in
from django.db import connection
from pypdf import PdfReader

from doorstep.command import chain, journal, tasks
from doorstep.command.models import (
    JournalEntry,
    LogEntry,
    Member,
    Organisation,
    Period,
    PlanLine,
    PlanVersion,
    Task,
    Team,
)
from doorstep.command.plan import acts, ics, queries
from doorstep.command.plan.acts import Decided
from doorstep.command.plan.minutes import minutes_paper
from doorstep.errors import UserError

pytestmark = pytest.mark.django_db
HOURS = timedelta(hours=1)


@pytest.fixture
def night():
    return an_incident()


@pytest.fixture
def lead(night) -> Member:
    return a_member("commander", incident=night)


@pytest.fixture
def period(night, lead) -> Period:
    return acts.open_period(night, NIGHT, NIGHT + 12 * HOURS, at=NIGHT, by=lead, objectives="封控两处\n首批物资到户")


def decide(period, lead, text="封闭西门", *, name="1", stream="gates", **more) -> PlanLine:
    return acts.decide(period, Decided(name, stream, text, **more), at=NIGHT, by=lead)


def test_a_decision_of_a_meeting_is_an_entry_and_a_task_once(period, lead, night):
    owner = a_member("gate", incident=night)
    meeting = acts.hold_meeting(
        period, "线上会议", NIGHT, client_id="m", at=NIGHT, by=lead, chair=lead, participants=[owner]
    )
    assert acts.hold_meeting(period, "线上会议", NIGHT, client_id="m", at=NIGHT) == meeting
    decided = Decided("1", "gates", "封闭西门\n再查一遍", owner=owner, due_at=NIGHT + HOURS, resource="围挡 20 块")
    line = acts.decide(period, decided, at=NIGHT, by=lead, meeting=meeting)
    assert acts.decide(period, decided, at=NIGHT, by=lead, meeting=meeting) == line
    task, entry = Task.objects.get(), LogEntry.objects.get()
    assert (task.title, task.owner, task.workstream, task.due_at) == ("封闭西门", owner, "gates", NIGHT + HOURS)
    assert (entry.kind, entry.author, entry.task, entry.source) == ("decision", lead, task, "meeting")
    assert [one.label for one in entry.addressees.all()] == [owner.name]


def test_a_line_of_work_without_an_owner_is_red_until_somebody_answers(client, period, lead, night):
    Organisation.objects.create(name="公安分局", kind="department", workstreams=["gates"])
    (gates,) = [one for one in queries.streams_in(period) if one.code == "gates"]
    assert not gates.owned
    assert gates.unreachable == ["公安分局"]
    decide(period, lead)
    assert "gates" in [one.code for one in queries.streams_in(period) if not one.owned]
    Team.objects.create(incident=night, name="值守队", workstream="gates", leader=lead)
    assert "gates" not in [one.code for one in queries.streams_in(period) if not one.owned]
    sign_in(client, "commander", night)
    page = client.get("/command/log/plan/").content.decode()
    assert "lines of work have no owner" in page
    assert "nothing decided yet" in page


def test_the_plan_is_signed_once_and_a_change_makes_a_new_version(period, lead):
    line = decide(period, lead, owner=lead)
    with pytest.raises(UserError, match="Nobody answers for") as refused:
        acts.sign(period, at=NIGHT, by=lead)
    assert refused.value.field == "because"
    first = acts.sign(period, at=NIGHT, by=lead, because="天亮前补齐")
    assert acts.sign(period, at=NIGHT + HOURS, by=lead, because="再按一次") == first
    assert queries.plan_page(period).changed is False
    acts.change_line(line, Decided("1", "gates", "封闭东门", owner=lead), at=NIGHT, by=lead)
    assert Task.objects.get().title == "封闭东门"
    assert queries.plan_page(period).changed is True
    second = acts.sign(period, at=NIGHT, by=lead, because="同上")
    assert (second.number, first.content["lines"][0]["text"]) == (2, "封闭西门")
    gone, new = queries.differences(first.content, second.content, {})
    assert ("封闭西门" in gone[0], "封闭东门" in new[0]) == (True, True)
    entry = JournalEntry.objects.filter(act="sign_plan").last()
    assert (entry.data["hash"], entry.data["reason"]) == (second.hash, "同上")
    assert chain.faults() == []


def test_a_signed_plan_changed_by_hand_and_a_tail_cut_behind_its_anchor_are_named(period, lead):
    decide(period, lead, owner=lead)
    version = acts.sign(period, at=NIGHT, by=lead, because="天亮前补齐")
    newest = journal.newest()[0]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE command_planversion SET hash = %s WHERE id = %s", ["0" * 64, version.pk])
    assert [(one.sequence, one.what) for one in chain.faults()] == [(newest, "plan_changed")]
    PlanVersion.objects.update(hash=version.hash)
    anchored = int(version.anchor.split(":")[0])
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM command_journalentry WHERE sequence >= %s", [anchored])
    assert (anchored, "cut") in [(one.sequence, one.what) for one in chain.faults()]


def test_the_next_period_takes_over_what_is_open_and_asking_again_gives_the_same(period, lead, night):
    done = decide(period, lead, owner=lead)
    open_line = decide(period, lead, "核酸采样", name="2", stream="testing", owner=lead)
    dropped = decide(period, lead, "停水", name="3", stream="order")
    tasks.finish(done.task, "已封闭", at=NIGHT, by=lead)
    acts.drop_line(dropped, at=NIGHT, by=lead)
    dropped.task.refresh_from_db()
    assert dropped.task.state == Task.State.DROPPED
    starts = period.ends_at
    following = acts.open_period(night, starts, starts + 12 * HOURS, at=NIGHT, by=lead)
    assert acts.open_period(night, starts, starts + 12 * HOURS, at=NIGHT, by=lead) == following
    assert [(line.text, line.task_id) for line in following.lines.all()] == [("核酸采样", open_line.task_id)]
    assert (following.number, following.objectives) == (2, period.objectives)
    acts.drop_line(dropped, at=NIGHT, by=lead, back=True)
    dropped.task.refresh_from_db()
    assert dropped.task.state == Task.State.OPEN
    assert queries.current_period(night, NIGHT) == period
    for starts, ends in ((NIGHT, NIGHT), (NIGHT - HOURS, NIGHT + HOURS)):
        with pytest.raises(UserError):
            acts.open_period(night, starts, ends, at=NIGHT)


def test_meeting_decision_and_signature_on_their_pages(client, night):
    me = sign_in(client, "commander", night)
    assert "There is no plan yet" in client.get("/command/log/plan/").content.decode()
    window = {"starts_at": "2021-12-07T23:00", "ends_at": "2021-12-08T11:00", "objectives": "封控两处"}
    assert client.post("/command/log/plan/periods/new/", {**window, "ends_at": "2021-12-07T22:00"}).status_code == 422
    client.post("/command/log/plan/periods/new/", window)
    period = Period.objects.get()
    given = {
        "title": "线上会议",
        "starts_at": "2021-12-07T23:00",
        "agenda": "分工",
        "participants": [me.pk],
        "asking": "m",
    }
    url = client.post("/command/log/plan/meetings/new/", {**given, "chair": me.pk})["Location"]
    meeting = period.meetings.get()
    line = {"text": "封闭西门", "workstream": "gates", "owner": me.pk, "due_at": "2021-12-08T01:00", "asking": "l"}
    for _twice in range(2):
        client.post(f"/command/log/plan/lines/new/?meeting={meeting.pk}", line)
    page = client.get(url).content.decode()
    assert page.count("封闭西门") == 1
    assert client.post(f"/command/log/plan/lines/new/?meeting={meeting.pk}", {**line, "text": " "}).status_code == 422
    client.post(f"{url}end/")
    assert client.post(f"/command/log/plan/periods/{period.pk}/sign/").status_code == 422
    signed = client.post(f"/command/log/plan/periods/{period.pk}/sign/", {"because": "天亮前补齐"})["Location"]
    assert "No line is different" in client.get(signed).content.decode()
    made = PlanLine.objects.get()
    client.post(f"/command/log/plan/lines/{made.pk}/", {**line, "text": "封闭东门"})
    assert "Only in the plan now" in client.get(signed).content.decode()
    client.post(f"/command/log/plan/lines/{made.pk}/drop/", {"do": "drop"})
    assert "Put it back" in client.get("/command/log/plan/").content.decode()
    client.post(f"/command/log/plan/lines/{made.pk}/drop/", {"do": "back"})
    assert "封闭东门" in client.get("/command/log/plan/?format=csv").content.decode("utf-8-sig")
    sign_in(client, "coordinator", night)
    assert client.post(f"/command/log/plan/periods/{period.pk}/sign/", {"because": "x"}).status_code == 403


def words_of(answer) -> str:
    assert answer["Content-Type"] == "application/pdf"
    reader = PdfReader(io.BytesIO(answer.content))
    fonts = [font for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    for font in fonts:
        (inner,) = font.get_object()["/DescendantFonts"]
        keys = inner.get_object()["/FontDescriptor"].get_object().keys()
        assert keys & {"/FontFile2", "/FontFile3"}, "a font is not embedded"
    return "".join(page.extract_text() for page in reader.pages).replace("\n", "")


def test_forms_minutes_and_signed_plan_are_papers_with_their_type_embedded(client, night):
    me = sign_in(client, "commander", night, language="zh-hans")
    a_sealed_area(night)
    period = acts.open_period(night, NIGHT, NIGHT + 12 * HOURS, at=NIGHT, by=me, objectives="封控两处")
    meeting = acts.hold_meeting(period, "线上会议", NIGHT, client_id="m", at=NIGHT, by=me, chair=me, participants=[me])
    line = acts.decide(period, Decided("1", "gates", "封闭西门", owner=me), at=NIGHT, by=me, meeting=meeting)
    version = acts.sign(period, at=NIGHT, by=me, because="天亮前补齐")
    said = words_of(client.get(f"/command/log/plan/periods/{period.pk}/forms/204.pdf"))
    assert "ICS 204" in said
    assert "封闭西门" in said
    assert client.get(f"/command/log/plan/periods/{period.pk}/forms/999.pdf").status_code == 404
    assert version.hash in words_of(client.get(f"/command/log/plan/versions/{version.pk}/plan.pdf"))
    told = {number: str([vars(one) for one in made(period, NIGHT).blocks]) for number, made in ics.FORMS.items()}
    assert {number for number, text in told.items() if "封闭西门" in text} == {"201", "202", "204", "214"}
    assert me.name in told["203"]
    assert "封闭西门" in str(vars(ics.message(line.entry, NIGHT).blocks[1]))
    (row,) = minutes_paper(meeting).blocks[2].rows
    assert row[2] == me.name
