"""The night of the founding report, driven as people drive it: from two lists to a board that has changed.

DOORSTEP_PICTURES names a folder to keep the screens in, Chinese and English.
"""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from builders import a_member
from playwright.sync_api import Page, expect

from doorstep.command.models import Area, Incident, Task
from doorstep.promises.models import Promise
from doorstep.register.models import Household, Person
from doorstep.rounds.models import Stop, Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LISTS = {"南秀村12号": "nanxiucun-12.xlsx", "北京西路7号": "beijing-west-road-7.xlsx"}
KEEP = os.environ.get("DOORSTEP_PICTURES", "")
DOORS = 6
SILENT = (2, 4)


def language(page: Page, site: str, code: str) -> None:
    page.context.add_cookies([{"name": "django_language", "value": code, "url": site}])


def picture(page: Page, site: str, name: str) -> None:
    """Look at a page in both languages: nothing wider than the screen, nothing that axe calls serious."""
    for code in ("zh-hans", "en"):
        language(page, site, code)
        page.reload()
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 1, f"{name} is {wide} px wider than its screen in {code}"
        grave = [
            f"{found['id']}: {found['nodes'][0]['html'][:120]}"
            for found in Axe().run(page).response["violations"]
            if found["impact"] in ("serious", "critical")
        ]
        assert not grave, f"{name} in {code}: {grave}"
        if KEEP:
            page.screenshot(path=Path(KEEP) / f"{name}-{code[:2]}.png", full_page=True)


def sign_in(page: Page, site: str, login: str) -> None:
    language(page, site, "en")
    page.goto(f"{site}/login/")
    page.fill("#id_username", login)
    page.fill("#id_password", "night-shift-7")
    page.click("form.form button.btn-primary")
    expect(page.locator("nav.nav")).to_be_visible()


def open_incident(page: Page, site: str) -> None:
    page.goto(f"{site}/command/incidents/new/")
    page.get_by_label("Name of the incident").fill("鼓楼")
    page.get_by_label("Trigger: day and time").fill("2021-12-07T23:00")
    page.get_by_label("Time zone").select_option("Asia/Shanghai")
    page.locator('input[name="protocol_id"][value="cn-covid-2021-09"]').check()
    page.locator('input[name="clock"][value="exercise"]').check()
    page.get_by_role("button", name="Open it").click()
    expect(page.locator(".clock")).to_contain_text("Dec 7, 23:00")


def bring_list(page: Page, site: str, compound: str, name: str) -> None:
    page.goto(f"{site}/register/lists/")
    page.get_by_label("or a new compound").fill(compound)
    page.locator("#id_file").set_input_files(str(files("doorstep.exercise") / "gulou_2021" / name))
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("button", name="Bring it in").click()
    expect(page.get_by_text("The list is in")).to_be_visible()


def seal(page: Page, site: str, compound: str) -> None:
    page.goto(f"{site}/command/areas/new/")
    page.get_by_role("button", name=f"Include {compound}", exact=True).click()
    expect(page.get_by_role("button", name=f"Take out {compound}")).to_be_visible()
    page.get_by_label("Name of the area").fill(compound)
    page.locator('input[name="zone"][value="sealed"]').check()
    page.get_by_role("button", name="Propose the area").click()
    page.get_by_role("button", name="Seal the area").click()
    expect(page.get_by_text("are missing before it can be sealed")).to_be_visible()
    assert Area.objects.get(name=compound).state == Area.State.PROPOSED
    page.locator("#id_reason").fill("一名居家健康监测人员核酸阳性")
    page.locator("#id_basis").fill("新冠肺炎疫情社区防控方案")
    page.locator("#id_ends_when").fill("十四天无新增，最后一轮检测均为阴性")
    page.locator("#id_review_at").fill("2021-12-10T23:00")
    page.locator("#id_emergency_phone").fill("025-0000-0120")
    page.locator("#id_supply_team").select_option(label="保供组")
    page.locator("#id_first_delivery_at").fill("2021-12-08T09:00")
    page.locator("#id_letter").select_option(index=1)
    page.locator("#id_exits_checked_at").fill("2021-12-07T22:50")
    page.locator('button[name="do"][value="keep"].btn').click()
    page.get_by_label("Whose word it is").fill("保供组长，电话")
    page.get_by_role("button", name="Write down their word").click()
    page.get_by_role("button", name="Seal the area").click()
    expect(page.get_by_text("Measures", exact=True)).to_be_visible()


def knock(page: Page, answered: bool) -> None:
    """One door in three taps: the outcome, the welfare questions, the next door."""
    number = page.locator("h2.huge").inner_text()
    page.get_by_role("button", name="Opened" if answered else "No answer", exact=True).click()
    if answered:
        page.get_by_role("button", name="Asked: all is well").click()
    expect(page.get_by_role("status").filter(has_text=number)).to_be_visible()


def test_the_night(page: Page, live_server, chromium):
    site = live_server.url
    a_member("administrator", login="chen")
    carrier = a_member("carrier", login="lin")
    sign_in(page, site, "chen")
    open_incident(page, site)
    for compound, name in LISTS.items():
        bring_list(page, site, compound, name)
    assert Person.objects.filter(present="home").count() == 241

    page.goto(f"{site}/command/people/teams/new/")
    page.get_by_label("Name of the team").fill("保供组")
    page.locator("form.form-wide, form.card").get_by_role("button").first.click()
    page.goto(f"{site}/command/letters/new/")
    page.get_by_role("button", name="Keep this version").click()
    for compound in LISTS:
        seal(page, site, compound)
    page.goto(f"{site}/board/")
    expect(page.get_by_text("220", exact=True)).to_be_visible()
    before = Promise.objects.filter(state="kept").count()
    picture(page, site, "board-before")

    page.goto(f"{site}/rounds/")
    for box in page.locator('input[name="areas"]').all():
        box.check()
    page.locator("#id_hours").fill("12")
    for box in page.locator('input[name="carriers"]').all():
        box.uncheck()
    page.locator(f'input[name="carriers"][value="{carrier.pk}"]').check()
    page.locator("#id_helpers").fill("梁一\n梁二\n梁三\n梁四")
    page.get_by_role("button", name="Plan", exact=True).click()
    expect(page.get_by_role("link", name="Door lists (PDF)")).to_be_visible(timeout=60_000)
    assert Stop.objects.values("door").distinct().count() == Household.objects.filter(active=True).count() == 99
    picture(page, site, "plan")

    phone = chromium.new_context(viewport={"width": 360, "height": 740}, locale="en").new_page()
    sign_in(phone, site, "lin")
    phone.goto(f"{site}/rounds/work/")
    picture(phone, site, "my-work")
    for number in range(DOORS):
        knock(phone, answered=number not in SILENT)
    picture(phone, site, "my-work-after")
    assert Visit.objects.count() == DOORS
    assert Visit.objects.filter(outcome="no_answer").count() == len(SILENT)
    assert Task.objects.filter(kind="follow_up", state="open").count() == len(SILENT)

    phone.get_by_role("button", name="Undo").first.click()
    assert Visit.objects.filter(undone_at=None).count() == DOORS - 1
    phone.context.close()

    page.goto(f"{site}/board/")
    letters = Promise.objects.filter(state="kept", kind="letter").count()
    assert letters == DOORS - len(SILENT) - 1
    assert Promise.objects.filter(state="kept").count() > before
    row = page.locator("tr").filter(has_text="letter").first
    expect(row.locator(".badge.is-kept")).to_have_text(str(letters))
    picture(page, site, "board-after")
    area = Incident.objects.get().areas.get(name="北京西路7号")
    page.goto(f"{site}/board/area/{area.pk}/")
    picture(page, site, "elevation")
