"""`doorstep protocol list|show|check|add`."""

from __future__ import annotations

from pathlib import Path

import click

from doorstep import protocol as rules
from doorstep.cli.screen import print_json, table
from doorstep.storage.settings import data_folder


@click.group()
def protocol() -> None:
    """The rules as data: list them, read one, check a file of your own, and add it."""
    rules.use_folder(data_folder() / "protocols")


@protocol.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def list_protocols(as_json: bool) -> None:
    """The protocols that come with Doorstep, and those you added."""
    found = [rules.shipped(code) for code in rules.shipped_ids()]
    if as_json:
        print_json({"protocols": [{"id": p.id, "title": p.title, "hazard": p.hazard} for p in found]})
        return
    table(["id", "中文", "English"], [[p.id, p.title["zh"], p.title["en"]] for p in found])


@protocol.command("show")
@click.argument("which")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The whole file as one JSON object.")
def show(which: str, lang: str, as_json: bool) -> None:
    """A protocol in plain words. WHICH is an id or a file."""
    found = rules.find(which)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    click.echo(rules.describe(found, lang))


@protocol.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def check(file: Path, as_json: bool) -> None:
    """Check a protocol file; each problem names the key and the mend."""
    problems = rules.check(file)
    if as_json:
        print_json(
            {"file": str(file), "problems": [{"key": p.key, "message": p.message, "mend": p.mend} for p in problems]}
        )
    else:
        for problem in problems:
            click.echo(f"✕ {problem.key}: {problem.message}\n  → {problem.mend}", err=True)
        if not problems:
            click.echo(f"● {file}: in order")
    if problems:
        raise SystemExit(2)


@protocol.command("add")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def add(file: Path, as_json: bool) -> None:
    """Add a protocol file of your own: incidents can then be opened under its id. Adding it again changes nothing."""
    found = rules.add(file, data_folder() / "protocols")
    if as_json:
        print_json({"id": found.id, "title": found.title})
    else:
        click.echo(f"● {found.id}: {found.title['en']}")
