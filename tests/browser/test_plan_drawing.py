"""A coordinator drags a compound into shape: mouse, finger, arrow keys, and back again."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from builders import a_compound, a_member
from playwright.sync_api import Page, expect

from doorstep.register.models import PlaceChange, Stair

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def compound():
    return a_compound("柳树院", stairs=2)


@pytest.fixture
def plan(page: Page, live_server, compound):
    """The plan of the compound, opened by somebody who has signed in."""
    a_member("coordinator", login="lin")
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": live_server.url}])
    page.goto(f"{live_server.url}/login/?next=/register/places/{compound.pk}/plan/")
    page.fill("#id_username", "lin")
    page.fill("#id_password", "night-shift-7")
    page.click("form.form button.btn-primary")
    expect(page.locator("#plan .pin-stair[tabindex]")).to_have_count(2)
    return page


def pin(page: Page, stair: Stair):
    return page.locator(f'.pin[data-kind="stair"][data-pk="{stair.pk}"]')


def drag(page: Page, stair: Stair, right: float, up: float) -> None:
    """Drag a stair so many pixels."""
    box = pin(page, stair).locator(".sign").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right / 2, y - up / 2)
    page.mouse.move(x + right, y - up)
    page.mouse.up()


def metres_per_pixel(page: Page) -> float:
    return page.evaluate("1 / document.getElementById('plan').getScreenCTM().a")


def test_a_stair_is_dragged_saved_and_put_back(plan: Page):
    stair = Stair.objects.get(name="1单元")
    scale = metres_per_pixel(plan)
    expect(plan.get_by_role("button", name="Undo the last placement")).to_be_hidden()
    drag(plan, stair, right=120, up=60)
    expect(plan.locator("#plan-said")).to_contain_text("Saved: 1号楼 1单元")
    stair.refresh_from_db()
    assert stair.x_m == pytest.approx(65 + 120 * scale, abs=0.2)
    assert stair.y_m == pytest.approx(20 + 60 * scale, abs=0.2)
    plan.get_by_role("button", name="Undo the last placement").click()
    expect(plan.locator(".notice")).to_contain_text("Taken back")
    stair.refresh_from_db()
    assert (stair.x_m, stair.y_m) == (65, 20)


def test_a_finger_moves_a_stair_without_scrolling_the_page(plan: Page):
    stair = Stair.objects.get(name="1单元")
    box = pin(plan, stair).locator(".sign").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    finger = plan.context.new_cdp_session(plan)
    for kind, dy in (("touchStart", 0), ("touchMove", 20), ("touchMove", 60)):
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y + dy}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(plan.locator("#plan-said")).to_contain_text("Saved: 1号楼 1单元")
    stair.refresh_from_db()
    assert stair.y_m == pytest.approx(20 - 60 * metres_per_pixel(plan), abs=0.3)
    assert plan.evaluate("scrollY") == 0


def test_arrow_keys_move_a_stair_and_are_saved_as_one_act(plan: Page):
    stair = Stair.objects.get(name="2单元")
    pin(plan, stair).focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowUp"):
        plan.keyboard.press(key)
    expect(plan.locator("#plan-said")).to_contain_text("Saved: 1号楼 2单元")
    stair.refresh_from_db()
    assert (stair.x_m, stair.y_m) == (82, 30)
    assert PlaceChange.objects.filter(act="place").count() == 1
    expect(pin(plan, stair)).to_have_attribute("aria-label", "1号楼 2单元: 82 m to the right, 30 m up")


def test_a_building_takes_its_stairs_along_on_the_screen_and_in_the_register(plan: Page):
    building = plan.locator(".pin-building")
    building.focus()
    plan.keyboard.press("Shift+ArrowLeft")
    expect(plan.locator("#plan-said")).to_contain_text("Saved: 1号楼")
    assert list(Stair.objects.order_by("pk").values_list("x_m", flat=True)) == [55, 70]
    expect(pin(plan, Stair.objects.get(name="1单元"))).to_have_attribute(
        "aria-label", "1号楼 1单元: 55 m to the right, 20 m up"
    )


def test_a_move_that_cannot_be_saved_goes_back_and_says_so(plan: Page):
    stair = Stair.objects.get(name="1单元")
    plan.route("**/plan/move/", lambda route: route.abort())
    before = pin(plan, stair).get_attribute("transform")
    drag(plan, stair, right=100, up=0)
    expect(plan.locator("#plan-said")).to_contain_text("Not saved.")
    assert pin(plan, stair).get_attribute("transform").replace(".00", "") == before.replace(".00", "")
    assert not PlaceChange.objects.exists()


def test_the_plan_has_no_barrier_that_axe_finds(plan: Page):
    found = [v for v in Axe().run(plan).response["violations"] if v["impact"] in ("serious", "critical")]
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == []
