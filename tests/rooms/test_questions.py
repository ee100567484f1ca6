"""Questions and rumours: open until answered, owned, answered in both languages, shown to everybody, put together."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_household, a_member, a_sealed_area, an_incident, sign_in
from icalendar import Calendar

from doorstep.command.models import JournalEntry, Question
from doorstep.command.questions import actions, queries
from doorstep.command.questions.actions import Asked, take_down
from doorstep.errors import UserError

pytestmark = pytest.mark.django_db
BOTH = {"zh": "最长十四天。", "en": "Fourteen days."}
ASKED = {"zh": "多久？", "en": "How long?"}


@pytest.fixture
def night():
    return an_incident()


def ask(incident, text="多久？", *, kind="question", at=NIGHT, **more) -> Question:
    return take_down(incident, Asked(text, kind, **more), at=at, by=None)


def test_numbers_follow_one_another_and_the_same_telling_counts_once(night):
    same = uuid4()
    assert [ask(night).number, ask(night, client_id=same).number, ask(night, client_id=same).number] == [1, 2, 2]
    with pytest.raises(UserError, match="Nothing is asked"):
        ask(night, "  ")


def test_a_rumour_is_due_sooner_and_what_is_late_stands_on_the_watch_list(night):
    question, rumour = ask(night), ask(night, "要封全区", kind="rumour")
    assert (question.due_at - NIGHT, rumour.due_at - NIGHT) == (timedelta(hours=24), timedelta(hours=4))
    assert queries.questions_waiting(night, NIGHT + timedelta(hours=1)) == []
    (row,) = queries.questions_waiting(night, NIGHT + timedelta(hours=3))
    assert row.what == "nobody answers it yet"
    actions.own(rumour, a_member("press", incident=night), at=NIGHT, by=None)
    assert queries.questions_waiting(night, NIGHT + timedelta(hours=3)) == []
    (row,) = queries.questions_waiting(night, NIGHT + timedelta(hours=5))
    assert (row.what, row.level, row.subject) == ("not answered in time", 3, "rumour 2")
    actions.answer(rumour, ASKED, BOTH, at=NIGHT + timedelta(hours=5), by=None, publish=False)
    assert queries.questions_waiting(night, NIGHT + timedelta(hours=5)) == []


def test_an_answer_needs_both_languages_and_is_public_only_when_it_is_said(night, client):
    question = ask(night)
    with pytest.raises(UserError, match="both languages"):
        actions.answer(question, ASKED, {"zh": "十四天", "en": ""}, at=NIGHT, by=None, publish=False)
    with pytest.raises(UserError, match="public page"):
        actions.answer(question, {"zh": "多久？"}, BOTH, at=NIGHT, by=None, publish=True)
    actions.answer(question, ASKED, BOTH, at=NIGHT, by=None, publish=False)
    assert "Fourteen days." not in client.get("/notices/?lang=en").content.decode()
    actions.answer(question, ASKED, BOTH, at=NIGHT, by=None, publish=True)
    actions.answer(question, ASKED, BOTH, at=NIGHT, by=None, publish=True)
    assert JournalEntry.objects.filter(act="answer_question").count() == 2
    page = client.get("/notices/?lang=en").content.decode()
    assert "How long?" in page
    assert "Fourteen days." in page
    assert "最长十四天。" in client.get("/notices/?lang=zh-hans").content.decode()
    actions.reopen(question, at=NIGHT, by=None)
    assert "Fourteen days." not in client.get("/notices/?lang=en").content.decode()


def test_two_of_the_same_are_one_and_no_circle_is_made(night):
    first, second, third = ask(night), ask(night), ask(night)
    actions.merge(second, 1, at=NIGHT, by=None)
    actions.merge(third, 2, at=NIGHT, by=None)
    third.refresh_from_db()
    assert third.same_as == first
    assert queries.lines_of([first], NIGHT)[0].repeats == 2
    with pytest.raises(UserError, match="no other question"):
        actions.merge(first, 2, at=NIGHT, by=None)
    with pytest.raises(UserError, match="closed"):
        actions.answer(Question.objects.get(pk=second.pk), ASKED, BOTH, at=NIGHT, by=None, publish=False)


def test_the_page_takes_down_answers_and_shows_the_age(client, night):
    sign_in(client, "press", night)
    made = str(uuid4())
    told = {"kind": "rumour", "text": "超市抢空了", "source": "chat", "heard_where": "业主群", "client_id": made}
    client.post("/command/questions/new/", told)
    client.post("/command/questions/new/", told)
    question = Question.objects.get()
    assert "业主群" in client.get("/command/questions/?show=rumours").content.decode()
    page = f"/command/questions/{question.pk}/"
    client.post(f"{page}do/take/", {})
    assert "I answer it" not in client.get(page).content.decode()
    answer = client.post(f"{page}answer/", {"answer_zh": "不属实", "answer_en": "", "asked_zh": "?", "publish": "on"})
    assert answer.status_code == 422
    assert "不属实" in answer.content.decode()
    assert client.post(f"{page}do/close/", {"reason": " "}).status_code == 422
    assert client.post(f"{page}do/merge/", {"into": "9"}).status_code == 422
    given = {
        "answer_zh": "不属实",
        "answer_en": "Not true",
        "asked_zh": "抢空？",
        "asked_en": "Empty?",
        "publish": "on",
    }
    client.post(f"{page}answer/", given)
    question.refresh_from_db()
    assert (question.state, question.published_at is not None) == ("answered", True)
    listed = client.get("/command/questions/?show=answered").content.decode()
    assert "超市抢空了" in listed
    sign_in(client, "commander", night)
    assert "超市抢空了" in client.get("/command/questions/?show=all&format=csv").content.decode("utf-8-sig")
    sign_in(client, "gate", night)
    assert client.get(page).status_code == 403


def test_a_household_asks_and_reads_the_answer_and_keeps_its_dates(client):
    area = a_sealed_area()
    home = a_household(area.area_doors.first().door)
    start = f"/door/{home.private_code}/"
    sent = client.post(f"{start}do/question/", {"text": "能遛狗吗？", "client_id": str(uuid4())}, follow=True)
    assert "1" in sent.content.decode()
    question = Question.objects.get()
    assert (question.household, question.area, question.source) == (home, area, "resident")
    assert "能遛狗吗？" in client.get(f"{start}?lang=zh-hans").content.decode()
    actions.answer(question, {"zh": "遛狗？", "en": "Dogs?"}, BOTH, at=NIGHT, by=None, publish=True)
    page = client.get(f"{start}?lang=en").content.decode()
    assert "Dogs?" in page
    assert "Day 1" in page
    other = a_household(area.area_doors.last().door)
    page = client.get(f"/door/{other.private_code}/?lang=en").content.decode()
    assert "Dogs?" in page
    assert "能遛狗吗" not in page
    answer = client.get(f"{start}dates.ics")
    assert answer.headers["Content-Type"].startswith("text/calendar")
    events = {str(event["uid"]): event for event in Calendar.from_ical(answer.content).walk("VEVENT")}
    assert events[f"area-{area.pk}-review@doorstep"].decoded("dtstart") == area.review_at
    assert events[f"area-{area.pk}-delivery@doorstep"].decoded("dtstart") == area.first_delivery_at
    assert "演练" in str(events[f"area-{area.pk}-review@doorstep"]["summary"]) or "Exercise" in str(
        events[f"area-{area.pk}-review@doorstep"]["summary"]
    )
