"""`python -m benchmarks.phone.app`: the carrier's app on a slow phone: from the last tap of a visit to the next door.

A server with the Gulou exercise, one carrier with all doors, Chromium with a CPU four times slower (`--slower`),
`--doors` visits of which every fifth finds nobody; half of them without a network. Also: taps a visit, bytes of the
shell over the wire (gzip, as served).
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from typing import Any
from urllib.request import urlopen

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
# From the tap until the frame that shows another door has been drawn.
LAST_TAP = """(selector) => new Promise((done) => {
  const watch = new MutationObserver(() => {
    if (!document.querySelector(".undo") || !document.querySelector("[data-outcome], #go")) return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - from), 0));
  });
  watch.observe(document.getElementById("screen"), { childList: true, subtree: true });
  const button = document.querySelector(selector);
  const from = performance.now();
  button.click();
})"""


def secret_of_everything() -> str:
    """Plan all doors for one carrier in the database of DOORSTEP_DATA, and make a pass for that round."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "doorstep.web.settings"
    os.environ["DOORSTEP_JOBS"] = "sync"
    django.setup()
    from doorstep.command.models import Area, Incident, Member
    from doorstep.rounds.actions import request_plan, run_plan
    from doorstep.rounds.demand import CarrierLine
    from doorstep.rounds.models import Round
    from doorstep.rounds.passes import make_pass

    incident = Incident.objects.get()
    at = incident.now()
    until = at + timedelta(hours=30)
    carrier = Member.objects.get(user__username="carrier1")
    plan = request_plan(
        incident,
        list(incident.areas.filter(state=Area.State.IN_FORCE)),
        at,
        until,
        carriers=[CarrierLine(carrier.pk, carrier.name, at, until)],
        at=at,
    )
    run_plan(plan.pk)
    walk = Round.objects.get(plan=plan, carrier=carrier)
    return make_pass(incident, carrier, walk.carrier_name, by=None, at=at)[1]


def serve(data: str, port: int) -> subprocess.Popen[bytes]:
    """The product as it is started by hand, ready to answer."""
    command = [sys.executable, "-m", "doorstep", "up", "--port", str(port), "--exercise", "gulou-2021", "--no-browser"]
    server = subprocess.Popen(command, env={**os.environ, "DOORSTEP_DATA": data}, stdout=subprocess.DEVNULL)
    for _ in range(600):
        try:
            urlopen(f"http://127.0.0.1:{port}/healthz")
            return server
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def weigh(port: int) -> tuple[int, int]:
    """The shell over the wire: (bytes of bodies and headers, files), as a browser that takes gzip is served."""

    def get(path: str) -> bytes:
        line = http.client.HTTPConnection("127.0.0.1", port)
        line.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = line.getresponse()
        body = answer.read()
        sizes.append(len(body) + sum(len(name) + len(value) + 4 for name, value in answer.getheaders()) + 17)
        return body

    sizes: list[int] = []
    worker = gzip.decompress(get("/rounds/phone/sw.js")).decode()
    found = re.search(r"^const FILES = (.*);$", worker, re.M)
    assert found
    for path in json.loads(found[1]):
        get(path)
    return sum(sizes), len(sizes)


def walk(port: int, secret: str, doors: int, slower: float) -> dict[str, Any]:
    """Walk the round; milliseconds and taps of each visit."""
    from playwright.sync_api import sync_playwright

    times: list[float] = []
    taps: list[int] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        context = browser.new_context(viewport={"width": 360, "height": 740}, locale="zh-CN")
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{port}/rounds/phone/#t={secret}")
        page.wait_for_selector("#go, [data-outcome]")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
        for number in range(doors):
            if number == doors // 2:
                context.set_offline(True)
            if page.query_selector("#go"):
                page.click("#go")
            silent = number % 5 == 4
            if not silent:
                page.wait_for_selector('[data-outcome="opened"]')
                page.click('[data-outcome="opened"]')
                page.wait_for_selector("#well")
            times.append(page.evaluate(LAST_TAP, '[data-outcome="no_answer"]' if silent else "#well"))
            taps.append(1 if silent else 2)
            page.wait_for_timeout(400)  # a carrier is slower than this
        browser.close()
    times.sort()
    return {
        "visits": doors,
        "cpu_slower": slower,
        "ms_p50": round(statistics.median(times), 1),
        "ms_p95": round(times[int(0.95 * (len(times) - 1))], 1),
        "ms_most": round(times[-1], 1),
        "taps_mean": round(statistics.mean(taps), 2),
        "taps_most": max(taps),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--doors", type=int, default=40)
    options.add_argument("--slower", type=float, default=4.0)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as data, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        os.environ["DOORSTEP_DATA"] = data
        server = serve(data, port)
        try:
            size, files = weigh(port)
            print(json.dumps({"shell_bytes": size, "files": files}))
            print(json.dumps(walk(port, secret_of_everything(), asked.doors, asked.slower)))
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
