"""`doorstep journal verify`."""

from __future__ import annotations

import click

from doorstep.cli.screen import print_json, start_django

WORDS = {
    "changed": "changed after it was written: {facts}",
    "missing": "taken out: {facts}",
    "unlinked": "not linked to the entry before it",
    "apart": "not the entry of the anchor",
    "cut": "cut off: the journal ends at {facts}",
    "log_changed": "{facts} is not what the journal keeps of it",
    "log_missing": "its entry of the log is gone",
    "log_unknown": "{facts} was put in by hand",
    "plan_changed": "signed {facts} is not what was signed",
    "plan_missing": "its signed plan is gone",
}


@click.group()
def journal() -> None:
    """The journal of every act."""


@journal.command()
@click.option(
    "--anchor", "anchors", multiple=True, help="A link written down elsewhere (number:hash); may be repeated."
)
@click.option("--json", "as_json", is_flag=True)
def verify(anchors: tuple[str, ...], as_json: bool) -> None:
    """Follow the chain of hashes; a row changed, taken out or cut off by hand is named, and what differs."""
    start_django()
    from doorstep.command.chain import Anchor, faults
    from doorstep.command.models import JournalEntry

    found = faults([Anchor.read(text) for text in anchors])
    count = JournalEntry.objects.count()
    if as_json:
        lines = [{"sequence": one.sequence, "what": one.what, "facts": list(one.facts)} for one in found]
        print_json({"entries": count, "broken": sorted({one.sequence for one in found}), "faults": lines})
    elif found:
        click.echo(f"✕ {len(found)} faults in {count} entries:", err=True)
        for one in found[:20]:
            click.echo(f"  {one.sequence}  {WORDS[one.what].format(facts=', '.join(one.facts) or '?')}", err=True)
    else:
        click.echo(f"● {count} entries, the chain holds")
    if found:
        raise SystemExit(2)


@journal.command()
def anchor() -> None:
    """Print the newest link of the chain (number:hash), to be kept outside the database."""
    start_django()
    from doorstep.command.journal import newest

    sequence, digest = newest()
    click.echo(f"{sequence}:{digest}")
