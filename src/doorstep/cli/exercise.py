"""`doorstep exercise list|load|play|run|make`."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from doorstep.cli.screen import print_json, progress, start_django, table
from doorstep.errors import FaultError, UserError

if TYPE_CHECKING:
    from doorstep.command.models import Incident
    from doorstep.exercise.days import Day
    from doorstep.supplies.nutrition import Overview


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


@exercise.command()
@click.argument("name")
@click.option("--days", type=click.IntRange(1, 60), default=14, show_default=True, help="How many days to play.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def run(name: str, days: int, as_json: bool) -> None:
    """Play an exercise for days with its crew, loading it where it is not there: who got what, whose food ended, who waited."""
    start_django()
    from dataclasses import asdict

    from django.utils import translation

    from doorstep.command.models import Incident
    from doorstep.exercise.days import run_days
    from doorstep.exercise.load import load_once
    from doorstep.supplies.nutrition import overview

    load_once(name)
    incident = Incident.objects.get(exercise=name)
    told, lines = [], []
    with translation.override("en"), progress(name) as report:
        for day in run_days(incident, days):
            report(day.number / days, f"{day.at.astimezone(incident.tz):%m-%d}")
            told.append(asdict(day))
            lines.append(_line(day, incident))
        found = overview(incident)
        if as_json:
            print_json({"exercise": name, "days": told, "classes": _classes(found)})
            return
        heads = [
            "day",
            "until",
            "visits",
            "kits",
            "at home",
            "first cupboard empty",
            "without food",
            "named by watch 1",
        ]
        table([*heads, "other rows", "ordered", "received", "lacking", "review"], lines)
        click.echo("\nWhat a kit gives each person and day, in percent of the least that is needed:")
        table(
            ["households", "homes", *(name for name, _unit in found.needs), "falls short"],
            [
                [row.words, row.households, *(bar.percent if bar else "-" for bar in row.cells), "; ".join(row.short)]
                for row in found.rows
            ],
        )
    unnamed = [gap for day in told for gap in day["gaps"] if gap["door"] not in day["named"]]
    if unnamed:
        raise FaultError(f"{len(unnamed)} times a household was without food and not on the watch list.")


def _classes(found: Overview) -> list[dict[str, Any]]:
    return [
        {
            "class": row.design.household_class,
            "households": row.households,
            "falls_short": row.short,
            "needs": [
                {"need": bar.code, "unit": bar.unit, "given": bar.given, "least": bar.least, "most": bar.most}
                for bar in row.bars
            ],
        }
        for row in found.rows
    ]


def _line(day: Day, incident: Incident) -> list[Any]:
    def short(at: datetime | None) -> str:
        return f"{at.astimezone(incident.tz):%m-%d %H:%M}" if at else "-"

    others = sum(count for number, count in day.waiting.items() if number != 1)
    figures = [day.visits, day.kits, day.at_home, short(day.first_end), len(day.gaps), len(day.named), others]
    return [
        day.number,
        short(day.at),
        *figures,
        day.ordered,
        day.received,
        sum(day.lacking.values()),
        short(day.review_at),
    ]
