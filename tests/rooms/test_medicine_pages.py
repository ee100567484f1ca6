"""The medicine pages: what a desk worker and a courier see, press and get back."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_household, a_member, sign_in
from django.core.files.uploadedfile import SimpleUploadedFile

from doorstep.command.models import JournalEntry
from doorstep.desk import requests
from doorstep.desk.medicines import errands, refills, sources
from doorstep.desk.medicines.models import (
    Authority,
    CareSession,
    Errand,
    MedicineAsk,
    MedicineLine,
    Refill,
    Source,
    SourceStock,
)

from .test_medicines import PAPER, Ward, facts_of, planned, three_hospitals

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


class Page(Ward):
    def __init__(self, client, role="coordinator", compound="梧桐院"):
        super().__init__(compound)
        self.client = client
        self.user = sign_in(client, role, self.incident)

    def get(self, path, status=200):
        answer = self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code)
        return answer.content.decode()

    def post(self, path, status=200, **data):
        answer = self.client.post(path, data, follow=True)
        assert answer.status_code == status, (path, answer.status_code, answer.content.decode()[:2000])
        return answer.content.decode()

    @property
    def path(self):
        return f"/desk/medicines/person/{self.person.pk}/"

    def do(self, order, status=200, **data):
        return self.post(f"{self.path}do/", status, do=order, **data)

    def read(self, line):
        """The fields of a line's form as the page gives them."""
        form = next(form for one, form in self.client.get(self.path).context["to_read"] if one.line.pk == line.pk)
        return {f"{form.prefix}-{name}": form.initial.get(name) or "" for name in form.fields if form.initial.get(name)}

    def lines(self, paper=PAPER, at=NIGHT, confirm=True):
        return super().lines(paper, at, confirm)

    def source(self, *args, at=NIGHT, **more):
        return super().source(*args, at=at, **more)


@pytest.fixture
def page(client):
    return Page(client)


def test_every_page_opens_empty_and_says_what_to_do(page):
    for path in ("", "ask/", "shortages/", "sources/", "treatments/"):
        text = page.get(f"/desk/medicines/{path}")
        assert "empty" in text or path == "ask/"
    assert "Nothing waits to be fetched" in page.get("/desk/medicines/errands/")
    assert "No errand for you now" in page.get("/desk/medicines/errands/mine/")
    assert "No medicine is confirmed yet" in page.get(page.path)


def test_a_list_is_read_into_lines_once_and_each_is_confirmed_by_itself(page):
    sent = {"client_id": str(uuid4()), "text": PAPER}
    for _ in range(2):
        text = page.post(page.path, **sent)
    assert "5 lines are read" in text
    assert MedicineLine.objects.count() == 5
    insulin = MedicineLine.objects.first()
    form = page.read(insulin)
    assert form[f"line{insulin.pk}-generic"] == "human insulin 30/70"
    text = page.do("confirm", line=insulin.pk, **form)
    insulin.refresh_from_db()
    assert (insulin.state, insulin.a_day) == ("used", pytest.approx(22 / 300))
    assert "Confirmed:" in text
    assert MedicineLine.objects.filter(state="read").count() == 4
    assert (
        JournalEntry.objects.filter(act="read_record").exists()
        or JournalEntry.objects.filter(act__contains="read").exists()
    )


def test_a_wrong_word_stands_at_its_field_and_nothing_typed_is_lost(page):
    (line,) = page.lines("络活喜 5mg×28 每日一片", confirm=False)
    form = page.read(line) | {f"line{line.pk}-generic": "仙丹", f"line{line.pk}-stock": "7"}
    text = page.do("confirm", 422, line=line.pk, **form)
    assert "The table has no such medicine" in text
    assert 'value="7"' in text
    assert "仙丹" in text
    assert page.post(page.path, 422, client_id=str(uuid4()), text="1234").count("No medicine stands in it") == 1


def test_lines_are_sorted_by_their_end_with_the_essential_first_filtered_and_exported(page):
    page.lines("络活喜 5mg×28 每日一片 还有1片\n华法林 3mg 每日1片 还剩9片\n来得时 300u:3ml 睡前20单位 还剩0.2支")
    found = page.client.get("/desk/medicines/").context["lines"]
    assert [one.line.drug for one in found] == ["insulin_glargine", "warfarin", "amlodipine"]
    only = page.client.get("/desk/medicines/?class=anticoagulant").context["lines"]
    assert [one.line.drug for one in only] == ["warfarin"]
    assert [one.line.drug for one in page.client.get("/desk/medicines/?q=络活喜").context["lines"]] == ["amlodipine"]
    assert len(page.client.get("/desk/medicines/?q=1-1-101").context["lines"]) == 3
    part = page.client.get("/desk/medicines/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    csv = page.client.get("/desk/medicines/?format=csv").content.decode("utf-8-sig")
    assert "hours from said to hand" in csv
    assert csv.count("\n") == 4


def test_the_list_asks_the_database_a_known_number_of_times(page, django_assert_max_num_queries):
    page.want(page.lines(), at=NIGHT)
    with django_assert_max_num_queries(22):
        page.get("/desk/medicines/")
    with django_assert_max_num_queries(40):
        page.get(page.path)


def test_from_the_request_of_a_voice_at_noon_to_the_persons_list(page):
    asked = requests.Asked("medicine", "胰岛素快用完了", door=page.door)
    request = requests.open_request(page.incident, asked, at=NIGHT, by=page.me)
    assert f"/desk/medicines/home/{page.home.pk}/" in page.get(f"/desk/request/{request.pk}/")
    answer = page.client.get(f"/desk/medicines/home/{page.home.pk}/")
    assert answer["Location"] == page.path
    assert page.client.get("/desk/medicines/find/?q=1-1-101")["Location"].endswith(f"/home/{page.home.pk}/")
    lines = page.lines()
    text = page.do("want", lines=[line.pk for line in lines])
    assert f"request #{request.number}" in text
    assert {one.request for one in Refill.objects.all()} == {request}


def test_a_person_counts_agrees_and_lets_us(page):
    line = page.lines()[0]
    assert "No number is written" in page.do("count", 422, line=line.pk, stock="viele")
    page.do("count", line=line.pk, stock="2")
    page.do("substitute", line=line.pk, agrees="1", clinician="王医生")
    page.do("authority", kind="consent", note="电话同意")
    line.refresh_from_db()
    assert (line.stock, line.clinician, Authority.objects.get().kind) == (2, "王医生", "consent")
    page.do("end_authority", authority=Authority.objects.get().pk)
    assert Authority.objects.get().ended_at
    page.do("end", line=line.pk)
    page.do("again", line=line.pk)
    line.refresh_from_db()
    assert line.state == "used"


def test_households_that_were_not_asked_are_a_list_that_gets_shorter(page):
    a_household(page.area.area_doors.order_by("pk").last().door, phone="13900000002")
    assert page.client.get("/desk/medicines/ask/").context["left"] == 2
    page.post("/desk/medicines/ask/", household=page.home.pk, answer="none")
    assert page.client.get("/desk/medicines/ask/").context["left"] == 1
    assert MedicineAsk.objects.get().answer == "none"


def test_a_source_is_written_down_confirmed_and_says_what_it_has(page):
    page.lines()
    form = {
        "name": "中大医院", "department": "内分泌科", "kind": "hospital", "opens_at": "08:00", "closes_at": "17:00",
        "opens_days": ["0", "1", "2"], "queue_minutes": "40", "minutes_away": "25", "keeps_cold": "on",
    }  # fmt: skip
    assert "Written down" in page.post("/desk/medicines/sources/", **form)
    assert "on the list already" in page.post("/desk/medicines/sources/", 422, **form)
    source = Source.objects.get()
    assert (source.opens_days, source.keeps_cold) == ([0, 1, 2], True)
    path = f"/desk/medicines/sources/{source.pk}/"
    page.post(f"{path}do/", do="open")
    page.post(path, drug="insulin_human_30r", said="has", packs="3")
    assert "human insulin 30/70" in page.get("/desk/medicines/sources/")
    page.post(path, drug="metformin", said="failed", note="断货")
    assert "1 failed try" in page.get("/desk/medicines/sources/")
    page.post(f"{path}do/", do="undo", stock=SourceStock.objects.first().pk)
    assert SourceStock.objects.count() == 1
    page.post(f"{path}edit/", **{**form, "queue_minutes": "10"})
    page.post(f"{path}do/", do="closed")
    source.refresh_from_db()
    assert (source.queue_minutes, source.doors) == (10, "closed")


def test_a_shortage_names_the_people_the_failed_tries_and_what_might_do(page):
    line = page.lines("立普妥 20mg 每晚1片 还剩2片")[0]
    page.want([line], at=NIGHT)
    source = page.source(has=["rosuvastatin"])
    sources.say_stock(source, "atorvastatin", "failed", at=NIGHT, by=page.me, note="断货")
    text = page.get("/desk/medicines/shortages/")
    assert "rosuvastatin" in text
    assert "断货" in text
    assert page.client.get("/desk/medicines/shortages/?format=xlsx").status_code == 200
    sources.say_stock(source, "atorvastatin", "has", at=NIGHT + HOUR, by=page.me)
    assert "No shortage" in page.get("/desk/medicines/shortages/")


def test_errands_are_planned_on_a_page_and_what_stays_open_is_named(page):
    page.incident.clock_anchor_incident = NIGHT + 11 * HOUR  # 10:00 in Nanjing
    page.incident.save()
    now = page.incident.now()
    lines = page.lines(at=now)
    page.want(lines, at=now)
    form = {"client_id": str(uuid4()), "couriers": [page.courier.pk], "in_minutes": "0", "hours": "6", "cool_box": "on"}
    form["refills"] = [one.pk for one in Refill.objects.all()]
    assert "Nothing can be fetched" in page.post("/desk/medicines/errands/", 422, **form)
    page.source("中大医院", "内分泌科", has=["insulin_human_30r", "pen_needle"], at=now)
    page.source("省人民医院", "心内科", has=["amlodipine", "metformin"], at=now)
    text = page.post("/desk/medicines/errands/", **form)
    assert "1 errands for 4 lines" in text
    assert "no source is known to have it" in text
    errand = Errand.objects.get()
    pdf = page.client.get(f"/desk/medicines/errands/{errand.pk}/sheet.pdf")
    assert pdf.content.startswith(b"%PDF")
    page.post(f"/desk/medicines/errands/{errand.pk}/do/", do="cancel")
    assert Refill.objects.filter(state="wanted").count() == 5


def test_the_courier_sees_this_errand_and_no_other_and_works_it_to_the_door(client):
    page = Page(client, "carrier")
    page.courier = page.user
    three_hospitals(page)
    for source in Source.objects.all():
        sources.say_doors(source, "open", at=NIGHT + 12 * HOUR, by=page.me)
    lines = page.lines(at=NIGHT + 12 * HOUR)
    _outcome, (errand,) = planned(page, lines)
    other = Errand.objects.create(
        incident=page.incident,
        number=99,
        courier=page.me,
        courier_label="x",
        starts_at=NIGHT,
        ends_at=NIGHT,
        made_at=NIGHT,
    )
    path = f"/desk/medicines/errands/{errand.pk}/"
    page.get(f"/desk/medicines/errands/{other.pk}/", 403)
    page.get("/desk/medicines/", 403)
    assert "13900000001" in page.get(path)
    assert str(errand.number) in page.get("/desk/medicines/errands/mine/")
    page.post(f"{path}do/", do="leave")
    one, two, three, four, five = Refill.objects.order_by("pk")
    assert "Collected:" in page.post(f"{path}do/", do="collect", refill=one.pk)
    assert "minutes in the warm" in page.get(path)
    page.post(f"{path}do/", do="cool", refill=one.pk)
    assert "not what was asked for" in page.post(f"{path}do/", 422, do="collect", refill=five.pk, box="硝苯地平 30mg")
    page.post(f"{path}do/", do="collect", refill=five.pk, box="络活喜 5mg*28片")
    assert "The try is kept" in page.post(f"{path}do/", do="not_had", refill=two.pk, note="断货")
    page.post(f"{path}do/", do="collect", refill=three.pk)
    page.post(f"{path}do/", do="undo", refill=three.pk)
    page.post(f"{path}do/", do="cancel", status=403)
    assert "In the hand:" in page.post(f"{path}do/", do="hand", refill=one.pk)
    page.post(f"{path}do/", do="unhand", refill=one.pk)
    page.post(f"{path}do/", do="hand", refill=one.pk)
    assert "Back." in page.post(f"{path}do/", do="back")
    states = {one.pk: one.state for one in Refill.objects.all()}
    assert states == {one.pk: "in_hand", two.pk: "wanted", three.pk: "wanted", four.pk: "wanted", five.pk: "collected"}


def test_a_medicine_that_was_not_had_is_offered_at_the_next_source(page):
    line = page.lines("络活喜 5mg×28 每日一片 还有2片", at=NIGHT + 12 * HOUR)[0]
    page.source("近处药房", "", has=["amlodipine"], at=NIGHT + 12 * HOUR, minutes_away=5)
    _outcome, (errand,) = planned(page, [line])
    page.source("远处药房", "", has=["amlodipine"], at=NIGHT + 12 * HOUR, minutes_away=50)
    refill = Refill.objects.get()
    text = page.post(f"/desk/medicines/errands/{errand.pk}/do/", do="not_had", refill=refill.pk)
    assert "Go there, too" in text
    page.post(
        f"/desk/medicines/errands/{errand.pk}/do/",
        do="go_too",
        refill=refill.pk,
        source=Source.objects.get(name="远处药房").pk,
    )
    assert errand.stops.count() == 2


def test_how_long_it_took_from_the_word_to_the_hand_is_shown(page):
    line = page.lines("络活喜 5mg×28 每日一片 还有2片")[0]
    (refill,) = page.want([line], at=NIGHT)
    errands.collect(refill, at=NIGHT + 3 * HOUR, by=page.me)
    refills.hand_over(refill, at=NIGHT + 4 * HOUR, by=page.me)
    found = page.client.get("/desk/medicines/").context["took"]
    assert (found.count, found.median_hours, found.most_hours, found.in_time, found.with_end) == (1, 4, 4, 1, 1)
    assert "in the hand" in page.get("/desk/medicines/?show=hand")


def test_the_calendar_of_treatments(page):
    form = {
        "client_id": str(uuid4()), "door": "1-1-101", "kind": "dialysis", "weekdays": ["0", "2", "4"], "starts_at": "07:00",
        "first_on": "2021-12-08", "place": "血透中心",
    }  # fmt: skip
    for _ in range(2):
        assert "Settle place, vehicle and permit" in page.post("/desk/medicines/treatments/", **form)
    page.client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/"})
    assert 'value="2021-12-07"' in page.get("/desk/medicines/treatments/")
    page.client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    session = CareSession.objects.first()
    page.post(f"/desk/medicines/treatments/{session.pk}/do/", do="settle", place="血透中心", vehicle="苏A", permit="7")
    session.refresh_from_db()
    assert session.missing == []
    page.post(f"/desk/medicines/treatments/{session.pk}/do/", do="missed")
    assert "missed" in page.get("/desk/medicines/treatments/?show=past")
    assert page.client.get("/desk/medicines/treatments/?format=csv").status_code == 200
    bad = page.post("/desk/medicines/treatments/", 422, **{**form, "client_id": str(uuid4()), "door": "9-9-999"})
    assert "No door or name is called so" in bad


BUNDLE = {
    "resourceType": "Bundle",
    "entry": [
        {"resource": {"resourceType": "Patient", "id": "p"}},
        {"resource": {"resourceType": "Medication", "id": "m1", "code": {"text": "Metformin 500 MG Oral Tablet"}}},
        {
            "resource": {
                "resourceType": "MedicationRequest", "status": "active", "medicationReference": {"reference": "urn:uuid:m1"},
                "dosageInstruction": [
                    {"timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
                     "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}]}
                ],
            }
        },
        {"resource": {"resourceType": "MedicationRequest", "status": "stopped", "medicationCodeableConcept": {"text": "Amlodipine 5 MG"}}},
        {"resource": {"resourceType": "MedicationStatement", "status": "recorded", "medication": {"concept": {"text": "warfarin 3 mg"}}, "dosage": [{"text": "once daily"}]}},
        {"resource": {"resourceType": "Condition", "code": {"text": "Diabetes"}, "clinicalStatus": {"coding": [{"code": "active"}]}}},
        {"resource": {"resourceType": "Condition", "code": {"text": "Cough"}, "clinicalStatus": {"coding": [{"code": "resolved"}]}}},
    ],
}  # fmt: skip


def test_a_fhir_file_of_r4_and_r5_becomes_lines_to_read_back_and_goes_out_again(page):
    upload = SimpleUploadedFile("x.json", json.dumps(BUNDLE).encode())
    text = page.post(f"{page.path}fhir/", file=upload)
    assert "Read: 2 medicines, 1 conditions. Left out: 2 of the past" in text
    one, two = MedicineLine.objects.order_by("pk")
    assert [(line.drug, line.dose_per_day) for line in (one, two)] == [("metformin", 2), ("warfarin", 1)]
    page.person.refresh_from_db()
    assert page.person.conditions == ["Diabetes"]
    from doorstep.desk.medicines import listing

    listing.confirm_line(one, facts_of(one, stock=4), at=NIGHT, by=page.me)
    page.want([one], at=NIGHT)
    for version, key in (("R4", "medicationCodeableConcept"), ("R5", "medication")):
        made = json.loads(page.get(f"{page.path}fhir/?version={version}"))
        kinds = [entry["resource"]["resourceType"] for entry in made["entry"]]
        assert kinds == ["Patient", "Condition", "MedicationStatement", "MedicationRequest"]
        assert key in made["entry"][2]["resource"]
        again = SimpleUploadedFile("y.json", json.dumps(made).encode())
        page.post(f"{page.path}fhir/", file=again)
    assert MedicineLine.objects.filter(drug="metformin", dose_per_day=2).count() == 3
    assert JournalEntry.objects.filter(act__contains="export").exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"resourceType": "Bundle"}', b"hello"])
def test_what_is_no_fhir_file_is_told_so(page, content):
    text = page.post(f"{page.path}fhir/", file=SimpleUploadedFile("x.json", content))
    assert "This is no FHIR file in JSON." in text
    assert not MedicineLine.objects.exists()


def test_names_and_medicines_of_others_areas_are_not_shown(client):
    page = Page(client)
    other = Page(client, compound="银杏院")
    line = page.lines()[0]
    client.force_login(other.user.user, backend="django.contrib.auth.backends.ModelBackend")
    member = a_member("desk", incident=other.incident, area=other.area, login="small")
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(page.path).status_code == 404
    assert client.post(f"{page.path}do/", {"do": "end", "line": line.pk}).status_code == 404
    line.refresh_from_db()
    assert line.state == "used"
