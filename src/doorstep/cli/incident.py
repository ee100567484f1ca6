"""`doorstep incident list|export|import`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from doorstep.cli.screen import print_json, progress, start_django, table
from doorstep.errors import UserError

if TYPE_CHECKING:
    from doorstep.command.models import Incident


def find_incident(name: str) -> Incident:
    """The incident of this number, name or exercise; the newest one for "". Raises UserError that names those there are."""
    from doorstep.command.models import Incident

    every = Incident.objects.order_by("-trigger_at", "-pk")
    found = every.filter(pk=int(name)) if name.isdecimal() and len(name) < 10 else every
    if name and not name.isdecimal():
        found = every.filter(name=name) | every.filter(exercise=name)
    first = found.first()
    if first is None:
        there = ", ".join(f"{one.pk} {one.name}" for one in every[:5]) or "none"
        raise UserError(f"There is no incident {name}.", field="incident", mend=f"There are: {there}.")
    return first


@click.group()
def incident() -> None:
    """Whole incidents: out in open formats, in again elsewhere."""


@incident.command("list")
def list_incidents() -> None:
    """The incidents of this installation."""
    start_django()
    from doorstep.command.models import Incident

    rows = [[one.pk, one.name, one.protocol_id, one.get_state_display()] for one in Incident.objects.order_by("pk")]
    table(["number", "name", "protocol", "state"], rows)


@incident.command("export")
@click.argument("name", default="")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The ZIP to write.")
@click.option("--purpose", required=True, help="What it is for; the journal and the archive keep it.")
@click.option("--by", "who", default="operator", show_default=True, help="Who asks for it.")
@click.option("--study", is_flag=True, help="Without names, phones and words of people.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def export_incident(name: str, out: Path, purpose: str, who: str, study: bool, as_json: bool) -> None:
    """Write an incident (its number, name or exercise; the newest by default) with all its tables into a ZIP."""
    start_django()
    from django.utils import timezone

    from doorstep.command import journal
    from doorstep.report.archive.writing import Asked, write_archive

    found = find_incident(name)
    if not purpose.strip():
        raise UserError("The purpose is missing.", field="--purpose", mend="Say who will have it and why.")
    if not out.parent.is_dir():
        raise UserError(f"{out.parent} is no folder.", field="--out", mend="Make the folder first.")
    half = out.with_name(out.name + ".part")
    asked = Asked(who, timezone.now(), purpose.strip(), not study)
    facts: dict[str, Any] = {"purpose": asked.purpose, "names": asked.names, "who": who}
    journal.record("export_incident", incident=found, occurred_at=found.now(), label=found.name, **facts)
    try:
        with progress(found.name) as report:
            manifest = write_archive(found, half, asked, told=lambda done: report(done, found.name))
        half.replace(out)
    finally:
        half.unlink(missing_ok=True)
    rows = sum(part["rows"] for part in manifest["tables"].values())
    if as_json:
        print_json({"file": str(out), "identity": manifest["identity"], "rows": rows, "names": asked.names})
        return
    click.echo(f"● {out}: {rows} rows of {found.name}{', without names' if study else ''}")


@incident.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--purpose", default="", help="What it is for; the journal keeps it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def import_incident(file: Path, purpose: str, as_json: bool) -> None:
    """Bring an incident in from an archive; one that is here already stays as it is."""
    start_django()
    from django.utils import timezone

    from doorstep.report.archive.reading import bring_in

    with progress(file.name) as report:
        told = bring_in(file, at=timezone.now(), by=None, purpose=purpose, told=lambda done: report(done, file.name))
    if as_json:
        print_json({"incident": told.incident.pk, "name": told.incident.name, "new": told.is_new, "rows": told.rows})
        return
    state = f"brought in with {told.rows} rows" if told.is_new else "is here already"
    click.echo(f"● {told.incident.name} {state}; its number is {told.incident.pk}")
