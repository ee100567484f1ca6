"""`doorstep solve KIND FILE`: a planner on a public benchmark file of its field."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from doorstep.cli.screen import print_json


def searched(command: Callable[..., None]) -> Callable[..., None]:
    """What every search is told: the file, its seconds, its seed, and how to answer."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout."),
        click.option("--seed", type=int, default=1, show_default=True),
        click.option("--seconds", type=click.FloatRange(min=0.1), default=10.0, show_default=True),
        click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    ):
        command = option(command)
    return command


def told(answer: dict[str, Any], as_json: bool) -> bool:
    """Print the figures of an answer; whether there is more to print in words."""
    if as_json:
        print_json(answer)
        return False
    for key in ("cost", "lower_bound", "gap", "feasible", "seconds", "seed"):
        if key in answer:
            click.echo(f"{key}: {answer[key]}")
    return True


@click.group()
def solve() -> None:
    """Run a planner on a public benchmark file, to hold it against published values."""


@solve.command("rounds")
@searched
def rounds(file: Path, seconds: float, seed: int, as_json: bool) -> None:
    """CVRPLIB / VRPLIB files: CVRP, VRPTW, multi-trip with release dates."""
    from doorstep.planning.rounds import solve_file

    answer = solve_file(file, seconds=seconds, seed=seed)
    if not told(answer, as_json):
        return
    for number, route in enumerate(answer["routes"], start=1):
        click.echo(f"Route #{number}: {' '.join(map(str, route))}")


@solve.command("errands")
@searched
def errands(file: Path, seconds: float, seed: int, as_json: bool) -> None:
    """TPPLIB files: the travelling purchaser, with and without limits of stock."""
    from doorstep.planning.errands import solve_file

    answer = solve_file(file, seconds=seconds, seed=seed)
    if not told(answer, as_json):
        return
    for route in answer["routes"]:
        click.echo(f"Route: {' '.join(route)}")
    for product in answer["unserved"]:
        click.echo(f"not bought: {product}")


@solve.command("kits")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--needs", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--per", type=click.Choice(["dollar", "pack"]), default="dollar", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def kits(file: Path, needs: Path, per: str, as_json: bool) -> None:
    """A diet table (foods × nutrients, CSV) and daily needs (nutrient, daily_minimum): the cheapest diet of a year."""
    from doorstep.planning.kits import solve_file

    answer = solve_file(file, needs, per=per)
    if not told(answer, as_json):
        return
    for name, cost in answer["foods"].items():
        click.echo(f"{name}: {cost}")
    for nutrient in answer["unserved"]:
        click.echo(f"not met: {nutrient}")
