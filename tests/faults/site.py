"""A whole installation as processes of its own, to be killed: a server, a job runner, a database that stays."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

TESTS = Path(__file__).resolve().parent.parent
LEASE = 4  # seconds after which a job of a dead runner is taken up again


class Site:
    """An installation in a folder (or, where the suite runs on PostgreSQL, in a database of its own)."""

    def __init__(self, doors: int, module: str = "faults.seed") -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="doorstep-fault-")
        self.database = ""
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "DOORSTEP_JOBS"},
            "DOORSTEP_DATA": self.folder.name,
            "DOORSTEP_JOB_LEASE": str(LEASE),
            "DOORSTEP_LOG": "ERROR",
            "DJANGO_SETTINGS_MODULE": "doorstep.web.settings",
            "PYTHONPATH": os.pathsep.join([str(TESTS.parent / "src"), str(TESTS)]),
        }
        if url := os.environ.get("DOORSTEP_DATABASE"):
            self.database = f"doorstep_fault_{uuid4().hex[:8]}"
            self._on_server(f"CREATE DATABASE {self.database}")
            parts = urlsplit(url)
            self.environment["DOORSTEP_DATABASE"] = urlunsplit(parts._replace(path=f"/{self.database}"))
        self.running: list[subprocess.Popen[bytes]] = []
        self.port = _free_port()
        self.facts: dict[str, Any] = self.seeded(doors, module)

    def seeded(self, doors: int, module: str) -> dict[str, Any]:
        """Fill the database; what a test needs to know of it."""
        facts: dict[str, Any] = json.loads(self.run(module, doors))
        return facts

    def run(self, module: str, *arguments: object) -> str:
        """What a program of the tests prints, run on this installation."""
        command = [sys.executable, "-m", module, *map(str, arguments)]
        return subprocess.run(
            command, env=self.environment, stdout=subprocess.PIPE, check=True, timeout=240
        ).stdout.decode()

    def server(self) -> subprocess.Popen[bytes]:
        """Start the server and wait until it answers."""
        command = ["-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port)]
        process = self._start([*command, "--log-level", "error", "--no-ws", "doorstep.web.wsgi:application"])
        until(lambda: self.answers("/healthz"), "the server answers")
        return process

    def runner(self) -> subprocess.Popen[bytes]:
        """Start the job runner."""
        return self._start(["-m", "django", "qcluster"])

    def answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5):
                return True
        except OSError:
            return False

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the API with the seed's token. Raises OSError where the server does not answer."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.facts['token']}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()}") from error

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """kill -9 of a process and everything that it started."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.running.remove(process)

    def close(self) -> None:
        for process in list(self.running):
            self.kill(process)
        if self.database:
            self._on_server(f"DROP DATABASE {self.database} WITH (FORCE)")
        self.folder.cleanup()

    def _start(self, arguments: list[str]) -> subprocess.Popen[bytes]:
        command = [sys.executable, *arguments]
        process = subprocess.Popen(command, env=self.environment, start_new_session=True)
        self.running.append(process)
        return process

    def _on_server(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(os.environ["DOORSTEP_DATABASE"], autocommit=True) as connection:
            connection.execute(statement)


def until(holds: Callable[[], Any], what: str, *, seconds: float = 120, every: float = 0.02) -> Any:
    """Ask again and again until it holds; the bound only ends a test that would never end."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(every)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
