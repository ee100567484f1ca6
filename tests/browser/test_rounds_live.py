"""A stair typed by keyboard, and a round's page that fills while somebody looks at it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from browser.test_the_night import language, picture, sign_in
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area
from playwright.sync_api import Page, expect
from rooms.test_rounds_live import MORNING, a_round, knock, minutes

from doorstep.command.models import Incident
from doorstep.promises.actions import derive
from doorstep.rounds.models import Round, Visit
from doorstep.rounds.sheets import code_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def walk() -> Round:
    """A stair of twelve doors on one round, some hours later."""
    area = a_sealed_area(compound=a_compound(stairs=1, floors=6))
    for line in area.area_doors.select_related("door").order_by("pk"):
        a_household(line.door)
    derive(area.incident, at=NIGHT, until=MORNING + timedelta(hours=1))
    a_member("coordinator", incident=area.incident, login="coordinator")
    walk = a_round(area, a_member("carrier", incident=area.incident), doors=12)
    Incident.objects.filter(pk=area.incident_id).update(clock_anchor_incident=MORNING + timedelta(hours=3))
    return walk


class Typist:
    """Presses keys and counts them."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, 0

    def type(self, keys: str) -> None:
        for key in keys:
            self.page.keyboard.press("Enter" if key == "\n" else key)
            self.pressed += 1


def test_a_stair_of_twelve_is_typed_with_the_keys_alone(live_server, page, walk):
    site = live_server.url
    sign_in(page, site, "coordinator")
    page.goto(f"{site}/rounds/sheet/")
    typist = Typist(page)
    typist.type(code_of(walk.pk, walk.stops.first().door.stair_id).lower() + "\n")
    expect(page.locator("[data-line] select").first).to_be_focused()
    typist.type("ow\nsw\nn\nof\nr\now\n1w\n2w\n3\now\nm\now\n")
    expect(page.locator("#look")).to_be_focused()
    typist.type("\n")
    expect(page.get_by_text("12 new")).to_be_visible()
    expect(page.locator("#save")).to_be_focused()
    picture(page, site, "sheet")
    typist_done(page)
    expect(page.get_by_text("12 doors are written down")).to_be_visible()
    assert typist.pressed + 1 <= 45
    visits = Visit.objects.order_by("-door__floor", "door__number")
    assert [visit.outcome for visit in visits[:5]] == ["opened", "through_door", "no_answer", "opened", "refused"]
    assert visits[3].welfare == {"fever": "some"}
    assert visits[0].welfare["food"] == "enough"
    assert {visit.source for visit in visits} == {"paper"}


def typist_done(page: Page) -> None:
    """`picture` loaded the page again (a form sent twice): the button is pressed as it stands."""
    page.locator("#save").press("Enter")


def test_what_was_not_handed_over_is_taken_off_by_key(live_server, page, walk):
    sign_in(page, live_server.url, "coordinator")
    page.goto(f"{live_server.url}/rounds/sheet/?code={code_of(walk.pk, walk.stops.first().door.stair_id)}")
    first = page.locator("[data-line]").first
    page.keyboard.press("o")
    page.keyboard.press("x")
    expect(first.locator("[data-item]").first).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("[data-line] select").nth(1)).to_be_focused()
    expect(first.locator("[data-item]").first).not_to_be_checked()
    expect(first.locator("[data-item]").nth(1)).to_be_checked()


def test_a_rounds_page_fills_while_somebody_works_on_it(live_server, page, walk):
    site = live_server.url
    Incident.objects.update(clock_anchor_incident=MORNING + minutes(20))
    a_round(walk.plan.areas.get(), plan=walk.plan, number=2, doors=0)
    sign_in(page, site, "coordinator")
    language(page, site, "en")
    page.goto(f"{site}/rounds/round/{walk.pk}/")
    stops = list(walk.stops.all())
    chosen = page.locator("tr", has_text="602").locator("select")
    chosen.focus()
    expect(page.locator(f"#stop-{stops[0].pk}")).to_have_text("open")
    knock(stops[0], MORNING + minutes(20))
    expect(page.locator(f"#stop-{stops[0].pk}")).to_contain_text("opened", timeout=15_000)
    expect(page.locator(f"#coming-{stops[1].pk}")).to_contain_text("09:25")
    expect(page.locator("#live")).to_contain_text("15 min behind")
    expect(chosen).to_be_focused()
