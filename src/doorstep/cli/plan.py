"""`doorstep plan AREA|all|FOLDER`: rounds planned at the command line, with the database of the installation or none."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from doorstep.cli.screen import Report, print_json, progress, start_django
from doorstep.errors import UserError

if TYPE_CHECKING:
    from doorstep.command.models import Area, Incident
    from doorstep.rounds.demand import CarrierLine
    from doorstep.rounds.models import RoundPlan


@dataclass(frozen=True)
class Asking:
    """What the options say about a folder."""

    hours: float
    begins: datetime | None
    protocol_id: str
    carriers: int | None
    seed: int
    out: Path | None


@click.command()
@click.argument("what")
@click.option("--hours", type=click.FloatRange(min=0.5, max=240), default=48, show_default=True, help="The window.")
@click.option("--from", "begins", default="", help="For a folder: the present, such as 2021-12-08T06:00+08:00.")
@click.option("--protocol", "protocol_id", default="", help="For a folder: the rules (see doorstep protocol list).")
@click.option("--carriers", type=click.IntRange(1, 500), default=None, help="For a folder without carriers.csv.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=None, help="Write papers and tables.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Of papers and pages.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def plan(
    what: str,
    hours: float,
    begins: str,
    protocol_id: str,
    carriers: int | None,
    out: Path | None,
    seed: int,
    lang: str,
    as_json: bool,
) -> None:
    """Plan rounds for WHAT: an area by its name, `all` areas in force, or a FOLDER of household lists.

    A folder needs no server and no database of yours: lists (one a compound), beside them, where there are any,
    compounds.csv (compound, list, gate, gate_x_m, gate_y_m), buildings.csv (compound, building, stair, floors, lift,
    x_m, y_m) and carriers.csv (name, start, end). `doorstep exercise make` writes such a folder.
    """
    folder = Path(what)
    _is_there(what, folder, protocol_id)
    asking = Asking(hours, _instant(begins), protocol_id, carriers, seed, out)
    with tempfile.TemporaryDirectory(prefix="doorstep-plan-") as temporary, progress("planning") as report:
        if folder.is_dir():
            os.environ["DOORSTEP_DATA"] = temporary
            os.environ.pop("DOORSTEP_DATABASE", None)
        start_django()
        from django.utils import translation

        from doorstep.rounds import actions
        from doorstep.rounds.files import write_plan
        from doorstep.rounds.queries import plan_as_data, plan_page

        with translation.override("zh-hans" if lang == "zh" else "en"):
            asked = _of_folder(folder, asking, report) if folder.is_dir() else _of_areas(what, hours, seed)
            report(0.6, "planning")
            actions.run_plan(asked.pk)
            asked.refresh_from_db()
            page = plan_page(asked)
            report(0.9, "writing")
            files = write_plan(page, out) if out else []
            data = {**plan_as_data(page), "files": [str(file) for file in files]}
    if as_json:
        print_json(data)
        return
    _say(data, files)


def _is_there(what: str, folder: Path, protocol_id: str) -> None:
    """Refuse what can only be meant as a folder and is none, before any database is opened."""
    if folder.is_file():
        mend = "Put it into a folder of its own and name that folder."
        raise UserError(f"{what} is a file, not a folder of lists.", field="WHAT", mend=mend)
    if not folder.is_dir() and (protocol_id or "/" in what or os.sep in what):
        raise UserError(f"There is no folder {what}.", field="WHAT", mend="Name the folder that holds the lists.")


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = datetime.min  # noqa: DTZ901
    if found.tzinfo is None:
        mend = "Write it with its zone, such as 2021-12-08T06:00+08:00."
        raise UserError(f"“{text}” is no instant.", field="--from", mend=mend)
    return found


def _say(data: dict[str, object], files: list[Path]) -> None:
    rounds = data["rounds"]
    assert isinstance(rounds, list)
    for line in rounds:
        starts, ends = line["starts_at"], line["ends_at"]
        click.echo(
            f"{line['number']:>3} {line['carrier']:<12} {starts:%m-%d %H:%M}–{ends:%H:%M}  {len(line['stops']):>4} doors  {line['kg']:>7.1f} kg"
        )
    for key in ("cost", "by_hand", "lower_bound", "gap", "seconds", "seed"):
        value = data[key]
        click.echo(f"{key}: {value:.3f}" if isinstance(value, float) else f"{key}: {value}")
    unserved = data["unserved"]
    assert isinstance(unserved, list)
    click.echo(f"unserved: {len(unserved)}")
    for line in unserved[:20]:
        click.echo(f"  ▲ {line['door']}: {line['reason']}")
    for file in files:
        click.echo(f"● {file}")


def _of_areas(what: str, hours: float, seed: int) -> RoundPlan:
    from doorstep.command.models import Area, Incident
    from doorstep.rounds.actions import request_plan
    from doorstep.rounds.demand import CarrierLine
    from doorstep.rounds.queries import possible_carriers, usual_carriers

    incident = Incident.objects.filter(state=Incident.State.OPEN).order_by("-trigger_at").first()
    if incident is None:
        raise UserError("No incident is open.", field="WHAT", mend="Open one, or name a folder of lists.")
    areas = list(incident.areas.filter(state=Area.State.IN_FORCE))
    if what != "all":
        names = [area.name for area in areas]
        areas = [area for area in areas if area.name == what or str(area.pk) == what]
        if not areas:
            raise UserError(
                f"No area in force is called {what!r}, nor is there such a folder.",
                field="WHAT",
                mend=f"Choose all or one of: {', '.join(names) or 'none is in force'}.",
            )
    starts = incident.now()
    ends = starts + timedelta(hours=hours)
    usual = usual_carriers(incident)
    members = [member for member in possible_carriers(incident) if member.pk in usual]
    lines = [CarrierLine(m.pk, m.name, starts, ends, skills=tuple(m.skills)) for m in members]
    return request_plan(incident, areas, starts, ends, carriers=lines, at=starts, seed=seed)


def _of_folder(folder: Path, asking: Asking, report: Report) -> RoundPlan:
    from django.utils import timezone

    from doorstep.promises.actions import derive
    from doorstep.register.lists.sites import read_folder
    from doorstep.register.sites import bring_folder
    from doorstep.rounds.actions import request_plan

    zone = _zone(asking.protocol_id)
    lists = read_folder(folder)
    now = asking.begins or timezone.now().replace(second=0, microsecond=0)
    brought = bring_folder(lists, at=now, progress=lambda done, text: report(done * 0.4, text))
    for line in brought:
        if line.counts.get("bad") and asking.out is not None:
            asking.out.mkdir(parents=True, exist_ok=True)
            with line.listimport.bad_file.open("rb") as handle:
                (asking.out / f"{line.path.stem}-to-mend.xlsx").write_bytes(handle.read())
        said = f"{line.counts.get('good', 0)} rows, {line.counts.get('bad', 0)} to mend"
        click.echo(f"· {line.path.name}: {said}", err=True)
    report(0.45, "deriving")
    incident = _incident(asking.protocol_id, folder.name, now)
    length = timedelta(hours=asking.hours)
    lines = _carriers(lists.carriers, asking.carriers, incident, now, now + length)
    starts = min(line.starts_at for line in lines)
    if starts > now:  # nobody carries yet: what is owed counts from the first shift
        lines = _carriers(lists.carriers, asking.carriers, incident, starts, starts + length)
    areas = _sealed(incident, zone, starts)
    incident.refresh_from_db()
    if incident.derived_until is None or incident.derived_until < starts + length:
        derive(incident, at=starts, until=starts + length)
    return request_plan(incident, areas, starts, starts + length, carriers=lines, at=starts, seed=asking.seed)


def _zone(protocol_id: str) -> str:
    """The strictest zone of the rules that is served at the door."""
    from doorstep import protocol

    if not protocol_id:
        raise UserError(
            "A folder needs the rules to plan by.",
            field="--protocol",
            mend=f"One of {', '.join(protocol.shipped_ids())}.",
        )
    try:
        rules = protocol.find(protocol_id)
    except UserError as error:
        ids = ", ".join(protocol.shipped_ids())
        raise UserError(error.message, field="--protocol", mend=f"One of {ids}.") from error
    tones = {key: zone.tone for key, zone in rules.zones.items() if zone.delivery == "door"}
    if not tones:
        raise UserError(
            f"{protocol_id} serves nobody at the door.",
            field="--protocol",
            mend="Choose rules that bring something to the door.",
        )
    return max(tones, key=lambda key: tones[key])


def _incident(protocol_id: str, name: str, at: datetime) -> Incident:
    from doorstep.command import actions as command

    return command.open_incident(name, protocol_id, at, at=at)


def _sealed(incident: Incident, zone: str, at: datetime) -> list[Area]:
    """Each compound as an area under that zone."""
    from doorstep.command import actions as command
    from doorstep.command.models import AreaPlace, Notice, Team
    from doorstep.register.models import Compound

    team = Team.objects.create(incident=incident, name="supply", workstream="supply")
    letter = Notice.objects.create(incident=incident, texts={}, created_at=at)
    areas = []
    for compound in Compound.objects.filter(buildings__stairs__doors__isnull=False).distinct():
        area = command.propose_area(incident, compound.name, zone, [AreaPlace(compound=compound)], at=at)
        command.seal(
            area,
            effective_at=at,
            at=at,
            reason="plan",
            basis=incident.protocol_id,
            ends_when="—",
            emergency_phone="—",
            supply_team=team,
            first_delivery_at=at,
            letter=letter,
            exits_checked_at=at,
        )
        areas.append(area)
    return areas


def _carriers(
    rows: tuple[object, ...], wanted: int | None, incident: Incident, starts: datetime, ends: datetime
) -> list[CarrierLine]:
    from doorstep.register.lists.sites import CarrierRow
    from doorstep.register.models import Household
    from doorstep.rounds.demand import CarrierLine, defaults
    from doorstep.rounds.forms import helper_line

    if rows and wanted is None:
        found = []
        for row in rows:
            assert isinstance(row, CarrierRow)
            text = f"{row.name} {row.starts}-{row.ends}" if row.starts and row.ends else row.name
            found.append(helper_line(text, starts, ends, incident))
        return found
    if wanted is None:
        wanted = max(1, -(-Household.objects.count() // defaults()["households_per_carrier"]))
        click.echo(f"· no carriers.csv: {wanted} carriers assumed", err=True)
    return [CarrierLine(None, f"{number}", starts, ends) for number in range(1, wanted + 1)]
