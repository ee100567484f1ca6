"""Public notices: written, published, changed, taken back; read without an account, in feeds and as CAP alerts."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from xml.etree import ElementTree as xml

import pytest
from builders import NIGHT, a_compound, a_sealed_area, an_incident, sign_in
from pypdf import PdfReader

from doorstep import protocol
from doorstep.command.models import Incident, JournalEntry, Notice, Organisation
from doorstep.command.notices import cap, shapes
from doorstep.command.notices.publishing import message_of, publish_notice, withdraw_notice, write_notice
from doorstep.errors import UserError

pytestmark = pytest.mark.django_db
TEXTS = {
    "zh-hans": {"title": "临时封闭管理", "body": "# 为什么\n一例阳性 <A & B>。"},
    "en": {"title": "Closed for a time", "body": "One case."},
}
LATER = NIGHT + timedelta(hours=1)
CAP = f"{{{cap.NAMESPACE}}}"
ORDER = [
    *("language", "category", "event", "responseType", "urgency", "severity", "certainty", "audience"),
    *("effective", "expires", "senderName", "headline", "description", "web", "contact", "area"),
]


def published(incident, *areas, texts=TEXTS, at=NIGHT, number=0) -> Notice:
    draft = write_notice(incident, texts, list(areas), at=at, by=None, number=number)
    return publish_notice(draft, sender="help.example", at=at, by=None)


def tree(notice: Notice) -> xml.Element:
    return xml.fromstring(cap.to_xml(message_of(notice, "https://help.example/notices/1/")))


def text_of(root: xml.Element, name: str) -> str:
    return root.findtext(f"{CAP}{name}") or ""


def test_a_notice_goes_from_the_draft_to_everybody(client):
    area = a_sealed_area()
    sign_in(client, "press", area.incident)
    assert client.get("/").headers["Location"] == "/command/notices/"
    given = {
        "zh_title": "临时封闭",
        "zh_body": "一例阳性。",
        "en_title": "Closed",
        "en_body": "One.",
        "areas": [area.pk],
    }
    page = client.post("/command/notices/new/", given, follow=True).content.decode()
    assert "draft" in page
    number = Notice.objects.get(kind="notice").number
    client.logout()
    assert client.get(f"/notices/{number}/").status_code == 404
    sign_in(client, "press", area.incident)
    client.post(f"/command/notices/{number}/publish/", {})
    client.post(f"/command/notices/{number}/publish/", {})
    assert JournalEntry.objects.filter(act="publish_notice").count() == 1
    client.logout()
    answer = client.get(f"/notices/{number}/?lang=zh-hans")
    page = answer.content.decode()
    assert "一例阳性" in page
    assert "演练" in page
    assert area.name in page
    assert not answer.cookies
    assert "临时封闭" in client.get("/notices/?lang=zh-hans").content.decode()
    assert "Closed" in client.get("/notices/?lang=en").content.decode()
    sign_in(client, "carrier", area.incident)
    assert client.get("/command/notices/").status_code == 403


def test_a_notice_lacking_its_chinese_text_loses_nothing(client):
    incident = an_incident()
    sign_in(client, "press", incident)
    answer = client.post("/command/notices/new/", {"en_title": "Closed", "en_body": "One case."})
    assert answer.status_code == 422
    assert "One case." in answer.content.decode()
    with pytest.raises(UserError, match="no title"):
        write_notice(incident, {"zh-hans": {"title": "", "body": "x"}}, [], at=NIGHT, by=None)


def test_an_update_and_a_withdrawal_keep_what_was_said(client):
    incident = an_incident()
    first = published(incident)
    changed = {**TEXTS, "en": {"title": "Closed until Friday", "body": "One case."}}
    second = published(incident, texts=changed, at=LATER, number=first.number)
    assert (second.version, second.message) == (2, "update")
    why = {"zh-hans": {"body": "已解除。"}, "en": {"body": "It is over."}}
    last = withdraw_notice(second, why, at=LATER + timedelta(hours=1), by=None)
    assert withdraw_notice(last, why, at=LATER + timedelta(hours=2), by=None) == last
    with pytest.raises(UserError, match="taken back"):
        write_notice(incident, TEXTS, [], at=LATER, by=None, number=first.number)
    page = client.get(f"/notices/{first.number}/?lang=en").content.decode()
    assert "It is over." in page
    assert "It does not hold any more" in page
    assert "earlier version" in client.get(f"/notices/{first.number}/?lang=en&version=1").content.decode()
    kinds = [text_of(tree(one), "msgType") for one in (first, second, last)]
    assert kinds == ["Alert", "Update", "Cancel"]
    assert text_of(tree(first), "references") == ""
    named = text_of(tree(last), "references").split(" ")
    assert named == [
        f"notices@help.example,{text_of(tree(one), 'identifier')},{text_of(tree(one), 'sent')}"
        for one in (first, second)
    ]


@pytest.mark.parametrize("code", protocol.shipped_ids())
def test_the_alert_of_every_protocol_has_its_parts_in_order(code):
    area = a_sealed_area(an_incident(code), zone=next(iter(protocol.find(code).zones)))
    root = tree(published(area.incident, area))
    rule = protocol.alert_of(area.incident.protocol)
    assert [child.tag.removeprefix(CAP) for child in root] == [
        *("identifier", "sender", "sent", "status", "msgType", "scope", "note", "info", "info")
    ]
    assert text_of(root, "status") == "Exercise"
    assert datetime.fromisoformat(text_of(root, "sent")) == NIGHT
    for info, language in zip(root.findall(f"{CAP}info"), ("zh-Hans", "en"), strict=True):
        names = [child.tag.removeprefix(CAP) for child in info]
        assert names == sorted(names, key=ORDER.index)
        assert {"category", "event", "urgency", "severity", "certainty", "area"} <= set(names)
        assert text_of(info, "language") == language
        assert text_of(info, "severity") == rule.severity
    assert "<A & B>" in text_of(root.find(f"{CAP}info"), "description")


def test_an_alert_is_actual_only_where_the_clock_is_real():
    incident = an_incident()
    incident.clock_kind = Incident.ClockKind.REAL
    incident.save()
    root = tree(published(incident))
    assert text_of(root, "status") == "Actual"
    assert root.find(f"{CAP}note") is None
    assert text_of(root.find(f"{CAP}info/{CAP}area"), "areaDesc") == incident.name


def test_an_area_on_the_map_has_its_outline_and_half_an_area_has_none():
    area = a_sealed_area()
    compound = area.places.get().compound
    assert shapes.polygon_of(area) == []
    compound.plan = {"centre": [118.75, 32.06]}
    compound.save()
    corners = shapes.polygon_of(area)
    assert corners[0] == corners[-1]
    assert len(corners) == 5
    assert all(32 < lat < 33 and 118 < lon < 119 for lat, lon in corners)
    polygon = text_of(tree(published(area.incident, area)).find(f"{CAP}info/{CAP}area"), "polygon")
    assert len(polygon.split(" ")) == 5
    compound.buildings.update(x_m=None)
    assert shapes.polygon_of(area) == []


def test_the_hull_holds_every_point_and_has_no_dent():
    points = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (2.0, 2.0), (2.0, 0.0)]
    assert sorted(shapes.hull_of(points)) == [(0.0, 0.0), (0.0, 4.0), (4.0, 0.0), (4.0, 4.0)]


def test_feeds_say_what_is_an_exercise_and_lead_to_the_alerts(client):
    area = a_sealed_area()
    notice = published(area.incident, area)
    rss = xml.fromstring(client.get("/notices/feed.rss?lang=en").content)
    (item,) = rss.findall("channel/item")
    assert item.findtext("title") == "【Exercise】Closed for a time"
    atom = xml.fromstring(client.get("/notices/feed.atom?lang=zh-hans").content)
    space = "{http://www.w3.org/2005/Atom}"
    assert atom.findtext(f"{space}entry/{space}title") == "【演练】临时封闭管理"
    alerts = xml.fromstring(client.get("/notices/cap.atom?lang=en").content)
    links = {link.get("rel"): link for link in alerts.findall(f"{space}entry/{space}link")}
    assert links["enclosure"].get("type") == "application/cap+xml"
    answer = client.get(links["alternate"].get("href").removeprefix("http://testserver"))
    assert answer.headers["Content-Type"] == "application/cap+xml"
    assert text_of(xml.fromstring(answer.content), "identifier") == text_of(tree(notice), "identifier")
    assert client.get(f"/notices/{notice.number}/9/cap.xml").status_code == 404


def test_the_poster_bears_its_number_and_the_word_exercise(client):
    notice = published(an_incident())
    answer = client.get(f"/notices/{notice.number}/poster.pdf?lang=zh-hans")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages).replace(" ", "")
    assert "演练" in text
    assert f"公告{notice.number}，第1版" in text
    assert "一例阳性" in text


def test_who_publishes_for_one_area_publishes_for_no_other(client):
    area = a_sealed_area()
    other = a_sealed_area(area.incident, a_compound())
    Organisation.objects.create(name="区指挥部", phone="025-1111")
    notice = published(area.incident, other)
    sign_in(client, "desk", area.incident, area=area)
    assert client.get(f"/command/notices/{notice.number}/").status_code == 403
    given = {"zh_title": "题", "zh_body": "文", "areas": [other.pk]}
    assert client.post("/command/notices/new/", given).status_code == 422
    assert client.post("/command/notices/new/", {**given, "areas": []}).status_code == 422
    assert client.post("/command/notices/new/", {**given, "areas": [area.pk]}).status_code == 302
