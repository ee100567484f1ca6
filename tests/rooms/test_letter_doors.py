"""Which letter reached which door: printed door by door, handed over by a knock, older or in no language of theirs."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import uuid4

import pytest
import typst
import zxingcpp
from builders import NIGHT, a_household, a_sealed_area, an_incident, sign_in
from openpyxl import load_workbook
from PIL import Image
from pypdf import PdfReader

from doorstep.command import actions, letters
from doorstep.command.models import LetterPrint, LetterReceipt, Organisation
from doorstep.command.notices import doors, facts, figures
from doorstep.errors import UserError
from doorstep.paper import chinese_type
from doorstep.paper.codes import qr_svg
from doorstep.rounds.models import Visit
from doorstep.rounds.visits import VisitReport, record_visit, undo_visit

pytestmark = pytest.mark.django_db
TEXTS = {
    "zh-hans": {"title": "致居民", "body": "# 到什么时候\n最迟{review}复核，最长{max_days}天。{complaint_office}"},
    "en": {"title": "Dear all", "body": "# How long\nReviewed by {review}, {max_days} days at most."},
}


@pytest.fixture
def area():
    area = a_sealed_area()
    homes = [line.door for line in area.area_doors.select_related("door").order_by("door__floor", "door__number")]
    a_household(homes[0])
    a_household(homes[1], languages=["en"])
    a_household(homes[2], languages=["韩语"])
    area.letter = letters.write_letter(area.incident, TEXTS, at=NIGHT)
    area.save()
    return area


def knock(area, door_id, *, hours=1.0, handed=("letter",)) -> Visit:
    at = NIGHT + timedelta(hours=hours)
    report = VisitReport(uuid4(), door_id, "opened", at, tuple(handed))
    return record_visit(area.incident, report, by=None, at=at)


def states(area, hours=2.0):
    found = doors.letters_of(area, NIGHT + timedelta(hours=hours))
    return [door.state for door in found.doors]


def test_a_knock_proves_the_version_and_the_language(area):
    first, second, third = (door.door_id for door in doors.letters_of(area, NIGHT).doors)
    assert states(area) == ["none", "none", "none"]
    knocked = knock(area, first)
    knock(area, second)
    knock(area, third)
    assert states(area) == ["has", "has", "other"]  # nobody has written it in Korean
    found = doors.letters_of(area, NIGHT + timedelta(hours=2))
    assert [door.languages for door in found.doors] == [("zh-hans",), ("en",), ("zh-hans",)]
    assert found.doors[2].unwritten == ("ko",)
    assert found.unasked == 1
    assert found.median_minutes == 60
    undo_visit(knocked, by=None, at=NIGHT + timedelta(hours=2))
    assert states(area) == ["none", "has", "other"]


def test_a_new_version_goes_to_the_doors_again_and_the_old_proof_stays(area):
    for door in doors.letters_of(area, NIGHT).doors:
        knock(area, door.door_id)
    newer = TEXTS | {"ko": {"title": "주민 여러분", "body": "최대 {max_days}일."}}
    letter = letters.write_letter(area.incident, newer, at=NIGHT + timedelta(hours=2))
    keys = [door.door_id for door in doors.letters_of(area, NIGHT).doors]
    window = (NIGHT + timedelta(hours=2), NIGHT + timedelta(hours=6))
    assert doors.visit_lines(area.incident, keys, *window) == {}
    actions.prepare_area(area, {"letter": letter}, at=NIGHT + timedelta(hours=2))
    area.refresh_from_db()
    assert states(area, 3) == ["older"] * 3
    lines = doors.visit_lines(area.incident, keys, *window)
    assert {line.confirms for (line,) in lines.values()} == {f"letter:{letter.pk}"}
    knock(area, keys[2], hours=4, handed=[f"letter:{letter.pk}"])
    assert states(area, 5) == ["older", "older", "has"]
    assert set(doors.visit_lines(area.incident, keys, *window)) == set(keys[:2])
    assert LetterReceipt.objects.filter(letter__version=2).count() == 3


def test_what_was_printed_is_what_was_in_the_hand(area):
    door = doors.letters_of(area, NIGHT).doors[0].door_id
    doors.printed(area.letter, area, sheets=3, large=False, at=NIGHT + timedelta(hours=1), by=None)
    old = area.letter
    area.letter = letters.write_letter(area.incident, {"zh-hans": {"title": "信", "body": "新"}}, at=NIGHT)
    area.save()
    knock(area, door, hours=2)
    assert LetterReceipt.objects.get().letter == old


def test_the_page_counts_by_building_and_exports_the_list_to_deliver(client, area):
    knock(area, doors.letters_of(area, NIGHT).doors[0].door_id, hours=-1)
    sign_in(client, "commander", area.incident)
    page = client.get(f"/command/letters/area/{area.pk}/").content.decode()
    assert "1 / 3" in page
    assert "nobody has written it in this language yet" in page
    assert "1号楼-1单元-101" not in page.split("Which doors")[1]
    assert "1号楼-1单元-101" in client.get(f"/command/letters/area/{area.pk}/?show=has").content.decode()
    sheet = load_workbook(io.BytesIO(client.get(f"/command/letters/area/{area.pk}/?format=xlsx").content)).active
    assert sheet.max_row == 3
    sign_in(client, "carrier", area.incident)
    assert client.get(f"/command/letters/area/{area.pk}/").status_code == 403


def test_figures_open_to_their_doors_and_unknown_is_not_reached(area):
    found = doors.letters_of(area, NIGHT).doors
    knock(area, found[0].door_id, hours=2)
    knock(area, found[1].door_id, hours=3)
    start, end = NIGHT, NIGHT + timedelta(hours=4)
    reached, own, median = figures.figures(area.incident, start, end)
    assert (reached.value, reached.of, reached.unknown) == (2, 3, 1)
    assert (own.value, own.unknown) == (1, 1)  # of one nobody has asked the language
    assert median.value == 3
    assert len(figures.rows(area.incident, "letters.reached", start, end).rows) == 2
    assert len(figures.rows(area.incident, "letters.language", start, end).rows) == 1
    assert figures.figures(area.incident, start, NIGHT + timedelta(hours=2, minutes=30))[0].value == 1


def test_letters_are_printed_door_by_door_with_code_version_and_embedded_type(client, area):
    sign_in(client, "coordinator", area.incident)
    answer = client.get(f"/door/letters/area/{area.pk}/")
    paper = PdfReader(io.BytesIO(answer.content))
    texts = [page.extract_text() for page in paper.pages]
    assert [("致居民" in text, "Dear all" in text) for text in texts] == [(True, False), (False, True), (True, False)]
    home = area.area_doors.get(door__number="101").door.households.get()
    assert f"{home.private_code[:4]} {home.private_code[4:]}" in texts[0]
    assert "1单元-101" in texts[0].replace(" ", "")
    assert "版" in texts[0]
    assert "version 2" in texts[1]
    assert "柳" not in "".join(texts)
    assert embedded(paper)
    printed = LetterPrint.objects.get()
    assert (printed.sheets, printed.letter) == (3, area.letter)
    large = PdfReader(io.BytesIO(client.get(f"/door/letters/area/{area.pk}/?large=1&show=wait").content))
    assert len(large.pages) >= 3
    sign_in(client, "press", area.incident)
    assert client.get(f"/door/letters/area/{area.pk}/").status_code == 403


def embedded(paper: PdfReader) -> bool:
    """Whether every font of every page lies in the file, and one of them is Chinese."""
    kinds = []
    for page in paper.pages:
        for font in page["/Resources"]["/Font"].values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            descriptor = inner["/FontDescriptor"].get_object()
            kinds.append(("/FontFile2" in descriptor or "/FontFile3" in descriptor, str(descriptor["/FontName"])))
    return all(inside for inside, _ in kinds) and any("CJK" in name for _, name in kinds)


def test_the_code_on_the_paper_is_read_back_by_another_program(area, tmp_path):
    address = "https://help.example/door/ABCD2345/"
    one = letters.sheet(area.letter, "zh-hans", area)
    card = {"qr": qr_svg(address), "title": "住户页面", "place": "1-101", "code": "ABCD 2345", "what": "x", "how": "y"}
    import json

    data = {"title": "t", "lang": "zh", "sheets": [one | {"card": card}], "type_face": chinese_type()}
    picture = typst.compile(
        str(letters.PAPER), format="png", ppi=110, sys_inputs={"data": json.dumps(data, default=str)}
    )
    pages = picture if isinstance(picture, list) else [picture]
    read = [code.text for page in pages for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(page)))]
    assert read == [address]


def test_the_text_is_filled_in_by_area_and_what_is_missing_is_named(client, area):
    Organisation.objects.create(name="区指挥部", phone="025-1111")
    text = facts.filled_text(area.letter, "zh-hans", area)["body"]
    assert "最长14天" in text
    assert "区指挥部" in text
    area.review_at = None
    area.save()
    assert facts.missing_facts(TEXTS, area.incident, area) == ["when it is reviewed"]
    assert facts.BLANK in facts.filled_text(area.letter, "zh-hans", area)["body"]
    assert "〔复核时间〕" in facts.filled_text(area.letter, "zh-hans", None)["body"]
    sign_in(client, "commander", area.incident)
    assert "lacks: when it is reviewed" in client.get(f"/command/letters/{area.letter.pk}/").content.decode()


def test_a_fact_that_is_none_is_refused_at_its_field(client, area):
    with pytest.raises(UserError, match="reveiw"):
        letters.write_letter(area.incident, {"zh-hans": {"title": "信", "body": "{reveiw}"}}, at=NIGHT)
    sign_in(client, "commander", area.incident)
    wrong = {"zh_title": "信", "zh_body": "正文", "en_title": "A", "en_body": "{reveiw}"}
    answer = client.post("/command/letters/new/", wrong)
    assert answer.status_code == 422
    assert "reveiw" in answer.content.decode()


def test_a_draft_is_looked_at_before_it_is_kept_and_versions_are_compared(client, area):
    sign_in(client, "commander", area.incident)
    given = {"zh_title": "致居民", "zh_body": "最长{max_days}天。\n新的一句。", "look": "1", "area": area.pk}
    page = client.post("/command/letters/new/", given).content.decode()
    assert "最长14天" in page
    assert area.incident.notices.count() == 2
    del given["look"]
    client.post("/command/letters/new/", given)
    newest = area.incident.notices.order_by("-version").first()
    page = client.get(f"/command/letters/{newest.pk}/?language=zh-hans").content.decode()
    assert "新的一句。" in page.split("Changed since version 2")[1]


@pytest.mark.parametrize("code", ["cn-covid-2022-11", "measles-contacts", "heat", "flood-isolated", "chemical-shelter"])
def test_the_letter_of_each_protocol_is_whole_in_each_of_its_languages(code):
    incident = an_incident(code)
    texts = letters.starting_text(incident)
    assert {"zh-hans", "en"} <= set(texts)
    letter = letters.write_letter(incident, texts, at=NIGHT)
    for language in texts:
        assert "{" not in facts.filled_text(letter, language, None)["body"]
