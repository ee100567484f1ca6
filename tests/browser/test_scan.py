"""Goods are taken in by their barcode: read by the camera where the browser can, typed where it cannot."""

from __future__ import annotations

import re

import pytest
from builders import a_member, an_incident
from playwright.sync_api import Page, expect

from doorstep.supplies.models import Item, Supplier
from doorstep.supplies.moves import place_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BARS = "6900000000017"
CAMERA = """
navigator.mediaDevices.getUserMedia = async () => {
  const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
  setInterval(() => pen.fillRect(0, 0, 9, 9), 40);
  return canvas.captureStream(10);
};
"""
NO_CAMERA = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); };"
READER = f"""
let looks = 0;
window.BarcodeDetector = class {{
  async detect() {{
    document.documentElement.dataset.looks = ++looks;
    return looks < 3 ? [] : [{{ rawValue: "{BARS}", format: "ean_13" }}];
  }}
}};
"""
NO_READER = "delete window.BarcodeDetector;"


@pytest.fixture
def opened(page: Page, live_server):
    """`opened(script)`: the page that receives goods, in a browser that the script has changed."""
    incident = an_incident()
    place_of(incident, "store", "街道仓库")
    Supplier.objects.create(incident=incident, name="城北粮店")
    Item.objects.create(code="rice", names={"zh": "大米", "en": "rice"}, barcode=BARS)
    Item.objects.create(code="oil", names={"zh": "食用油", "en": "oil"}, barcode="6900000000024")
    a_member("supply", incident=incident, login="lin")

    def go(script: str) -> Page:
        page.context.add_cookies([{"name": "django_language", "value": "en", "url": live_server.url}])
        page.add_init_script(script)
        page.goto(f"{live_server.url}/login/?next=/supplies/receive/")
        page.fill("#id_username", "lin")
        page.fill("#id_password", "night-shift-7")
        page.click("form.form button.btn-primary")
        expect(page.get_by_role("heading", name="One item")).to_be_visible()
        return page

    return go


def by_typing(page: Page) -> None:
    page.get_by_label("Name, code or barcode").fill(BARS)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Receive rice")).to_be_visible()


def test_the_camera_reads_the_bars_and_leads_to_the_goods(opened):
    page = opened(CAMERA + READER)
    page.get_by_role("button", name="Scan with the camera").click()
    expect(page.get_by_role("heading", name="Receive rice")).to_be_visible()
    assert page.url.endswith(f"item={BARS}")


def test_a_second_tap_ends_looking_and_the_camera_is_let_go(opened):
    page = opened(CAMERA + READER.replace("< 3", "< 1e9"))
    scan = page.get_by_role("button", name="Scan with the camera")
    scan.click()
    expect(page.locator("#scan-view")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-looks", re.compile("[2-9]|.."))
    scan.click()
    expect(page.locator("#scan-view")).to_be_hidden()
    assert page.evaluate("document.getElementById('scan-view').srcObject") is None
    by_typing(page)


def test_a_camera_that_is_refused_says_so_and_the_number_is_typed(opened):
    page = opened(NO_CAMERA + READER)
    page.get_by_role("button", name="Scan with the camera").click()
    expect(page.locator("#scan-said")).to_have_text("The camera cannot be used. Type the number below the bars.")
    by_typing(page)


def test_a_browser_that_cannot_read_bars_offers_no_camera(opened):
    page = opened(NO_READER)
    expect(page.locator("#scan")).to_be_hidden()
    by_typing(page)
