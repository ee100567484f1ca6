"""The report's pages: figures that open to their rows, a report signed and fixed, the brief, who does what, the look back."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import uuid4

import hxl
import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area, sign_in
from docx import Document
from pypdf import PdfReader

from doorstep.command import journal
from doorstep.command.actions import move_clock
from doorstep.command.models import JournalEntry, Organisation
from doorstep.desk.models import Request
from doorstep.errors import UserError
from doorstep.promises.actions import derive
from doorstep.promises.models import Promise
from doorstep.report import actions, after, kept
from doorstep.report.brief import brief
from doorstep.report.content import collect
from doorstep.report.models import Finding, Report
from doorstep.report.periods import Period, counted_period, up_to
from doorstep.report.rules import defaults
from doorstep.report.who import who_does_what
from doorstep.rounds.models import Visit
from doorstep.wiring.contributions import contributions

pytestmark = pytest.mark.django_db


@pytest.fixture
def area():
    area = a_sealed_area(compound=a_compound(stairs=1, floors=4))
    for line in area.area_doors.select_related("door").order_by("pk"):
        a_household(line.door, persons=2)
    derive(area.incident, at=NIGHT)
    move_clock(area.incident, real=NIGHT, by=timedelta(hours=14))
    return area


def knock(area, number: int, *, handed=("kit:living",), outcome="opened", by=None, hours=10.0):
    door = area.area_doors.order_by("pk")[number].door
    at = NIGHT + timedelta(hours=hours)
    facts = {"occurred_at": at, "recorded_at": at, "handed": list(handed), "outcome": outcome, "member": by}
    visit = Visit.objects.create(client_id=uuid4(), incident=area.incident, door=door, **facts)
    if outcome == "opened":
        owed = Promise.objects.filter(door=door, kind__in=handed, state="open")
        owed.update(state="kept", kept_at=at, proof_kind="visit", proof_id=str(visit.pk))
    return visit


def whole(incident) -> Period:
    return Period(incident.trigger_at, up_to(NIGHT + timedelta(hours=14)))


def value(incident, key: str):
    source, _dot, code = key.partition(".")
    content = collect(incident, whole(incident).start, whole(incident).end)
    lines = next(section["lines"] for section in content["sections"] if section["code"] == source)
    return next(line for line in lines if line["code"] == code)


def test_figures_come_from_doors_and_a_silent_door_counts_as_not_reached(area):
    knock(area, 0)
    knock(area, 1, outcome="no_answer", handed=("letter",))
    taken_back = knock(area, 2)
    Visit.objects.filter(pk=taken_back.pk).update(undone_at=NIGHT)
    assert value(area.incident, "register.at_home")["value"] == 16
    reached = value(area.incident, "rounds.reached")
    assert (reached["value"], reached["of"], reached["unknown"]) == (1, 8, 7)
    assert value(area.incident, "rounds.handed.kit:living")["value"] == 1
    assert value(area.incident, "command.areas")["value"] == 1


def test_a_figure_before_its_time_is_not_counted(area):
    knock(area, 0, hours=10)
    content = collect(area.incident, NIGHT, NIGHT + timedelta(hours=10))
    rounds = next(section for section in content["sections"] if section["code"] == "rounds")
    assert next(line for line in rounds["lines"] if line["code"] == "knocks")["value"] == 0


def test_every_figure_opens_to_its_rows_and_none_holds_a_name(client, area):
    sign_in(client, "coordinator", area.incident)
    knock(area, 0)
    period = whole(area.incident)
    for source in contributions.figures:
        for figure in source.figures(area.incident, period.start, period.end):
            rows = source.rows(area.incident, figure.code, period.start, period.end)
            assert all(len(row) == len(rows.heads) for row in rows.rows), figure.code
            assert "柳" not in str(rows.rows), figure.code
            page = client.get(f"/report/figure/{source.code}/{figure.code}/?{period.query}")
            assert page.status_code == 200, figure.code
    assert client.get("/report/figure/rounds/nothing/").status_code == 404
    assert client.get(f"/report/figure/rounds/knocks/?{period.query}&format=csv").content.count(b"\n") == 2


def test_the_page_shows_hard_and_warm_and_says_what_is_wrong_with_a_period(client, area):
    sign_in(client, "coordinator", area.incident)
    page = client.get("/report/").content.decode()
    assert "Containment" in page
    assert "Service" in page
    answer = client.get("/report/?period=between&from=2021-12-09T10:00&to=2021-12-08T10:00")
    assert answer.status_code == 422
    assert "ends before it begins" in answer.content.decode()
    assert client.get("/report/?from=yesterday").status_code == 422


def test_a_report_is_proposed_changed_signed_and_then_fixed(client, area):
    sign_in(client, "coordinator", area.incident)
    token = str(uuid4())
    for _twice in range(2):
        client.post("/report/write/", {"client_id": token})
    report = Report.objects.get()
    assert "Review of" in report.texts["en"]["coming"]
    assert "复核" in report.texts["zh"]["coming"] or "评估" in report.texts["zh"]["coming"]
    texts = {f"{lang}_{part}": said for lang, parts in report.texts.items() for part, said in parts.items()}
    client.post(f"/report/{report.pk}/", {**texts, "en_own": "A quiet night.", "zh_own": "一夜平静。"})
    client.post(f"/report/{report.pk}/issue/", {"signed_name": "Gu Ming"})
    knock(area, 0)
    report.refresh_from_db()
    assert (report.number, report.signed_name) == (1, "Gu Ming")
    assert report.journal_hash == JournalEntry.objects.get(sequence=report.journal_sequence).hash
    text = pdf_text(client.get(f"/report/{report.pk}/report.pdf"))
    assert "A quiet night." in text
    assert "signed by Gu Ming" in text
    with pytest.raises(UserError, match="is issued"):
        actions.change_texts(report, {}, by=None)


def test_the_next_report_says_what_has_changed(client, area):
    sign_in(client, "coordinator", area.incident)
    first = write(area)
    actions.issue(first, at=NIGHT, by=None, signed_name="Gu Ming")
    knock(area, 0)
    page = client.get(f"/report/{write(area).pk}/").content.decode()
    assert "Changed since report 1" in page
    assert "+1" in page


def write(area) -> Report:
    return actions.write_report(area.incident, whole(area.incident), client_id=uuid4(), at=NIGHT, by=None)


def pdf_text(answer) -> str:
    assert answer.headers["Content-Type"] == "application/pdf"
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)


def test_the_document_names_a_chinese_type_for_chinese_words(client, area):
    sign_in(client, "coordinator", area.incident, language="zh-hans")
    report = write(area)
    document = Document(io.BytesIO(client.get(f"/report/{report.pk}/report.docx").content))
    assert document.paragraphs[0].text == "情况报告"
    fonts = document.styles["Normal"].element.rPr.rFonts
    assert "CJK" in fonts.get("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}eastAsia")
    pdf = client.get(f"/report/{report.pk}/report.pdf")
    assert "情况报告" in pdf_text(pdf)
    fonts = PdfReader(io.BytesIO(pdf.content)).pages[0]["/Resources"]["/Font"].values()
    descendants = [font.get_object()["/DescendantFonts"][0].get_object() for font in fonts]
    assert all({"/FontFile2", "/FontFile3"} & set(font["/FontDescriptor"].get_object()) for font in descendants)


def test_the_brief_hides_small_numbers_and_holds_only_what_doors_prove(client, area):
    sign_in(client, "press", area.incident)
    knock(area, 0)
    page = client.get("/report/brief/").content.decode()
    assert "fewer than 5" in page
    assert "1 of 8" not in page
    titles = [
        line.title for line in brief(collect(area.incident, whole(area.incident).start, whole(area.incident).end))
    ]
    assert "Persons at home" in titles
    assert not [title for title in titles if "Emergencies" in title or "particular" in title or "chronic" in title]
    assert "Numbers brief" in pdf_text(client.get("/report/brief.pdf"))
    assert client.get("/report/").status_code == 403


def test_who_does_what_where_is_valid_hxl(client, area):
    sign_in(client, "coordinator", area.incident)
    carrier = a_member("carrier", incident=area.incident)
    carrier.organisation = Organisation.objects.create(name="区城市管理局")
    carrier.save()
    knock(area, 0, by=carrier)
    rows = who_does_what(area.incident, whole(area.incident))
    assert [(row.org, row.count) for row in rows if row.workstream == "carrying"] == [("区城市管理局", 1)]
    for name in ("who", "figures"):
        content = client.get(f"/report/{name}.hxl.csv").content
        data = hxl.data(io.BytesIO(content), hxl.InputOptions(allow_local=True))
        report = hxl.validate(data)
        assert report["is_valid"], report
        assert data.columns
    schema = [
        ["#valid_tag", "#valid_required", "#valid_datatype"],
        ["#org+name", "true", ""],
        ["#output+num", "true", "number"],
        ["#date+start", "true", "date"],
    ]
    who = client.get("/report/who.hxl.csv").content
    assert hxl.validate(hxl.data(io.BytesIO(who), hxl.InputOptions(allow_local=True)), hxl.schema(hxl.data(schema)))[
        "is_valid"
    ]


def test_the_look_back_says_why_a_promise_was_broken(area):
    knock(area, 0)
    knock(area, 1, outcome="no_answer", handed=())
    knock(area, 2, handed=())
    Promise.objects.filter(kind="kit:living", sequence__gt=0).delete()
    Promise.objects.filter(kind="kit:living", state="open").update(state="broken", due_at=NIGHT + timedelta(hours=12))
    kinds = {row.kind: row for row in after.results(area.incident, whole(area.incident))}
    living = kinds["kit:living"]
    assert (living.kept, living.broken) == (1, 7)
    assert living.why == {"no_answer": 1, "without": 1, "no_plan": 5}


def test_names_of_those_who_bore_the_load_are_for_leaders(client, area):
    carrier = a_member("carrier", incident=area.incident)
    knock(area, 0, by=carrier)
    sign_in(client, "coordinator", area.incident)
    assert carrier.name in client.get("/report/after/").content.decode()
    table = client.get("/report/after/?format=csv").content.decode()
    assert "carrier 1" in table
    assert carrier.name not in table
    assert carrier.name not in pdf_text(client.get("/report/after.pdf"))
    sign_in(client, "adviser", area.incident)
    assert carrier.name not in client.get("/report/after/").content.decode()


def test_a_finding_becomes_a_task_once_and_can_be_taken_back(client, area):
    member = sign_in(client, "coordinator", area.incident)
    said = {"client_id": str(uuid4()), "text": "Ask for medicines on the first knock.", "owner": member.pk, "days": 7}
    client.post("/report/after/", said)
    client.post("/report/after/", said)
    finding = Finding.objects.get()
    assert finding.task.owner == member
    assert client.post("/report/after/", {"client_id": str(uuid4()), "text": ""}).status_code == 422
    client.post(f"/report/after/finding/{finding.pk}/drop/")
    assert "Ask for medicines on the first knock.<br>" not in client.get("/report/after/").content.decode()
    client.post(f"/report/after/finding/{finding.pk}/drop/", {"back": "1"})
    assert "Ask for medicines on the first knock.<br>" in client.get("/report/after/").content.decode()


def test_a_duty_in_one_area_does_not_open_the_figures_of_all(client, area):
    sign_in(client, "coordinator", area.incident, area=area)
    assert client.get("/report/").status_code == 403


def test_requests_are_counted_from_the_first_hour(area):
    said = NIGHT + timedelta(hours=9)
    facts = {"said_at": said, "recorded_at": said, "due_at": said, "level": "comfort", "need": "book", "text": "a book"}
    Request.objects.create(incident=area.incident, number=1, **facts)
    line = value(area.incident, "desk.requests")
    assert (line["value"], line["of"]) == (0, 1)


def test_a_slow_count_is_shown_as_it_was_until_it_is_counted_anew(area, monkeypatch):
    monkeypatch.setitem(defaults()["kept"], "slow", -1)
    incident, period = area.incident, Period(NIGHT, up_to(NIGHT + timedelta(hours=14)), "all")
    first = kept.figures_of(incident, period)
    knock(area, 0)
    journal.record("note", incident=incident, occurred_at=NIGHT)
    later = Period(NIGHT, period.end + timedelta(minutes=5), "all")
    assert kept.figures_of(incident, later) == first
    assert counted_period(first, later).end == period.end
    kept.count_anew(incident.pk, "figures", NIGHT.isoformat(), "", "all", "en")
    monkeypatch.setitem(defaults()["kept"], "slow", 60)
    assert kept.figures_of(incident, period) != first


def test_a_quick_count_is_never_old(area, monkeypatch):
    monkeypatch.setitem(defaults()["kept"], "slow", 60)
    period = Period(NIGHT, up_to(NIGHT + timedelta(hours=14)), "all")
    first = kept.figures_of(area.incident, period)
    knock(area, 0)
    assert kept.figures_of(area.incident, period) == first  # nothing was written into the journal
    journal.record("note", incident=area.incident, occurred_at=NIGHT)
    assert kept.figures_of(area.incident, period) != first
