"""`doorstep journal verify`."""

from __future__ import annotations

import click

from doorstep.cli.screen import print_json, start_django


@click.group()
def journal() -> None:
    """The journal of every act."""


@journal.command()
@click.option("--json", "as_json", is_flag=True)
def verify(as_json: bool) -> None:
    """Follow the chain of hashes; a row changed by hand is named."""
    start_django()
    from doorstep.command.chain import broken_links
    from doorstep.command.models import JournalEntry

    broken = broken_links()
    count = JournalEntry.objects.count()
    if as_json:
        print_json({"entries": count, "broken": broken})
    elif broken:
        click.echo(f"✕ {len(broken)} of {count} entries do not hold: {', '.join(map(str, broken[:20]))}", err=True)
    else:
        click.echo(f"● {count} entries, the chain holds")
    if broken:
        raise SystemExit(2)
