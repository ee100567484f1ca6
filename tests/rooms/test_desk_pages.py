"""The desk's pages: what a worker sees, presses and gets back."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area, sign_in
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from doorstep.command.models import JournalEntry
from doorstep.desk import messages, offers, requests
from doorstep.desk.models import EntrustedObject, Message, Offer, Request, Thanks

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


class Desk:
    def __init__(self, client):
        self.area = a_sealed_area(compound=a_compound("梧桐院", stairs=1, floors=3))
        self.incident = self.area.incident
        self.door = self.area.area_doors.select_related("door__stair__building").order_by("pk").first().door
        self.home = a_household(self.door, persons=2, classes=["insulin"], phone="13900000001")
        self.client = client
        self.me = sign_in(client, "desk", self.incident)

    def ask(self, need="food", text="米快没了", **facts):
        asked = requests.Asked(need, text, door=facts.pop("door", self.door), **facts)
        return requests.open_request(self.incident, asked, at=NIGHT, by=self.me)

    def get(self, path):
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.content.decode()

    def do(self, request, order, **more):
        answer = self.client.post(f"/desk/request/{request.pk}/do/", {"do": order, **more}, follow=True)
        request.refresh_from_db()
        return answer.content.decode()


@pytest.fixture
def desk(client):
    return Desk(client)


def form(**changed):
    first = {"client_id": str(uuid4()), "channel": "phone", "door": "1-1-101", "text": "想要两袋米", "need": "food"}
    return {**first, "level": "", "persons": "2", "mine": "on", **changed}


def test_every_page_of_the_desk_opens_empty_and_says_what_to_do(desk):
    for path in ("", "messages/", "new/", "paste/", "handover/", "objects/", "offers/", "duplicates/"):
        assert "empty" in desk.get(f"/desk/{path}") or path in ("new/", "paste/")


def test_a_request_told_by_phone_gets_its_number_and_the_words_are_kept_once(desk):
    sent = form(contact="025-0000-1111", minutes_ago="30")
    for _ in range(2):
        page = desk.client.post("/desk/new/", sent, follow=True).content.decode()
    request, message = Request.objects.get(), Message.objects.get()
    assert "Written down as #1" in page
    assert (request.household, request.owner, request.persons) == (desk.home, desk.me, 2)
    assert request.said_at == NIGHT - timedelta(minutes=30)
    assert (message.text, message.channel, message.state) == ("想要两袋米", "phone", "done")
    assert list(request.messages.all()) == [message]


def test_a_door_is_found_by_a_name_too(desk):
    desk.client.post("/desk/new/", form(door="柳青"))
    assert Request.objects.get().door == desk.door


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"door": "9-9-999"}, "No door or name is called so."),
        ({"need": ""}, "This field is required."),
        ({"text": " "}, "Write what was said"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(desk, changed, said):
    answer = desk.client.post("/desk/new/", form(contact="025-7777", **changed))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "025-7777" in answer.content.decode()
    assert not Request.objects.exists()
    assert not Message.objects.exists()


def test_a_slip_of_paper_comes_with_its_photo_and_each_look_is_journalled(desk):
    picture = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(picture, "JPEG")
    upload = SimpleUploadedFile("slip.jpg", picture.getvalue(), "image/jpeg")
    desk.client.post("/desk/new/", form(channel="paper", text="", file=upload))
    message = Message.objects.get()
    assert (message.attachment_kind, Request.objects.get().text) == ("photo", "see the picture")
    answer = desk.client.get(f"/desk/message/{message.pk}/file/")
    assert answer["Content-Type"] == "image/jpeg"
    assert "no-store" in answer["Cache-Control"] or "no-cache" in answer["Cache-Control"]
    assert JournalEntry.objects.filter(act="read_attachment").count() == 1


def test_the_queue_puts_the_urgent_and_the_vulnerable_first_and_counts(desk):
    other = desk.area.area_doors.order_by("pk").last().door
    a_household(other, persons=1)
    low, plain = desk.ask("comfort", "想看书", door=other), desk.ask("food", "没有菜", door=other)
    frail, urgent = desk.ask("food", "没有米"), desk.ask("medicine", "降压药", door=other)
    found = desk.client.get("/desk/").context["lines"]
    assert [line.request for line in found] == [urgent, frail, plain, low]
    assert "All open (4)" in desk.get("/desk/")
    assert [line.request for line in desk.client.get("/desk/?need=food").context["lines"]] == [frail, plain]
    assert [line.request for line in desk.client.get("/desk/?q=1-1-101").context["lines"]] == [frail]
    assert [line.request for line in desk.client.get(f"/desk/?q=%23{low.number}").context["lines"]] == [low]


def test_the_queue_asks_the_database_a_known_number_of_times(desk, django_assert_max_num_queries):
    for number in range(12):
        desk.ask("food", f"第{number}袋米")
    with django_assert_max_num_queries(24):
        desk.get("/desk/")


def test_the_part_that_moves_is_asked_for_by_itself(desk):
    desk.ask()
    part = desk.client.get("/desk/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "米快没了" in part


def test_a_worker_takes_accepts_does_and_closes_a_request(desk):
    request = desk.ask()
    assert "It is yours now." in desk.do(request, "take")
    assert "Accepted." in desk.do(request, "accept")
    desk.do(request, "work", words="已打电话", for_resident="1")
    assert "Nothing is said of what came of it." in desk.do(request, "done", result="")
    assert request.state == "working"
    desk.do(request, "done", result="米已送到")
    page = desk.do(request, "confirm")
    assert "Confirmed and closed." in page
    assert request.state == "confirmed"
    assert "打电话" in page


def test_a_refused_act_loses_no_word_that_was_typed(desk):
    request = desk.ask()
    answer = desk.client.post(f"/desk/request/{request.pk}/do/", {"do": "part", "part": ""})
    assert answer.status_code == 422
    assert "It is not said which part." in answer.content.decode()


def test_declined_told_appealed_and_answered_by_somebody_else(client, desk):
    request = desk.ask()
    desk.do(request, "decline", reason="今天没有车")
    assert "not told yet" in desk.get(f"/desk/request/{request.pk}/")
    desk.do(request, "tell")
    above = a_member("coordinator", incident=desk.incident, login="above")
    desk.do(request, "appeal", appeal="家里老人等着吃饭")
    assert request.owner == above
    assert "Whoever decided does not answer the appeal." in desk.do(request, "answer", answer="不行", granted="no")
    client.force_login(above.user, backend="django.contrib.auth.backends.ModelBackend")
    desk.do(request, "answer", answer="下午有车", granted="yes")
    assert (request.state, request.has_appeal) == ("accepted", False)


def test_danger_to_life_takes_one_press(desk):
    commander = a_member("commander", incident=desk.incident)
    request = desk.ask("medical_care", "头晕")
    page = desk.do(request, "emergency")
    assert "call the emergency number now" in page
    assert request.emergency_task.owner == commander


def test_a_message_is_taken_and_becomes_two_requests(desk):
    said = messages.Said("sms", "要两袋米，另外老人的降压药快没了", NIGHT, door=desk.door, contact="13900000001")
    message, _new = messages.receive(desk.incident, said, at=NIGHT, by=None)
    assert "要两袋米" in desk.get("/desk/messages/")
    desk.client.post(f"/desk/message/{message.pk}/do/", {"do": "take"})
    lines = {"line-TOTAL_FORMS": "2", "line-INITIAL_FORMS": "0", "line-MIN_NUM_FORMS": "0", "line-MAX_NUM_FORMS": "200"}
    for number, (need, text) in enumerate([("food", "两袋米"), ("medicine", "降压药")]):
        facts = {"use": "on", "kind": "request", "need": need, "level": "", "persons": "1", "door": "", "text": text}
        lines |= {f"line-{number}-{name}": value for name, value in facts.items()}
    wrong = desk.client.post(f"/desk/message/{message.pk}/do/", {**lines, "do": "make", "line-0-need": ""})
    assert wrong.status_code == 422
    assert "Say what is needed." in wrong.content.decode()
    for _ in range(2):
        desk.client.post(f"/desk/message/{message.pk}/do/", {**lines, "do": "make"})
    made = list(Request.objects.order_by("number"))
    assert [(one.need, one.owner, one.door, one.contact) for one in made] == [
        ("food", desk.me, desk.door, "13900000001"),
        ("medicine", desk.me, desk.door, "13900000001"),
    ]
    message.refresh_from_db()
    assert (message.state, message.outcome) == ("done", "#1, #2")


def test_a_message_is_laid_aside_only_with_a_word_and_opened_again(desk):
    message, _new = messages.receive(desk.incident, messages.Said("chat", "收到", NIGHT), at=NIGHT, by=None)
    path = f"/desk/message/{message.pk}/do/"
    assert desk.client.post(path, {"do": "nothing", "outcome": ""}).status_code == 422
    desk.client.post(path, {"do": "nothing", "outcome": "只是回复"})
    message.refresh_from_db()
    assert (message.state, message.kind) == ("done", "none")
    desk.client.post(path, {"do": "reopen"})
    message.refresh_from_db()
    assert message.state == "taken"


def test_thanks_reach_whom_they_mean(desk):
    request = desk.ask()
    requests.take(request, by=desk.me, at=NIGHT)
    said = messages.Said("voice", "谢谢送菜的姑娘", NIGHT, door=desk.door)
    message, _new = messages.receive(desk.incident, said, at=NIGHT, by=None)
    assert "checked" in desk.get(f"/desk/message/{message.pk}/")
    desk.client.post(f"/desk/message/{message.pk}/do/", {"do": "thanks", "to": [desk.me.pk]})
    assert "谢谢送菜的姑娘" in desk.get("/desk/")
    desk.client.post(f"/desk/thanks/{Thanks.objects.get().pk}/seen/")
    assert "谢谢送菜的姑娘" not in desk.get("/desk/")


def test_pasted_lines_are_confirmed_and_what_is_not_ticked_waits_in_the_inbox(desk):
    key = str(uuid4())
    text = "1. 张 要两份菜\n2. 李 要一份，不要辣"
    page = desk.client.post("/desk/paste/", {"client_id": key, "channel": "chat", "text": text, "do": "read"})
    assert page.context["lines"].total_form_count() == 2
    lines = {"line-TOTAL_FORMS": "2", "line-INITIAL_FORMS": "2", "line-MIN_NUM_FORMS": "0", "line-MAX_NUM_FORMS": "200"}
    for number, words in enumerate(text.splitlines()):
        facts = {"kind": "request", "need": "food", "level": "", "persons": "1", "door": "1-1-101", "text": words}
        lines |= {f"line-{number}-{name}": value for name, value in facts.items()}
    sent = {"client_id": key, "channel": "chat", "do": "keep", "line-0-use": "on", **lines}
    for _ in range(2):
        desk.client.post("/desk/paste/", sent)
    assert Request.objects.get().text == "1. 张 要两份菜"
    assert [(one.text, one.state) for one in Message.objects.order_by("pk")] == [
        ("1. 张 要两份菜", "done"),
        ("2. 李 要一份，不要辣", "new"),
    ]


def test_good_lines_of_a_paste_are_kept_and_only_the_wrong_ones_come_back(desk):
    key = str(uuid4())
    said = [("妈妈胸口疼，喘不上气", "on", ""), ("要两袋米", "on", "9-9-999"), ("谢谢大家", "", "999")]
    sent = {"client_id": key, "channel": "chat", "do": "keep", "line-TOTAL_FORMS": "3", "line-INITIAL_FORMS": "3"}
    for number, (words, use, door) in enumerate(said):
        facts = {
            "kind": "request",
            "need": "food",
            "level": "",
            "persons": "1",
            "door": door,
            "text": words,
            "use": use,
        }
        facts |= {"external_id": f"chat:{number}", "danger": "True" if number == 1 else "", "because": "米"}
        sent |= {f"line-{number}-{name}": value for name, value in facts.items() if value}
    answer = desk.client.post("/desk/paste/", sent)
    assert answer.status_code == 422
    assert [one.text for one in Request.objects.all()] == ["妈妈胸口疼，喘不上气"]
    assert set(Message.objects.values_list("text", flat=True)) == {"妈妈胸口疼，喘不上气", "谢谢大家"}
    page = answer.content.decode()
    assert "要两袋米" in page
    assert "谢谢大家" not in page
    assert "No door or name is called so" in page
    assert "signs of danger to life" in page
    facts = {name.replace("line-1-", "line-0-"): value for name, value in sent.items() if "line-1-" in name}
    mended = {**sent, "line-TOTAL_FORMS": "1", **facts, "line-0-door": ""}
    assert desk.client.post("/desk/paste/", mended).status_code == 302
    assert Request.objects.count() == 2


def test_duplicates_stand_side_by_side_and_are_joined(desk):
    older, newer = desk.ask("food", "没有米"), desk.ask("food", "家里没米了")
    page = desk.get("/desk/duplicates/")
    assert "没有米" in page
    assert "家里没米了" in page
    desk.client.post("/desk/duplicates/do/", {"older": older.pk, "newer": newer.pk, "do": "merge"})
    newer.refresh_from_db()
    assert newer.merged_into == older
    page = desk.get(f"/desk/request/{older.pk}/")
    assert "家里没米了" in page
    desk.do(older, "unmerge", merge=older.merges.get().pk)
    newer.refresh_from_db()
    assert newer.state == "new"


def test_a_whole_list_is_handed_over_in_one_act(desk):
    other = a_member("desk", incident=desk.incident)
    for text in ("米", "油"):
        requests.take(desk.ask("food", text), by=desk.me, at=NIGHT)
    assert "2 things in their hands" in desk.get("/desk/handover/")
    answer = desk.client.post("/desk/handover/", {"member": desk.me.pk, "to": ""})
    assert answer.status_code == 422
    page = desk.client.post("/desk/handover/", {"member": desk.me.pk, "to": other.pk}, follow=True).content.decode()
    assert "The list is empty." in page
    assert set(Request.objects.values_list("owner", flat=True)) == {other.pk}


def test_nobody_but_a_coordinator_hands_over_the_list_of_another(desk):
    other = a_member("desk", incident=desk.incident)
    assert desk.client.get(f"/desk/handover/?member={other.pk}").status_code == 403


def test_an_object_has_a_receipt_a_chain_and_goes_back(desk):
    carrier = a_member("desk", incident=desk.incident)
    sent = {"client_id": str(uuid4()), "kind": "card", "door": "1-1-101", "what": "医保卡", "holder": desk.me.pk}
    for _ in range(2):
        desk.client.post("/desk/objects/", sent)
    thing = EntrustedObject.objects.get()
    path = f"/desk/objects/{thing.pk}/"
    desk.client.post(path, {"do": "pass", "to": carrier.pk, "note": "去医院"})
    pdf = desk.client.get(f"{path}receipt.pdf")
    assert pdf.content.startswith(b"%PDF")
    desk.client.post(path, {"do": "back"})
    thing.refresh_from_db()
    assert (thing.state, thing.holder) == ("returned", None)
    chain = list(thing.chain.values_list("giver_label", "taker_label"))
    assert chain == [("", desk.me.name), (desk.me.name, carrier.name), (carrier.name, "")]
    desk.client.post(path, {"do": "undo"})
    thing.refresh_from_db()
    assert thing.holder == carrier


def test_cash_is_counted(desk):
    sent = {"client_id": str(uuid4()), "kind": "cash", "door": "1-1-101", "holder": desk.me.pk}
    answer = desk.client.post("/desk/objects/", sent)
    assert answer.status_code == 422
    assert "The amount is missing." in answer.content.decode()


def test_a_neighbour_on_the_same_stair_is_proposed_only_with_consent(desk):
    other = desk.area.area_doors.order_by("pk").last().door
    a_household(other, persons=1)
    sent = {"client_id": str(uuid4()), "kind": "cooking", "door": f"1-1-{other.number}", "text": "可以多做一份饭"}
    desk.client.post("/desk/offers/", sent)
    request, offer = desk.ask("food", "做不了饭"), Offer.objects.get()
    assert offers.neighbours(request) == []
    desk.client.post(f"/desk/offers/{offer.pk}/", {"do": "consent"})
    assert "on the same stair" in desk.get(f"/desk/request/{request.pk}/")
    desk.do(request, "propose", offer=offer.pk)
    match = request.matches.get()
    for said in ("helper", "resident", "helped"):
        desk.do(request, "match", match=match.pk, said=said)
    match.refresh_from_db()
    assert match.state == "done"


def test_names_and_phones_are_masked_for_who_does_not_need_them(client, desk):
    request = desk.ask(contact="13900000001")
    sign_in(client, "commander", desk.incident)
    page = desk.get(f"/desk/request/{request.pk}/")
    assert "柳青" not in page
    assert "13900000001" not in page
    assert not JournalEntry.objects.filter(act="read").exists()
    sign_in(client, "desk", desk.incident)
    assert "柳青" in desk.get(f"/desk/request/{request.pk}/")
    assert JournalEntry.objects.filter(act="read").count() == 1


def test_a_duty_of_another_area_sees_nothing_of_it(client, desk):
    request = desk.ask()
    sign_in(client, "desk", desk.incident, area=a_sealed_area(desk.incident))
    assert client.get(f"/desk/request/{request.pk}/").status_code == 404
    assert client.post(f"/desk/request/{request.pk}/do/", {"do": "take"}).status_code == 404
    assert "米快没了" not in desk.get("/desk/")
    sign_in(client, "gate", desk.incident)
    assert client.get("/desk/").status_code == 403


def test_the_lists_leave_as_files_for_who_may_export(client, desk):
    desk.ask()
    messages.receive(desk.incident, messages.Said("chat", "要米", NIGHT), at=NIGHT, by=None)
    assert client.get("/desk/?format=csv").status_code == 403
    sign_in(client, "coordinator", desk.incident)
    for path in ("", "messages/", "objects/", "offers/"):
        assert client.get(f"/desk/{path}?format=xlsx").status_code == 200
    assert "米快没了" in client.get("/desk/?format=csv").content.decode("utf-8-sig")


def test_the_search_box_finds_a_request_by_its_number_and_its_words(client, desk):
    request = desk.ask("food", "没有虾皮了")
    assert client.get("/search/?q=%231").url == f"/desk/request/{request.pk}/"
    assert "没有虾皮了" in desk.get("/search/?q=虾皮&all=1")
    sign_in(client, "carrier", desk.incident)
    assert "没有虾皮了" not in desk.get("/search/?q=虾皮&all=1")
