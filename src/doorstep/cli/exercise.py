"""`doorstep exercise list|load|play`."""

from __future__ import annotations

from datetime import timedelta

import click

from doorstep.cli.screen import print_json, start_django
from doorstep.errors import UserError


@click.group()
def exercise() -> None:
    """Exercises: invented people, a clock of their own."""


@exercise.command("list")
def list_exercises() -> None:
    """The exercises that come with Doorstep."""
    from doorstep.exercise.description import exercises, read_exercise

    for name in exercises():
        title = read_exercise(name).name
        click.echo(f"{name}  {title['zh']}  {title['en']}")


@exercise.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True)
def load(name: str, as_json: bool) -> None:
    """Load an exercise into the database, through the same acts that a user has."""
    start_django()
    from doorstep.exercise.load import load_once

    loaded = load_once(name)
    if as_json:
        print_json({"exercise": name, "new": loaded.is_new, "households": loaded.households, "persons": loaded.persons})
        return
    state = "loaded" if loaded.is_new else "was there already"
    click.echo(f"● {name} {state}: {loaded.households} households, {loaded.persons} persons")


@exercise.command()
@click.argument("name")
@click.option("--hours", type=click.FloatRange(min=0.1), default=6.0, show_default=True, help="How far to play.")
def play(name: str, hours: float) -> None:
    """Move an exercise's clock on, playing its events and keeping the ledger."""
    start_django()
    from doorstep.command.models import Incident
    from doorstep.exercise.load import play as play_until

    incident = Incident.objects.filter(exercise=name).first()
    if incident is None:
        raise UserError(f"{name} is not loaded.", field="NAME", mend=f"doorstep exercise load {name}")
    until = incident.now() + timedelta(hours=hours)
    events = play_until(incident, until=until)
    click.echo(f"● {events} events; the clock stands at {until.astimezone(incident.tz):%Y-%m-%d %H:%M}")
