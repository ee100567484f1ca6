"""`doorstep watch`: who waits, at the command line."""

from __future__ import annotations

import click

from doorstep.cli.screen import print_json, start_django, table
from doorstep.errors import UserError


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
def watch(as_json: bool, lang: str) -> None:
    """The watch list of the open incident: every row is somebody who waits. Exit code 0, whatever it holds."""
    start_django()
    from dataclasses import asdict

    from django.utils import translation

    from doorstep.command.models import Incident
    from doorstep.wiring.contributions import contributions

    incident = Incident.objects.filter(state=Incident.State.OPEN).order_by("-trigger_at").first()
    if incident is None:
        raise UserError("No incident is open.", field="watch", mend="doorstep exercise load gulou-2021, or open one.")
    at = incident.now()
    with translation.override("zh-hans" if lang == "zh" else "en"):
        found = [(each, each.rows(incident, at)) for each in contributions.watches]
        if as_json:
            rows = [
                {"watch": each.number, "title": str(each.title), "rows": [asdict(row) for row in lines]}
                for each, lines in found
            ]
            print_json({"incident": incident.name, "at": at, "waiting": sum(len(r) for _, r in found), "watches": rows})
            return
        for each, lines in found:
            click.echo(f"{'●' if not lines else '✕'} {each.number} {each.title}: {len(lines)}")
            if lines:
                shown = [[row.subject, row.what, row.who_acts, row.next_step] for row in lines[:20]]
                table(["", "", "", ""], shown)
