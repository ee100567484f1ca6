"""The page of one household: what it shows, what it can do, whom it keeps out."""

from __future__ import annotations

import io
import logging
import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area, sign_in
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pypdf import PdfReader

from doorstep.command import letters
from doorstep.command.models import JournalEntry, Organisation, Restriction, Task
from doorstep.desk import requests
from doorstep.desk.models import Message, Offer, Request
from doorstep.resident.models import Headcount, Responder
from doorstep.supplies.models import Coverage
from doorstep.wiring.contributions import contributions

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


class Home:
    """A household with its phone: no account, only the code."""

    def __init__(self):
        self.area = a_sealed_area(compound=a_compound("梧桐院", stairs=1, floors=3))
        self.incident = self.area.incident
        self.door = self.area.area_doors.select_related("door__stair__building").order_by("pk").first().door
        self.home = a_household(self.door, persons=2, classes=["insulin"], phone="13900000001")
        self.desk = a_member("desk", incident=self.incident)
        self.chief = a_member("commander", incident=self.incident)
        self.phone = Client(headers={"Accept-Language": "en"})
        self.start = f"/door/{self.home.private_code}/"

    def get(self, path=""):
        answer = self.phone.get(self.start + path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.content.decode()

    def do(self, act, ref="", **given):
        path = f"{self.start}do/{act}/" + (f"{ref}/" if ref else "")
        return self.phone.post(path, {"client_id": str(uuid4()), **given}, follow=True)

    def said(self, act, ref="", **given):
        answer = self.do(act, ref, **given)
        assert answer.status_code == 200, answer.content.decode()
        return answer.content.decode()

    def ask(self, need="medicine", text="胰岛素快用完了"):
        asked = requests.Asked(need, text, household=self.home)
        return requests.open_request(self.incident, asked, at=NIGHT, by=self.desk, owner=self.desk)


@pytest.fixture
def home():
    return Home()


def plain(answer) -> str:
    """A page without what differs each time: the code that was asked for."""
    return re.sub(r"/door/\w+/", "", answer.content.decode())


def photo() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (800, 600), "teal").save(out, "JPEG")
    return SimpleUploadedFile("IMG_1.jpg", out.getvalue(), content_type="application/octet-stream")


# -- who gets in


def test_the_code_opens_the_page_and_no_cookie_no_name_and_no_script_is_needed(home):
    answer = home.phone.get(home.start.lower())
    text = answer.content.decode()
    assert "101" in text
    assert "no-store" in answer.headers["Cache-Control"]
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "<script" not in text
    for hidden in (home.home.head, home.home.phone, *(one.name for one in home.home.persons.all()), home.desk.name):
        assert hidden not in text


def test_a_wrong_code_an_old_one_and_one_too_many_are_the_same_page(home):
    wrong = home.phone.get("/door/ABCDEFGH/")
    assert wrong.status_code == 404
    home.home.active = False
    home.home.save()
    assert plain(home.phone.get(home.start)) == plain(wrong)
    home.home.active = True
    home.home.save()
    stranger = Client(headers={"Accept-Language": "en"})
    for _ in range(10):
        stranger.get("/door/ABCDEFGH/")
    assert plain(stranger.get(home.start)) == plain(wrong)
    assert stranger.get(home.start).status_code == 404
    assert stranger.post(f"{home.start}do/help/").status_code == 404


def test_a_phone_that_was_here_before_is_not_shut_out_by_what_others_try(home):
    home.get()
    for _ in range(10):
        Client().get("/door/ABCDEFGH/")
    assert home.phone.get(home.start).status_code == 200


def test_very_many_wrong_codes_from_everywhere_shut_out_unknown_phones_only(home, monkeypatch):
    from doorstep.resident import opening

    monkeypatch.setattr(opening, "defaults", lambda: {"wrong_codes_overall": 3, "device_days": 60})
    home.get()
    for n in range(3):
        Client(REMOTE_ADDR=f"10.0.0.{n}").get("/door/ABCDEFGH/")
    assert Client(REMOTE_ADDR="10.0.1.1").get(home.start).status_code == 404
    assert home.phone.get(home.start).status_code == 200


@pytest.mark.parametrize("code", ["-", "%20", "ABCDEFGHJKMNPQ", "柳青"])
def test_odd_codes_open_nothing(home, code):
    home.home.private_code = ""
    home.home.save()
    assert home.phone.get(f"/door/{code}/").status_code == 404


def test_a_code_typed_by_hand_opens_the_page(home):
    code = home.home.private_code
    answer = home.phone.post("/door/", {"code": f"{code[:4].lower()}-{code[4:]} "}, follow=True)
    assert answer.redirect_chain[-1][0] == home.start
    assert "Your door 101" in answer.content.decode()


# -- what it shows


def test_emergency_numbers_stand_first_then_the_button_then_everything_in_its_order(home):
    Restriction.objects.create(
        area=home.area,
        measure="stay_inside",
        started_at=NIGHT,
        review_at=NIGHT + 72 * HOUR,
        max_until=NIGHT + 336 * HOUR,
    )
    office = Organisation.objects.create(name="湖南路街道", kind="subdistrict", phone="025-1111-2222")
    home.area.owner = Organisation.objects.create(name="南秀村社区", parent=office, phone="025-1111-3333")
    home.area.save()
    text = home.get()
    order = ['href="tel:120"', 'href="tel:025-0000-0000"', "I need help now", "Who comes next", "Your food",
             "What you asked for", "Ask for something", "Letters and notices", "Day 1 of at most 14",
             "If you are not content", "025-1111-2222", "Your household", "Who looked at your data"]  # fmt: skip
    places = [text.index(one) for one in order]
    assert places == sorted(places)
    assert "025-1111-3333" in text  # the team


def test_a_language_and_a_size_are_kept_and_the_register_knows_who_reads_no_chinese(home):
    bare = Client(headers={"Accept-Language": "zh"})
    assert 'lang="zh-Hans"' in bare.get(home.start).content.decode()
    home.home.languages = ["en"]
    home.home.save()
    assert "Your door 101" in bare.get(home.start).content.decode()
    chosen = bare.get(f"{home.start}?lang=zh-hans&size=2").content.decode()
    assert 'class="size-2"' in chosen
    again = bare.get(home.start).content.decode()
    assert 'lang="zh-Hans"' in again
    assert 'class="size-2"' in again


def test_the_food_is_said_in_plain_words(home):
    assert "No delivery is confirmed yet" in home.get()
    Coverage.objects.create(
        incident=home.incident, household=home.home, covered_until=NIGHT + 40 * HOUR, last_delivery_at=NIGHT, persons=2
    )
    assert "is there until Dec 9, 15:00" in home.get()
    Coverage.objects.update(covered_until=NIGHT - HOUR)
    assert "By our count it ended" in home.get()


def test_a_letter_is_read_in_the_language_of_the_page_with_the_facts_of_the_area(home):
    texts = {
        "zh-hans": {"title": "一封信", "body": "# 为什么\n有一例。"},
        "en": {"title": "A letter", "body": "# Why\nOne case."},
    }
    letter = letters.write_letter(home.incident, texts, at=NIGHT)
    home.area.letter = letter
    home.area.save()
    text = home.get(f"see/letter/{letter.pk}/")
    assert "One case." in text
    assert "一例阳性" in text  # the area's own facts
    assert "有一例" in home.phone.get(f"{home.start}see/letter/{letter.pk}/?lang=zh-hans").content.decode()


def test_who_opened_the_record_is_told_by_function_never_by_name(home, client):
    assert "Nobody has opened" in home.get()
    me = sign_in(client, "desk", home.incident)
    client.get(f"/register/household/{home.home.pk}/")
    text = home.get()
    assert "Dec 7, 23:00 · desk worker" in text
    assert me.name not in text


def test_another_household_sees_nothing_of_it(home):
    mine = home.ask()
    other = a_household(home.area.area_doors.order_by("pk").last().door)
    start = f"/door/{other.private_code}/"
    assert "medicine" not in home.phone.get(start).content.decode()
    assert home.phone.get(f"{start}see/request/{mine.number}/").status_code == 404
    assert home.phone.post(f"{start}do/back/{mine.number}/").status_code == 302
    mine.refresh_from_db()
    assert mine.is_open


# -- what it does


def test_one_press_calls_for_help_at_once_and_twice_is_one(home):
    client_id = str(uuid4())
    for _ in range(2):
        text = home.said("help", client_id=client_id)
    request = Request.objects.get()
    assert (request.level, request.household) == ("emergency", home.home)
    assert Task.objects.get(kind="emergency").owner == home.chief
    assert "Help is called" in text
    assert f"</span>{request.number}</p>" in text
    home.said("help")  # pressed again later: the same emergency, and its owner hears of it
    assert Request.objects.count() == 1
    assert request.events.filter(act="pressed").count() == 1
    assert home.phone.post(f"{home.start}do/help/").status_code == 302  # even without its id


def test_a_call_for_help_by_mistake_is_not_closed_by_a_press(home):
    home.said("help")
    text = home.said("back", Request.objects.get().number)
    assert "Somebody still makes sure" in text
    assert Request.objects.get().is_open
    assert Request.objects.get().events.filter(act="mistake").exists()


def test_asking_twice_is_one_message_and_the_number_is_said(home):
    client_id = str(uuid4())
    for _ in range(2):
        text = home.said("ask", client_id=client_id, text="想要两袋米和一瓶油")
    message = Message.objects.get()
    assert (message.channel, message.household, message.contact) == ("page", home.home, "13900000001")
    assert f"M{message.pk}" in text
    assert "Nobody has read it yet" in home.get()


def test_the_desk_finds_a_message_by_the_number_that_is_said(home, client):
    home.said("ask", text="想要两袋米")
    message = Message.objects.get()
    sign_in(client, "desk", home.incident)
    assert client.get(f"/search/?q=m{message.pk}", follow=True).redirect_chain[-1][0] == f"/desk/message/{message.pk}/"


def test_what_was_written_is_not_lost_when_something_is_wrong(home):
    answer = home.do("ask", text="想要米", file=SimpleUploadedFile("list.exe", b"MZ" * 100))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "想要米" in text
    assert "This file cannot be read" in text
    assert not Message.objects.exists()
    assert home.do("ask").status_code == 422


def test_a_photo_and_a_voice_are_kept_privately_whatever_the_phone_calls_them(home):
    home.said("ask", file=photo())
    voice = SimpleUploadedFile("a.bin", b"#!AMR\n" + bytes(50), content_type="application/octet-stream")
    home.said("ask", file=voice)
    assert list(Message.objects.order_by("pk").values_list("attachment_kind", flat=True)) == ["photo", "voice"]
    assert "a file that you sent" in home.get()


def test_a_form_that_is_too_large_is_told_so_before_it_is_read(home):
    answer = home.phone.post(f"{home.start}do/ask/", {"text": "x"}, CONTENT_LENGTH=str(90 * 1024 * 1024))
    assert answer.status_code == 413
    assert "smaller photo" in answer.content.decode()


@pytest.mark.parametrize(("signs", "grave"), [(["fever", "cough"], False), (["fever", "chest"], True)])
def test_symptoms_reach_the_desk_and_signs_of_danger_command(home, signs, grave):
    text = home.said("symptoms", signs=signs, who="母亲，83岁", text="从昨晚开始")
    message = Message.objects.get()
    assert (message.kind, message.urgent) == ("symptoms", grave)
    assert "母亲，83岁" in message.text
    assert "发热" in message.text
    assert Request.objects.filter(level="emergency").count() == int(grave)
    assert ("Help is called" in text) == grave


def test_danger_in_free_words_opens_the_emergency_path_by_itself(home):
    home.said("ask", text="我爸突然昏倒了，没有呼吸")
    assert Request.objects.get().level == "emergency"


def test_a_request_is_followed_confirmed_and_opened_again(home):
    request = home.ask()
    assert "Somebody has it and will answer you" in home.get()
    assert "It is with: desk worker" in home.get()
    requests.accept(request, by=home.desk, at=NIGHT)
    assert "Yes, we do it." in home.get()
    requests.finish(request, "胰岛素两支已送到", by=home.desk, at=NIGHT)
    text = home.get(f"see/request/{request.number}/")
    assert "Do you have it?" in text
    assert "胰岛素两支已送到" in text
    home.said("not-yet", request.number, text="只收到一支")
    request.refresh_from_db()
    assert (request.state, request.owner) == ("working", home.desk)
    requests.finish(request, "第二支已送到", by=home.desk, at=NIGHT)
    for _ in range(2):
        home.said("confirm", request.number)
    request.refresh_from_db()
    assert request.state == "confirmed"
    assert request.events.filter(act="confirm").count() == 1


def test_confirming_what_is_not_done_is_refused_in_words(home):
    answer = home.do("confirm", home.ask().number)
    assert answer.status_code == 422
    assert "It is not done yet." in answer.content.decode()


def test_a_no_comes_with_its_reason_and_can_be_read_and_objected_to(home):
    request = home.ask("comfort", "想要一本书")
    requests.decline(request, reason="书店都关门了", by=home.desk, at=NIGHT)
    text = home.get()
    assert "We cannot do it." in text
    assert "书店都关门了" in text
    home.said("read", request.number)
    request.refresh_from_db()
    assert request.told_at == NIGHT
    home.said("object", request.number, text="我只想借一本")
    request.refresh_from_db()
    assert request.has_appeal
    assert request.owner == home.chief
    assert "You objected" in home.get()


def test_what_was_asked_is_taken_back_and_asked_again(home):
    request = home.ask()
    home.said("back", request.number)
    request.refresh_from_db()
    assert (request.state, request.facts["withdrawn"]) == ("confirmed", True)
    assert "You took it back." in home.get()
    home.said("again", request.number)
    request.refresh_from_db()
    assert request.is_open
    assert "withdrawn" not in request.facts


def test_a_message_is_taken_back_before_anybody_works_on_it(home):
    home.said("ask", text="想要两袋米")
    message = Message.objects.get()
    assert "Taken back" in home.said("message-back", message.pk)
    message.refresh_from_db()
    assert message.state == "done"


def test_more_words_reach_whoever_has_it_once(home):
    request, client_id = home.ask(), str(uuid4())
    for _ in range(2):
        home.said("more", request.number, text="要300单位的", client_id=client_id)
    assert [one.words for one in request.events.filter(act="said")] == ["要300单位的"]
    home.said("more", request.number, text="他晕倒了，叫不醒")
    request.refresh_from_db()
    assert request.level == "emergency"


def test_a_complaint_goes_above_the_team_and_counts_once(home):
    home.area.supply_team.members.add(home.desk)
    client_id = str(uuid4())
    for _ in range(2):
        text = home.said("complain", text="两天没有人来", client_id=client_id)
    request = Request.objects.get()
    assert (request.need, request.owner) == ("complaint", home.chief)
    assert "Your complaint is written down" in text


def test_help_is_offered_once_shown_and_ended(home):
    client_id = str(uuid4())
    for _ in range(2):
        home.said("offer", kind="cooking", text="我会做饭", consent="on", client_id=client_id)
    offer = Offer.objects.get()
    assert offer.consent_at == NIGHT
    assert "You offer: cooking" in home.get()
    home.said("offer-end", offer.pk)
    assert Offer.objects.get().state == "ended"
    assert "You offer" not in home.get()


def test_thanks_wait_for_the_desk_to_pass_them_on(home):
    assert "Your words are passed on" in home.said("thanks", text="谢谢送饭的小伙子")
    assert Message.objects.get().kind == "thanks"


def test_the_number_at_home_is_told_beside_the_register_and_taken_back(home):
    client_id = str(uuid4())
    for _ in range(2):
        home.said("persons", persons="4", client_id=client_id)
    said = Headcount.objects.get()
    assert home.home.persons.count() == 2
    source = contributions.counts.get("page")
    doors = type(home.door).objects.filter(pk=home.door.pk)
    assert source.told(home.incident, doors, NIGHT)[home.door.pk].persons == 4
    home.said("persons-back", said.pk)
    assert source.told(home.incident, doors, NIGHT) == {}
    assert home.do("persons", persons="900").status_code == 422


def test_one_person_answers_for_the_household_and_is_rung_first(home):
    home.said("responder", name="小周", phone="13800001234")
    text = home.get()
    assert "小… ···1234" in text
    assert "13800001234" not in text
    home.said("ask", text="想要两袋米")
    assert Message.objects.get().contact == "小周 13800001234"
    assert home.do("responder", name="", phone="138").status_code == 422
    home.said("responder", name="", phone="")
    assert not Responder.objects.exists()


def test_no_household_floods_the_desk_but_help_is_never_refused(home, monkeypatch):
    from doorstep.desk import households

    monkeypatch.setattr(households, "defaults", lambda: {"page_messages_an_hour": 1})
    home.said("ask", text="想要两袋米")
    answer = home.do("ask", text="还要一瓶油")
    assert answer.status_code == 422
    assert "还要一瓶油" in answer.content.decode()
    home.said("help")
    assert Request.objects.get().level == "emergency"


def test_after_the_area_is_lifted_the_page_still_opens_and_hears(home):
    home.area.state = "lifted"
    home.area.save()
    assert "Nobody is kept at home here now." in home.get()
    home.said("ask", text="想要两袋米")
    assert Message.objects.count() == 1


def test_where_no_incident_runs_the_page_says_so_and_takes_nothing(home):
    home.incident.state = "closed"
    home.incident.save()
    assert "Nobody is kept at home here now." in home.get()
    assert home.do("ask", text="x").status_code == 404


def test_acts_of_a_household_stand_in_the_journal_without_its_words(home):
    home.said("help")
    home.said("persons", persons="3")
    home.said("responder", name="小周", phone="13800001234")
    acts = set(JournalEntry.objects.values_list("act", flat=True))
    assert {"request_emergency", "tell_persons", "name_responder", "receive_message"} <= acts
    assert not any("小周" in f"{entry.data}{entry.subject_label}" for entry in JournalEntry.objects.all())


def test_the_page_asks_a_known_number_of_questions(home, django_assert_max_num_queries):
    for _ in range(8):
        home.ask()
    home.get()
    with django_assert_max_num_queries(30):
        home.get()


def test_everything_of_the_page_weighs_less_than_60_kb(home):
    from django.contrib.staticfiles import finders

    for _ in range(20):
        request = home.ask(text="胰岛素、针头、试纸和两种药片都快用完了，请帮忙")
        requests.accept(request, by=home.desk, at=NIGHT)
    text = home.get()
    files = re.findall(r'(?:href|src)="/static/([^"]+)"', text)
    assert files == ["resident/resident.css"]
    css = sum(Path(finders.find(name)).stat().st_size for name in files)
    assert len(text.encode()) + css < 60_000


# -- the code itself


def test_a_new_code_kills_the_old_one_at_once_and_pressing_twice_gives_one(home, client):
    sign_in(client, "desk", home.incident)
    seen = home.home.private_code
    for _ in range(2):
        client.post(f"/register/household/{home.home.pk}/code/", {"reason": "信丢了", "seen": seen})
        home.home.refresh_from_db()
        new = home.home.private_code
    assert JournalEntry.objects.filter(act="renew_code").count() == 1
    assert new not in str(list(JournalEntry.objects.values_list("data", "subject_label")))
    assert home.phone.get(home.start).status_code == 404
    assert home.phone.get(f"/door/{new}/").status_code == 200


def test_a_page_is_closed_with_a_reason_only_and_opens_again_with_a_new_code(home, client):
    sign_in(client, "desk", home.incident)
    path = f"/register/household/{home.home.pk}/code/"
    assert "A reason is missing." in client.post(path, {"do": "close"}, follow=True).content.decode()
    assert home.phone.get(home.start).status_code == 200
    text = client.post(path, {"do": "close", "reason": "外人知道了"}, follow=True).content.decode()
    assert "the page is closed" in text
    assert home.phone.get(home.start).status_code == 404
    client.post(path, {"reason": "本人来要", "seen": ""})
    home.home.refresh_from_db()
    assert home.phone.get(f"/door/{home.home.private_code}/").status_code == 200


def test_only_who_may_see_codes_gives_or_prints_them(home, client):
    sign_in(client, "commander", home.incident)
    assert client.post(f"/register/household/{home.home.pk}/code/", {"reason": "x"}).status_code == 403
    assert client.get(f"/door/cards/household/{home.home.pk}/").status_code == 403
    assert client.get(f"/door/cards/area/{home.area.pk}/").status_code == 403
    other = a_sealed_area(home.incident)
    sign_in(client, "desk", home.incident, area=other)
    assert client.get(f"/door/cards/household/{home.home.pk}/").status_code == 404
    assert client.get(f"/door/cards/area/{home.area.pk}/").status_code == 403


def test_a_card_holds_the_code_and_no_name_in_the_language_of_its_household(home, client):
    home.home.languages = ["en"]
    home.home.save()
    sign_in(client, "desk", home.incident)
    for path in (f"household/{home.home.pk}", f"area/{home.area.pk}"):
        answer = client.get(f"/door/cards/{path}/")
        text = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
        code = home.home.private_code
        assert f"{code[:4]} {code[4:]}" in text
        assert "Your own page" in text
        assert home.home.head not in text
    assert JournalEntry.objects.filter(act="print_codes").count() == 2


def test_no_code_stands_in_any_line_of_the_log(home, caplog):
    from doorstep.web.logs import formatter

    with caplog.at_level("INFO"):
        home.get()
        home.do("ask")
        home.phone.get("/door/ABCDEFGH/")
    lines = [formatter().format(record) for record in caplog.records]
    assert any("/door/…/do/ask/" in line for line in lines)
    assert not any(home.home.private_code in line or "ABCDEFGH" in line for line in lines)
    door = logging.LogRecord("x", logging.INFO, "x", 1, "/board/door/12/ opened", None, None)
    assert "/board/door/12/" in formatter().format(door)
