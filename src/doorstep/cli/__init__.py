"""The command line. Exit codes: 0 done, 2 a mistake the user can mend, 70 a fault of ours, 75 a missing means."""

from __future__ import annotations

import os
import sys
import traceback

import click

from doorstep import __version__
from doorstep.errors import FaultError, UserError

COMMANDS = {
    "up": "doorstep.cli.up:up",
    "import": "doorstep.cli.lists:import_list",
    "plan": "doorstep.cli.plan:plan",
    "watch": "doorstep.cli.watch:watch",
    "exercise": "doorstep.cli.exercise:exercise",
    "protocol": "doorstep.cli.protocol:protocol",
    "sitrep": "doorstep.cli.sitrep:sitrep",
    "incident": "doorstep.cli.incident:incident",
    "solve": "doorstep.cli.solve:solve",
    "journal": "doorstep.cli.journal:journal",
    "manage": "doorstep.cli.up:manage",
}


class Lazy(click.Group):
    """Loads a command's module when it is called, so that `--help` and the planners start at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        from importlib import import_module

        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name].split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="doorstep")
def root() -> None:
    """Doorstep 到户: emergency response and household services for an area whose people must stay at home."""


def main() -> None:
    """Run the command line; our own errors end in one line and a code, not in a traceback."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "doorstep.web.settings"
    try:
        root(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    except UserError as error:
        where = f"{error.field}: " if error.field else ""
        click.echo(f"✕ {where}{error.message}" + (f"\n  → {error.mend}" if error.mend else ""), err=True)
        sys.exit(2)
    except FaultError as error:
        click.echo(f"✕ {error}", err=True)
        sys.exit(75)
    except BrokenPipeError:
        sys.exit(0)
    except Exception:
        click.echo(traceback.format_exc(), err=True)
        click.echo("✕ This is a fault of Doorstep, not of yours. Please report it with the lines above.", err=True)
        sys.exit(70)
