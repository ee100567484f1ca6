"""`doorstep exercise list|load|play|make`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

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


@exercise.command()
@click.option("--households", type=click.IntRange(min=1), required=True, help="How many doors with people behind them.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed writes the same files.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="A new or empty folder.")
@click.option("--compounds", type=click.IntRange(min=1), help="How many compounds; default by size.")
@click.option("--format", "fmt", type=click.Choice(["xlsx", "csv"]), default="xlsx", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def make(
    households: int, seed: int, out: Path, compounds: int | None, fmt: Literal["xlsx", "csv"], as_json: bool
) -> None:
    """Write an invented compound or district from census figures: lists, buildings, gates, carriers."""
    from doorstep.exercise.make import make_district

    made = make_district(households, seed, out, compounds=compounds, fmt=fmt)
    persons = sum(len(home.persons) for compound in made.compounds for home in compound.households)
    stairs = sum(len(compound.stairs) for compound in made.compounds)
    facts = {
        "folder": str(out),
        "households": households,
        "persons": persons,
        "compounds": len(made.compounds),
        "stairs": stairs,
        "carriers": len(made.carriers),
        "seed": seed,
    }
    if as_json:
        print_json(facts)
        return
    click.echo(f"● {out}: {households} households, {persons} persons, {len(made.compounds)} compounds, {stairs} stairs")
