"""A permit is checked at the gate with no network, and the crossing reaches the office once there is one."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area
from playwright.sync_api import Page, expect

from doorstep.gate import permits, slips, tokens
from doorstep.gate.models import Crossing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

H = timedelta(hours=1)


def a_permit(area, number: int):
    home = a_household(area.area_doors.all()[number].door)
    asked = permits.Asked(
        area, "medical_planned", NIGHT, NIGHT + 4 * H, door=home.door, bearer="household", reason="透析"
    )
    return permits.grant(permits.ask(area.incident, asked, at=NIGHT), at=NIGHT, by=None)


def test_the_gate_says_yes_and_no_without_a_network_and_counts_a_crossing_once(page: Page, live_server):
    area = a_sealed_area(compound=a_compound("梧桐院"))
    good, withdrawn = a_permit(area, 0), a_permit(area, 1)
    permits.withdraw(withdrawn, "取消", at=NIGHT, by=None)
    a_member("gate", incident=area.incident, login="shi")
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": live_server.url}])
    page.goto(f"{live_server.url}/login/?next=/gate/check/")
    page.fill("#id_username", "shi")
    page.fill("#id_password", "night-shift-7")
    page.click("form.form button.btn-primary")
    expect(page.get_by_text("2 permits")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    later = a_permit(area, 2)  # given after the device had its last word
    page.context.set_offline(True)
    page.reload()

    def check(said: str, look: str) -> None:
        page.fill("#n", said)
        page.keyboard.press("Enter")
        expect(page.locator(f"#verdict.is-{look}")).to_be_visible()

    head, facts, signature = slips.token_of(good).split(".")
    forged = tokens._coded(tokens._plain(facts).replace(good.number.encode(), later.number.encode()))
    check(f"{head}.{forged}.{signature}", "broken")
    expect(page.locator("#verdict")).to_contain_text("not made here")
    page.get_by_role("button", name="Next one").click()
    check(withdrawn.number, "broken")
    page.get_by_role("button", name="Next one").click()
    check(later.number, "risk")
    page.get_by_role("button", name="Next one").click()
    check(slips.token_of(later), "kept")
    page.get_by_role("button", name="Next one").click()
    check(good.number, "kept")
    page.get_by_role("button", name="Goes out").click()
    expect(page.locator("#waits")).to_have_text("1 not sent yet")
    page.reload()
    expect(page.locator("#waits")).to_have_text("1 not sent yet")
    check(good.number, "kept")
    expect(page.locator("#pass")).to_have_text("Comes in")
    page.get_by_role("button", name="Open for life").click()
    expect(page.locator("#waits")).to_have_text("2 not sent yet")
    page.context.set_offline(False)
    expect(page.locator("#waits")).to_have_text("All sent")
    made = list(Crossing.objects.order_by("pk").values_list("direction", "permit__number", "offline"))
    assert sorted(made, key=str) == [("open", None, False), ("out", good.number, True)], json.dumps(made)
