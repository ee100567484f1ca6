"""`doorstep up` on an empty installation prints the one link that leads in."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def started(tmp_path):
    """The lines that `doorstep up` prints, to the last of its greeting; it is stopped afterwards."""
    environment = {**os.environ, "DOORSTEP_DATA": str(tmp_path / "data"), "DOORSTEP_DATABASE": "", "DOORSTEP_JOBS": ""}
    command = [sys.executable, "-m", "doorstep", "up", "--no-browser", "--workers", "1", "--port", str(a_free_port())]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if line.strip().startswith("stop"):
            break
    yield lines
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)


def test_the_link_of_the_terminal_opens_the_first_step_and_no_other_address_does(started):
    link = next(line for line in started if "/first-steps/open/" in line)
    visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    assert "Choose the language of the pages." in visitor.open(link).read().decode()
    stranger = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    page = stranger.open(link.split("open/")[0] + "open/guessed/").read().decode()
    assert "doorstep up" in page
    assert "Choose the language" not in page
