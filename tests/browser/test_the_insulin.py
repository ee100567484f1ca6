"""The insulin of the founding report: a voice at noon, a list on paper, three hospitals, one errand, in the hand in time.

DOORSTEP_PICTURES names a folder to keep the screens in, Chinese and English.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area, an_incident
from playwright.sync_api import Page, expect

from doorstep.desk.medicines.models import Errand, MedicineLine, Refill, SourceStock
from doorstep.desk.models import EntrustedObject, Request

from .test_the_night import picture, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NOON = NIGHT + timedelta(hours=13)  # 8 December, 12:00 in Nanjing
PAPER = """1. 诺和灵30R笔芯 300u:3ml*1支 早12单位晚10单位 还剩0.2支
2. 胰岛素针头 100支 一天2根 还剩4根
3. 血糖试纸 50片 一天2片 剩10片
4. 二甲双胍 0.5g*20片 早晚各1片 还剩6片
5. 络活喜 5mg×28片 每日一片 还有2片"""
SOURCES = [
    ("中大医院", "内分泌科", "025-0000-1001", 2.0, 1.0, ("human insulin 30/70", "pen needles")),
    ("省人民医院", "心内科", "025-0000-1002", -3.0, 1.5, ("amlodipine",)),
    ("省中医院", "药房", "025-0000-1003", 1.0, -2.0, ("blood sugar test strips", "metformin")),
]


def voice_at_noon(page: Page, site: str) -> None:
    """Said at the door at noon, written down by whoever heard it."""
    page.goto(f"{site}/desk/new/")
    page.locator('input[name="channel"][value="voice"]').check()
    page.get_by_label("Which door").fill("1-1-101")
    page.get_by_label("In their own words").fill("胰岛素和用的针头快用完了，能不能帮我去医院开药")
    page.get_by_label("What is needed").select_option("medicine")
    page.get_by_text("Photo or voice, said earlier").click()
    page.locator("#id_minutes_ago").fill("20")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("Written down as #1")).to_be_visible()


def list_on_paper(page: Page, site: str) -> None:
    """The list is read into lines, each is read back."""
    page.goto(f"{site}/desk/request/{Request.objects.get().pk}/")
    page.locator("a.btn-primary", has_text="Medicines").click()
    page.get_by_label("What the list says, one on each line").fill(PAPER)
    page.get_by_role("button", name="Read it into lines").click()
    expect(page.get_by_text("5 lines are read")).to_be_visible()
    picture(page, site, "medicine-read")
    for _ in range(5):
        page.get_by_role("button", name="Read back: it is right").first.click()
        expect(page.get_by_role("status").filter(has_text="Confirmed")).to_be_visible()
    assert MedicineLine.objects.filter(state="used").count() == 5


def authority(page: Page, site: str) -> None:
    """Consent by word, the card into one pair of hands."""
    person = MedicineLine.objects.first().person
    page.goto(f"{site}/desk/objects/?door=1-1-101&request=1")
    page.get_by_label("Described").fill("尾号4417")
    page.get_by_role("button", name="I have taken it").click()
    card = EntrustedObject.objects.get()
    page.goto(f"{site}/desk/medicines/person/{person.pk}/")
    for kind, thing in (("consent", ""), ("card", str(card.pk))):
        page.locator("#id_kind").select_option(kind)
        page.locator("#id_thing").select_option(thing)
        page.get_by_role("button", name="They let us").click()
    for box in page.locator('input[name="lines"]').all():
        box.check()
    page.get_by_role("button", name="Fetch the ticked ones").click()
    expect(page.get_by_text("To be had: request #1")).to_be_visible()
    picture(page, site, "medicine-person")


def sources(page: Page, site: str) -> None:
    """Three departments, rung one by one: open, and what they have."""
    for name, department, phone, east, north, has in SOURCES:
        page.goto(f"{site}/desk/medicines/sources/")
        for label, value in (
            ("name", name),
            ("department", department),
            ("phone", phone),
            ("east_km", east),
            ("north_km", north),
        ):
            page.locator(f"#id_{label}").fill(str(value))
        page.locator("#id_opens_at").fill("08:00")
        page.locator("#id_closes_at").fill("17:30")
        page.locator("#id_keeps_cold").check()
        page.get_by_role("button", name="Write it down").click()
        page.get_by_role("button", name="It is open: confirmed now").click()
        for drug in has:
            page.locator("#id_drug").select_option(label=drug)
            page.locator("#id_said").select_option("has")
            page.get_by_role("button", name="Write it down").click()
            expect(page.get_by_role("status")).to_be_visible()
    picture(page, site, "medicine-source")
    page.goto(f"{site}/desk/medicines/sources/")
    picture(page, site, "medicine-sources")


def test_the_insulin(page: Page, live_server, chromium):
    site = live_server.url
    incident = an_incident(at=NIGHT, name="鼓楼")
    incident.clock_anchor_incident = NOON
    incident.save()
    area = a_sealed_area(incident, a_compound("北京西路7号", stairs=1, floors=3))
    door = area.area_doors.order_by("pk").first().door
    a_household(door, persons=1, classes=["insulin"], phone="13900000001")
    a_member("coordinator", incident=incident, login="gan")
    courier = a_member("carrier", incident=incident, login="lin")

    sign_in(page, site, "gan")
    voice_at_noon(page, site)
    list_on_paper(page, site)
    authority(page, site)
    sources(page, site)

    page.goto(f"{site}/desk/medicines/errands/")
    picture(page, site, "errands")
    page.locator(f'input[name="couriers"][value="{courier.pk}"]').check()
    page.get_by_role("button", name="Plan the errands").click()
    expect(page.get_by_role("link", name="Sheet (PDF)")).to_be_visible(timeout=60_000)
    errand = Errand.objects.get()
    assert errand.stops.count() == 3
    picture(page, site, "errand")

    phone = chromium.new_context(viewport={"width": 360, "height": 740}, locale="en").new_page()
    sign_in(phone, site, "lin")
    phone.goto(f"{site}/desk/medicines/errands/mine/")
    picture(phone, site, "my-errands")
    phone.get_by_role("link", name="Errand 1").click()
    picture(phone, site, "errand-phone")
    with phone.expect_download() as sheet:
        phone.get_by_role("link", name="Sheet (PDF)").click()
    assert sheet.value.suggested_filename == "errand-1.pdf"
    phone.get_by_role("button", name="I am on the way").click()
    insulin = Refill.objects.get(line__drug="insulin_human_30r")
    item = phone.locator("li").filter(has_text="诺和灵30R")
    item.get_by_text("Something else on the box, or not had").click()
    item.get_by_label("What stands on the box").fill("诺和灵50R 300u:3ml")
    item.get_by_role("button", name="Collected", exact=True).click()
    expect(phone.get_by_role("alert")).to_contain_text("It is not what was asked for")
    picture(phone, site, "errand-refused")
    for left in range(5, 0, -1):
        assert Refill.objects.filter(state="planned").count() == left
        phone.get_by_role("button", name="Collected, as on the sheet").first.click()
        expect(phone.get_by_role("status")).to_be_visible()
    expect(phone.get_by_text("minutes in the warm")).to_be_visible()
    phone.get_by_role("button", name="Into the cold").click()
    picture(phone, site, "errand-collected")
    phone.get_by_role("button", name="I am back").click()
    for _ in range(5):
        phone.get_by_role("button", name="In their hand").first.click()
        expect(phone.get_by_role("status")).to_be_visible()
    phone.context.close()

    insulin.refresh_from_db()
    request = Request.objects.get()
    assert insulin.state == "in_hand"
    assert insulin.in_hand_at - insulin.said_at >= timedelta(minutes=20)
    assert insulin.in_hand_at < NOON + timedelta(days=2.7)
    assert request.state == "done"
    assert SourceStock.objects.filter(said="collected").count() == 5
    page.goto(f"{site}/desk/medicines/?show=hand")
    expect(page.get_by_text("supplies in the hand")).to_be_visible()
    picture(page, site, "medicines")
    page.goto(f"{site}/desk/request/{request.pk}/")
    expect(page.get_by_role("button", name="The resident says: all right")).to_be_visible()
    page.goto(f"{site}/desk/medicines/treatments/")
    page.get_by_label("Which door or name").fill("1-1-101")
    page.get_by_label("Fri").check()
    page.get_by_label("At", exact=True).fill("07:00")
    page.locator("#id_place").fill("省人民医院血透中心")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("Settle place, vehicle and permit")).to_be_visible()
    everywhere = [
        "treatments/",
        "ask/",
        "shortages/",
        "sources/",
        "errands/",
        "?show=hand",
        f"person/{insulin.line.person_id}/",
    ]
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 740})
        for number, path in enumerate(everywhere):
            page.goto(f"{site}/desk/medicines/{path}")
            picture(page, site, f"look-{width}-{number}")
