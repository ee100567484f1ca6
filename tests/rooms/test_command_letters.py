"""The letter to residents: a starting text, versions, paper in both languages, given to areas."""

from __future__ import annotations

import io

import pytest
from builders import NIGHT, a_compound, a_sealed_area, an_incident, sign_in
from pypdf import PdfReader

from doorstep.command import actions, letters
from doorstep.command.models import AreaPlace, JournalEntry, Notice, Organisation
from doorstep.command.notices.facts import filled_text
from doorstep.errors import UserError

pytestmark = pytest.mark.django_db

TEXT = {
    "zh_title": "致居民",
    "zh_body": "# 为什么\n一例阳性。",
    "en_title": "To residents",
    "en_body": "# Why\nOne case.",
}


@pytest.fixture
def night():
    return an_incident()


def test_the_starting_text_says_everything_that_a_letter_must(night):
    night.trigger_text = "一例阳性"
    texts = letters.starting_text(night)
    headings = [block.heading for block in letters.blocks(texts["en"]["body"]) if block.heading]
    assert len(headings) == 7
    assert "If you are not content" in headings
    assert set(texts) == {"zh-hans", "en", "zh-hant", "ko"}
    letter = letters.write_letter(night, texts, at=NIGHT)
    assert "一例阳性。" in filled_text(letter, "zh-hans", None)["body"]
    assert "{" not in "".join(filled_text(letter, language, None)["body"] for language in texts)


@pytest.mark.parametrize("protocol_id", ["flood-isolated", "heat", "chemical-shelter", "ebola-household"])
def test_any_protocol_has_a_starting_text(protocol_id):
    texts = letters.starting_text(an_incident(protocol_id))
    assert all(block.paragraphs for block in letters.blocks(texts["zh-hans"]["body"]))


def test_a_version_is_written_from_the_last_one_and_the_same_text_is_no_version(client, night):
    sign_in(client, "commander", night)
    assert "临时管理" in client.get("/command/letters/new/").content.decode()
    client.post("/command/letters/new/", TEXT)
    client.post("/command/letters/new/", TEXT)
    assert Notice.objects.get().version == 1
    assert "一例阳性" in client.get("/command/letters/new/").content.decode()
    assert "临时管理" in client.get("/command/letters/new/?from=start").content.decode()
    client.post("/command/letters/new/", {**TEXT, "zh_body": "# 为什么\n两例阳性。"})
    assert list(Notice.objects.order_by("version").values_list("version", flat=True)) == [1, 2]
    assert Notice.objects.get(version=1).texts["zh-hans"]["body"].endswith("一例阳性。")
    assert JournalEntry.objects.filter(act="write_letter").count() == 2


def test_a_letter_without_chinese_is_refused_and_keeps_the_english(client, night):
    sign_in(client, "commander", night)
    answer = client.post("/command/letters/new/", {**TEXT, "zh_body": " "})
    assert answer.status_code == 422
    assert "One case." in answer.content.decode()
    with pytest.raises(UserError, match="no Chinese text"):
        letters.write_letter(night, {"en": {"title": "x", "body": "y"}}, at=NIGHT)


def test_it_is_shown_and_printed_with_the_facts_of_the_area(client):
    area = a_sealed_area()
    sign_in(client, "commander", area.incident)
    letter = letters.write_letter(
        area.incident,
        {
            "zh-hans": {"title": "致居民", "body": "# 为什么\n一例阳性。"},
            "en": {"title": "Dear all", "body": "One case."},
        },
        at=NIGHT,
    )
    url = f"/command/letters/{letter.pk}/"
    page = client.get(f"{url}?area={area.pk}").content.decode()
    assert "025-0000-0000" in page
    assert "cannot say where to complain" in page
    Organisation.objects.create(name="区指挥部", phone="025-1111")
    page = client.get(f"{url}?area={area.pk}&language=zh-hans").content.decode()
    assert "区指挥部 025-1111" in page
    text = pdf_text(client.get(f"{url}letter.pdf?area={area.pk}&language=zh-hans&large=1"))
    assert "为什么" in text
    assert "025-0000-0000" in text
    assert "One case." in pdf_text(client.get(f"{url}letter.pdf?language=en"))


def pdf_text(answer) -> str:
    assert answer.headers["Content-Type"] == "application/pdf"
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)


def test_a_version_is_given_to_an_area_once(client, night):
    sign_in(client, "commander", night)
    area = actions.propose_area(night, "院", "sealed", [AreaPlace(compound=a_compound())], at=NIGHT)
    letter = letters.write_letter(night, {"zh-hans": {"title": "信", "body": "正文"}}, at=NIGHT)
    assert "Give it this version" in client.get(f"/command/letters/{letter.pk}/").content.decode()
    client.post(f"/command/letters/{letter.pk}/attach/", {"area": area.pk})
    client.post(f"/command/letters/{letter.pk}/attach/", {"area": area.pk})
    area.refresh_from_db()
    assert area.letter == letter
    assert JournalEntry.objects.filter(act="prepare_area").count() == 1
    assert area.name in client.get("/command/letters/").content.decode()


def test_who_makes_no_areas_reads_letters_and_writes_none(client, night):
    letter = letters.write_letter(night, {"zh-hans": {"title": "信", "body": "正文"}}, at=NIGHT)
    sign_in(client, "coordinator", night)
    assert client.get(f"/command/letters/{letter.pk}/").status_code == 200
    assert client.get("/command/letters/new/").status_code == 403
    sign_in(client, "carrier", night)
    assert client.get("/command/letters/").status_code == 403
