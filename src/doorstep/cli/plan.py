"""`doorstep plan AREA|all|FOLDER`: rounds planned at the command line, with the database of the installation or none."""

from __future__ import annotations

import os
import tempfile
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


@click.command()
@click.argument("what")
@click.option("--hours", type=click.FloatRange(min=0.5, max=240), default=48, show_default=True, help="The window.")
@click.option("--protocol", "protocol_id", default="", help="For a folder: the rules (see doorstep protocol list).")
@click.option("--carriers", type=click.IntRange(1, 500), default=None, help="For a folder without carriers.csv.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=None, help="Write papers and tables.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Of papers and pages.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def plan(
    what: str,
    hours: float,
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
            if folder.is_dir():
                asked = _of_folder(folder, hours, protocol_id, carriers, seed, out, report)
            else:
                asked = _of_areas(what, hours, seed)
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
    lines = [CarrierLine(member.pk, member.name, starts, ends) for member in members]
    return request_plan(incident, areas, starts, ends, carriers=lines, at=starts, seed=seed)


def _of_folder(
    folder: Path, hours: float, protocol_id: str, carriers: int | None, seed: int, out: Path | None, report: Report
) -> RoundPlan:
    from django.utils import timezone

    from doorstep import protocol
    from doorstep.promises.actions import derive
    from doorstep.register.lists.sites import read_folder
    from doorstep.register.sites import bring_folder
    from doorstep.rounds.actions import request_plan

    if not protocol_id:
        raise UserError(
            "A folder needs the rules to plan by.",
            field="--protocol",
            mend=f"One of {', '.join(protocol.shipped_ids())}.",
        )
    protocol.find(protocol_id)
    lists = read_folder(folder)
    now = timezone.now().replace(second=0, microsecond=0)
    brought = bring_folder(lists, at=now, progress=lambda done, text: report(done * 0.4, text))
    for line in brought:
        if line.counts.get("bad") and out is not None:
            out.mkdir(parents=True, exist_ok=True)
            with line.listimport.bad_file.open("rb") as handle:
                (out / f"{line.path.stem}-to-mend.xlsx").write_bytes(handle.read())
        said = f"{line.counts.get('good', 0)} rows, {line.counts.get('bad', 0)} to mend"
        click.echo(f"· {line.path.name}: {said}", err=True)
    report(0.45, "deriving")
    incident, areas = _sealed(protocol_id, folder.name, now)
    incident.refresh_from_db()
    if incident.derived_until is None or incident.derived_until < now + timedelta(hours=hours):
        derive(incident, at=now, until=now + timedelta(hours=hours))
    lines = _carriers(lists.carriers, carriers, incident, now, now + timedelta(hours=hours))
    return request_plan(incident, areas, now, now + timedelta(hours=hours), carriers=lines, at=now, seed=seed)


def _sealed(protocol_id: str, name: str, at: datetime) -> tuple[Incident, list[Area]]:
    """An incident of one's own with each compound under the strictest zone that is served at the door."""
    from doorstep.command import actions as command
    from doorstep.command.models import AreaPlace, Notice, Team
    from doorstep.register.models import Compound

    incident = command.open_incident(name, protocol_id, at, at=at)
    zones = {key: zone for key, zone in incident.protocol.zones.items() if zone.binding and zone.delivery == "door"}
    if not zones:
        raise UserError(
            f"{protocol_id} serves nobody at the door.",
            field="--protocol",
            mend="Choose rules that bind people at home.",
        )
    zone = max(zones, key=lambda key: zones[key].tone)
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
            basis=protocol_id,
            ends_when="—",
            emergency_phone="—",
            supply_team=team,
            first_delivery_at=at,
            letter=letter,
            exits_checked_at=at,
        )
        areas.append(area)
    return incident, areas


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
