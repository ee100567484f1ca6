"""`doorstep up`: the database made, the server and the job runner started and watched."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import webbrowser
from dataclasses import dataclass, field
from pathlib import Path

import click

from doorstep.cli.screen import start_django
from doorstep.errors import FaultError, UserError

STARTED = time.monotonic()


@dataclass
class Child:
    """A process that is kept alive; one that falls over three times within a minute ends the whole."""

    name: str
    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    falls: list[float] = field(default_factory=list)

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, env=self.environment)

    def watch(self) -> None:
        """Start again what has ended. Raises FaultError when it will not stay up."""
        assert self.process is not None
        if self.process.poll() is None:
            return
        now = time.monotonic()
        self.falls = [*(fall for fall in self.falls if now - fall < 60), now]
        if len(self.falls) >= 3:
            raise FaultError(f"{self.name} ended three times within a minute (code {self.process.returncode})")
        click.echo(f"· {self.name} ended (code {self.process.returncode}); starting it again", err=True)
        self.start()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=8)
            except subprocess.TimeoutExpired:
                self.process.kill()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--exercise", "exercise_name", default="", help="Load this exercise when it is not there yet.")
@click.option("--workers", type=click.IntRange(1, 64), default=None, help="Server processes (default: one a core).")
@click.option("--browser/--no-browser", default=True, help="Open the page where there is a screen.")
def up(host: str, port: int, exercise_name: str, workers: int | None, browser: bool) -> None:
    """Make or bring up to date the database, start the server and the job runner, and keep both alive."""
    _port_is_free(host, port)
    start_django()
    from django.conf import settings
    from django.utils import timezone

    from doorstep.board.jobs import schedule as schedule_board
    from doorstep.command.jobs import schedule as schedule_changes
    from doorstep.command.sending.jobs import schedule as schedule_telling
    from doorstep.desk.mailbox import schedule as schedule_mailbox
    from doorstep.exercise.load import load_once, logins
    from doorstep.firststeps.actions import make_link
    from doorstep.promises.jobs import schedule
    from doorstep.rounds.jobs import get_ready
    from doorstep.rounds.jobs import schedule as schedule_rounds

    if exercise_name:
        loaded = load_once(exercise_name)
        if loaded.is_new:
            click.echo(f"· exercise {exercise_name} loaded: {loaded.households} households, {loaded.persons} persons")
    schedule()
    schedule_rounds()
    schedule_mailbox()
    schedule_changes()
    schedule_board()
    schedule_telling()
    get_ready()
    token = make_link(at=timezone.now())
    sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "doorstep.web.settings", "DOORSTEP_LOG": _log_level()}
    environment["PROMETHEUS_MULTIPROC_DIR"] = _empty_folder(settings.DATA / "metrics")
    server = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    server += ["--workers", str(workers or max(2, os.cpu_count() or 1)), "--log-level", "warning"]
    server += ["--blocking-threads", "1" if sqlite else "4", "--respawn-failed-workers", "--no-ws"]
    server += ["doorstep.web.wsgi:application"]
    children = [
        Child("the server", server, environment),
        Child("the job runner", [sys.executable, "-m", "django", "qcluster"], environment),
    ]
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        for child in children:
            child.start()
        url = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"
        _wait_until_it_answers(url, children)
        begin = f"{url}/first-steps/open/{token}/" if token else ""
        _greet(url, begin, logins(), settings.DATABASES["default"], browser)
        while True:
            time.sleep(1)
            for child in children:
                child.watch()
    except KeyboardInterrupt:
        click.echo("\n· stopping", err=True)
    finally:
        for child in children:
            child.stop()


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """Django's own commands (migrate, shell, createsuperuser, …) on this installation."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(["doorstep manage", *arguments])


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _empty_folder(folder: Path) -> str:
    """A folder without the figures of the last run; the server's processes write theirs into it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return str(folder)


def _log_level() -> str:
    return os.environ.get("DOORSTEP_LOG") or "WARNING"


def _port_is_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise UserError(
                f"Port {port} on {host} is taken ({error.strerror}).",
                field="--port",
                mend=f"Choose another: PORT={port + 1} make run, or doorstep up --port {port + 1}.",
            ) from error


def _wait_until_it_answers(url: str, children: list[Child]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2):
                return
        except OSError:
            for child in children:
                child.watch()
            time.sleep(0.1)
    raise FaultError("The server did not answer within a minute; run with DOORSTEP_LOG=INFO to see why.")


def _greet(url: str, begin: str, logins: list[tuple[str, str, str]], database: dict[str, str], browser: bool) -> None:
    click.echo(f"\n  Doorstep 到户   {url}     ready in {time.monotonic() - STARTED:.1f} s")
    click.echo(f"  database        {database['NAME']}")
    if logins:
        click.echo("  sign in as      (an exercise: invented people)")
        for login, password, duty in logins:
            click.echo(f"    {login:<14}{password:<18}{duty}")
    if begin:
        click.echo(
            "  first steps     nobody has an account yet; this link, for you alone, leads through the first steps:"
        )
        click.echo(f"    {begin}")
    click.echo("  stop            Ctrl-C\n")
    if browser and (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform in ("darwin", "win32")
    ):
        webbrowser.open(begin or url)
