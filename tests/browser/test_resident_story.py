"""A household at home for days, its phone without scripts: it asks, the desk brings it, and it says "I have it"."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from builders import a_compound, a_household, a_member, a_sealed_area
from playwright.sync_api import Page, expect

from doorstep.desk.models import Message, Request

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDE = (1280, 900)
NARROW = (320, 700)


def looked_at(page: Page) -> None:
    """In both languages and sizes, narrow and wide: nothing beyond the screen, nothing that axe finds."""
    start = page.url.split("?")[0]
    for language in ("zh-hans", "en"):
        for size, screen in (("1", WIDE), ("1", NARROW), ("2", NARROW)):
            page.set_viewport_size({"width": screen[0], "height": screen[1]})
            page.goto(f"{start}?lang={language}&size={size}")
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, (start, language, size, screen)
            found = [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in Axe().run(page).response["violations"]]
            assert not found, (start, language, size, screen, found)


def sign_in(page: Page, site: str, login: str) -> None:
    page.goto(f"{site}/login/")
    page.fill("#id_username", login)
    page.fill("#id_password", "night-shift-7")
    page.click("form.form button.btn-primary")


def test_a_household_asks_the_desk_takes_it_and_the_household_has_it(chromium, page, live_server):
    site = live_server.url
    area = a_sealed_area(compound=a_compound("梧桐院", floors=3))
    home = a_household(area.area_doors.order_by("pk").first().door, persons=2)
    a_member("desk", incident=area.incident, login="desk-1")

    bare = chromium.new_context(java_script_enabled=False, viewport={"width": 320, "height": 700}, locale="en")
    phone = bare.new_page()
    phone.goto(f"{site}/door/")
    phone.get_by_label("Code").fill(home.private_code.lower())
    phone.get_by_role("button", name="Open").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your door 101")
    phone.get_by_role("link", name="Ask for something").click()
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_role("alert")).to_contain_text("not sent yet")
    phone.get_by_label("What do you need?").fill("两袋米，一瓶油")
    phone.get_by_role("button", name="Send").click()
    message = Message.objects.get()
    expect(phone.get_by_role("status")).to_contain_text(f"M{message.pk}")

    page.context.add_cookies([{"name": "django_language", "value": "en", "url": site}])
    sign_in(page, site, "desk-1")
    page.goto(f"{site}/desk/message/{message.pk}/")
    page.get_by_role("button", name="Make requests; they are mine").click()
    request = Request.objects.get()
    page.goto(f"{site}/desk/request/{request.pk}/")

    phone.goto(f"{site}/door/{home.private_code}/")
    expect(phone.locator("#asked")).to_contain_text("It is with: desk worker")
    page.locator('input[name="result"], textarea[name="result"]').first.fill("米两袋，油一瓶，放在门口")
    page.locator('button[value="finish"], button[value="done"]').first.click()

    phone.reload()
    expect(phone.locator("#asked")).to_contain_text("放在门口")
    phone.get_by_role("button", name="I have it").click()
    expect(phone.get_by_role("status")).to_contain_text("Done.")
    request.refresh_from_db()
    assert request.state == "confirmed"

    for path in ("", "do/symptoms/", f"see/request/{request.number}/"):
        page.goto(f"{site}/door/{home.private_code}/{path}")
        looked_at(page)
    bare.close()
