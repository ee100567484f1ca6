"""kill -9 while a phone syncs, again and again: every acknowledged act is there, none is there twice.

DOORSTEP_KILLS says how often (the suite: 20).
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from uuid import uuid4

import pytest
from faults.site import Site, until

pytestmark = pytest.mark.faults
KILLS = int(os.environ.get("DOORSTEP_KILLS", "20"))


class LightSite(Site):
    """An installation whose server is a fork of a loaded process: it is back a moment after its death."""

    def seeded(self, doors: int, module: str) -> dict[str, object]:
        command = [sys.executable, "-m", "faults.light", str(doors), str(self.port)]
        self.parent = subprocess.Popen(
            command,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        return self.told()

    def told(self, order: str = ""):
        if order:
            self.parent.stdin.write(order + "\n")
            self.parent.stdin.flush()
        return json.loads(self.parent.stdout.readline())

    def close(self) -> None:
        os.killpg(self.parent.pid, signal.SIGKILL)
        self.parent.wait()
        self.parent.stdin.close()
        self.parent.stdout.close()
        super().close()


class Phone(threading.Thread):
    """A phone with an outbox: it makes acts, sends the oldest few, and forgets one only when it was acknowledged."""

    def __init__(self, site: LightSite) -> None:
        super().__init__(daemon=True)
        self.site, self.dice, self.stop = site, random.Random(7), threading.Event()
        self.outbox: list[dict[str, object]] = []
        self.made: list[dict[str, object]] = []
        self.acknowledged: list[str] = []
        self.statuses: set[str] = set()
        self.unanswered = 0

    def run(self) -> None:
        while not self.stop.is_set():
            while len(self.outbox) < 6:
                self.make()
            self.send()

    def make(self) -> None:
        number = len(self.made)
        if number % 3 == 2:
            body: dict[str, object] = {"visit": self.made[number - 1]["id"]}
            kind = "undo"
        else:
            stop = self.site.facts["stops"][number % len(self.site.facts["stops"])]
            body = {"door": stop["door"], "stop": stop["id"], "outcome": "opened", "handed": ["kit:living"]}
            kind = "visit"
        act = {"id": str(uuid4()), "seq": number + 1, "kind": kind, "at": "2021-12-08T04:30:00+08:00", "body": body}
        self.made.append(act)
        self.outbox.append(act)

    def send(self) -> None:
        batch = self.outbox[: self.dice.randint(1, 5)]
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.site.port}/rounds/phone/sync",
            json.dumps({"acts": batch, "version": ""}).encode(),
            {"Authorization": f"Pass {self.site.facts['secret']}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                answers = json.load(answer)["answers"]
        except (OSError, ValueError):  # no server, half an answer: the acts stay in the outbox
            self.unanswered += 1
            time.sleep(0.005)
            return
        self.statuses.update(one["status"] for one in answers)
        done = [one["id"] for one in answers]
        self.acknowledged += done
        self.outbox = [act for act in self.outbox if act["id"] not in done]


@pytest.fixture
def site():
    made = LightSite(doors=24)
    yield made
    made.close()


def test_every_acknowledged_act_outlives_the_server_and_none_is_done_twice(site):
    phone, dice = Phone(site), random.Random(1)
    server = site.told("serve")
    until(lambda: site.answers("/healthz"), "the server answers")
    phone.start()
    for _ in range(KILLS):
        heard = len(phone.acknowledged)
        until(lambda heard=heard: len(phone.acknowledged) > heard, "the phone was heard since the last death")
        time.sleep(dice.uniform(0, 0.06))  # somewhere in the life of a request
        os.kill(server, signal.SIGKILL)
        server = site.told("serve")
    phone.stop.set()
    phone.join(timeout=60)
    while phone.outbox:
        phone.send()
    held = site.told("facts")
    made = {act["id"] for act in phone.made}
    knocks = {act["id"] for act in phone.made if act["kind"] == "visit"}
    assert phone.statuses == {"done"}
    assert phone.unanswered > 0
    assert set(phone.acknowledged) == made
    assert sorted(held["acts"]) == sorted(made)
    assert sorted(held["visits"]) == sorted(knocks)
    assert held["journal"] == len(knocks)
    assert held["undone"] == held["undos"] == len(made) - len(knocks)
    assert (held["conflicts"], held["unproved"], held["broken_links"]) == (0, 0, [])
