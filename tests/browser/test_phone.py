"""The carrier's phone: a day without a network, a killed browser, lost answers, two phones, a new version: nothing lost, nothing twice.

DOORSTEP_PICTURES names a folder to keep the screens in, Chinese and English.
"""

from __future__ import annotations

import json
import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.conftest import FLAGS
from browser.phone import RATE, Phone, a_round, an_area, cut, kill_browser
from builders import NIGHT
from django.conf import settings
from playwright.sync_api import Page, expect

from doorstep.command.models import Task
from doorstep.register.models import Person
from doorstep.rounds import shell
from doorstep.rounds.models import PhoneAct, Visit, VisitConflict

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KEEP = os.environ.get("DOORSTEP_PICTURES", "")
SCREEN = {"width": 360, "height": 740}


@pytest.fixture
def phone(chromium, live_server):
    """A phone in English on the street."""
    context = chromium.new_context(viewport=SCREEN, locale="en")
    yield Phone(context, live_server.url)
    context.close()


def each_once(doors: int) -> None:
    """Every door was visited, each once."""
    visits = Visit.objects.filter(undone_at=None)
    assert visits.count() == visits.values("door").distinct().count() == doors


def test_a_round_of_forty_doors_of_which_most_are_walked_without_a_network(phone):
    area = an_area(40)
    incident = area.incident
    _, secret = a_round(area, 40)
    phone.open(secret)
    assert "t=" not in phone.page.url
    for _ in range(10):
        phone.knock()
    phone.is_sent()
    each_once(10)
    phone.context.set_offline(True)
    for number in range(15):
        phone.knock("no_answer" if number % 5 == 0 else "opened")
    expect(phone.page.locator("#outbox")).to_contain_text("15 not sent yet")
    phone.again()
    expect(phone.page.locator("#outbox")).to_contain_text("15 not sent yet")
    for _ in range(15):
        phone.knock("through_door")
    expect(phone.page.locator("h1")).to_have_text("Every door is done")
    assert Visit.objects.count() == 10
    phone.context.set_offline(False)
    phone.send()
    phone.is_sent()
    each_once(40)
    for act in PhoneAct.objects.filter(kind="visit"):
        made = datetime.fromisoformat(act.said["device_at"])
        meant = incident.clock_anchor_incident + (made - incident.clock_anchor_real) * RATE
        assert abs(act.visit.occurred_at - meant) < timedelta(seconds=20 * RATE / 10), (
            "the time is not the one of the knock"
        )
        assert act.visit.said_at is None
    order = list(Visit.objects.order_by("occurred_at").values_list("stop__order", flat=True))
    assert order == sorted(order)


def test_a_killed_browser_opened_again_without_a_network_has_lost_nothing(chromium, live_server, tmp_path):
    area = an_area(10)
    _, secret = a_round(area, 10)
    profile = tmp_path / "profile"
    start = {
        "user_data_dir": profile,
        "executable_path": shutil.which("chromium"),
        "args": FLAGS,
        "viewport": SCREEN,
        "locale": "en",
    }
    engine = chromium.browser_type
    context = engine.launch_persistent_context(**start)
    phone = Phone(context, live_server.url).open(secret)
    context.set_offline(True)
    for _ in range(3):
        phone.knock()
    phone.load()
    number = phone.number
    phone.page.click('[data-outcome="opened"]')
    phone.page.click(".chip >> nth=0")
    expect(phone.page.locator("#well")).to_be_visible()
    kill_browser(profile)
    context = engine.launch_persistent_context(**start, offline=True)
    phone = Phone(context, live_server.url)
    phone.page.goto(phone.root)
    expect(phone.page.locator("#outbox")).to_contain_text("3 not sent yet")
    assert phone.number == number
    phone.knock()
    context.set_offline(False)
    phone.send()
    phone.is_sent()
    each_once(4)
    context.close()


def test_a_wet_glove_that_taps_twice_presses_nothing_on_the_next_screen(phone):
    _, secret = a_round(an_area(10), 4)
    phone.open(secret)
    phone.context.set_offline(True)
    phone.page.dblclick("#go")
    expect(phone.page.locator('[data-outcome="opened"]')).to_be_visible()
    phone.page.dblclick('[data-outcome="opened"]')
    expect(phone.page.locator("#well")).to_be_visible()
    expect(phone.page.locator('.chip[aria-pressed="true"]')).to_have_count(0)
    phone.page.dblclick("#well")
    phone.page.dblclick('[data-outcome="no_answer"]')
    expect(phone.page.locator("#outbox")).to_contain_text("2 not sent yet")
    acts = sorted(phone.kept()["acts"].values(), key=lambda act: act["seq"])
    assert [act["body"]["outcome"] for act in acts] == ["opened", "no_answer"]
    phone.page.click("#outbox")
    phone.context.set_offline(False)
    phone.send()
    phone.is_sent()
    each_once(2)


def test_a_door_to_knock_at_again_comes_first_when_it_presses_and_can_wait(phone):
    area = an_area(10)
    walk, secret = a_round(area, 4)
    stop = walk.stops.first()
    phone.open(secret)
    for outcome in ("no_answer", "opened", "opened"):
        phone.knock(outcome)
    phone.is_sent()
    Task.objects.filter(kind="follow_up").update(urgency=3)
    with phone.page.expect_response("**/rounds/phone/sync"):
        phone.page.reload()
    expect(phone.page.locator("#outbox")).to_contain_text("last sent")
    assert phone.number != stop.door.number, "just tried, it does not press"
    phone.context.set_offline(True)
    phone.page.evaluate(SHIFT, 40)  # minutes later
    phone.again()
    expect(phone.page.locator("h1 .huge")).to_have_text(stop.door.number)
    expect(phone.page.locator(".again .badge")).to_be_visible()
    read_well(phone.page, "knock again")
    phone.page.get_by_role("button", name="Not now").click()
    expect(phone.page.locator(".again .badge")).to_have_count(0)
    phone.page.click(".tab >> nth=0")
    phone.page.click(".door-row >> nth=0")
    assert phone.number == stop.door.number
    phone.knock()
    phone.knock()
    phone.context.set_offline(False)
    phone.send()
    phone.is_sent()
    assert not Task.objects.filter(kind="follow_up", state="open").exists()


def test_a_knock_that_could_not_be_written_down_says_so_and_can_be_tapped_again(phone):
    _, secret = a_round(an_area(10), 3)
    phone.open(secret)
    phone.load()
    number = phone.number
    phone.page.evaluate(
        "() => { self.put = IDBObjectStore.prototype.put; IDBObjectStore.prototype.put = () => { throw new DOMException('full'); }; }"
    )
    phone.page.click('[data-outcome="refused"]')
    expect(phone.page.get_by_role("alert")).to_contain_text("could not be written down")
    assert phone.number == number
    phone.page.evaluate("() => { IDBObjectStore.prototype.put = self.put; }")
    phone.knock("refused")
    phone.is_sent()
    each_once(1)


def test_what_is_over_is_forgotten_but_not_what_waits(phone):
    walk, secret = a_round(an_area(10), 4)
    phone.open(secret)
    expect(phone.page.locator("#go")).to_be_visible()
    phone.context.set_offline(True)
    phone.knock()
    phone.page.evaluate(SHIFT, 60 * 36)
    phone.again()
    expect(phone.page.locator("#outbox")).to_contain_text("1 not sent yet")
    kept = phone.kept()
    assert "round" not in kept["keep"]
    assert walk.stops.first().door.stair.building.name not in json.dumps(kept, ensure_ascii=False)
    assert [act["state"] for act in kept["acts"].values()] == ["waiting"]


SHIFT = """(minutes) => new Promise((done) => {
  const asked = indexedDB.open("doorstep-phone");
  asked.onsuccess = () => {
    const keep = asked.result.transaction("keep", "readwrite").objectStore("keep");
    const clock = keep.get("clock");
    clock.onsuccess = () => keep.put({ ...clock.result, at: clock.result.at + minutes * 60000 }, "clock");
    keep.transaction.oncomplete = () => { asked.result.close(); done(); };
  };
})"""


def test_the_rules_of_a_round_hold_without_a_server(phone):
    phone.open()
    page = phone.page
    address = page.locator("script[type=module]").get_attribute("src").replace("app.js", "round.js")
    found = page.evaluate(RULES, address)
    assert found["next"] == [1, 2, 4, 2, 5]  # after a jump the way goes on, and comes back before the next trip
    assert found["undone"] == 1
    assert found["back"] == {"kit:a": 1}
    assert found["load"] == {"doors": 2, "bags": 2, "kg": 5}
    assert found["left"] == ["letter"]
    assert found["well"] == {"health": "good", "food": "low", "who": "alone+pet"}


RULES = """async (address) => {
  const { stand, loadOf, backOf, goes, welfareOf } = await import(address);
  const items = [{ kind: "kit:a", kg: 2.5 }, { kind: "letter", kg: 0 }, { kind: "contact", kg: 0 }];
  const stop = (id, trip) => ({ id, door: 10 + id, order: id, trip, climb: 1, kg: 2.5, stair: "1", building: "1", number: `${id}`, items, visit: null });
  const data = { rounds: [{ id: 1, number: 1, stops: [stop(1, 1), stop(2, 1), stop(3, 1), stop(4, 1), stop(5, 2)] }], again: [] };
  const acts = [];
  const knock = (id, outcome = "opened") => acts.push({ id: `v${id}`, seq: acts.length, kind: "visit", state: "waiting", at: "",
    body: { stop: id, door: 10 + id, outcome }, local: { loaded: true, back: outcome === "opened" ? [] : ["kit:a"] } });
  const next = [];
  for (const [id, outcome] of [[1], [3, "no_answer"], [4], [2], [5]]) {
    const before = acts[acts.length - 1];
    next.push(stand(data, acts, { last: before && { stop: before.body.stop, visit: true } }).next.id);
    knock(id, outcome);
  }
  acts.pop();
  acts.push({ id: "u", seq: 9, kind: "undo", state: "waiting", at: "", body: { visit: "v1" } });
  const standing = stand(data, acts);
  const { doors, bags, kg } = loadOf(standing.stops.concat(stop(6, 2)), 2, { "kit:a": { kit: true } });
  const questions = [
    { code: "health", answers: { bad: {}, good: {} }, serious: ["bad"], many: false },
    { code: "food", answers: { enough: {}, low: {} }, serious: [], many: false },
    { code: "who", answers: { alone: {}, pet: {} }, serious: [], many: true },
  ];
  return { next, undone: standing.next.id, back: backOf(acts), load: { doors, bags, kg }, left: goes(["kit:a", "letter"], "no_answer"),
    well: welfareOf(questions, { food: ["low"], who: ["alone", "pet"] }, true) };
}"""


def test_requests_cut_before_and_after_and_sent_three_times_count_once(phone):
    _, secret = a_round(an_area(20), 12)
    phone.context.route("**/rounds/phone/round.json", lambda route: route.abort(), times=1)
    phone.open(secret)
    expect(phone.page.get_by_role("heading", name="Your round is not here yet")).to_be_visible()
    phone.page.get_by_role("button", name="Ask for news").click()
    expect(phone.page.locator("#go")).to_be_visible()
    gone = cut(phone.context, ["before", "after", "kept", "after", "through"])
    undone = 0
    for number in range(12):
        phone.knock("refused" if number == 5 else "opened")
        if number in (3, 7):
            phone.undo()
            undone += 1
            phone.knock("through_door")
    for _ in range(6):
        phone.send()
        phone.page.wait_for_timeout(100)
    phone.is_sent()
    assert gone() > 6
    each_once(12)
    assert Visit.objects.exclude(undone_at=None).count() == undone == 2
    acts = PhoneAct.objects.order_by("sequence")
    assert [act.sequence for act in acts] == list(range(1, 12 + 2 * undone + 1))
    assert not acts.exclude(state="done").exists()


def test_two_phones_at_the_same_doors_both_count_and_are_told(chromium, live_server):
    area = an_area(10)
    secrets = [a_round(area, 4)[1], a_round(area, 4, first=2)[1]]
    phones = [Phone(chromium.new_context(viewport=SCREEN, locale="en"), live_server.url).open(s) for s in secrets]
    for phone in phones:
        expect(phone.page.locator("#go")).to_be_visible()
        phone.context.set_offline(True)
        for _ in range(4):
            phone.knock()
    for phone in phones:
        phone.context.set_offline(False)
        phone.send()
        phone.is_sent()
    assert Visit.objects.filter(undone_at=None).count() == 8
    assert VisitConflict.objects.filter(kind="two_visits").count() == 2
    second = phones[1].page
    expect(second.locator("#outbox")).to_contain_text("2 need a look")
    second.click("#outbox")
    expect(second.get_by_role("heading", name="Needs a look")).to_be_visible()
    read_well(second, "needs a look")
    second.get_by_role("button", name="Seen").first.click()
    expect(second.locator("#outbox")).to_contain_text("1 need a look")
    for phone in phones:
        phone.context.close()


def test_two_tabs_share_one_round_and_one_outbox(phone):
    _, secret = a_round(an_area(10), 4)
    phone.open(secret)
    other = Phone(phone.context, phone.root.removesuffix("/rounds/phone/"))
    other.page = phone.context.new_page()
    other.open()
    phone.load()
    first = phone.number
    other.load()
    phone.knock()
    expect(other.page.locator("h1 .huge")).not_to_have_text(first)
    other.knock("refused")
    expect(phone.page.locator("#top")).to_contain_text("2 / 4")
    phone.is_sent()
    each_once(2)


def test_a_new_version_takes_over_and_what_is_not_sent_stays(phone, monkeypatch):
    _, secret = a_round(an_area(10), 4)
    phone.open(secret)
    expect(phone.page.locator("#go")).to_be_visible()
    phone.context.route("**/rounds/phone/sync", lambda route: route.abort())
    phone.knock()
    phone.knock("no_answer")
    old = shell.shell_now()
    fresh = shell.Shell("new-version", {**old.files, "app.js": old.files["app.js"] + b"\n// newer\n"})
    monkeypatch.setattr(shell, "shell_now", lambda: fresh)
    phone.page.evaluate("navigator.serviceWorker.getRegistration().then((found) => found.update()).then(() => true)")
    expect(phone.page.locator('script[src*="new-version"]')).to_have_count(1, timeout=15_000)
    expect(phone.page.locator("#outbox")).to_contain_text("2 not sent yet")
    phone.context.set_offline(True)
    phone.again()
    phone.knock()
    phone.context.set_offline(False)
    phone.context.unroute("**/rounds/phone/sync")
    phone.send()
    phone.is_sent()
    each_once(3)


def test_a_round_that_is_done_and_sent_is_forgotten(phone):
    walk, secret = a_round(an_area(10), 3)
    phone.open(secret)
    names = set(Person.objects.values_list("name", flat=True))
    label = walk.stops.first().door.stair.building.name
    phone.knock()
    phone.knock("refused")
    assert label in json.dumps(phone.kept(), ensure_ascii=False)
    phone.knock()
    expect(phone.page.get_by_text("Names and doors are forgotten on this phone")).to_be_visible()
    expect(phone.page.locator(".line-item")).to_contain_text("× 1")
    read_well(phone.page, "forgotten")
    left = json.dumps(phone.kept(), ensure_ascii=False)
    assert label not in left
    assert not [name for name in names if name in left or f"{name[0]}*" in left]
    phone.page.click(".btn-undo")
    expect(phone.page.locator("h1 .huge")).to_be_visible()
    phone.knock()
    expect(phone.page.get_by_text("Names and doors are forgotten on this phone")).to_be_visible()
    each_once(3)


def test_a_pass_that_ended_keeps_what_is_not_sent_until_a_new_code_comes(phone):
    area = an_area(10)
    walk, secret = a_round(area, 4)
    phone.open(secret)
    phone.knock()
    phone.is_sent()
    walk.carrier.phone_passes.update(ended_at=NIGHT)
    phone.knock()
    phone.page.click("#outbox")
    expect(phone.page.get_by_text("What is not sent is kept")).to_be_visible()
    expect(phone.page.locator("#outbox")).to_contain_text("1 not sent yet")
    phone.page.click("#forget")
    expect(phone.page.get_by_text("1 are not sent")).to_be_visible()
    read_well(phone.page, "the pass is over")
    _, second = a_round(area, 4, carrier=walk.carrier)
    walk.delete()
    phone.page.goto("about:blank")
    phone.page.goto(f"{phone.root}#t={second}")
    expect(phone.page.get_by_role("heading", name="Another code")).to_be_visible()
    read_well(phone.page, "another code")
    phone.page.get_by_role("button", name="Same person").click()
    phone.is_sent()
    assert Visit.objects.count() == 2


def test_a_photo_is_made_small_loses_its_place_and_arrives_with_its_knock(phone, tmp_path):
    _, secret = a_round(an_area(10), 2)
    phone.open(secret)
    phone.load()
    picture = tmp_path / "door.jpg"
    picture.write_bytes(bytes.fromhex(phone.page.evaluate(BIG_PICTURE)))
    phone.context.set_offline(True)
    phone.page.press("summary", "Enter")
    phone.page.locator("#photo").set_input_files(picture)
    expect(phone.page.locator(".photo img")).to_be_visible()
    phone.page.get_by_role("button", name="No faces: keep it").click()
    phone.knock()
    expect(phone.page.locator("#outbox")).to_contain_text("2 not sent yet")
    phone.context.set_offline(False)
    phone.send()
    phone.is_sent()
    visit = Visit.objects.get()
    kept = (Path(settings.MEDIA_ROOT) / visit.photo).read_bytes()
    assert b"Exif" not in kept
    assert phone.page.evaluate(SIDES, kept.hex()) == [1280, 640]


SIDES = """async (hex) => {
  const bytes = new Uint8Array(hex.match(/../g).map((pair) => parseInt(pair, 16)));
  const picture = await createImageBitmap(new Blob([bytes]));
  return [picture.width, picture.height];
}"""
BIG_PICTURE = """async () => {
  const canvas = document.createElement("canvas");
  canvas.width = 2400; canvas.height = 1200;
  canvas.getContext("2d").fillRect(0, 0, 900, 900);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg"));
  return [...new Uint8Array(await blob.arrayBuffer())].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}"""


def read_well(page: Page, name: str) -> None:
    """Axe finds nothing on the screen as it stands."""
    found = [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in Axe().run(page).response["violations"]]
    assert not found, f"{name}: {found}"


def look(phone: Phone, name: str) -> None:
    """Nothing that axe finds, in both languages; nothing wider than 320 px, nor at twice the type."""
    page = phone.page
    for code in ("zh", "en"):
        page.evaluate(SPEAK, code)
        page.reload()
        page.wait_for_selector("html[data-ready]")
        read_well(page, f"{name} in {code}")
        for width, size in ((320, "200%"), (320, "100%")):
            page.set_viewport_size({"width": width, "height": 740})
            page.evaluate("(size) => { document.documentElement.style.fontSize = size; }", size)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{name} in {code} is {wide} px wider than {width} px at {size}"
            small = page.evaluate(SMALL_TARGETS)
            assert not small, f"{name} in {code} at {width} px: {small}"
            if KEEP:
                page.screenshot(path=Path(KEEP) / f"phone-{name}-{code}-{width}-{size[:-1]}.png", full_page=True)
        page.evaluate("document.documentElement.removeAttribute('style')")


SPEAK = """(code) => new Promise((done) => {
  const asked = indexedDB.open("doorstep-phone");
  asked.onsuccess = () => {
    const change = asked.result.transaction("keep", "readwrite");
    change.objectStore("keep").put(code, "language");
    change.oncomplete = () => { asked.result.close(); done(); };
  };
})"""
SMALL_TARGETS = """() => [...document.querySelectorAll("button, a, summary, input, textarea, label.btn, label.item")]
  .filter((one) => !one.closest(".visually-hidden, label.item input, details:not([open]) > :not(summary)")
    && !(one.tagName === "INPUT" && one.closest("label")))
  .filter((one) => one.getClientRects().length && one.getBoundingClientRect().height < 56)
  .map((one) => `${one.outerHTML.slice(0, 80)} ${one.getBoundingClientRect().height}`)"""


def test_each_screen_reads_well_in_both_languages_on_a_narrow_phone_with_large_type(phone):
    _, secret = a_round(an_area(10), 3)
    phone.open()
    look(phone, "welcome")
    phone.page.evaluate(SPEAK, "en")
    phone.open(secret)
    expect(phone.page.locator("#go")).to_be_visible()
    look(phone, "load")
    phone.page.click("#go")
    look(phone, "door")
    phone.page.click('[data-outcome="opened"]')
    look(phone, "ask")
    phone.page.click("#well")
    phone.page.click('[data-outcome="no_answer"]')
    look(phone, "take-back")
    phone.page.click(".tab >> nth=0")
    look(phone, "doors")
    phone.page.click(".door-row >> nth=1")
    look(phone, "door-done")
    phone.page.click("#outbox")
    look(phone, "phone")
    phone.page.click(".tab >> nth=0")
    phone.knock()
    look(phone, "over")
