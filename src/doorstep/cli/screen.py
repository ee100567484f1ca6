"""What commands print: progress on stderr for what takes over a second, one JSON object on stdout, nothing else."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


class Report(Protocol):
    """Takes (done between 0 and 1, what is being done)."""

    def __call__(self, done: float, text: str) -> None: ...


@contextmanager
def progress(title: str) -> Iterator[Report]:
    """A bar on a terminal; plain lines, at most one in two seconds, elsewhere. Always on stderr."""
    console = Console(stderr=True)
    if console.is_terminal:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(title, total=1.0)

            def move(done: float, text: str) -> None:
                bar.update(task, completed=done, description=text or title)

            yield move
        return
    said = [time.monotonic()]

    def say(done: float, text: str) -> None:
        if time.monotonic() - said[0] > 2:
            said[0] = time.monotonic()
            click.echo(f"· {text or title} {done:.0%}", err=True)

    yield say


def print_json(value: Any) -> None:
    """One JSON object on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def start_django(*, migrate: bool = True) -> None:
    """Set Django up and bring the database to its newest form."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.web.settings")
    os.environ.setdefault("DOORSTEP_LOG", "WARNING")
    django.setup()
    if migrate:
        from doorstep.storage.fresh import bring_up_to_date

        bring_up_to_date()


def table(headings: list[str], rows: list[list[Any]]) -> None:
    """A plain table on stdout, wide characters aligned."""
    from rich.table import Table

    shown = Table(*headings, box=None, pad_edge=False)
    for row in rows:
        shown.add_row(*["" if cell is None else str(cell) for cell in row])
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160).print(shown)
