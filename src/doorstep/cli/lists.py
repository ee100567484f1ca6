"""`doorstep import FILE`: a household list into the register."""

from __future__ import annotations

from pathlib import Path

import click

from doorstep.cli.screen import print_json, progress, start_django


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--compound", default="", help="The compound, where the list itself does not name it.")
@click.option("--dry-run", is_flag=True, help="Show what would change; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def import_list(file: Path, compound: str, dry_run: bool, as_json: bool) -> None:
    """Bring in a household list (XLSX, XLS, ODS, CSV). Good rows go in, bad rows come back in a file beside it."""
    start_django()
    from django.utils import timezone

    from doorstep.register import actions

    now = timezone.now()
    home = actions.ensure_compound(compound) if compound else None
    with progress("reading") as report:
        preview = actions.preview_list(file.read_bytes(), file.name, compound=home, at=now)
        report(0.5, "writing")
        if not dry_run:
            actions.apply_import(preview, at=now)
    bad_file = ""
    if preview.bad_file:
        bad = file.with_name(f"{file.stem}-to-mend.xlsx")
        with preview.bad_file.open("rb") as handle:
            bad.write_bytes(handle.read())
        bad_file = str(bad)
    if as_json:
        print_json({"file": str(file), "state": str(preview.state), "counts": preview.counts, "to_mend": bad_file})
        return
    for name, count in preview.counts.items():
        click.echo(f"{name}: {count}")
    if bad_file:
        click.echo(f"▲ rows to mend: {bad_file}")
