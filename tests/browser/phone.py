"""A carrier with the app in hand: rounds of many doors, and a phone that taps, loses its network and dies."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, Route, expect

from doorstep.command.models import Area, Member
from doorstep.register.models import Door
from doorstep.rounds.models import Round, RoundPlan, Stop
from doorstep.rounds.passes import make_pass

RATE = 30.0  # the exercise's clock: half a minute each second
ITEMS = ("kit:living", "letter", "contact")


def an_area(doors: int, *, rate: float = RATE) -> Area:
    """A sealed compound with people behind its doors, whose exercise clock runs."""
    area = a_sealed_area(compound=a_compound(stairs=-(-doors // 10), floors=5))
    incident = area.incident
    incident.clock_rate = rate
    incident.clock_anchor_real = timezone.now()
    incident.save()
    for number, door in enumerate(Door.objects.order_by("stair", "-floor", "number")):
        a_household(door, persons=1 + number % 4, alone=number % 7 == 0)
    return area


def a_round(area: Area, doors: int, *, first: int = 0, carrier: Member | None = None) -> tuple[Round, str]:
    """A round over the compound's doors, ten a trip, and the secret that opens it on a phone."""
    incident = area.incident
    carrier = carrier or a_member("carrier", incident=incident)
    plan = RoundPlan.objects.create(
        incident=incident,
        starts_at=NIGHT,
        ends_at=NIGHT + timedelta(hours=12),
        state=RoundPlan.State.READY,
        requested_at=NIGHT,
    )
    plan.areas.add(area)
    walk = Round.objects.create(
        plan=plan,
        carrier=carrier,
        carrier_name=carrier.name,
        number=1,
        starts_at=NIGHT,
        ends_at=NIGHT + timedelta(hours=12),
    )
    chosen = Door.objects.order_by("stair", "-floor", "number")[first : first + doors]
    Stop.objects.bulk_create(
        Stop(
            round=walk,
            door=door,
            trip=1 + order // 10,
            climb=1 + order // 5,
            order=order + 1,
            arrives_at=NIGHT + timedelta(minutes=3 * order),
            weight_kg=7.2,
            items=[
                {"kind": kind, "persons": 2, "kg": 7.2 if kind == "kit:living" else 0, "promise": 0} for kind in ITEMS
            ],
        )
        for order, door in enumerate(chosen)
    )
    _, secret = make_pass(incident, carrier, carrier.name, by=None, at=incident.now())
    return walk, secret


class Phone:
    """One phone: what a carrier does with it, in words."""

    def __init__(self, context: BrowserContext, site: str, language: str = "en") -> None:
        self.context, self.root, self.language = context, f"{site}/rounds/phone/", language
        self.page: Page = context.pages[0] if context.pages else context.new_page()

    def open(self, secret: str = "") -> Phone:
        """Open the app, with a code where one is given, and wait until it is kept for the way without a network."""
        self.page.goto(f"{self.root}#t={secret}" if secret else self.root)
        self.page.wait_for_selector("html[data-ready]")
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        return self

    def again(self) -> Phone:
        """Close the page and open it anew."""
        page = self.context.new_page()
        self.page.close()
        self.page = page
        page.goto(self.root)
        page.wait_for_selector("html[data-ready]")
        return self

    @property
    def number(self) -> str:
        return self.page.locator("h1 .huge").inner_text()

    def load(self) -> None:
        """The load list at the start of a trip, where it is shown."""
        self.page.wait_for_selector("#go, [data-outcome]")
        if self.page.locator("#go").count():
            self.page.click("#go")

    def knock(self, outcome: str = "opened") -> str:
        """One door; returns its number. At most three taps."""
        self.load()
        number = self.number
        self.page.click(f'[data-outcome="{outcome}"]')
        if outcome in ("opened", "through_door"):
            self.page.click("#well")
        expect(self.page.locator(".undo")).to_contain_text(number)
        return number

    def undo(self) -> None:
        """Take the last knock back: its door is open again."""
        label = self.page.locator(".undo strong").inner_text()
        self.page.click(".btn-undo")
        expect(self.page.locator("h1 .huge")).to_have_text(label.split(" · ")[0])

    def send(self) -> None:
        """Tap the outbox and come back to the door."""
        self.page.click("#outbox")
        self.page.click(".tab >> nth=0")

    def is_sent(self) -> None:
        expect(self.page.locator("#outbox")).to_contain_text("All sent", timeout=20_000)

    def kept(self) -> dict[str, Any]:
        """Everything in the phone's database."""
        return self.page.evaluate(
            """async () => {
              const db = await new Promise((done) => {
                const asked = indexedDB.open("doorstep-phone");
                asked.onsuccess = () => done(asked.result);
              });
              const all = {};
              for (const name of db.objectStoreNames) {
                const store = db.transaction(name).objectStore(name);
                const [keys, values] = await Promise.all([store.getAllKeys(), store.getAll()].map((asked) =>
                  new Promise((done) => { asked.onsuccess = () => done(asked.result); })));
                all[name] = Object.fromEntries(keys.map((key, number) => [key, values[number]]));
              }
              db.close();
              return JSON.parse(JSON.stringify(all));
            }"""
        )


def cut(context: BrowserContext, ways: list[str]) -> Callable[[], int]:
    """Cut the sync: each request in turn as `ways` says, over and over; returns how many went by.

    "before" never leaves the phone; "after" reaches the server three times, and its answer is lost; "kept" is a server that has no moment; "through" passes.
    """
    count = 0

    def handle(route: Route) -> None:
        nonlocal count
        way = ways[count % len(ways)]
        count += 1
        if way == "before":
            route.abort()
        elif way == "after":
            for _ in range(3):
                route.fetch()
            route.abort()
        elif way == "kept":
            said = route.request.post_data_json
            answers = [{"id": act["id"], "status": "waiting", "problem": None} for act in said["acts"]]
            route.fulfill(json={"answers": answers, "version": said["version"], "round": None})
        else:
            route.continue_()

    context.route("**/rounds/phone/sync", handle)
    return lambda: count


def kill_browser(profile: Path) -> None:
    """Kill the Chromium that this test started with its own profile, as a phone does that needs the memory."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            words = (folder / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        if f"--user-data-dir={profile}" in words and not any(word.startswith("--type=") for word in words):
            os.kill(int(folder.name), signal.SIGKILL)
