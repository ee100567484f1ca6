"""Many phones against one server as `doorstep up` runs it: `scripts/with-postgres python -m benchmarks.phone.load`.

Bursts (every phone sends in the same instant) and a sustained load (each phone thinks between two requests). A part of
the requests is sent twice, as a phone does that lost the answer. Prints the times to an answer, errors, and whether
the database holds each act once. Without DOORSTEP_DATABASE it runs on SQLite.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

TIMEOUT = 60


@dataclass
class Measured:
    """Seconds to each answer, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    waiting: int = 0  # answered "kept", carried out a moment later

    def line(self, name: str) -> str:
        times = sorted(1000 * value for value in self.seconds) or [0.0]

        def at(share: float) -> float:
            return times[min(len(times) - 1, int(share * len(times)))]

        figures = f"p50 {at(0.5):6.0f}  p95 {at(0.95):6.0f}  p99 {at(0.99):6.0f}  max {times[-1]:6.0f} ms"
        return f"{name:<12} {len(self.seconds):6} requests  {figures}  errors {len(self.errors)}  kept {self.waiting}"


class Phone:
    """One phone: its stops still to visit, its connection, its acts."""

    def __init__(self, port: int, facts: dict[str, Any], dice: random.Random) -> None:
        self.port, self.secret, self.stops, self.dice = port, facts["secret"], list(facts["stops"]), dice
        self.sequence, self.version = 0, ""
        self.visits: list[str] = []
        self.undos: list[str] = []
        self.last: bytes | None = None
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    def acts(self, most: int) -> list[dict[str, Any]]:
        """One to five acts: knocks at the next doors, now and then one taken back."""
        made = []
        for _ in range(self.dice.randint(1, most)):
            if not self.stops:
                break
            if self.visits and self.dice.random() < 0.05 and self.visits[-1] not in self.undos:
                self.undos.append(self.visits[-1])
                made.append(self.act("undo", {"visit": self.visits[-1]}))
                continue
            stop = self.stops.pop(0)
            outcome = "opened" if self.dice.random() < 0.9 else "no_answer"
            handed = ["kit:living", "letter"] if outcome == "opened" else []
            body = {"door": stop["door"], "stop": stop["id"], "outcome": outcome, "handed": handed, "welfare": {}}
            made.append(self.act("visit", body))
            self.visits.append(made[-1]["id"])
        return made

    def act(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        self.sequence += 1
        now = datetime.now(UTC).isoformat()
        return {"id": str(uuid4()), "seq": self.sequence, "kind": kind, "at": now, "device_at": now, "body": body}

    async def sync(self, acts: list[dict[str, Any]], measured: Measured) -> None:
        """Send acts and measure; every answer must say that each is done, or kept and waiting: then it asks again."""
        body = json.dumps({"acts": acts, "version": self.version}).encode()
        answer = await self.post(body, measured)
        if answer is None:
            return
        self.version, self.last = answer["version"], body
        states = {one["status"] for one in answer["answers"]}
        measured.waiting += "waiting" in states
        if not states <= {"done", "waiting"}:
            measured.errors.append(str(answer["answers"]))

    async def again(self, measured: Measured) -> None:
        """Send the last request once more, as if its answer had been lost."""
        if self.last is not None:
            await self.post(self.last, measured)

    async def post(self, body: bytes, measured: Measured) -> Any:
        started = time.perf_counter()
        try:
            kept = self.streams is not None
            try:
                status, content = await asyncio.wait_for(self._post(body), TIMEOUT)
            except ConnectionError:
                if not kept:
                    raise
                self.streams = None  # the server had closed an idle connection: a browser opens another, too
                status, content = await asyncio.wait_for(self._post(body), TIMEOUT)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            measured.errors.append(repr(error))
            self.streams = None
            return None
        measured.seconds.append(time.perf_counter() - started)
        if status != 200:
            measured.errors.append(f"{status} {content[:200]!r}")
            return None
        return json.loads(content)

    async def _post(self, body: bytes) -> tuple[int, bytes]:
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        head = (
            f"POST /rounds/phone/sync HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAuthorization: Pass {self.secret}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()
        first = await reader.readline()
        if not first:
            raise ConnectionResetError("closed before an answer")
        status = int(first.split()[1])
        length = 0
        while (line := await reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return status, await reader.readexactly(length)

    def hang_up(self) -> None:
        if self.streams is not None:
            self.streams[1].close()
            self.streams = None


async def burst(phones: list[Phone], measured: Measured) -> None:
    """Every phone sends in the same instant, on a new connection."""
    batches = [phone.acts(5) for phone in phones]
    for phone in phones:
        phone.hang_up()
    await asyncio.gather(*(phone.sync(batch, measured) for phone, batch in zip(phones, batches, strict=True)))
    await asyncio.gather(*(phone.again(Measured()) for phone in phones[::5]))


async def sustained(phones: list[Phone], seconds: float, think: float, measured: Measured) -> None:
    """Each phone sends, thinks, sends; every tenth request is sent twice."""
    end = time.monotonic() + seconds

    async def walk(phone: Phone) -> None:
        await asyncio.sleep(phone.dice.uniform(0, think))
        while time.monotonic() < end and phone.stops:
            await phone.sync(phone.acts(5 if phone.dice.random() < 0.1 else 2), measured)
            if phone.dice.random() < 0.1:
                await phone.again(measured)
            await asyncio.sleep(phone.dice.uniform(0.5 * think, 1.5 * think))

    await asyncio.gather(*(walk(phone) for phone in phones))


def main() -> None:
    reads = argparse.ArgumentParser(description=__doc__)
    reads.add_argument("--phones", type=int, default=200)
    reads.add_argument("--doors", type=int, default=40, help="doors of a round")
    reads.add_argument("--bursts", type=int, default=3)
    reads.add_argument("--seconds", type=float, default=60)
    reads.add_argument("--think", type=float, default=10, help="seconds between two requests of a phone, on average")
    reads.add_argument("--workers", type=int, default=0, help="processes of the server (as `doorstep up` chooses)")
    asked = reads.parse_args()
    with tempfile.TemporaryDirectory(prefix="doorstep-phones-") as folder:
        environment = {**os.environ, "DOORSTEP_DATA": folder, "DJANGO_SETTINGS_MODULE": "doorstep.web.settings"}
        environment.setdefault("DOORSTEP_LOG", "WARNING")
        seed = [sys.executable, "-m", "benchmarks.phone.site", str(asked.phones), str(asked.doors)]
        facts = json.loads(subprocess.run(seed, env=environment, stdout=subprocess.PIPE, check=True).stdout)
        port = _free_port()
        up = [sys.executable, "-m", "doorstep", "up", "--port", str(port), "--no-browser"]
        up += ["--workers", str(asked.workers)] if asked.workers else []
        server = subprocess.Popen(up, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
        try:
            _until_up(port)
            run(asked, port, facts, environment)
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(timeout=30)


def run(asked: argparse.Namespace, port: int, facts: dict[str, Any], environment: dict[str, str]) -> None:
    phones = [Phone(port, line, random.Random(number)) for number, line in enumerate(facts["phones"])]
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    asyncio.run(_warm(phones[:8]))
    for number in range(asked.bursts):
        measured = Measured()
        started = time.perf_counter()
        asyncio.run(_one(burst(phones, measured), phones))
        print(measured.line(f"burst {number + 1}"), f" all in {time.perf_counter() - started:.1f} s", flush=True)
        _tell(measured)
    measured = Measured()
    asyncio.run(_one(sustained(phones, asked.seconds, asked.think, measured), phones))
    print(measured.line("sustained"), f" {len(measured.seconds) / asked.seconds:.0f} a second", flush=True)
    _tell(measured)
    started = time.perf_counter()
    asyncio.run(_settle(phones))
    print(f"everything carried out {time.perf_counter() - started:.1f} s after the last request")
    print(f"load after: {os.getloadavg()[0]:.1f}")
    made = {"visits": [v for p in phones for v in p.visits], "undos": sum(len(p.undos) for p in phones)}
    check = [sys.executable, "-m", "benchmarks.phone.check"]
    subprocess.run(check, env=environment, input=json.dumps(made).encode(), check=True)


async def _one(act: Any, phones: list[Phone]) -> None:
    await act
    for phone in phones:
        phone.hang_up()


async def _settle(phones: list[Phone]) -> None:
    """Each phone asks again, as the app does, until all its acts are carried out."""

    async def ask(phone: Phone) -> None:
        while phone.last is not None:
            answer = await phone.post(phone.last, Measured())
            if answer is not None and all(one["status"] == "done" for one in answer["answers"]):
                return
            await asyncio.sleep(phone.dice.uniform(1, 4))

    await asyncio.gather(*(ask(phone) for phone in phones))
    for phone in phones:
        phone.hang_up()


async def _warm(phones: list[Phone]) -> None:
    """Each process of the server has loaded what it needs."""
    for _ in range(3):
        await asyncio.gather(*(phone.sync([], Measured()) for phone in phones))
    for phone in phones:
        phone.hang_up()


def _tell(measured: Measured) -> None:
    for error in measured.errors[:3]:
        print(f"  {error}")


def _until_up(port: int) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server does not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
