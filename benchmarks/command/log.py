"""Twenty writers in one log: `scripts/with-postgres python -m benchmarks.command.log`; without PostgreSQL it runs on SQLite.

First at a pace of 200 entries a minute in all, then as fast as they can; every tenth entry is sent twice, as after a
lost answer. Prints the times to an answer, and whether each entry stands in the log once, in one order without a gap,
with a chain that holds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from uuid import uuid4

from benchmarks.phone.load import Measured, _free_port, _until_up

TIMEOUT = 60


class Writer:
    """One writer with a key of their own and one connection that is kept."""

    def __init__(self, port: int, key: str, dice: random.Random) -> None:
        self.port, self.key, self.dice = port, key, dice
        self.sent: list[str] = []
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def write(self, measured: Measured) -> None:
        """Write one entry; now and then once more, as if the answer had been lost."""
        name = str(uuid4())
        kind = self.dice.choice(["report", "instruction", "question"])
        body = json.dumps({"id": name, "kind": kind, "text": f"第 {len(self.sent) + 1} 条 {name}", "to": ["role:desk"]})
        if await self._ask(body.encode(), measured):
            self.sent.append(name)
        if self.dice.random() < 0.1:
            await self._ask(body.encode(), Measured())

    async def _ask(self, body: bytes, measured: Measured) -> bool:
        started = time.perf_counter()
        try:
            status, content = await asyncio.wait_for(self._post(body), TIMEOUT)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            self.streams = None
            measured.errors.append(repr(error))
            return False
        measured.seconds.append(time.perf_counter() - started)
        if status != 200:
            measured.errors.append(f"{status} {content[:200]!r}")
        return status == 200

    async def _post(self, body: bytes) -> tuple[int, bytes]:
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        head = (
            f"POST /api/v1/log HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()
        first = await reader.readline()
        if not first:
            raise ConnectionResetError("closed before an answer")
        length = 0
        while (line := await reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return int(first.split()[1]), await reader.readexactly(length)


async def paced(writers: list[Writer], a_minute: int, seconds: float, measured: Measured) -> None:
    """All writers together at this pace, at uneven moments."""
    pause = 60 * len(writers) / a_minute
    end = time.monotonic() + seconds

    async def work(writer: Writer) -> None:
        await asyncio.sleep(writer.dice.uniform(0, pause))
        while time.monotonic() < end:
            begun = time.monotonic()
            await writer.write(measured)
            await asyncio.sleep(max(0.0, pause - (time.monotonic() - begun)))

    await asyncio.gather(*(work(writer) for writer in writers))
    for writer in writers:
        writer.streams = None


async def flat_out(writers: list[Writer], entries: int, measured: Measured) -> None:
    """Each writer writes one entry after the other, without a pause."""

    async def work(writer: Writer) -> None:
        for _ in range(entries):
            await writer.write(measured)

    await asyncio.gather(*(work(writer) for writer in writers))
    for writer in writers:
        writer.streams = None


def main() -> int:
    reads = argparse.ArgumentParser(description=__doc__)
    reads.add_argument("--writers", type=int, default=20)
    reads.add_argument("--seconds", type=float, default=60)
    reads.add_argument("--a-minute", type=int, default=200)
    reads.add_argument("--entries", type=int, default=50, help="of each writer, as fast as they can")
    asked = reads.parse_args()
    with tempfile.TemporaryDirectory(prefix="doorstep-log-") as folder:
        environment = {**os.environ, "DOORSTEP_DATA": folder, "DJANGO_SETTINGS_MODULE": "doorstep.web.settings"}
        environment.setdefault("DOORSTEP_LOG", "ERROR")
        site = [sys.executable, "-m", "benchmarks.command.site"]
        made = subprocess.run([*site, "seed", str(asked.writers)], env=environment, stdout=subprocess.PIPE, check=True)
        keys = json.loads(made.stdout)
        port = _free_port()
        up = [sys.executable, "-m", "doorstep", "up", "--port", str(port), "--no-browser"]
        server = subprocess.Popen(up, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
        try:
            _until_up(port)
            writers = [Writer(port, key, random.Random(number)) for number, key in enumerate(keys)]
            run(asked, writers)
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(timeout=30)
        sent = [name for writer in writers for name in writer.sent]
        return subprocess.run([*site, "check"], env=environment, input=json.dumps(sent).encode()).returncode


def run(asked: argparse.Namespace, writers: list[Writer]) -> None:
    """Warm, paced, flat out; prints each."""
    asyncio.run(flat_out(writers, 1, Measured()))
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    measured = Measured()
    asyncio.run(paced(writers, asked.a_minute, asked.seconds, measured))
    print(measured.line(f"{asked.a_minute} a minute"), flush=True)
    hasty = Measured()
    started = time.perf_counter()
    asyncio.run(flat_out(writers, asked.entries, hasty))
    print(hasty.line("flat out"), f" {len(hasty.seconds) / (time.perf_counter() - started):.0f} a second")
    for error in [*measured.errors, *hasty.errors][:3]:
        print(f"  {error}")


if __name__ == "__main__":
    raise SystemExit(main())
